"""An admin's verbs: budgets, settings, reports. Slack is asked each time whether the person still is one.

budget                                  all of them
budget @ada 5 month                     five dollars a month for one person
budget everyone 1 day · workspace 50 week · #art 10 month · @designers 2 day
budget grant @ada 3                     three dollars more, until the window ends
budget remove @ada month
settings · settings threshold 0.50 · cap 5 · zone Europe/Vienna · pause on · approvals #admins
settings default generate flux.2-pro · block @eve · unblock @eve · admin @ada · unadmin @ada
report · report 7
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.context import Kit
from adapters.slack.identity import slack_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views.layout import Message
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotFound
from bot.core.ledger import EVERYONE, Line, Scope, Window
from bot.core.money import Micros, from_dollars
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.use_cases.admin import budget_id
from bot.use_cases.reports import MOST_DAYS

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
_LISTS = frozenset({"allowed_models", "denied_models", "denied_capabilities"})
_PEOPLE = {
    "block": ("blocked_people", True),
    "unblock": ("blocked_people", False),
    "admin": ("admin_people", True),
    "unadmin": ("admin_people", False),
}
_USAGE = "For example: `budget @ada 5 month`, `budget everyone 1 day`, `budget workspace 50 month`."


@dataclass(frozen=True, kw_only=True)
class Whom:
    """Whom a budget binds."""

    scope: Scope
    subject: str


class Governing:
    """What only admins may ask; the core checks it again."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def answer(self, inbound: Inbound, verb: str, rest: str) -> Message:
        """Run an admin's verb. Raises Refusal."""
        actor = await self._kit.people.actor(inbound, fresh=True)
        match verb:
            case "budget" | "budgets":
                return await self._budget(actor, rest)
            case "settings":
                return await self._settings(actor, rest)
            case "report":
                return await self._report(actor, rest)
            case _:
                raise InvalidOrder(f"I do not know `{verb[:40]}`. Try `help`.", field="command")

    async def _budget(self, actor: Actor, rest: str) -> Message:
        words = rest.split()
        admin = self._kit.admin
        if not words or words[0] == "list":
            return admin_view.budgets(await admin.budgets(actor))
        if words[0] == "remove" and len(words) >= 2:
            await admin.remove_budget(actor, _one(await admin.budgets(actor), actor, words[1:]).budget.id)
        elif words[0] == "grant" and len(words) >= 3:
            await self._grant(actor, words[1:])
        else:
            words = words[1:] if words[0] == "set" else words
            if len(words) < 2:
                raise InvalidOrder(_USAGE, field="limit")
            whom, window = whom_of(words[0]), window_of(words[2:])
            await admin.set_budget(actor, whom.scope, whom.subject, window, amount_of(words[1]))
        return admin_view.budgets(await admin.budgets(actor))

    async def _grant(self, actor: Actor, words: Sequence[str]) -> None:
        """More for one person under whichever budget binds them, or for a budget of its own."""
        lines = await self._kit.admin.budgets(actor)
        whom = whom_of(words[0])
        line = _find(lines, whom, words[2:]) or _find(
            lines, Whom(scope=whom.scope, subject=EVERYONE), words[2:]
        )
        if line is None:
            raise NotFound("There is no budget to grant more under.")
        await self._kit.admin.grant(actor, line.budget.id, whom.subject, amount_of(words[1]))

    async def _settings(self, actor: Actor, rest: str) -> Message:
        name, _, given = rest.strip().partition(" ")
        if not name:
            return admin_view.settings(await self._kit.admin.tenant(actor))
        revised = await self._kit.admin.revise(
            actor, lambda tenant: change_of(tenant, name.lower(), given.strip())
        )
        return admin_view.settings(revised)

    async def _report(self, actor: Actor, rest: str) -> Message:
        days = int(rest) if rest.strip().isdecimal() and len(rest) < 9 else 30
        return admin_view.report(await self._kit.admin.report(actor, days=min(max(days, 1), MOST_DAYS)))


