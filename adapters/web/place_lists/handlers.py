"""Projects, styles and statements: lists for everybody, changes and statements for admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web
from aiohttp.helpers import content_disposition_header

from adapters.common.place_lists.commands import PlaceLists, file_name
from adapters.web.context import AdapterContext
from adapters.web.json_values import moment, money
from adapters.web.request_parsing import read_json
from adapters.web.texts import place_lists as texts
from bot.core.errors import InvalidOrder
from bot.core.ports.statements import ClosedMonth
from bot.core.request import Actor
from bot.use_cases.place_lists.statement_csv import csv_chunks

Answer = dict[str, Any]
_PROJECT_ACTIONS = ("add", "rename", "close", "reopen", "default")
_STYLE_ACTIONS = ("set", "remove")


class PlaceListHandlers:
    """The core checks again who may what."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context
        self._lists = PlaceLists(context.admin, makes_files=False)

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get("/api/projects", inside(self.projects)),
            web.post("/api/admin/projects", inside(self.change_project)),
            web.get("/api/styles", inside(self.styles)),
            web.post("/api/admin/styles", inside(self.change_style)),
            web.get("/api/admin/statements", inside(self.statements)),
            web.post("/api/admin/statements", inside(self.close_month)),
            web.get(r"/api/admin/statements/{month:\d{4}-\d\d}.csv", inside(self.download)),
            web.get(r"/api/admin/statements/{month:\d{4}-\d\d}", inside(self.verify)),
        ]

    async def typed(self, actor: Actor, verb: str, line: str) -> Answer:
        """A line of the box: `text`, and `download` where there is a file."""
        found = await self._lists.typed(actor, verb, line)
        if not found.month:
            return {"text": found.text, "download": None, "file": None}
        download = f"/api/admin/statements/{found.month}.csv"
        return {"text": found.text, "download": download, "file": file_name(actor.tenant, found.month)}

    # projects and styles

    async def projects(self, _request: web.Request, actor: Actor) -> web.Response:
        """Every project, the open ones first, and the one that counts when nobody says one."""
        return web.json_response(await self._projects(actor))

    async def _projects(self, actor: Actor) -> Answer:
        default = await self._context.admin.projects.of_channel(actor)
        found = await self._context.admin.projects.all(actor)
        return {"projects": [asdict(one) for one in found], "default": default.id if default else None}

    async def change_project(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"action": "add|rename|close|reopen|default", "project", "name"}`."""
        body, lists = await read_json(request), self._context.admin.projects
        project = _text(body, "project")
        match body.get("action"):
            case "add":
                await lists.add(actor, project)
            case "rename":
                await lists.rename(actor, project, _text(body, "name"))
            case "close" | "reopen":
                await lists.close(actor, project, is_closed=body["action"] == "close")
            case "default":
                await lists.set_default(actor, actor.channel, project)
            case _:
                raise InvalidOrder(texts.action_is_one_of(", ".join(_PROJECT_ACTIONS)), field="action")
        return web.json_response(await self._projects(actor))

    async def styles(self, _request: web.Request, actor: Actor) -> web.Response:
        """Every style with its words."""
        found = await self._context.admin.styles.all(actor)
        return web.json_response({"styles": [{**asdict(one), "options": dict(one.options)} for one in found]})

    async def change_style(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"action": "set", "name", "words", "model", "options"}`, or `{"action": "remove", "name"}`."""
        body, styles = await read_json(request), self._context.admin.styles
        match body.get("action"):
            case "set":
                options = body.get("options") or {}
                if not isinstance(options, dict):
                    raise InvalidOrder(texts.options_are_an_object(), field="options")
                given = {str(name): str(value) for name, value in options.items()}
                words, model = _text(body, "words"), _text(body, "model", needed=False)
                await styles.set(actor, _text(body, "name"), words, model=model, options=given)
            case "remove":
                await styles.remove(actor, _text(body, "name"))
            case _:
                raise InvalidOrder(texts.action_is_one_of(", ".join(_STYLE_ACTIONS)), field="action")
        return await self.styles(request, actor)

    # statements

    async def statements(self, _request: web.Request, actor: Actor) -> web.Response:
        """The closed months, the newest first."""
        found = await self._context.admin.statements.all(actor)
        return web.json_response({"statements": [statement_view(one) for one in found]})

    async def close_month(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"month": "2026-10"}`, by default the last month; the same month again is the same statement."""
        month = _text(await read_json(request), "month", needed=False)
        return web.json_response(statement_view(await self._context.admin.statements.create(actor, month)))

    async def verify(self, request: web.Request, actor: Actor) -> web.Response:
        """One statement, and whether it is still the sum of its entries."""
        found = await self._context.admin.statements.check(actor, request.match_info["month"])
        return web.json_response({**statement_view(found.statement), "sound": found.sound})

    async def download(self, request: web.Request, actor: Actor) -> web.StreamResponse:
        """One statement as CSV, written as it is read."""
        statements = self._context.admin.statements
        found, tenant = await statements.show(actor, request.match_info["month"])
        name = file_name(found.tenant, found.month)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/csv;charset=utf-8",
                "Content-Disposition": content_disposition_header("attachment", filename=name),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        await response.prepare(request)
        async for part in csv_chunks(statements.store, found, tenant, statements.identity_key):
            await response.write(part)
        await response.write_eof()
        return response


def statement_view(one: ClosedMonth) -> Answer:
    """A closed month as JSON."""
    return {
        "month": one.month,
        "zone": one.zone,
        "first_entry": one.after_id + 1,
        "last_entry": one.last_id,
        "entries": one.entries,
        "spent": money(one.spent),
        "created": moment(one.created_at),
        "download": f"/api/admin/statements/{one.month}.csv",
    }


def _text(body: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = body.get(name)
    if isinstance(value, str) and (value.strip() or not needed):
        return value.strip()
    if value is None and not needed:
        return ""
    raise InvalidOrder(texts.must_be_text(name), field=name)
