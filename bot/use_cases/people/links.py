"""`/link`: several accounts of one person share the limits that hold for a person everywhere.

A code only proposes. Each side agrees on its own platform, in private, and sees the other's name. Homes,
roles, rights and history are not shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.core.errors import NotFound
from bot.core.events import BudgetLeft, room_of
from bot.core.identity import Actor
from bot.core.ledger import Scope
from bot.core.ports.store import Store
from bot.core.text.translation import gettext as _
from bot.core.wallets.codes import LinkProposal, new_code
from bot.core.wallets.members import WalletMember

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class LinkCode:
    """A code to enter on the other account; `expires_at` in UTC microseconds."""

    code: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class Links:
    """What is linked with a person's account: the `others` (one that was erased has no name), since when the
    person is among them, and when they leave (UTC micros, None: never); what they may agree to; and what is
    left of the limits everywhere that bind them.
    """

    person: str
    others: Sequence[WalletMember] = ()
    leaves_at: int | None = None
    proposals: Sequence[LinkProposal] = ()
    limits: Sequence[BudgetLeft] = ()


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
        )

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
