"""Reading: who I am, what happens, what is left, what was spent, which models there are."""

from __future__ import annotations

import contextlib

from aiohttp import web

from adapters.web.command_table import command_list
from adapters.web.context import AdapterContext, number
from adapters.web.json_values import moment, money
from adapters.web.request_parsing import capability_of
from adapters.web.stream import wire
from adapters.web.view import model_view, request_view, room_view
from bot.core.place_lists.projects import open_projects
from bot.core.request import Actor
from bot.core.text.translation import gettext


class Queries:
    """Handlers that change nothing."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get("/api/me", inside(self.me)),
            web.get("/api/commands", inside(self.commands)),
            web.get("/api/events", inside(self.events)),
            web.get("/api/balance", inside(self.balance)),
            web.get("/api/history", inside(self.history)),
            web.get("/api/models", inside(self.models)),
            web.get("/api/spend", inside(self.spend)),
        ]

    async def me(self, _: web.Request, actor: Actor) -> web.Response:
        """Who acts, who else there is to choose from, and how this page is set up."""
        authentication = self._context.authentication
        tenant = await self._context.service.tenant(actor.tenant)
        people = [
            {
                "key": item.key,
                "id": item.id,
                "name": item.name,
                "about": gettext(item.about) if item.about else "",
                "admin": item.is_admin,
            }
            for item in authentication.demo_place.people
        ]
        return web.json_response(
            {
                "person": {"id": actor.person, "name": actor.name, "admin": tenant.administers(actor)},
                "people": people if authentication.demo else [],
                "demo": authentication.demo,
                "can_sign_out": authentication.locked,
                "threshold": money(tenant.threshold),
                "zone": tenant.zone,
                "paused": tenant.paused,
                "now": moment(self._context.service.clock.now()),
                "max_image_bytes": self._context.service.image_limits.max_bytes,
            }
        )

    async def commands(self, _: web.Request, actor: Actor) -> web.Response:
        """Every command of the box with its options, for completion and help."""
        admin = await self._context.channel.administers(actor)
        tenant = await self._context.service.tenant(actor.tenant)
        names = {
            "project": [one.name for one in open_projects(tenant.projects)],
            "style": [one.name for one in tenant.styles],
        }
        return web.json_response({"commands": command_list(admin=admin, names=names)})

    async def events(self, request: web.Request, actor: Actor) -> web.StreamResponse:
        """Server-sent events; resumes after `Last-Event-ID`."""
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        stream, last = self._context.stream, request.headers.get("Last-Event-ID", "")
        with contextlib.suppress(ConnectionError):  # the browser has gone
            await response.write(b"retry: 1000\n\n")
            async with contextlib.aclosing(stream.follow(last or request.query.get("after", ""))) as messages:
                async for message in messages:
                    if message is None or message.only in ("", actor.person):
                        await response.write(wire(stream, message))
        return response

    async def balance(self, _: web.Request, actor: Actor) -> web.Response:
        """Every budget that binds the actor, the tightest first."""
        rooms = await self._context.service.balance(actor)
        return web.json_response({"budgets": [room_view(room) for room in rooms]})

    async def history(self, request: web.Request, actor: Actor) -> web.Response:
        """One's own requests, newest first; `everyone=1` for admins, `project` for those of one project."""
        rows = await self._context.service.history(
            actor,
            everyone=request.query.get("everyone", "") in ("1", "true"),
            limit=number(request, "limit", 20, 1, 100),
            before=request.query.get("before", ""),
            project=request.query.get("project", "")[:60],
        )
        return web.json_response({"requests": [request_view(row) for row in rows]})

    async def models(self, request: web.Request, actor: Actor) -> web.Response:
        """Models that may be used here and match `q`, of one `capability` where that is given."""
        name = request.query.get("capability", "")
        found = await self._context.service.models(
            actor, request.query.get("q", "")[:100], capability_of(name) if name else None
        )
        limit = number(request, "limit", 25, 1, 200)
        return web.json_response(
            {"models": [model_view(model) for model in found[:limit]], "total": len(found)}
        )

    async def spend(self, request: web.Request, actor: Actor) -> web.Response:
        """Spending per day and person, today included: everyone's for an admin, else one's own."""
        days = number(request, "days", 7, 1, 90)
        if await self._context.channel.administers(actor):
            found = (await self._context.admin.report(actor, days=days)).spending
        else:
            found = await self._context.service.spending(actor, days=days)
        rows = [
            {"day": one.day, "person": one.person, "name": one.name, "charged": money(one.charged)}
            for one in found.days
        ]
        return web.json_response({"days": list(found.period.dates), "zone": found.period.zone, "rows": rows})
