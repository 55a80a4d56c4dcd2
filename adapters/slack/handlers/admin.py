"""An admin's verbs: budgets, settings, reports. Slack is asked each time whether the person still is one.

budget                                  all of them
budget @ada 5 month                     five dollars a month for one person
budget everyone 1 day · workspace 50 week · #art 10 month · @designers 2 day · guests 1 day
budget grant @ada 3                     three dollars more, until the window ends
budget remove @ada month
budget why @ada                         which limits bind her now, and why
settings                                all of them; any can be set by its name
settings threshold 0.50 · cap 5 · zone Europe/Vienna · pause on · approvals #admins · channels + #art
settings default generate flux.2-pro · block @eve · unblock @eve · admin @ada · unadmin @ada
report · report 7
budget project:acme 50 month · budget why @ada project:acme
audit · audit @ada · audit limit 30     who changed what: by person, kind, days
report · report 7 · digest · digest last · digest week last
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from adapters.common.amounts import amount_of, split_amount
from adapters.common.audit.pages import carried
from adapters.common.audit.words import act_of
from adapters.common.place_lists.commands import VERBS
from adapters.common.settings_forms import changes_of
from adapters.common.settings_table import Kind
from adapters.slack.context import AdapterContext
from adapters.slack.handlers.notices import Telling
from adapters.slack.handlers.pages import Pages
from adapters.slack.handlers.place_lists import PlaceListCommands
from adapters.slack.identity import mentioned
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import admin_texts
from adapters.slack.views.layout import Message
from bot.core.audit.entries import AuditFilter
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.errors import InvalidOrder, NotFound
from bot.core.identity import DAY_US
from bot.core.ledger import EVERYONE, GUESTS, BudgetLine, Scope, budget_id
from bot.core.money import Micros
from bot.core.place_lists.names import folded
from bot.core.request import Actor
from bot.core.windows import Window

# A project has no mention: it is named, as in `project:acme`.
_SCOPES = {Scope.PERSON: Kind.PEOPLE, Scope.CHANNEL: Kind.CHANNEL, Scope.ROLE: Kind.ROLES}
_PEOPLE = {
    "block": ("blocked_people", "+"),
    "unblock": ("blocked_people", "-"),
    "admin": ("admin_people", "+"),
    "unadmin": ("admin_people", "-"),
}


_WORD = re.compile(r"project:(?:[\"“][^\"”]*[\"”]|\S+)|\S+", re.IGNORECASE)
_PROJECT = re.compile(r"project:(.+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class BudgetSubject:
    """Whom a budget binds."""

    scope: Scope
    subject: str


class AdminCommands:
    """What only admins may ask; the core checks it again."""

    def __init__(self, adapter: AdapterContext, pages: Pages) -> None:
        self._adapter = adapter
        self._pages = pages
        self._place_lists = PlaceListCommands(adapter)

    async def answer(self, inbound: Inbound, verb: str, rest: str) -> Message:
        """Run an admin's verb. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        match verb:
            case "budget" | "budgets":
                return await self._budget(inbound, actor, rest)
            case "settings":
                return await self._settings(actor, rest)
            case "report":
                return await self._pages.report(actor, 0, rest.strip())
            case _ if verb in VERBS:
                return await self._place_lists.answer(inbound, actor, verb, rest)
            case "audit":
                return await self._pages.audit(actor, 0, self._audit_words(rest))
            case "digest":
                return await Telling(self._adapter).digest(inbound, actor, rest)
            case _:
                raise InvalidOrder(admin_texts.unknown_command(verb[:40]), field="command")

    async def _budget(self, inbound: Inbound, actor: Actor, rest: str) -> Message:
        words = _WORD.findall(rest)
        admin = self._adapter.admin
        change: BudgetChange | None = None
        if not words or words[0] == "list":
            return admin_view.budgets(await admin.budgets(actor))
        if words[0] == "why":
            return await self._why(inbound, actor, words[1:])
        if words[0] == "remove" and len(words) >= 2:
            await admin.remove_budget(actor, _one(await admin.budgets(actor), actor, words[1:]).budget.id)
        elif words[0] == "grant" and len(words) >= 3:
            await self._grant(actor, words[1:])
        else:
            words = words[1:] if words[0] == "set" else words
            if len(words) < 2:
                raise InvalidOrder(admin_texts.budget_examples(), field="limit")
            whom, (limit, after) = subject_of(words[0]), limit_of(words[1:])
            change = await admin.set_budget(actor, whom.scope, whom.subject, window_of(after), limit)
        return admin_view.budgets(await admin.budgets(actor), change=change)

    async def _why(self, inbound: Inbound, actor: Actor, words: Sequence[str]) -> Message:
        if len(words) not in (1, 2):
            raise InvalidOrder(admin_texts.say_whom(), field="subject")
        person, project = mentioned(Kind.PEOPLE, words[0]), "".join(map(project_in, words[1:]))
        about = await self._adapter.people.somebody(inbound, actor, person)
        return admin_view.why(await self._adapter.admin.why(actor, about, project))

    async def _grant(self, actor: Actor, words: Sequence[str]) -> None:
        """More for one person under whichever budget binds them, or for a budget of its own."""
        lines = await self._adapter.admin.budgets(actor)
        whom, (amount, rest) = subject_of(words[0]), limit_of(words[1:])
        everyones = BudgetSubject(scope=whom.scope, subject=EVERYONE)
        line = _find(lines, whom, rest) or _find(lines, everyones, rest)
        if line is None:
            raise NotFound(admin_texts.no_budget_to_raise())
        await self._adapter.admin.grant(actor, line.budget.id, whom.subject, amount)

    def _audit_words(self, rest: str) -> str:
        """`@ada limit 30` as a page's button carries it. Raises InvalidOrder."""
        person, act, since = "", "", 0
        for word in rest.split():
            if word.isdecimal() and len(word) < 5:
                since = self._adapter.service.clock.now() - int(word) * DAY_US
            elif word.startswith("<"):
                person = mentioned(Kind.PEOPLE, word)
            else:
                act = act_of(word)
        return carried(AuditFilter(person=person, act=act_of(act) if act else None, since=since))

    async def _settings(self, actor: Actor, rest: str) -> Message:
        if not rest.strip():
            return await self._pages.settings(actor)
        given = typed_change(rest.strip())
        revised = await self._adapter.admin.revise(actor, lambda now: changes_of(now, given, mentioned))
        return admin_view.settings(revised)


