"""An admin's work: budgets, grants, settings, approvals, reports; as JSON and as lines of the box."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.web.context import Desk, number
from adapters.web.identity import House
from adapters.web.json_values import amount_of, money
from adapters.web.request_parsing import read_json
from adapters.web.view import line_view, spending_view
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotFound
from bot.core.ledger import EVERYONE, Budget, Line, Scope, Window
from bot.core.request import Actor
from bot.core.tenant import Tenant

_LISTS = {
    "allow_models": "allowed_models",
    "deny_models": "denied_models",
    "deny": "denied_capabilities",
}
_MODEL = re.compile(r"[\w./:*?-]{1,100}")


class Budgets:
    """Handlers for admins; the core checks again that they are."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._house: House = desk.door.house

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._desk.inside
        return [
            web.get("/api/admin/budgets", inside(self.show)),
            web.post("/api/admin/budgets", inside(self.set)),
            web.post("/api/admin/budgets/remove", inside(self.remove)),
            web.post("/api/admin/budgets/grant", inside(self.grant)),
            web.get("/api/admin/settings", inside(self.settings)),
            web.post("/api/admin/settings", inside(self.change)),
            web.get("/api/admin/approvals", inside(self.approvals)),
            web.post("/api/admin/approvals/{id}", inside(self.decide)),
            web.get("/api/admin/report", inside(self.report)),
        ]

    # budgets

    async def show(self, _: web.Request, actor: Actor) -> web.Response:
        """All budgets with their balances."""
        return web.json_response(await self.shown(actor))

    async def shown(self, actor: Actor) -> dict[str, Any]:
        """The same, as JSON for whoever asks."""
        return {"budgets": [self._line(line) for line in await self._desk.admin.budgets(actor)]}

    async def set(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"who", "window", "limit"}`: set a budget or replace its limit."""
        body = await read_json(request)
        await self.put(actor, body.get("who"), body.get("window", "day"), body.get("limit"))
        return web.json_response(await self.shown(actor))

    async def put(self, actor: Actor, who: Any, window: Any, limit: Any) -> None:
        """Set one budget. Raises InvalidOrder."""
        scope, subject = self.subject(who)
        await self._desk.admin.set_budget(actor, scope, subject, window_of(window), amount_of(limit, "limit"))
        self._desk.hub.fact("budgets", {})

    async def remove(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"id"}`, or `{"who", "window"}`."""
        body = await read_json(request)
        await self.take(actor, body.get("id"), body.get("who"), body.get("window"))
        return web.json_response(await self.shown(actor))

    async def take(self, actor: Actor, budget_id: Any, who: Any, window: Any) -> None:
        """Remove one budget. Raises NotFound."""
        line = await self._find(actor, budget_id, who, window)
        await self._desk.admin.remove_budget(actor, line.budget.id)
        self._desk.hub.fact("budgets", {})

    async def grant(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"who", "amount"}`, and `id` or `window` where a person has several budgets."""
        body = await read_json(request)
        await self.give(actor, body.get("id"), body.get("who"), body.get("window"), body.get("amount"))
        return web.json_response(await self.shown(actor))

    async def give(self, actor: Actor, budget_id: Any, who: Any, window: Any, amount: Any) -> None:
        """Let someone spend more until the window ends. Raises InvalidOrder, NotFound."""
        subject = self.subject(who)[1] if who else ""
        line = await self._find(actor, budget_id, who, window)
        await self._desk.admin.grant(actor, line.budget.id, subject, amount_of(amount, "amount"))
        self._desk.hub.fact("budgets", {})

    async def _find(self, actor: Actor, budget_id: Any, who: Any, window: Any) -> Line:
        lines = await self._desk.admin.budgets(actor)
        if budget_id:
            found = [line for line in lines if line.budget.id == budget_id]
        else:
            scope, subject = self.subject(who)
            wanted = {(scope, subject)}
            if not any((line.budget.scope, line.budget.subject) in wanted for line in lines):
                wanted = {(Scope.PERSON, EVERYONE)} if scope is Scope.PERSON else wanted
            found = [line for line in lines if (line.budget.scope, line.budget.subject) in wanted]
            if window:
                found = [line for line in found if line.budget.window is window_of(window)]
        if not found:
            raise NotFound("There is no such budget here.")
        if len(found) > 1:
            windows = ", ".join(line.budget.window for line in found)
            raise InvalidOrder(f"There are several; say which window: {windows}.", field="window")
        return found[0]

    def subject(self, who: Any) -> tuple[Scope, str]:
        """Whom a budget binds: a person's name, `everyone` (each one's default), `all`, or the channel."""
        if not isinstance(who, str) or not who.strip():
            raise InvalidOrder("Say who: a name, everyone (each person's default) or all.", field="who")
        word = who.strip().lower()
        if word in ("everyone", "default", EVERYONE):
            return Scope.PERSON, EVERYONE
        if word in ("all", "server", "workspace", "tenant", "together"):
            return Scope.TENANT, ""
        if word in ("channel", "here"):
            return Scope.CHANNEL, self._house.reader().channel
        person = self._house.find(word)
        if person is None:
            names = ", ".join(item.name for item in self._house.people)
            raise InvalidOrder(f"There is nobody called “{who[:40]}” here; there are {names}.", field="who")
        return Scope.PERSON, person.id

    def _line(self, line: Line) -> dict[str, Any]:
        budget = line.budget
        return line_view(line, self._whose(budget))

    def _whose(self, budget: Budget) -> str:
        match budget.scope:
            case Scope.INSTALLATION:
                return "the whole installation"
            case Scope.TENANT:
                return "all together"
            case Scope.CHANNEL:
                return "this channel"
            case Scope.ROLE | Scope.PERSON:
                return "everyone" if budget.subject == EVERYONE else self._house.name_of(budget.subject)

    # settings

    async def settings(self, _: web.Request, actor: Actor) -> web.Response:
        """The settings of this place."""
        return web.json_response({"settings": settings_view(await self._desk.admin.tenant(actor))})

    async def change(self, request: web.Request, actor: Actor) -> web.Response:
        """Replace some settings."""
        return web.json_response(await self.changed(actor, await read_json(request)))

    async def changed(self, actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
        """Apply settings by their public names. Raises InvalidOrder."""
        changes = dict(_setting(name, value) for name, value in given.items())

        def revised(now: Tenant) -> dict[str, Any]:
            more = {"defaults": _defaults(given, now.defaults)} if "defaults" in changes else {}
            return {**changes, **more}

        changed = await self._desk.admin.revise(actor, revised)
        self._desk.hub.fact("settings", {})
        return {"settings": settings_view(changed)}

    # approvals and reports

    async def approvals(self, _: web.Request, actor: Actor) -> web.Response:
        """Requests that wait for an admin."""
        return web.json_response({"approvals": await self._desk.channel.approvals(actor)})

    async def decide(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"approve": true}` grants exactly what is needed and runs it; false closes the question."""
        approve = (await read_json(request)).get("approve")
        if not isinstance(approve, bool):
            raise InvalidOrder("`approve` is true or false.", field="approve")
        use = self._desk.admin.approve if approve else self._desk.admin.deny
        decided = await use(actor, request.match_info["id"])
        view = await self._desk.channel.publish(decided)
        self._desk.hub.fact("approvals", {"id": decided.id})
        return web.json_response(view)

    async def report(self, request: web.Request, actor: Actor) -> web.Response:
        """Spending per person, day and capability over the last `days`."""
        return web.json_response(await self.reported(actor, number(request, "days", 7, 1, 366)))

    async def reported(self, actor: Actor, days: int) -> dict[str, Any]:
        """A report's JSON."""
        found = await self._desk.admin.report(actor, days=days)
        return {
            **spending_view(found.spending),
            "budgets": [self._line(line) for line in found.lines],
        }


def window_of(value: Any) -> Window:
    """A window by name (`day`, `daily`). Raises InvalidOrder."""
    word = str(value).strip().lower().removesuffix("ly")
    try:
        return Window({"dai": "day"}.get(word, word))
    except ValueError:
        raise InvalidOrder(f"`window` is one of {', '.join(Window)}.", field="window") from None


def settings_view(tenant: Tenant) -> dict[str, Any]:
    """A tenant's settings by the names under which they are changed."""
    return {
        "threshold": money(tenant.threshold),
        "cap": money(tenant.cap),
        "paused": tenant.paused,
        "zone": tenant.zone,
        "allow_models": list(tenant.allowed_models),
        "deny_models": list(tenant.denied_models),
        "deny": list(tenant.denied_capabilities),
        "sensitive": tenant.sensitive,
        **{f"default_{item}": tenant.defaults.get(item) for item in Capability},
    }


def _setting(name: str, value: Any) -> tuple[str, Any]:
    name = name.lower().replace("-", "_")
    if name in ("threshold", "cap"):
        none = name == "cap" and (value is None or str(value).lower() == "none")
        return name, None if none else amount_of(value, name)
    if name == "paused":
        return name, _switch(value)
    if name in _LISTS:
        return _LISTS[name], _names(value, name)
    if name in ("zone", "sensitive") and isinstance(value, str):
        return name, value
    if name.removeprefix("default_") in set(Capability) and name.startswith("default_"):
        return "defaults", {}
    raise InvalidOrder(f"There is no setting “{name[:40]}” with such a value.", field=name[:40])


def _defaults(given: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    models = dict(before)
    for name, value in given.items():
        capability = name.lower().replace("-", "_").removeprefix("default_")
        if value in (None, "", "none"):
            models.pop(capability, None)
        elif capability in set(Capability):
            models[capability] = str(value)
    return models


def _switch(value: Any) -> bool:
    word = str(value).lower()
    if word not in ("on", "off", "true", "false", "yes", "no"):
        raise InvalidOrder("`paused` is on or off.", field="paused")
    return word in ("on", "true", "yes")


def _names(value: Any, field: str) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if value is None or value == "none":
        return ()
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise InvalidOrder(f"`{field}` is a list of names.", field=field)
    names = tuple(part.strip() for part in parts if part.strip())
    wrong = [name for name in names if not _MODEL.fullmatch(name)]
    if wrong:
        raise InvalidOrder(f"“{wrong[0][:40]}” is not a name that `{field}` can hold.", field=field)
    return names
