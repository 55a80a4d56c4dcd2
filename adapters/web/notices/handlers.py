"""What one was told of limits, whether one wants to be told, and the digest, as JSON and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from adapters.common.notices import digest_words, words
from adapters.common.notices.chart import chart_png
from adapters.web.context import AdapterContext
from adapters.web.identity import CHANNEL
from adapters.web.json_values import moment, money
from adapters.web.request_parsing import read_json
from adapters.web.texts import notices as texts
from adapters.web.texts import this_channel
from bot.core.errors import InvalidOrder
from bot.core.notices.digest import DIGEST_WINDOWS, Digest, DigestLine, Dimension
from bot.core.notices.thresholds import Notice
from bot.core.request import Actor

View = dict[str, Any]


class NoticeHandlers:
    """The table of `/api/notices` and `/api/admin/digest`."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get("/api/notices", inside(self.notices)),
            web.post("/api/notices", inside(self.choose)),
            web.get("/api/admin/digest", inside(self.digest)),
            web.get("/api/admin/digest.png", inside(self.chart)),
        ]

    async def notices(self, _: web.Request, actor: Actor) -> web.Response:
        """What the actor was told, newest first; admins see those of shared limits as well."""
        return web.json_response(await self.standing(actor))

    async def choose(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"wanted": false}`: no more notices about one's own limits."""
        wanted = (await read_json(request)).get("wanted")
        if not isinstance(wanted, bool):
            raise InvalidOrder(texts.wanted_or_not(), field="wanted")
        await self._context.service.notices.choose(actor, wanted=wanted)
        return web.json_response(await self.standing(actor))

    async def typed(self, actor: Actor, given: str) -> View:
        """`/notices`, `/notices off`, `/notices on`. Raises InvalidOrder."""
        if given not in ("", "on", "off"):
            raise InvalidOrder(texts.notices_on_or_off(), field="notices")
        if given:
            await self._context.service.notices.choose(actor, wanted=given == "on")
        return await self.standing(actor)

    async def typed_digest(self, actor: Actor, given: Sequence[str]) -> View:
        """`/digest`, `/digest last`, `/digest week last`. Raises InvalidOrder."""
        for word in given:
            if word not in (*DIGEST_WINDOWS, "now", "last"):
                raise InvalidOrder(texts.digest_words(word[:40]), field="digest")
        span = next((word for word in given if word in DIGEST_WINDOWS), "")
        return await self.shown(actor, {"span": span, "last": "1" if "last" in given else ""})

    async def standing(self, actor: Actor) -> View:
        """Whether notices are on, and the last of them."""
        choices = self._context.service.notices
        told = list(await choices.told(actor))
        if await self._context.channel.administers(actor):
            told += await self._context.admin.notices(actor)
        told.sort(key=lambda notice: notice.at, reverse=True)
        return {"wanted": await choices.wanted(actor), "notices": [notice_view(one) for one in told[:20]]}

    async def digest(self, request: web.Request, actor: Actor) -> web.Response:
        """The running week or month so far, or with `last=1` the last one that is over."""
        return web.json_response(await self.shown(actor, request.query))

    async def chart(self, request: web.Request, actor: Actor) -> web.Response:
        """The same as a picture; 204 where nothing was spent or charts are not installed."""
        data = await chart_png(await self._found(actor, request.query))
        if not data:
            return web.Response(status=204)
        return web.Response(body=data, content_type="image/png")

    async def shown(self, actor: Actor, given: Mapping[str, str]) -> View:
        """The digest's JSON."""
        return digest_view(await self._found(actor, given), last=_is_last(given))

    async def _found(self, actor: Actor, given: Mapping[str, str]) -> Digest:
        span = given.get("span", "")
        if span and span not in DIGEST_WINDOWS:
            raise InvalidOrder(texts.digest_span(), field="span")
        return await self._context.admin.digest(actor, window=DIGEST_WINDOWS.get(span), last=_is_last(given))


def _is_last(given: Mapping[str, str]) -> bool:
    return given.get("last", "") in ("1", "true")


def notice_view(notice: Notice) -> View:
    """One notice as JSON."""
    return {
        "id": notice.id,
        "limit": notice.budget.id,
        "scope": notice.budget.scope,
        "window": notice.budget.window,
        "percent": notice.threshold,
        "spent": money(notice.spent),
        "of": money(notice.limit),
        "at": moment(notice.at),
        "resets_at": None if notice.resets_at is None else moment(notice.resets_at),
        "text": words.headline(notice, notice.budget.subject),
    }


def digest_view(found: Digest, *, last: bool = False) -> View:
    """A digest as JSON, and the same in words."""
    return {
        "window": found.period.window,
        "zone": found.zone,
        "from": found.dates[0],
        "to": found.dates[1],
        "spent": money(found.spent),
        "before": money(found.before),
        "orders": found.requests,
        "orders_before": found.requests_before,
        "by": {one: [_line(found, one, line) for line in lines] for one, lines in found.parts.items()},
        "parts": [
            {"title": part.title, "lines": list(part.lines)}
            for part in digest_words.parts(found, _name(found))
        ],
        "chart": f"/api/admin/digest.png?span={found.period.window}" + ("&last=1" if last else ""),
        "days": [{"day": day, "spent": money(now), "before": money(then)} for day, now, then in found.days],
        "failed": dict(found.failed),
        "refused": dict(found.refused),
        "title": digest_words.title(found),
        "total": digest_words.total(found),
        "endings": digest_words.endings(found),
        "chart_text": digest_words.chart_text(found),
    }


def _name(found: Digest) -> digest_words.Name:
    def name(dimension: Dimension, key: str) -> str:
        if dimension is Dimension.PERSON:
            return found.names.get(key, "") or digest_words.unnamed()
        if dimension is Dimension.PROJECT:
            return found.names.get(key, key) or digest_words.no_project()
        if dimension is Dimension.CHANNEL and key == CHANNEL:
            return this_channel()
        return key or digest_words.no_channel()

    return name


def _line(found: Digest, dimension: Dimension, line: DigestLine) -> View:
    return {
        "key": line.key or None,
        "name": _name(found)(dimension, line.key),
        "spent": money(line.spent),
        "before": money(line.before),
        "others": line.others,
    }