def project_in(word: str) -> str:
    """The name in `project:acme` or `project:"acme 2"`, or an empty text."""
    found = _PROJECT.fullmatch(word)
    return found[1].strip('"“”') if found else ""


def subject_of(word: str) -> BudgetSubject:
    """`<@U1>`, `<#C1>`, `<!subteam^S1>`, `project:acme`, `everyone` or `workspace`. Raises InvalidOrder."""
    if name := project_in(word):
        return BudgetSubject(scope=Scope.PROJECT, subject=name)
    for scope, kind in _SCOPES.items():
        with suppress(InvalidOrder):
            return BudgetSubject(scope=scope, subject=mentioned(kind, word))
    if word.lower() in ("everyone", "everybody", "all"):
        return BudgetSubject(scope=Scope.PERSON, subject=EVERYONE)
    if word.lower() in ("guest", "guests"):
        return BudgetSubject(scope=Scope.ROLE, subject=GUESTS)
    if word.lower() in ("workspace", "team", "here"):
        return BudgetSubject(scope=Scope.TENANT, subject="")
    raise InvalidOrder(admin_texts.unknown_subject(word[:40]), field="subject")


def limit_of(words: Sequence[str]) -> tuple[Micros, list[str]]:
    """The amount that some words begin with, and the words after it. Raises InvalidOrder."""
    amount, rest = split_amount(words)
    return amount_of(amount or words[0], "limit"), rest


def window_of(words: Sequence[str]) -> Window:
    """`a month`, `per day`, `weekly`, `total`; a month where nothing is said. Raises InvalidOrder."""
    kept = [word.lower() for word in words if word.lower() not in ("a", "per", "each", "in", "every")]
    if not kept:
        return Window.MONTH
    names = {"daily": "day", "weekly": "week", "monthly": "month", "all": "total", "once": "total"}
    try:
        return Window(names.get(kept[0], kept[0]))
    except ValueError:
        raise InvalidOrder(admin_texts.unknown_window(), field="window") from None


def _find(lines: Sequence[BudgetLine], whom: BudgetSubject, words: Sequence[str]) -> BudgetLine | None:
    wanted = window_of(words) if words else None
    for line in lines:
        subjects = (line.budget.subject, line.budget.name) if line.budget.name else (line.budget.subject,)
        named = folded(whom.subject) in map(folded, subjects)
        same = line.budget.scope is whom.scope and (line.budget.subject == whom.subject or named)
        if same and wanted in (None, line.budget.window):
            return line
    return None


def _one(lines: Sequence[BudgetLine], actor: Actor, words: Sequence[str]) -> BudgetLine:
    whom = subject_of(words[0])
    found = _find(lines, whom, words[1:])
    if found is None:
        name = budget_id(actor.tenant, whom.scope, whom.subject, window_of(words[1:]))
        raise NotFound(admin_texts.no_such_budget(name))
    return found


def typed_change(text: str) -> dict[str, str]:
    """What `settings …` changes: `zone UTC`, `default generate flux.2-pro`, `block @eve`."""
    name, _, given = text.partition(" ")
    name, given = name.lower(), given.strip()
    if name in _PEOPLE:
        field, sign = _PEOPLE[name]
        return {field: f"{sign} {given}"}
    if name == "default" and "=" not in given:
        capability, _, model = given.partition(" ")
        return {f"default_{capability.lower()}": model.strip()}
    return {name: given}