def whom_of(word: str) -> Whom:
    """`<@U1>`, `<#C1>`, `<!subteam^S1>`, `everyone` or `workspace`. Raises InvalidOrder."""
    for pattern, scope in ((_PERSON, Scope.PERSON), (_CHANNEL, Scope.CHANNEL), (_GROUP, Scope.ROLE)):
        if found := pattern.fullmatch(word):
            return Whom(scope=scope, subject=slack_id(found[1]))
    if word.lower() in ("everyone", "everybody", "all"):
        return Whom(scope=Scope.PERSON, subject=EVERYONE)
    if word.lower() in ("workspace", "team", "here"):
        return Whom(scope=Scope.TENANT, subject="")
    raise InvalidOrder(f"I do not know whom “{word[:40]}” means. {_USAGE}", field="subject")


def amount_of(word: str) -> Micros:
    """Raises InvalidOrder."""
    try:
        return from_dollars(word)
    except ValueError:
        raise InvalidOrder(f"“{word[:40]}” is not an amount of dollars. {_USAGE}", field="limit") from None


def window_of(words: Sequence[str]) -> Window:
    """`a month`, `per day`, `weekly`, `total`; a month where nothing is said. Raises InvalidOrder."""
    kept = [word.lower() for word in words if word.lower() not in ("a", "per", "each", "in", "every")]
    if not kept:
        return Window.MONTH
    names = {"daily": "day", "weekly": "week", "monthly": "month", "all": "total", "once": "total"}
    try:
        return Window(names.get(kept[0], kept[0]))
    except ValueError:
        raise InvalidOrder("A budget is for a day, week, month or total.", field="window") from None


def _find(lines: Sequence[Line], whom: Whom, words: Sequence[str]) -> Line | None:
    wanted = window_of(words) if words else None
    for line in lines:
        same = line.budget.scope is whom.scope and line.budget.subject == whom.subject
        if same and wanted in (None, line.budget.window):
            return line
    return None


def _one(lines: Sequence[Line], actor: Actor, words: Sequence[str]) -> Line:
    whom = whom_of(words[0])
    found = _find(lines, whom, words[1:])
    if found is None:
        name = budget_id(actor.tenant, whom.scope, whom.subject, window_of(words[1:]))
        raise NotFound(f"There is no such budget ({name}).")
    return found


def change_of(tenant: Tenant, name: str, given: str) -> dict[str, Any]:
    """One setting by its plain name. Raises InvalidOrder."""
    if name == "default":
        return {"defaults": _defaults(tenant, given)}
    if name in _PEOPLE:
        field, add = _PEOPLE[name]
        return {field: _people(getattr(tenant, field), given, add=add)}
    if name in ("threshold", "confirm"):
        return {"threshold": amount_of(given)}
    if name == "cap":
        return {"cap": None if given in ("", "none", "off") else amount_of(given)}
    if name == "zone":
        return {"zone": given}
    if name in ("pause", "paused"):
        return {"paused": given.lower() in ("", "on", "yes", "true")}
    if name in ("approvals", "admin_channel"):
        found = _CHANNEL.fullmatch(given)
        return {"admin_channel": slack_id(found[1]) if found else ""}
    if name in _LISTS:
        return {name: tuple(part for part in re.split(r"[,\s]+", given) if part and part != "none")}
    raise InvalidOrder(
        "Settings are threshold, cap, zone, pause, approvals, default, allowed_models, denied_models,"
        " denied_capabilities, block, unblock, admin and unadmin.",
        field="setting",
    )


def _defaults(tenant: Tenant, given: str) -> dict[str, str]:
    """`generate flux.2-pro`; `generate none` goes back to the catalogue's. Raises InvalidOrder."""
    capability, _, model = given.partition(" ")
    if capability not in set(Capability) or not model.strip():
        raise InvalidOrder("For example: `settings default generate flux.2-pro`.", field="setting")
    kept = {name: value for name, value in tenant.defaults.items() if name != capability}
    return kept if model.strip() == "none" else {**kept, capability: model.strip()}


def _people(listed: Sequence[str], given: str, *, add: bool) -> tuple[str, ...]:
    """A list with one person more or less. Raises InvalidOrder."""
    found = _PERSON.fullmatch(given)
    if found is None:
        raise InvalidOrder("Say whom, with an @.", field="setting")
    person = slack_id(found[1])
    others = tuple(one for one in listed if one != person)
    return (*others, person) if add else others
