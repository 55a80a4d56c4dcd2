"""The part of the store's port that keeps which accounts are one person's (`bot.core.wallets`)."""

from __future__ import annotations

from typing import Protocol

from bot.core.identity import Actor
from bot.core.request import Request
from bot.core.wallets.codes import LinkProposal
from bot.core.wallets.members import WalletMember


class Wallets(Protocol):
    """Codes propose, both sides agree, and the second who agrees links them, in one transaction."""

    async def open_code(self, person: str, name: str, code: str) -> int:
        """Keep a person's code, as a keyed hash, in the place of an earlier one; returns when it expires.

        Raises NotAllowed after too many in an hour.
        """
        ...

    async def enter_code(self, person: str, name: str, code: str) -> LinkProposal:
        """Use a code up; both sides can then agree. Raises NotFound, with the same words for a code that is
        wrong, old, used, or the person's own, and NotAllowed after too many tries in an hour.
        """
        ...

    async def proposals(self, person: str) -> list[LinkProposal]:
        """What the person may agree to now, or has agreed to and the other side has not yet."""
        ...

    async def answer_proposal(self, proposal_id: str, person: str, *, agrees: bool) -> bool:
        """Agree or decline; True when both have agreed, and are linked. One that declines ends it.

        Raises NotFound for a proposal that is over or is between others; NotAllowed for two who are linked
        already or each with others, and for more than `MOST_ACCOUNTS`; TooLate while one of them is leaving
        another wallet.
        """
        ...

    async def wallet(self, person: str) -> list[WalletMember]:
        """The accounts that are linked now, the person's own among them; none where nothing is linked.

        One that was erased is in it as a hash, without a name.
        """
        ...

    async def account_history(
        self, person: str, *, since: int, limit: int, before: str = ""
    ) -> list[Request]:
        """What an account has asked for in all places since a moment (UTC micros), newest first, older than
        the request `before`.
        """
        ...

    async def wallets(self) -> list[list[WalletMember]]:
        """All accounts that are linked with others now, by wallet."""
        ...

    async def leave_wallet(self, person: str, *, by: Actor) -> int | None:
        """Leave when the month ends; returns when that is (UTC micros), None where nothing is linked.

        The audit log has a line where it is the operator who ends it.
        """
        ...
