"""Implements `bot.core.ports.wallets.Wallets`; a part of the Store."""

from __future__ import annotations

from functools import partial

from bot.core.identity import Actor
from bot.core.ports.for_adapters import Clock
from bot.core.request import Request
from bot.core.wallets.codes import LinkProposal
from bot.core.wallets.members import WalletMember
from storage.requests import many
from storage.transaction import Driver
from storage.wallets import transactions
from storage.wallets.transactions import RefusedTry


class WalletStore:
    """The docstrings of the port apply here."""

    _driver: Driver
    _clock: Clock

    async def open_code(self, person: str, name: str, code: str) -> int:
        work = partial(transactions.open_code, person, name, code, self._clock.now())
        found = await self._driver.transact(work)
        if isinstance(found, RefusedTry):
            raise found.error
        return found

    async def enter_code(self, person: str, name: str, code: str) -> LinkProposal:
        work = partial(transactions.enter_code, person, name, code, self._clock.now())
        found = await self._driver.transact(work)
        if isinstance(found, RefusedTry):
            raise found.error
        return found

    async def proposals(self, person: str) -> list[LinkProposal]:
        return await self._driver.read(partial(transactions.proposals, person, self._clock.now()))

    async def answer_proposal(self, proposal_id: str, person: str, *, agrees: bool) -> bool:
        return await self._driver.transact(
            partial(transactions.answer, proposal_id, person, agrees=agrees, now=self._clock.now())
        )

    async def wallet(self, person: str) -> list[WalletMember]:
        return await self._driver.read(partial(transactions.wallet, person, self._clock.now()))

    async def account_history(
        self, person: str, *, since: int, limit: int, before: str = ""
    ) -> list[Request]:
        given = {"person": person, "since": since, "limit": limit, "before": before}
        return await self._driver.read(partial(many, "account_history", **given))

    async def wallets(self) -> list[list[WalletMember]]:
        return await self._driver.read(partial(transactions.wallets, self._clock.now()), report=True)

    async def leave_wallet(self, person: str, *, by: Actor) -> int | None:
        work = partial(transactions.leave, person, by=by, now=self._clock.now())
        return await self._driver.transact(work)
