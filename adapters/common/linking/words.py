"""Sentences about linked accounts. A surface says how it escapes names, shows times and stresses words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.common.wording import Strong, When, left
from bot.core.events import BudgetLeft
from bot.core.money import dollars
from bot.core.request import Request
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.core.wallets.codes import LinkProposal, shown_name
from bot.core.wallets.members import WalletMember
from bot.use_cases.people.links import LinkCode, Links

LINK = N_("Link your accounts on other platforms, so that they share your limits")
LINK_CODE = N_("The code that you were given on your other account")
LINK_LIMIT = N_("At most so many dollars for you in all places, such as 5, or none")
LINK_WINDOW = N_("How often your limit begins again")
LINK_USAGE = N_("the code of your other account")


def title() -> str:
    return _("Linked accounts")


def about() -> str:
    return _(
        "Accounts that you link share the limits that hold for you in all places: what they spend is counted"
        " together. Nothing else is shared: no words or results, no roles or rights, and each place still"
        " pays for what is asked in it."
    )


def seen_by_both() -> str:
    return _(
        "Each side sees the other's name, how much both have spent together, and in `/history` of its own"
        " direct messages with me when, with which model and for how much the other has ordered since then."
        " Leaving takes effect when the month ends."
    )


def own_limit_set() -> str:
    return _("Your own limit is set. It counts from what you have spent already.")


def own_limit_gone() -> str:
    return _("You have no limit of your own any more. What others have set still holds.")


def no_own_limit() -> str:
    return _("You have set no limit of your own.")


def own_limit_usage() -> str:
    return _("Give the limit as an amount and a day, week or month, such as 5 month; none takes it away.")


def own_limit_hint(has_one: bool) -> str:
    if has_one:
        return _("Your own limit changes with `/link limit 5 month`, and ends with `/link limit none`.")
    return _(
        "With `/link limit 5 month` you set a limit for yourself, for all your accounts in all places"
        " together. It can only lower what others allow you."
    )


def take_limit_away() -> str:
    return _("Take my own limit away")


def nothing_linked() -> str:
    return _("Your account here is not linked with another.")


def linked() -> str:
    return _("Your accounts are linked.")


def declined() -> str:
    return _("Nothing was linked. The code cannot be used again.")


def other_must_agree(name: str) -> str:
    return _("You have agreed. Now {name} has to agree: use `/link` there.").format(name=name)


def leaving(moment: str) -> str:
    return _("You leave your linked accounts when the month ends, {moment}.").format(moment=moment)


def get_code() -> str:
    return _("Get a code")


def agree() -> str:
    return _("Yes, both are mine")


def decline() -> str:
    return _("No")


def look_again() -> str:
    return _("Continue")


def leave() -> str:
    return _("Leave when the month ends")


def from_account(request: Request, reader: str) -> str:
    """Behind a line of somebody's own history: the linked account it is of, empty for this one."""
    if not reader or request.actor.person == reader:
        return ""
    return shown_name(request.actor.name, request.actor.person)


def nobody_named() -> str:
    return _("an account whose owner had it erased; it counts until the month ends")


@dataclass(frozen=True, kw_only=True)
class LinkWords:
    """How one surface says it."""

    escape: Callable[[str], str]
    when: When
    strong: Strong = str

    def page(self, links: Links, said: str = "", code: LinkCode | None = None) -> list[str]:
        """Everything that is known, in paragraphs."""
        found = [self.strong(said)] if said else []
        if code is not None:
            found.append(self.code(code))
        found += [self.question(one, links.person) for one in links.proposals]
        if links.others:
            found.append("\n".join([_("Linked with this account:"), *map(self._account, links.others)]))
        elif not found:
            found.append(nothing_linked())
        if links.leaves_at is not None:
            found.append(leaving(self.when(links.leaves_at)))
        found += [self._limit(one) for one in links.limits]
        found.append(own_limit_hint(links.own_limit))
        return [*found, about(), seen_by_both()]

    def code(self, code: LinkCode) -> str:
        """A new code, and what to do with it."""
        return _(
            "Your code is {code}. On your other account use `/link` with it, within ten minutes (until"
            " {when}). Then come back here and press “Continue”. Give it to nobody: whoever enters it is"
            " asked to share your limits."
        ).format(code=self.strong(code.code), when=self.when(code.expires_at))

    def question(self, asked: LinkProposal, person: str) -> str:
        """Whether two accounts are one person's, or that the other side has not agreed yet."""
        other, other_name = asked.other(person)
        name = self.strong(self.escape(shown_name(other_name, other)))
        if person in asked.agreed:
            return other_must_agree(name)
        return _(
            "Is {name} you, too? Only say yes if that account is yours: what it spends will count against"
            " your limits in all places, and its limits will bind you. This question is open until {when}."
        ).format(name=name, when=self.when(asked.expires_at))

    def _account(self, other: WalletMember) -> str:
        if other.erased:
            return f"• {nobody_named()}"
        name = self.escape(shown_name(other.name, other.person))
        if other.ended_at is None:
            return f"• {name}"
        return "• " + _("{name}, leaves {when}").format(name=name, when=self.when(other.ended_at))

    def _limit(self, room: BudgetLeft) -> str:
        return _("{budget}: {spent} of {limit} spent together, {left}, resets {when}.").format(
            budget=self.escape(room.budget),
            spent=dollars(room.spent),
            limit=dollars(room.limit),
            left=left(room.left),
            when=self.when(room.resets_at or 0),
        )
