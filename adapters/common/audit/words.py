"""A line of the audit log in plain words, the same on every surface.

A platform says how it shows an id or a value (`Names`) and budgets (`BudgetWords`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.common.budget_words import BudgetWords
from adapters.common.settings_table import LISTS, SETTINGS, Kind, Setting
from adapters.common.settings_values import Names
from adapters.common.wording import When
from bot.core.audit.entries import COMMAND_LINE, NO_LIMIT, OPERATOR, Act, AuditEntry
from bot.core.errors import InvalidOrder
from bot.core.ledger import Budget, Scope
from bot.core.money import Micros, dollars
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.core.windows import Window

VALUE_MAX = 100
"""Characters that are shown of a value; the file has all of it."""
ACTS = {
    Act.SETTING: N_("settings"),
    Act.LIMIT: N_("limits"),
    Act.GRANT: N_("extra amounts"),
    Act.APPROVED: N_("approvals"),
    Act.DENIED: N_("approvals that were denied"),
    Act.ENDED: N_("unknown outcomes that were ended"),
    Act.STOPPED: N_("requests that were stopped"),
    Act.HOME: N_("who pays in direct messages"),
}
"""What the lines of one kind are about, as a choice."""
_SURFACES = {
    "discord": N_("Discord"),
    "slack": N_("Slack"),
    "web": N_("page"),
    "cli": N_("command line"),
    COMMAND_LINE: N_("command line"),
}
_PLACE_LISTS = {
    "projects": N_("Projects"),
    "styles": N_("Styles"),
    "channel_projects": N_("Project of a channel"),
}
"""What a place keeps beside its settings."""
_ROWS = {row.name: row for row in SETTINGS}


@dataclass(frozen=True, kw_only=True)
class AuditWords:
    """The sentences of one platform."""

    budgets: BudgetWords
    names: Names

    def line(self, entry: AuditEntry, when: When) -> str:
        """`today 12:00 · @ada, Discord #art: changed “Pause” from off to on`."""
        where = _(_SURFACES.get(entry.surface, entry.surface))
        if entry.channel and entry.surface not in ("web", COMMAND_LINE):
            where = f"{where} {self.names(Kind.CHANNEL, entry.channel)}"
        return _("{when} · {who}, {where}: {said}").format(
            when=when(entry.at), who=self.who(entry.by), where=where, said=self.said(entry)
        )

    def who(self, person: str) -> str:
        """Whoever acted; the operator has no name."""
        return _("the bot's operator") if person == OPERATOR.person else self.names(Kind.PEOPLE, person)

    def said(self, entry: AuditEntry) -> str:
        """What was done."""
        match entry.act:
            case Act.SETTING:
                return self._setting(entry)
            case Act.LIMIT:
                return self._limit(entry)
            case Act.GRANT:
                text = _("gave {whom} {amount} more")
                return text.format(whom=self._whom(entry), amount=_dollars(entry.new))
            case Act.APPROVED:
                text = _("approved the request {request} for up to {amount}")
                return text.format(request=entry.subject, amount=_dollars(entry.new))
            case Act.DENIED:
                return _("did not approve the request {request}").format(request=entry.subject)
            case Act.ENDED:
                text = _(
                    "ended the request {request}, whose outcome was unknown, at {new}; {old} was set aside"
                )
                return text.format(request=entry.subject, new=_dollars(entry.new), old=_dollars(entry.old))
            case Act.STOPPED:
                return _("stopped the request {request}").format(request=entry.subject)
            case Act.HOME:
                return (
                    _("chose this place to pay for their direct messages")
                    if entry.new
                    else _("no longer has this place pay for their direct messages")
                )

    def _setting(self, entry: AuditEntry) -> str:
        row = _ROWS.get(entry.what)
        title = _(row.title if row else _PLACE_LISTS.get(entry.what, entry.what))
        old, new = (self._value(row, value) for value in (entry.old, entry.new))
        if row and row.kind in LISTS and row.kind is not Kind.CHANNEL_TEXTS:
            text = _("added {entry} to “{title}”") if entry.new else _("removed {entry} from “{title}”")
            return text.format(entry=new if entry.new else old, title=title)
        if entry.subject:
            text = _("changed “{title}” for {entry} from {old} to {new}")
            kind = Kind.CHANNEL if row and row.kind is Kind.CHANNEL_TEXTS else Kind.CAPABILITIES
            return text.format(title=title, entry=self.names(kind, entry.subject), old=old, new=new)
        return _("changed “{title}” from {old} to {new}").format(title=title, old=old, new=new)

    def _value(self, row: Setting | None, text: str) -> str:
        """A value of a setting as people see it."""
        if not text:
            return _(row.empty) if row and row.empty else "–"
        if row is None:
            return _short(text)
        match row.kind:
            case Kind.MONEY:
                return _dollars(text)
            case Kind.SWITCH:
                return _("on") if text == "yes" else _("off")
            case Kind.CHOICE:
                return next((_(label) for choice, label in row.choices.items() if choice == text), text)
            case _:
                return self.names(row.kind, _short(text))

    def _limit(self, entry: AuditEntry) -> str:
        whose = self._whom(entry)
        old, new = (self._amount(entry, value) for value in (entry.old, entry.new))
        if not entry.new:
            return _("removed the limit of {old} for {whose}").format(old=old, whose=whose)
        if not entry.old:
            return _("set the limit for {whose} to {new}").format(new=new, whose=whose)
        text = _("changed the limit for {whose} from {old} to {new}")
        return text.format(whose=whose, old=old, new=new)

    def _whom(self, entry: AuditEntry) -> str:
        budget = budget_in(entry)
        if entry.act is Act.GRANT and budget.scope is Scope.ROLE:
            return self.names(Kind.PEOPLE, entry.subject)
        return self.budgets.whose(budget)

    def _amount(self, entry: AuditEntry, value: str) -> str:
        limit = None if value in ("", NO_LIMIT) else Micros(int(value))
        return self.budgets.amount(replace(budget_in(entry), limit=limit))


def budget_in(entry: AuditEntry) -> Budget:
    """The limit that a line is about, without its amount."""
    scope, _slash, window = entry.what.partition("/")
    return Budget(
        id="",
        tenant=entry.tenant,
        scope=Scope(scope),
        subject=entry.subject,
        window=Window(window),
        limit=None,
    )


def act_of(word: str) -> Act:
    """The kind that a word names, as it is stored. Raises InvalidOrder."""
    if word.lower() in set(Act):
        return Act(word.lower())
    text = _("There is no kind of change called “{given}”. The kinds are: {known}.")
    raise InvalidOrder(text.format(given=word[:40], known=", ".join(Act)), field="kind")


def nothing_yet() -> str:
    """Where no line is found."""
    return _("Nothing of that kind has been changed here yet.")


def audit_title() -> str:
    """Heads the lines."""
    return _("Who changed what, newest first")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= VALUE_MAX else words[: VALUE_MAX - 1] + "…"


def _dollars(text: str) -> str:
    return dollars(Micros(int(text)))
