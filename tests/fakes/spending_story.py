"""Months in the life of a place, at random from a seed: orders, costs, late costs, roles, zones and limits.

    await Story(store_again, seed=7).live(1000)

The same seed tells the same story. After every hold the oracle says whether it was right.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.core.audit.entries import OPERATOR
from bot.core.errors import BudgetExceeded, NotAllowed, TooLate
from bot.core.ledger import INSTALLATION, Budget, Scope
from bot.core.money import Micros
from bot.core.ports.store import Release, Reserve, Settle, Store
from bot.core.request import Actor, Request, State
from bot.core.wallets.codes import new_code
from bot.core.windows import Window
from tests.contract.store_world import HOUR, SteppedClock, a_request, accepted, go
from tests.fakes.spending_oracle import Charged, Disagreement, Limit, Oracle

TENANTS = ("test:1", "test:2")
PEOPLE = ("test:ana", "test:bo", "test:cy")
CHANNELS = ("test:c", "test:d")
ROLES = ("artist", "poet", "scribe")
EXEMPT = "staff"
ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Pacific/Auckland")
SCALE = {"day": 60, "week": 200, "month": 500, "total": 5000}
"""About where limits lie, in micros; holds are up to 40."""


@dataclass
class Story:
    """One run. `opened` gives a Store on the same database, as after a restart.

    Without `proofs` only holds are judged, and not whether the ledger adds up and shows what is left.
    """

    opened: Callable[[], Awaitable[Store]]
    clock: SteppedClock
    seed: int
    proofs: bool = True
    oracle: Oracle = field(default_factory=lambda: Oracle(exempt=EXEMPT))
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    budgets: dict[Limit, Budget] = field(default_factory=dict[Limit, Budget])
    held: list[Request] = field(default_factory=list[Request])
    closed: list[Request] = field(default_factory=list[Request])
    answers: list[bool] = field(default_factory=list[bool])

    async def live(self, steps: int) -> None:
        """Take so many steps. Raises Disagreement, naming the seed and the step."""
        self.luck = random.Random(self.seed)
        self.store = await self.opened()
        for tenant in TENANTS:
            await self.store.change_tenant(
                tenant, lambda now: replace(now, exempt_roles=(EXEMPT,)), by=OPERATOR
            )
        names = list(_CHANCES)
        for step in range(steps):
            [name] = self.luck.choices(names, [_CHANCES[one] for one in names])
            try:
                await getattr(self, name)()
            except Disagreement as error:
                raise Disagreement(f"seed {self.seed}, step {step}, {name}: {error}") from error
        await self._whole()

    async def order(self, *, approved: bool = False) -> None:
        person, channel = self.luck.choice(PEOPLE), self.luck.choice(CHANNELS)
        roles = self.roles.get(person, ())
        tenant = self.luck.choice(TENANTS)
        actor = Actor(tenant=tenant, person=person, channel=channel, roles=roles)
        row = await accepted(self.store, a_request(actor=actor, created_at=self.clock.now()))
        charge = Charged(self.clock.now(), tenant, channel, person, approved)
        await self._hold(row, charge)

    async def approved_order(self) -> None:
        await self.order(approved=True)

    async def _hold(self, row: Request, charge: Charged) -> None:
        """Ask for a random hold; the oracle knows whether it must be given."""
        hold = self.luck.randint(1, 40)
        posting = Reserve(hold=Micros(hold), approved=charge.approved)
        try:
            self.held.append(await go(self.store, row, State.RESERVED, posting=posting))
            given = True
        except BudgetExceeded:
            given = False
        self.oracle.judge(charge, row.actor.roles, hold, accepted=given, now=self.clock.now())
        self.answers.append(given)
        if given:
            charge.held = hold
            self.oracle.charges.setdefault(row.id, charge)

    def _one(self, rows: list[Request]) -> Request | None:
        return rows.pop(self.luck.randrange(len(rows))) if rows else None

    async def settle(self) -> None:
        if row := self._one(self.held):
            cost = self.luck.choice((row.hold, self.luck.randint(0, 60)))
            done = await go(
                self.store, row, State.SUBMITTED, State.SETTLED, posting=Settle(cost=Micros(cost))
            )
            charge = self.oracle.charges[row.id]
            charge.held, charge.spent = 0, cost
            self.closed.append(done)

    async def release(self) -> None:
        if row := self._one(self.held):
            self.closed.append(await go(self.store, row, State.CANCELLED, posting=Release()))
            self.oracle.charges[row.id].held = 0

    async def price_again(self) -> None:
        if row := self._one(self.held):
            priced = await go(self.store, row, State.PRICED, posting=Release())
            charge = self.oracle.charges[row.id]
            charge.held = 0
            await self._hold(priced, charge)

    async def late_cost(self) -> None:
        if self.closed:
            row = self.luck.choice(self.closed[-20:])
            truth = self.luck.randint(0, 60)
            await self.store.adjust(row.id, Micros(truth), by="test:op")
            self.oracle.charges[row.id].spent = truth

    async def change_roles(self) -> None:
        count = self.luck.randint(0, 3)
        held = self.luck.sample((*ROLES, EXEMPT) if self.luck.random() < 0.2 else ROLES, count)
        self.roles[self.luck.choice(PEOPLE)] = tuple(held)

    async def change_zone(self) -> None:
        tenant, zone = self.luck.choice(TENANTS), self.luck.choice(ZONES)
        await self.store.change_tenant(tenant, lambda now: replace(now, zone=zone), by=OPERATOR)
        self.oracle.move(tenant, self.clock.now(), zone)

    async def set_limit(self) -> None:
        scope = self.luck.choice(_SCOPES)
        common = scope in (Scope.INSTALLATION, Scope.EVERYWHERE)
        tenant = INSTALLATION if common else self.luck.choice(TENANTS)
        subjects = {
            Scope.CHANNEL: CHANNELS,
            Scope.ROLE: ROLES,
            Scope.PERSON: (*PEOPLE, "*", "*"),
            Scope.EVERYWHERE: (*PEOPLE, "*", "*"),
        }
        limit = Limit(scope, tenant, self.luck.choice(subjects.get(scope, ("",))), self.luck.choice(_WINDOWS))
        wide = 6 if scope in (Scope.INSTALLATION, Scope.TENANT) else 1
        amount = int(SCALE[limit.window] * wide * self.luck.uniform(0.5, 2))
        budget = Budget(
            id=":".join((limit.scope, limit.tenant, limit.subject, limit.window)),
            tenant=tenant,
            scope=scope,
            subject=limit.subject,
            window=Window(limit.window),
            limit=Micros(amount),
        )
        self.budgets[limit] = await self.store.set_budget(budget, by=OPERATOR)
        self.oracle.limits[limit] = amount

    async def remove_limit(self) -> None:
        if self.oracle.limits:
            limit = self.luck.choice(sorted(self.oracle.limits, key=str))
            await self.store.remove_budget(self.budgets[limit].id, by=OPERATOR)
            self.oracle.remove(limit)

    async def grant(self) -> None:
        if self.oracle.limits:
            limit = self.luck.choice(sorted(self.oracle.limits, key=str))
            person, amount = self.luck.choice(PEOPLE), self.luck.randint(1, 60)
            await self.store.grant(self.budgets[limit], person, Micros(amount), by=OPERATOR)
            self.oracle.grant(limit, person, amount, self.clock.now())

    async def link(self) -> None:
        """Two accounts become one person's, where that is allowed."""
        one, other = self.luck.sample(PEOPLE, 2)
        code = new_code()
        try:
            await self.store.open_code(one, one, code)
            found = await self.store.enter_code(other, other, code)
            await self.store.answer_proposal(found.id, other, agrees=True)
            await self.store.answer_proposal(found.id, one, agrees=True)
        except (NotAllowed, TooLate):
            return
        self.oracle.link(one, other, self.clock.now())

    async def unlink(self) -> None:
        person = self.luck.choice(PEOPLE)
        if await self.store.leave_wallet(person, by=OPERATOR) is not None:
            self.oracle.leave(person, self.clock.now())

    async def erase(self) -> None:
        person = self.luck.choice(PEOPLE)
        await self.store.erase(person)
        self.oracle.leave(person, self.clock.now())

    async def time_passes(self) -> None:
        self.clock.moment += int(self.luck.choice((0.1, 1, 5, 11, 26)) * self.luck.random() * HOUR)

    async def restart(self) -> None:
        await self.store.close()
        self.store = await self.opened()
        await self._whole()

    async def _whole(self) -> None:
        if not self.proofs:
            return
        if found := await self.store.verify():
            raise Disagreement(f"the ledger does not add up: {found[:3]}")
        for limit, budget in self.budgets.items():
            if limit not in self.oracle.limits or budget.per_person:
                continue
            line = next(one for one in await self.store.budgets(limit.tenant) if one.budget.id == budget.id)
            room = self.oracle.room(limit, limit.subject, self.clock.now())
            if line.left != room:
                raise Disagreement(f"{limit} shows {line}, and has {room} left")


_SCOPES = (*Scope, Scope.ROLE, Scope.PERSON)
_WINDOWS = ("day", "day", "week", "month", "month", "total")
_CHANCES: Mapping[str, float] = {
    Story.order.__name__: 44,
    Story.approved_order.__name__: 2,
    Story.settle.__name__: 30,
    Story.release.__name__: 3,
    Story.price_again.__name__: 4,
    Story.late_cost.__name__: 3,
    Story.change_roles.__name__: 5,
    Story.change_zone.__name__: 1.5,
    Story.set_limit.__name__: 6,
    Story.remove_limit.__name__: 3,
    Story.grant.__name__: 2,
    Story.link.__name__: 1.5,
    Story.unlink.__name__: 1,
    Story.erase.__name__: 0.5,
    Story.time_passes.__name__: 12,
    Story.restart.__name__: 0.5,
}
