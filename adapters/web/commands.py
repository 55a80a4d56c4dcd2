"""The box's commands that are no orders: `/estimate`, `/compare`, `/balance`, `/budget set …` and so on.

Each answers with a `kind` and its facts; the page draws them as a note that only the asker sees.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from adapters.common.amounts import looks_like_amount
from adapters.common.linking.steps import step
from adapters.web import texts
from adapters.web.audit.handlers import Audit
from adapters.web.budgets import Budgets
from adapters.web.command_table import (
    BUDGET_OPTIONS,
    HISTORY_OPTIONS,
    MODELS,
    NAMES,
    SETTING_WORDS,
    VERBS,
    command_list,
)
from adapters.web.context import AdapterContext
from adapters.web.linking.view import links_view
from adapters.web.notices.handlers import NoticeHandlers
from adapters.web.orders import Orders
from adapters.web.place_lists.handlers import PlaceListHandlers
from adapters.web.request_parsing import Form, read_form
from adapters.web.view import model_view, request_view, room_view
from bot.core.capability import Capability
from bot.core.command_parser import parse_options, read, split_command
from bot.core.drafts import draft
from bot.core.errors import InvalidOrder
from bot.core.options import options_of
from bot.core.request import Actor, Order, stoppable
from bot.core.windows import Window
from bot.use_cases.quotes import COMPARE_MAX

Answer = dict[str, Any]

_WINDOWS = {name: window for window in Window for name in (window.value, f"{window.value}ly")} | {
    "daily": Window.DAY
}
_FILLER = frozenset(("per", "for", "a", "of", "to", "each", "every", "budget"))


class Commands:
    """`POST /api/commands`."""

    def __init__(
        self,
        context: AdapterContext,
        *,
        orders: Orders,
        budgets: Budgets,
        audit: Audit,
        notices: NoticeHandlers,
        lists: PlaceListHandlers,
    ) -> None:
        self._context = context
        self._orders = orders
        self._budgets = budgets
        self._lists = lists
        self._audit = audit
        self._notices = notices
        self._verbs: dict[str, Callable[[Actor, str, Form], Awaitable[Answer]]] = {
            "estimate": self._estimate,
            "compare": self._compare,
            "balance": self._balance,
            "history": self._history,
            "models": self._models,
            "cancel": self._cancel,
            "forget": self._forget,
            "link": self._link,
            "help": self._help,
            "budget": self._budget,
            "settings": self._settings,
            **{name: self._listed(name) for name in ("project", "style", "statement")},
            "audit": self._audited,
            "notices": self._told,
            "digest": self._digest,
        }
        assert self._verbs.keys() == {verb.name for verb in VERBS}  # noqa: S101 — one table, two modules

    def routes(self) -> list[web.RouteDef]:
        """The table of this handler."""
        return [web.post("/api/commands", self._context.inside(self.handle))]

    async def handle(self, request: web.Request, actor: Actor) -> web.Response:
        """`{"text": "/balance"}`; orders go to `/api/orders`."""
        form = await read_form(request, self._context.service, actor)
        text = form.fields.get("text")
        if not isinstance(text, str):
            raise InvalidOrder(texts.send_as_text(), field="text")
        return web.json_response(await self.answer(actor, text, form))

    async def answer(self, actor: Actor, text: str, form: Form) -> Answer:
        """What a line is answered with: its `kind` and its facts. Raises InvalidOrder for an order."""
        name, rest = split_command(text, NAMES)
        if name not in self._verbs:
            raise InvalidOrder(texts.orders_go_elsewhere(), field="command")
        return {"kind": name, **await self._verbs[name](actor, rest, form)}

    # prices

    async def _estimate(self, actor: Actor, rest: str, form: Form) -> Answer:
        capability, line = _subject(rest)
        order = form.order(parse_options(capability, line), actor)
        return await self._orders.estimated(actor, order, form)

    async def _compare(self, actor: Actor, rest: str, form: Form) -> Answer:
        capability, line = _subject(rest)
        found = read(line, (*options_of(capability), MODELS), command="compare")
        options = dict(found.options)
        named = options.pop("models", "") or options.pop("model", "")
        if found.text:
            options["prompt"] = found.text
        order = form.order(draft(capability, options, extra=found.extra), actor)
        models = named.split(",") if named else await self._usual(actor, order)
        return await self._orders.compared(actor, order, models, form)

    async def _usual(self, actor: Actor, order: Order) -> list[str]:
        """Without names: the cheapest by their price hints."""
        models = await self._context.service.models(actor, "", order.capability)
        priced = sorted(models, key=lambda model: (model.starting_price is None, model.starting_price or 0))
        return [model.id for model in priced[:COMPARE_MAX]]

    # looking

    async def _balance(self, actor: Actor, _: str, __: Form) -> Answer:
        return {"budgets": [room_view(room) for room in await self._context.service.balance(actor)]}

    async def _history(self, actor: Actor, rest: str, _: Form) -> Answer:
        found = read(rest, HISTORY_OPTIONS, command="history")
        everyone, project = found.text.lower() in ("everyone", "all"), found.options.get("project", "")
        rows = await self._context.service.history(actor, everyone=everyone, limit=20, project=project)
        return {"requests": [request_view(row) for row in rows]}

    async def _models(self, actor: Actor, rest: str, _: Form) -> Answer:
        found = await self._context.service.models(actor, rest[:100], details=True)
        return {"models": [model_view(model) for model in found[:50]], "total": len(found)}

    async def _link(self, actor: Actor, rest: str, _: Form) -> Answer:
        return links_view(await step(self._context.service.links, actor, rest))

    async def _help(self, actor: Actor, _: str, __: Form) -> Answer:
        return {"commands": command_list(admin=await self._context.channel.administers(actor))}

    # doing

    async def _cancel(self, actor: Actor, rest: str, _: Form) -> Answer:
        request_id = rest.strip()
        if not request_id:
            running = [row for row in await self._context.service.running(actor) if stoppable(row)]
            if not running:
                raise InvalidOrder(texts.nothing_running(), field="request")
            request_id = max(row.id for row in running)
        moved = await self._context.service.cancel(actor, request_id)
        return {"request": await self._context.channel.publish(moved)}

    async def _forget(self, actor: Actor, _: str, form: Form) -> Answer:
        conversation = form.conversation or actor.person
        return {"forgotten_turns": await self._context.service.forget(actor, conversation)}

    async def _told(self, actor: Actor, rest: str, _: Form) -> Answer:
        return await self._notices.typed(actor, rest.strip().lower())

    # administering

    async def _digest(self, actor: Actor, rest: str, _: Form) -> Answer:
        return {"digest": await self._notices.typed_digest(actor, rest.lower().split())}

    async def _budget(self, actor: Actor, rest: str, _: Form) -> Answer:
        sub, _gap, line = rest.strip().partition(" ")
        given = _budget_words(line)
        who, window = given.get("who"), given.get("window")
        match sub.lower():
            case "" | "show":
                pass
            case "set":
                said = await self._budgets.put(actor, who, window or Window.DAY, given.get("limit"))
                return {**await self._budgets.shown(actor), **said}
            case "why":
                return await self._budgets.explained(actor, who, str(given.get("project") or ""))
            case "remove":
                await self._budgets.take(actor, None, who, window)
            case "grant":
                await self._budgets.give(actor, None, who, window, given.get("limit"))
            case "report":
                days = str(given.get("days") or given.get("limit") or 7)
                return {"report": await self._budgets.reported(actor, _days(days))}
            case _:
                raise InvalidOrder(texts.budget_verbs(), field="budget")
        return await self._budgets.shown(actor)

    def _listed(self, name: str) -> Callable[[Actor, str, Form], Awaitable[Answer]]:
        """A command for one of the lists of the place."""

        async def answer(actor: Actor, rest: str, _: Form) -> Answer:
            return await self._lists.typed(actor, name, rest)

        return answer

    async def _audited(self, actor: Actor, rest: str, _: Form) -> Answer:
        return await self._audit.typed(actor, rest)

    async def _settings(self, actor: Actor, rest: str, _: Form) -> Answer:
        given = read(rest, SETTING_WORDS, command="settings")
        if given.text:
            raise InvalidOrder(texts.settings_take_options(), field="settings")
        if not given.options:
            return await self._budgets.settled(actor)
        return await self._budgets.changed(actor, given.options)


def _subject(rest: str) -> tuple[Capability, str]:
    """What is priced: `generate a cat`, `/generate a cat`, or just the words of a picture."""
    word, _, line = rest.strip().removeprefix("/").partition(" ")
    if word.lower() in set(Capability):
        return Capability(word.lower()), line
    return Capability.GENERATE, rest


def _budget_words(line: str) -> dict[str, Any]:
    """`set $5 a day for Mia` in any order, or the same with options."""
    found = read(line, BUDGET_OPTIONS, command="budget")
    given: dict[str, Any] = {}
    who: list[str] = []
    amount: list[str] = []
    for word in found.text.split():
        if looks_like_amount(word):
            amount.append(word)
        elif word.lower() in _WINDOWS:
            given["window"] = _WINDOWS[word.lower()]
        elif word.lower() not in _FILLER:
            who.append(word)
    if amount:
        given["limit"] = " ".join(amount)
    if who:
        given["who"] = " ".join(who)
    return given | dict(found.options)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 366):
        raise InvalidOrder(texts.days_allowed(), field="days")
    return int(text)
