"""Budgets in plain words for admins, the same on every surface: whom one binds, who gave it, why it binds.

A platform says how it shows a subject (`Names`), its word for a tenant, and how it makes words stand out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adapters.common.wording import Strong, When, budget_state
from bot.core.budget_names import per
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.ledger import KEPT, OPERATORS, TRUSTED, Budget, BudgetLine, GivenBy, Scope, named
from bot.core.limits import BINDING, ExplainedLine, Reason
from bot.core.money import dollars
from bot.core.text.translation import gettext as _
from bot.core.wallets.limits import is_private
from bot.use_cases.budgets import Explained

Names = Callable[[Budget], str]
"""How a platform shows the subject of a budget: a mention or a name."""


@dataclass(frozen=True, kw_only=True)
class BudgetWords:
    """The sentences of one platform; `place` is its word for a tenant."""

    place: str
    names: Names
    strong: Strong = str

    def whose(self, budget: Budget) -> str:
        """Whom a budget binds."""
        shown = "" if budget.everyones or not budget.subject else self.names(budget)
        return named(budget, shown, self.place)

    def amount(self, budget: Budget) -> str:
        """`$5 a day`, or `no limit`."""
        if budget.limit is None:
            return self.strong(_("no limit"))
        return self.strong(f"{dollars(budget.limit)} {per(budget.window)}")

    def budget(self, budget: Budget) -> str:
        """`$5 a day for @ana`, and who gave it where that was not the admins."""
        text = _("{amount} for {whose}").format(amount=self.amount(budget), whose=self.whose(budget))
        return text + giver(budget)

    def line(self, line: BudgetLine, when: When) -> str:
        """A budget as it stands; empty where each person has their own share, or there is no limit."""
        if line.budget.per_person or line.limit is None:
            return ""
        return budget_state(line, when)

    def change(self, change: BudgetChange) -> str:
        """What was set, and that it is looser than what it takes the place of."""
        said = _("Set: {budget}.").format(budget=self.budget(change.budget))
        looser = self.looser(change)
        return f"{said} {looser}" if looser else said

    def looser(self, change: BudgetChange) -> str:
        """That a limit allows more than the one whose place it takes; empty when it does not."""
        if change.looser_than is None:
            return ""
        return _("That is looser than before: it takes the place of {budget}.").format(
            budget=self.budget(change.looser_than)
        )

    def why(self, found: Explained, who: str, when: When) -> list[str]:
        """Which limits bind somebody now and why, one to a line, and then those that do not."""
        lines = list(_standing(found, who))
        binding = [one for one in found.lines if one.binds]
        open_ones = [one for one in found.lines if one.reason in BINDING and not one.binds]
        others = [one for one in found.lines if one.reason not in BINDING]
        if binding:
            lines.append(self.strong(_("These limits bind {who} now:").format(who=who)))
            shown = [(one, "" if _hidden(found, one) else self._state(one, when)) for one in binding]
            lines += [f"• {self._reasoned(one)} {state}".rstrip() for one, state in shown]
        else:
            lines.append(self.strong(_("No limit binds {who} now.").format(who=who)))
        lines += [f"• {self._reasoned(one)}" for one in open_ones]
        if others:
            lines.append(self.strong(_("These do not:")))
            lines += [f"• {self._reasoned(one)}" for one in others]
        return lines

    def _reasoned(self, one: ExplainedLine) -> str:
        return f"{self.budget(one.line.budget)}: {reason(one.reason)}."

    def _state(self, one: ExplainedLine, when: When) -> str:
        return f"({budget_state(one.line, when)})"

    def summary(self, lines: Iterable[BudgetLine]) -> str:
        """What binds everybody here, in one sentence, for an admin's first look."""
        known = [line.budget for line in lines]
        common = [one for one in known if one.everyones or (one.scope in OPERATORS and not is_private(one))]
        if not any(one.limit is not None for one in common):
            said = _("Nothing limits everybody here.")
        else:
            limited = [self.budget(one) for one in common if one.limit is not None]
            said = _("What binds everybody here: {limits}.").format(limits="; ".join(limited))
        kept = any(one.note == KEPT for one in common)
        return f"{said} {kept_note()}" if kept else said


def _hidden(found: Explained, one: ExplainedLine) -> bool:
    """Whether the state of a limit says what the person has spent in other places."""
    return found.elsewhere_hidden and one.line.budget.scope is Scope.EVERYWHERE


def _standing(found: Explained, who: str) -> Iterable[str]:
    if found.blocked:
        yield _("{who} is blocked here, so nothing runs for them.").format(who=who)
    if found.paused:
        yield _("New requests are paused here.")
    if not found.known:
        yield _("{who} has asked for nothing here yet, so their roles are not known.").format(who=who)
    if found.guests_can:
        text = _("{who} is a guest here and can only ask for {capabilities}.")
        yield text.format(who=who, capabilities=", ".join(found.guests_can))
    elif found.guest:
        yield _("{who} is a guest here.").format(who=who)


def kept_note() -> str:
    """That this place or installation is older than starter limits."""
    return _(
        "This bot was here before new places began with limits, so this place has kept “no limit” where there"
        " was none. The operator can change that with `lumenfall-bot budget starter`."
    )


def giver(budget: Budget) -> str:
    """Who gave a budget where that was not the admins, and why there is no limit; begins with a space."""
    match budget.given_by:
        case GivenBy.ADMINS:
            return f" ({budget.note})" if budget.note else ""
        case GivenBy.STARTER if not budget.fixed:
            return _(" (the starting limit, until admins set another for everyone)")
        case GivenBy.OPERATOR if budget.limit is None:
            return f" ({_missing(budget.note)})"
        case GivenBy.STARTER | GivenBy.OPERATOR:
            return _(" (given by the bot's operator)")
        case GivenBy.SELF:
            return _(" (set by the person for themselves)")


def _missing(note: str) -> str:
    if note == KEPT:
        return _("kept from before")
    return _("trusted by the operator") if note == TRUSTED else note


def reason(why: Reason) -> str:
    """Why a budget binds a person, or does not, in plain words."""
    match why:
        case Reason.ALWAYS:
            return _("always counts, for everybody")
        case Reason.SELF_SET:
            return _("set by the person for themselves, for all their accounts together")
        case Reason.THIS_CHANNEL:
            return _("counts for everything asked in this channel")
        case Reason.OWN:
            return _("their own limit, which comes first")
        case Reason.ROLE:
            return _(
                "they have this role and no limit of their own; of several roles the most generous counts"
            )
        case Reason.EVERYONE:
            return _("they have no limit of their own and no role with one")
        case Reason.THIS_PROJECT:
            return _("counts for everything ordered for this project")
        case Reason.OTHER_PROJECT:
            return _("counts only for what is ordered for that project")
        case Reason.OTHER_CHANNEL:
            return _("counts only in that channel")
        case Reason.OTHER_PERSON:
            return _("somebody else's")
        case Reason.ROLE_NOT_HELD:
            return _("they do not have this role")
        case Reason.OWN_COMES_FIRST:
            return _("they have a limit of their own, which takes its place")
        case Reason.ROLE_COMES_FIRST:
            return _("a role of theirs has a limit, which takes its place")
        case Reason.MORE_GENEROUS_ROLE:
            return _("another role of theirs is more generous")
        case Reason.IN_ALL_PLACES:
            return _(
                "counts in all places together, whatever is set here; only the bot's operator changes it"
            )
        case Reason.LINKED:
            return _("the limit of a linked account, which they share")
        case Reason.EXEMPT:
            return _("they have a role that is exempt from limits of people, roles and channels")
