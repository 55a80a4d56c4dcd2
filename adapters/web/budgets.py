"""An admin's work: budgets, grants, settings, approvals, reports; as JSON and as lines of the box."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from adapters.common.amounts import amount_of
from adapters.common.budget_words import BudgetWords
from adapters.common.settings_forms import Field, changes_of, field_of, pages_of
from adapters.common.settings_table import GROUP_TITLES, Group, Kind
from adapters.common.settings_values import Given, shown, text_of
from adapters.web import texts
from adapters.web.context import AdapterContext, number
from adapters.web.identity import DemoPlace
from adapters.web.json_values import money
from adapters.web.request_parsing import read_json
from adapters.web.view import blocked_view, line_view, spending_view
from bot.core.errors import InvalidOrder, NotFound
from bot.core.ledger import EVERYONE, GUESTS, Budget, BudgetLine, Scope
from bot.core.request import Actor
from bot.core.tenant import KEPT, Tenant
from bot.core.text.dates import utc
from bot.core.text.translation import gettext as _
from bot.core.windows import Window

_PROJECT = re.compile(r"project[ :]+(.+)", re.IGNORECASE)
_ALL = 10_000
"""Fields of the page's one form, and values of one field."""


class Budgets:
    """Handlers for admins; the core checks again that they are."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context
        self._demo_place: DemoPlace = context.authentication.demo_place
        self._words = BudgetWords(place=texts.place(), names=self._name)

    def _name(self, budget: Budget) -> str:
        if budget.scope is Scope.CHANNEL:
            return texts.this_channel()
        return self._demo_place.name_of(budget.subject)

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get("/api/admin/budgets", inside(self.show)),
            web.post("/api/admin/budgets", inside(self.set)),
            web.get("/api/admin/budgets/why", inside(self.why)),
            web.post("/api/admin/budgets/remove", inside(self.remove)),
            web.post("/api/admin/budgets/grant", inside(self.grant)),
            web.get("/api/admin/settings", inside(self.settings)),
            web.post("/api/admin/settings", inside(self.change)),
            web.get("/api/admin/approvals", inside(self.approvals)),
            web.post("/api/admin/approvals/{id}", inside(self.decide)),
            web.get("/api/admin/report", inside(self.report)),
        ]

    # budgets

    async def show(self, _request: web.Request, actor: Actor) -> web.Response:
        """All budgets with their balances."""
        return web.json_response(await self.shown(actor))

    async def shown(self, actor: Actor) -> dict[str, Any]:
        """The same, as JSON for whoever asks."""
        lines = await self._context.admin.budgets(actor)
        return {"budgets": [self._line(line) for line in lines], "summary": self._words.summary(lines)}

    async def set(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"who", "window", "limit"}`: set a budget or replace its limit."""
        body = await read_json(request)
        said = await self.put(actor, body.get("who"), body.get("window", "day"), body.get("limit"))
        return web.json_response({**await self.shown(actor), **said})

    async def put(self, actor: Actor, who: Any, window: Any, limit: Any) -> dict[str, Any]:
        """Set one budget; says what was set and whether it is looser than before. Raises InvalidOrder."""
        scope, subject = self.subject(who)
        change = await self._context.admin.set_budget(
            actor, scope, subject, window_of(window), amount_of(limit, "limit")
        )
        self._context.stream.fact("budgets", {})
        return {"said": self._words.change(change), "looser": self._words.looser(change) or None}

    async def why(self, request: web.Request, actor: Actor) -> web.Response:
        """`?who=mia`: which limits bind somebody now, and why; `project` as if it were ordered for one."""
        project = request.query.get("project", "")[:60]
        return web.json_response(await self.explained(actor, request.query.get("who", ""), project))

    async def explained(self, actor: Actor, who: Any, project: str = "") -> dict[str, Any]:
        """The same, as JSON for whoever asks."""
        scope, subject = self.subject(who)
        if scope is not Scope.PERSON or subject == EVERYONE:
            raise InvalidOrder(texts.say_which_person(), field="who")
        about = Actor(tenant=actor.tenant, person=subject, channel=actor.channel)
        found = await self._context.admin.why(actor, about, project)
        name = self._demo_place.name_of(subject)
        return {"who": name, "why": self._words.why(found, name, utc)}

    async def remove(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"id"}`, or `{"who", "window"}`."""
        body = await read_json(request)
        await self.take(actor, body.get("id"), body.get("who"), body.get("window"))
        return web.json_response(await self.shown(actor))

    async def take(self, actor: Actor, budget_id: Any, who: Any, window: Any) -> None:
        """Remove one budget. Raises NotFound."""
        line = await self._find(actor, budget_id, who, window)
        await self._context.admin.remove_budget(actor, line.budget.id)
        self._context.stream.fact("budgets", {})

    async def grant(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"who", "amount"}`, and `id` or `window` where a person has several budgets."""
        body = await read_json(request)
        await self.give(actor, body.get("id"), body.get("who"), body.get("window"), body.get("amount"))
        return web.json_response(await self.shown(actor))

    async def give(self, actor: Actor, budget_id: Any, who: Any, window: Any, amount: Any) -> None:
        """Let someone spend more until the window ends. Raises InvalidOrder, NotFound."""
        subject = self.subject(who)[1] if who else ""
        line = await self._find(actor, budget_id, who, window)
        await self._context.admin.grant(actor, line.budget.id, subject, amount_of(amount, "amount"))
        self._context.stream.fact("budgets", {})

    async def _find(self, actor: Actor, budget_id: Any, who: Any, window: Any) -> BudgetLine:
        lines = await self._context.admin.budgets(actor)
        if budget_id:
            found = [line for line in lines if line.budget.id == budget_id]
        else:
            scope, subject = self.subject(who)
            wanted = {(scope, subject)}
            if not any((line.budget.scope, line.budget.subject) in wanted for line in lines):
                wanted = {(Scope.PERSON, EVERYONE)} if scope is Scope.PERSON else wanted
            if scope is Scope.PROJECT:
                project = await self._context.admin.projects.find(actor, subject)
                wanted = {(scope, project.id)}
            found = [line for line in lines if (line.budget.scope, line.budget.subject) in wanted]
            if window:
                found = [line for line in found if line.budget.window is window_of(window)]
        if not found:
            raise NotFound(texts.no_such_budget())
        if len(found) > 1:
            windows = ", ".join(line.budget.window for line in found)
            raise InvalidOrder(texts.several_budgets(windows), field="window")
        return found[0]

    def subject(self, who: Any) -> tuple[Scope, str]:
        """Whom a budget binds: a name, `everyone` (each one's default), `all`, `guests`, the channel, or
        `project` and its name.
        """
        if not isinstance(who, str) or not who.strip():
            raise InvalidOrder(texts.say_who(), field="who")
        word = who.strip().lower()
        if word in ("everyone", "default", EVERYONE):
            return Scope.PERSON, EVERYONE
        if word in ("all", "server", "workspace", "tenant", "together"):
            return Scope.TENANT, ""
        if word in ("guest", "guests"):
            return Scope.ROLE, GUESTS
        if found := _PROJECT.fullmatch(who.strip()):
            return Scope.PROJECT, found[1]
        if word in ("channel", "here"):
            return Scope.CHANNEL, self._demo_place.reader().channel
        person = self._demo_place.find(word)
        if person is None:
            names = ", ".join(item.name for item in self._demo_place.people)
            raise InvalidOrder(texts.nobody_here_called(who[:40], names), field="who")
        return Scope.PERSON, person.id

    def _line(self, line: BudgetLine) -> dict[str, Any]:
        return line_view(line, self._words)

    # settings

    async def settings(self, _request: web.Request, actor: Actor) -> web.Response:
        """The settings of this place."""
        return web.json_response(await self.settled(actor))

    async def settled(self, actor: Actor) -> dict[str, Any]:
        """The same, as JSON for whoever asks."""
        return settings_json(await self._context.admin.tenant(actor), self._demo_place)

    async def change(self, request: web.Request, actor: Actor) -> web.Response:
        """Replace some settings."""
        return web.json_response(await self.changed(actor, await read_json(request)))

    async def changed(self, actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
        """Apply settings by their names. Raises InvalidOrder."""
        typed = dict(pair for name, value in given.items() for pair in _given(name, value))
        changed = await self._context.admin.revise(
            actor, lambda now: changes_of(now, typed, self._demo_place.ident)
        )
        self._context.stream.fact("settings", {})
        return settings_json(changed, self._demo_place)

    # approvals and reports

    async def approvals(self, _request: web.Request, actor: Actor) -> web.Response:
        """Requests that wait for an admin."""
        return web.json_response({"approvals": await self._context.channel.approvals(actor)})

    async def decide(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"approve": true}` grants exactly what is needed and runs it; false closes the question."""
        approve = (await read_json(request)).get("approve")
        if not isinstance(approve, bool):
            raise InvalidOrder(texts.approve_is_true_or_false(), field="approve")
        use = self._context.admin.approve if approve else self._context.admin.deny
        decided = await use(actor, request.match_info["id"])
        view = await self._context.channel.publish(decided)
        self._context.stream.fact("approvals", {"id": decided.id})
        return web.json_response(view)

    async def report(self, request: web.Request, actor: Actor) -> web.Response:
        """Spending per person, day and capability over the last `days`."""
        return web.json_response(await self.reported(actor, number(request, "days", 7, 1, 366)))

    async def reported(self, actor: Actor, days: int) -> dict[str, Any]:
        """A report's JSON."""
        found = await self._context.admin.report(actor, days=days)
        return {
            **spending_view(found.spending),
            "budgets": [self._line(line) for line in found.lines],
            "blocked": [blocked_view(use) for use in found.blocked],
        }


def window_of(value: Any) -> Window:
    """A window by name (`day`, `daily`). Raises InvalidOrder."""
    word = str(value).strip().lower().removesuffix("ly")
    try:
        return Window({"dai": "day"}.get(word, word))
    except ValueError:
        raise InvalidOrder(texts.window_is_one_of(", ".join(Window)), field="window") from None


def settings_json(tenant: Tenant, demo_place: DemoPlace) -> dict[str, Any]:
    """All settings: their values, and the fields of the page's form."""
    pages = pages_of(tenant, fields=_ALL, values=_ALL)
    fields = [_field(field, tenant, demo_place) for page in pages for field in page.fields]
    return {"settings": settings_view(tenant), "fields": fields}


def _field(field: Field, tenant: Tenant, demo_place: DemoPlace) -> dict[str, Any]:
    """One field: what it is, what holds, and how to say it."""
    row, value = field.row, getattr(tenant, field.row.name)
    text = ", ".join(field.values) if field.key else text_of(row, value, demo_place.shown)
    return {
        "name": field.name,
        "title": field.title,
        "help": _(row.help),
        "kind": row.kind,
        "capability": field.key,
        "group": _(GROUP_TITLES[Group(row.group)]),
        "text": text,
        "values": list(value) if row.kind in (Kind.PEOPLE, Kind.CAPABILITIES) else [],
        "shown": (text or _(row.empty)) if field.key else shown(row, tenant, demo_place.shown),
        "choices": [[choice.value, _(label)] for choice, label in row.choices.items()],
        "required": not row.empty,
    }


def settings_view(tenant: Tenant) -> dict[str, Any]:
    """A tenant's settings by their names, amounts as money."""
    facts = {name: value for name, value in asdict(tenant).items() if name not in KEPT}
    amounts = {name: money(facts[name]) for name in facts if field_of(name).row.kind is Kind.MONEY}
    return {**facts, **amounts}


def _given(name: str, value: Any) -> list[tuple[str, Given]]:
    """A JSON value as the table reads it: text, or a list of texts. Raises InvalidOrder."""
    if isinstance(value, dict) and field_of(name).row.kind is Kind.CHANNEL_TEXTS:
        return [(name, [f"{channel} = {_text(name, said)}" for channel, said in value.items()])]
    if isinstance(value, dict):
        return [(f"{name}.{key}", _text(name, one)) for key, one in value.items()]
    if isinstance(value, list):
        return [(name, [_text(name, one) for one in value])]
    return [(name, _text(name, value))]


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, str | int | float):
        raise InvalidOrder(texts.text_number_or_list(name[:40]), field=name[:40])
    return str(value)
