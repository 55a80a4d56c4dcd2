"""`/link`: several accounts of one person share the limits that hold for a person everywhere.

A code only proposes. Each side agrees on its own platform, in private, and sees the other's name. Homes,
roles, rights and history are not shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.core.errors import InvalidOrder, NotFound
from bot.core.events import BudgetLeft, room_of
from bot.core.identity import Actor, Via
from bot.core.ledger import INSTALLATION, Budget, GivenBy, Scope, new_budget
from bot.core.money import MAX_MICROS, ZERO, Micros
from bot.core.order_rules import for_payer
from bot.core.ports.store import Store
from bot.core.request import Request
from bot.core.text.translation import gettext as _
from bot.core.wallets.codes import LinkProposal, new_code
from bot.core.wallets.members import WalletMember
from bot.core.windows import Window

log = structlog.get_logger(__name__)


def _own(person: str, window: Window, limit: Micros) -> Budget:
    return new_budget(INSTALLATION, Scope.EVERYWHERE, person, window, limit, given_by=GivenBy.SELF)


@dataclass(frozen=True, kw_only=True)
class LinkCode:
    """A code to enter on the other account; `expires_at` in UTC microseconds."""

    code: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class Links:
    """What is linked with a person's account: the `others` (one that was erased has no name), since when the
    person is among them, and when they leave (UTC micros, None: never); what they may agree to; and what is
    left of the limits everywhere that bind them; `own_limit` tells whether they have set one of these.
    """

    person: str
    others: Sequence[WalletMember] = ()
    leaves_at: int | None = None
    proposals: Sequence[LinkProposal] = ()
    limits: Sequence[BudgetLeft] = ()
    own_limit: bool = False


class AccountLinks:
    """The use cases. Every one is for the actor's own account alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, actor: Actor) -> Links:
        """What is linked and proposed now."""
        members = await self._store.wallet(actor.person)
        own = next((one for one in members if one.person == actor.person), None)
        lines = [line for line in await self._store.lines(actor) if line.budget.scope is Scope.EVERYWHERE]
        return Links(
            person=actor.person,
            others=[one for one in members if one.person != actor.person],
            leaves_at=own.ended_at if own else None,
            proposals=await self._store.proposals(actor.person),
            limits=[room_of(line) for line in lines],
            own_limit=any(line.budget.given_by is GivenBy.SELF for line in lines),
        )

    async def limit(self, actor: Actor, window: Window, limit: Micros) -> None:
        """Set or replace what the person wants to spend at most in all places, with all linked accounts.

        It binds besides what others have set, so it can only lower what is left; what was set from a linked
        account for the same window is replaced. Raises InvalidOrder.
        """
        if window is Window.TOTAL:
            text = _("A limit of your own is for a day, a week or a month.")
            raise InvalidOrder(text, field="window")
        if not 0 <= limit <= MAX_MICROS:
            raise InvalidOrder(_("The amount must be $0 or more."), field="limit")
        await self._store.set_budget(_own(actor.person, window, limit), by=actor)
        for other in await self._linked(actor):
            await self._store.remove_budget(_own(other, window, limit).id, by=actor)
        log.info("own_limit_set", window=window)

    async def remove_limits(self, actor: Actor) -> int:
        """Take away every limit that the person has set for themselves; returns how many there were."""
        accounts = [actor.person, *await self._linked(actor)]
        ids = [_own(one, window, ZERO).id for one in accounts for window in Window]
        return sum([await self._store.remove_budget(one, by=actor) for one in ids])

    async def beside(
        self, actor: Actor, rows: Sequence[Request], *, limit: int, before: str = ""
    ) -> list[Request]:
        """The person's own requests with those of their linked accounts, newest first.

        In their own direct messages only, and of the others only who, when, what kind, which model and how
        much, since both have been linked; never words or results.
        """
        if actor.via is not Via.DIRECT:
            return list(rows)
        members = [one for one in await self._store.wallet(actor.person) if not one.erased]
        mine = max((one.since for one in members if one.person == actor.person), default=0)
        found = list(rows)
        for other in members:
            if other.person != actor.person:
                since = max(mine, other.since)
                theirs = await self._store.account_history(
                    other.person, since=since, limit=limit, before=before
                )
                found += map(for_payer, theirs)
        return sorted(found, key=lambda row: (row.created_at, row.id), reverse=True)[:limit]

    async def _linked(self, actor: Actor) -> list[str]:
        """The person's other accounts."""
        members = await self._store.wallet(actor.person)
        return [one.person for one in members if one.person != actor.person and not one.erased]

    async def code(self, actor: Actor) -> LinkCode:
        """A new code, in the place of an earlier one. Raises NotAllowed after too many in an hour."""
        code = new_code()
        expires_at = await self._store.open_code(actor.person, actor.name, code)
        return LinkCode(code=code, expires_at=expires_at)

    async def enter(self, actor: Actor, code: str) -> LinkProposal:
        """Use a code up. Raises NotFound for any that is not valid, NotAllowed after too many tries."""
        return await self._store.enter_code(actor.person, actor.name, code)

    async def answer(self, actor: Actor, proposal_id: str, *, agrees: bool) -> bool:
        """Agree or decline; True once both have agreed. Raises NotFound, NotAllowed and TooLate."""
        linked = await self._store.answer_proposal(proposal_id, actor.person, agrees=agrees)
        if linked:
            log.info("accounts_linked", proposal=proposal_id)
        return linked

    async def leave(self, actor: Actor) -> int:
        """Leave when the month ends; returns when that is (UTC micros). Raises NotFound."""
        ends = await self._store.leave_wallet(actor.person, by=actor)
        if ends is None:
            raise NotFound(_("Your account is not linked with another."))
        log.info("account_leaves")
        return ends
