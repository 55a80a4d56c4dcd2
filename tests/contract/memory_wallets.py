"""Links between accounts in plain lists: what the real stores are compared with.

A membership is an interval. Two accounts were linked while they were in one wallet at the same time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.identity import Actor
from bot.core.request import Request
from bot.core.wallets.codes import LinkProposal
from bot.core.wallets.members import LinkedAccount, WalletMember
from bot.core.windows import UTC_ALWAYS, Window, bounds

MINUTES_10 = 600_000_000
HOUR = 3_600_000_000
FOREVER = 2**62


@dataclass
class Links:
    """What survives a restart. Those who were erased keep their id here, and are only told apart."""

    members: list[WalletMember] = field(default_factory=list)
    erased: set[tuple[str, str]] = field(default_factory=set)
    codes: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    tries: list[tuple[str, str, int]] = field(default_factory=list)
    proposals: dict[str, LinkProposal] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))


class MemoryWallets:
    """`bot.core.ports.wallets.Wallets`."""

    _m: Any
    _clock: Any

    @property
    def _links(self) -> Links:
        return self._m.links

    async def account_history(
        self, person: str, *, since: int, limit: int, before: str = ""
    ) -> list[Request]:
        """See the port."""
        mine = [row for row in self._m.requests.values() if row.actor.person == person]
        order = sorted(mine, key=lambda row: (row.created_at, row.id), reverse=True)
        edge = self._m.requests.get(before)
        older = [
            row for row in order if edge is None or (row.created_at, row.id) < (edge.created_at, edge.id)
        ]
        return [row for row in older if row.created_at >= since][:limit]

    def linked(self, person: str) -> list[LinkedAccount]:
        """Everybody who was ever in a wallet with the person, and until when."""
        until: dict[str, int] = {}
        for mine in self._members(lambda one: one.person == person):
            for other in self._members(lambda one, mine=mine: one.wallet == mine.wallet):
                began = max(mine.since, other.since)
                ended = min(mine.ended_at or FOREVER, other.ended_at or FOREVER)
                if other.person != person and ended > began:
                    until[other.person] = max(until.get(other.person, 0), ended)
        return [
            LinkedAccount(person=name, until=None if end == FOREVER else end)
            for name, end in sorted(until.items())
        ]

    def _members(self, wanted: Callable[[WalletMember], bool]) -> list[WalletMember]:
        return [one for one in self._links.members if wanted(one)]

    def _together(self, person: str) -> list[WalletMember]:
        now = self._clock.now()
        for own in self._members(lambda one: one.person == person and (one.ended_at or FOREVER) > now):
            found = self._members(
                lambda one, own=own: one.wallet == own.wallet and (one.ended_at or FOREVER) > now
            )
            if len(found) > 1:
                return sorted(found, key=lambda one: (one.since, one.person))
        return []

    def _try(self, person: str, kind: str) -> None:
        now = self._clock.now()
        recent = [one for one in self._links.tries if one[1] == kind and one[2] > now - HOUR]
        if len(recent) >= 200 or len([one for one in recent if one[0] == person]) >= 5:
            raise NotAllowed("too many tries")
        self._links.tries.append((person, kind, now))

    async def open_code(self, person: str, name: str, code: str) -> int:
        self._try(person, "open")
        self._links.codes[person] = (name, code.lower().replace("-", ""), self._clock.now() + MINUTES_10)
        return self._clock.now() + MINUTES_10

    async def enter_code(self, person: str, name: str, code: str) -> LinkProposal:
        self._try(person, "enter")
        now, plain = self._clock.now(), code.lower().replace("-", "").replace(" ", "")
        for owner, (owner_name, known, until) in list(self._links.codes.items()):
            if known == plain and until > now and owner != person:
                del self._links.codes[owner]
                new = LinkProposal(
                    id=f"p{next(self._links.numbers)}",
                    proposer=owner,
                    proposer_name=owner_name,
                    taker=person,
                    taker_name=name,
                    expires_at=now + MINUTES_10,
                )
                self._links.proposals[new.id] = new
                return new
        raise NotFound("not valid")

    async def proposals(self, person: str) -> list[LinkProposal]:
        now = self._clock.now()
        found = [one for one in self._links.proposals.values() if one.includes(person)]
        return sorted(
            (one for one in found if one.expires_at > now), key=lambda one: (one.expires_at, one.id)
        )

    async def answer_proposal(self, proposal_id: str, person: str, *, agrees: bool) -> bool:
        found = self._links.proposals.get(proposal_id)
        if found is None or not found.includes(person) or found.expires_at <= self._clock.now():
            raise NotFound("over")
        if not agrees:
            del self._links.proposals[found.id]
            return False
        agreed = tuple(sorted({*found.agreed, person}))
        if len(agreed) == 2:
            self._link(found)
            del self._links.proposals[found.id]
            return True
        self._links.proposals[found.id] = replace(found, agreed=agreed)
        return False

    def _link(self, found: LinkProposal) -> None:
        two = (found.proposer, found.taker)
        mine, theirs = self._together(two[0]), self._together(two[1])
        leaving = [one for one in (*mine, *theirs) if one.person in two and one.ended_at is not None]
        if mine and mine == theirs:
            if not leaving:
                raise NotAllowed("linked already")
            wallet = mine[0].wallet
        else:
            if leaving:
                raise TooLate("leaves first")
            if mine and theirs:
                raise NotAllowed("both")
            if len(mine or theirs) >= 5:
                raise NotAllowed("five")
            wallet = (mine or theirs)[0].wallet if mine or theirs else f"w{next(self._links.numbers)}"
        for person, name, known in zip(
            two, (found.proposer_name, found.taker_name), (mine, theirs), strict=True
        ):
            self._join(wallet, person, name, bool(known))

    def _join(self, wallet: str, person: str, name: str, known: bool) -> None:
        now = self._clock.now()
        for place, one in enumerate(self._links.members):
            alone = one.person == person and one.wallet != wallet and (one.ended_at or FOREVER) > now
            if alone and not known and (one.wallet, person) not in self._links.erased:
                self._links.members[place] = replace(one, ended_at=now)
        before = self._members(lambda one: (one.wallet, one.person) == (wallet, person))
        again = (wallet, person) in self._links.erased
        self._links.erased.discard((wallet, person))
        self._links.members = self._members(lambda one: one not in before)
        since = before[0].since if before and not again else now
        self._links.members.append(WalletMember(wallet=wallet, person=person, name=name, since=since))

    async def wallet(self, person: str) -> list[WalletMember]:
        if any(one == person for _, one in self._links.erased):
            return []
        found = self._together(person)
        return [
            replace(one, person="erased:", name="") if (one.wallet, one.person) in self._links.erased else one
            for one in found
        ]

    async def wallets(self) -> list[list[WalletMember]]:
        names = sorted({one.wallet for one in self._links.members})
        found = [self._members(lambda one, name=name: one.wallet == name) for name in names]
        active = [[one for one in some if (one.ended_at or FOREVER) > self._clock.now()] for some in found]
        return [some for some in active if len(some) > 1]

    async def leave_wallet(self, person: str, *, by: Actor) -> int | None:
        mine = [one for one in self._together(person) if one.person == person]
        if not mine:
            return None
        end = mine[0].ended_at or bounds(Window.MONTH, self._clock.now(), UTC_ALWAYS)[1]
        self._links.members[self._links.members.index(mine[0])] = replace(mine[0], ended_at=end)
        return end

    def erase_links(self, person: str) -> None:
        """A membership counts until the month ends, under no name."""
        end = bounds(Window.MONTH, self._clock.now(), UTC_ALWAYS)[1]
        for place, one in enumerate(self._links.members):
            if one.person == person and (one.wallet, person) not in self._links.erased:
                self._links.members[place] = replace(one, name="", ended_at=one.ended_at or end)
                self._links.erased.add((one.wallet, person))
        self._links.codes.pop(person, None)
        self._links.tries = [one for one in self._links.tries if one[0] != person]
        self._links.proposals = {
            key: one for key, one in self._links.proposals.items() if not one.includes(person)
        }
