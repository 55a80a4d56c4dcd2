"""What is typed into the box without a command: it is said to the bot, which understands it or answers.

A message is a request like any other; what it became are requests of their own, in the stream and the
channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from adapters.web import texts
from adapters.web.context import AdapterContext
from adapters.web.conversations.names import own_name
from adapters.web.identity import CHANNEL, ORIGIN
from adapters.web.orders import idempotency_key, quote_view
from adapters.web.request_parsing import Form, read_form, read_json
from adapters.web.speech.view import answered_view, choices_view
from bot.conversation.short_answers import ShortAnswer
from bot.core.errors import InvalidOrder, NotAllowed, NotFound, WordsBlocked
from bot.core.money import Micros
from bot.core.presses import press_of
from bot.core.request import Actor, Request, Upload
from bot.core.said import Said
from bot.core.spoken import ResultOf
from bot.images.preparation import PreparedImage
from bot.use_cases.refusal_log import refusals_noted
from bot.use_cases.spoken.answers import Answered
from bot.use_cases.talk import Talk


@dataclass(frozen=True, kw_only=True)
class _Spoken:
    """A message with its pictures, and the result of the conversation that it replies to.

    `answers` is the request that it replies to, `chosen` whether it is the answer to a question of ours.
    """

    said: Said[Upload]
    pictures: dict[str, bytes]
    replied_to: ResultOf | None
    answers: str = ""
    chosen: bool = False


class Speech:
    """Handlers of what is said, and of the presses that belong to a whole message."""

    def __init__(self, context: AdapterContext, talk: Talk) -> None:
        self._context = context
        self._talk = talk

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.post("/api/say", inside(self.say)),
            web.post("/api/requests/{id}/agree", inside(self.agree)),
            web.post("/api/requests/{id}/drop", inside(self.drop)),
            web.post("/api/requests/{id}/meant", inside(self.meant)),
            web.get("/api/requests/{id}/prices", inside(self.prices)),
            web.post("/api/requests/{id}/run", inside(self.run)),
        ]

    async def say(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/say`: 202 with the message's request, or 200 where it was answered at once.

        Where no model may be asked, the answer is 200 with `choices`: commands with their prices.
        """
        with refusals_noted(self._context.service, actor, origin=ORIGIN):
            form = await read_form(request, self._context.service, actor)
            spoken = await self._spoken(actor, form)
            try:
                said = await self._talk.say(
                    actor,
                    spoken.said,
                    conversation=form.conversation,
                    origin=ORIGIN,
                    reply_to={"channel": CHANNEL},
                    dedupe_key=idempotency_key(request, actor),
                    pictures=spoken.pictures,
                    replied_to=spoken.replied_to,
                    answers=spoken.answers,
                    chosen=spoken.chosen,
                )
            except WordsBlocked:  # said in another way they would be blocked as well
                raise
            except NotAllowed:
                found = await self._talk.choices(actor, spoken.said, spoken.pictures)
                if not found:
                    raise
                return web.json_response({"kind": "choices", "choices": choices_view(found)})
        if isinstance(said, Request):
            view = await self._context.channel.publish(said)
            return web.json_response({"request_id": said.id, "request": view}, status=202)
        return await self._answered(said)

    async def _answered(self, found: Answered) -> web.Response:
        views = [await self._context.channel.publish(row) for row in found.requests]
        return web.json_response({**answered_view(found), "requests": views})

    async def meant(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/requests/{id}/meant`: `answer` (`yes`, `no` or `stop`) is about this one.

        A yes agrees to at most `{"shown": micro-dollars}`.
        """
        body = await read_json(request)
        answer = body.get("answer")
        if answer not in list(ShortAnswer):
            raise InvalidOrder(texts.answer_is_one_of(), field="answer")
        found = await self._talk.meant(actor, _id(request), ShortAnswer(answer), _shown(body))
        return await self._answered(found)

    async def _spoken(self, actor: Actor, form: Form) -> _Spoken:
        """What was said. A result of another conversation comes along as a picture. Raises a Refusal."""
        pictures, uploads = dict(form.pictures), [picture.upload for picture in form.images]
        replied = _replied_to(form.fields.get("reply_to"), form.fields.get("index"))
        known = (
            {one.result for one in await self._talk.pictures(actor, form.conversation)} if replied else set()
        )
        if replied is not None and replied not in known:
            prepared = await self._result(actor, replied)
            uploads.append(prepared.upload)
            pictures[prepared.upload.digest] = prepared.data
            replied = None
        said = Said(words=_words(form.fields.get("text")), pictures=tuple(uploads))
        return _Spoken(
            said=said,
            pictures=pictures,
            replied_to=replied,
            answers=replied.request_id if replied else "",
            chosen=bool(form.fields.get("chosen")),
        )

    async def _result(self, actor: Actor, result: ResultOf) -> PreparedImage:
        service = self._context.service
        made = await service.reusable(actor, result.request_id)
        kept = await service.result_file(made, result.index)
        if kept is None:
            raise NotFound(texts.replied_picture_gone())
        return await service.prepare(kept)

    async def prices(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/requests/{id}/prices`: what a message wanted compared."""
        order, quotes = await self._talk.compared(actor, _id(request))
        return web.json_response({"quotes": [quote_view(order, quote) for quote in quotes]})

    async def run(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/requests/{id}/run`: the order whose prices a message wanted, on one `model`."""
        model = (await read_json(request)).get("model")
        order, note = await self._talk.priced(actor, _id(request))
        message = await self._context.service.request(actor, _id(request))
        if model not in note.models:
            raise InvalidOrder(texts.model_of_comparison(), field="model")
        accepted = await self._context.service.submit(
            actor,
            replace(order, model=model),
            origin=ORIGIN,
            reply_to={"channel": CHANNEL},
            dedupe_key=idempotency_key(request, actor),
            press=press_of(actor, _id(request), f"run:{model}"),
            conversation=own_name(actor, message),
            uses=(note.picture,) if note.picture else (),
        )
        view = await self._context.channel.publish(accepted)
        return web.json_response({"request_id": accepted.id, "request": view}, status=202)

    async def agree(self, request: web.Request, actor: Actor) -> web.Response:
        """Agree to all orders of a message: at most `{"shown": micro-dollars}` together."""
        most = _shown(await read_json(request))
        return await self._moved(request, actor, await self._talk.agree(actor, _id(request), most))

    async def drop(self, request: web.Request, actor: Actor) -> web.Response:
        """Cancel all orders of a message that can still be stopped."""
        return await self._moved(request, actor, await self._talk.drop(actor, _id(request)))

    async def _moved(self, request: web.Request, actor: Actor, orders: list[Request]) -> web.Response:
        for order in orders:
            await self._context.channel.publish(order)
        message = await self._context.service.request(actor, _id(request))
        return web.json_response(await self._context.channel.publish(message))


def _id(request: web.Request) -> str:
    return request.match_info["id"]


def _shown(body: Mapping[str, Any]) -> Micros | None:
    shown = body.get("shown")
    if shown is not None and (not isinstance(shown, int) or isinstance(shown, bool)):
        raise InvalidOrder(texts.shown_is_micro_dollars(), field="shown")
    return None if shown is None else Micros(shown)


def _words(text: Any) -> str:
    if text is None:
        return ""
    if not isinstance(text, str):
        raise InvalidOrder(texts.send_as_text(), field="text")
    return text.strip()


def _replied_to(request_id: Any, index: Any) -> ResultOf | None:
    if not request_id:
        return None
    number = int(index) if isinstance(index, int | str) and str(index).isdecimal() else 0
    return ResultOf(request_id=str(request_id), index=number)
