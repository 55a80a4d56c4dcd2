"""The ledger as a state machine: a real database and the plain model must agree after every step."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from bot.core.audit.entries import OPERATOR
from bot.core.errors import BudgetExceeded, NotAllowed, NotFound, TooLate
from bot.core.ledger import EVERYONE, INSTALLATION, Budget, Scope
from bot.core.money import Micros
from bot.core.place_lists.projects import Project
from bot.core.ports.store import Release, Reserve, Store
from bot.core.request import Actor, GenerateOrder, Request, State
from bot.core.tenant import Tenant
from bot.core.wallets.codes import new_code
from bot.core.windows import Window
from storage import open_store
from tests.contract.memory_store import Memory, MemoryStore
from tests.contract.store_world import (
    HOUR,
    SteppedClock,
    a_request,
    accepted,
    go,
    release,
    reserve,
    settle,
)
from tests.fakes.examples import examples
from tests.fakes.postgres import Server, empty_schema, postgres_server

__all__ = ["postgres_server"]

T = TypeVar("T")
PEOPLE = ("test:mia", "test:bo", "test:cy")
ACTORS = [
    Actor(tenant="test:1", person=person, channel=channel, roles=roles)
    for person in PEOPLE
    for channel in ("test:c", "test:d")
    for roles in ((), ("artist",), ("artist", "poet"), ("staff",))
]
PLACES = [
    (INSTALLATION, Scope.INSTALLATION, ""),
    ("test:1", Scope.TENANT, ""),
    ("test:1", Scope.CHANNEL, "test:c"),
    ("test:1", Scope.PROJECT, "prj_acme"),
    ("test:1", Scope.PROJECT, "prj_beta"),
    ("test:1", Scope.ROLE, "artist"),
    ("test:1", Scope.ROLE, "poet"),
    ("test:1", Scope.PERSON, "test:mia"),
    ("test:1", Scope.PERSON, EVERYONE),
    (INSTALLATION, Scope.EVERYWHERE, "test:mia"),
    (INSTALLATION, Scope.EVERYWHERE, EVERYONE),
]
ACME = Project(id="prj_acme", name="Acme")
TENANT = Tenant(id="test:1", zone="Europe/Berlin", exempt_roles=("staff",), projects=(ACME,))
PROJECTS = st.sampled_from([None, "", "prj_acme", "prj_beta"])
AMOUNTS = st.integers(0, 400)


async def linked(store: Store, one: str, other: str, code: str) -> bool:
    """Whether the two are linked after both have agreed."""
    found = await store.enter_code(other, other, code)
    await store.answer_proposal(found.id, other, agrees=True)
    return await store.answer_proposal(found.id, one, agrees=True)


class LedgerMachine(RuleBasedStateMachine):
    """Does everything twice, to a database and to a model."""

    server: Server | None = None

    held: Bundle[Request] = Bundle("held")
    closed: Bundle[Request] = Bundle("closed")
    budgets: Bundle[Budget] = Bundle("budgets")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = SteppedClock()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.model = MemoryStore(Memory(), self.clock)
        self.schema = AsyncExitStack()
        self.url = (
            self.wait(self.schema.enter_async_context(empty_schema(self.server))) if self.server else None
        )
        self.store = self.wait(self.opened())
        self.number = 0

    def wait(self, work: Awaitable[T]) -> T:
        async def waiting() -> T:
            return await work

        return self.runner.run(waiting())

    async def opened(self) -> Store:
        path = Path(self.folder.name) / "ledger.db"
        return await self.stack.enter_async_context(
            open_store(database_url=self.url, path=path, pool=2, clock=self.clock)
        )

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.wait(self.schema.aclose())
        self.runner.close()
        self.folder.cleanup()

    def both(self, do: Callable[[Store], Awaitable[T]]) -> T:
        """The same on both sides; what one raises the other must raise."""
        answers: list[Any] = []
        for store in (self.store, self.model):
            try:
                answers.append(self.wait(do(store)))
            except (BudgetExceeded, NotAllowed, NotFound, TooLate, ValueError) as error:
                answers.append(error)
        real, modelled = answers
        if isinstance(modelled, BudgetExceeded):
            assert (real.budget_id, real.left) == (modelled.budget_id, modelled.left)
            raise real
        if isinstance(modelled, NotAllowed | NotFound | TooLate | ValueError):
            assert type(real) is type(modelled)
            raise real
        assert real == modelled
        return real

    def asked(self, actor: Actor, project: str | None) -> Request:
        number, order = self.next_id(), GenerateOrder(model="flux.2-pro", prompt="a fox", project=project)
        now = self.clock.now()
        return a_request(id=f"req_{number}", key=number, actor=actor, order=order, created_at=now)

    def next_id(self) -> str:
        self.number += 1
        return f"{self.number:06}"

    @initialize(target=budgets)
    def begin(self) -> Budget:
        self.both(lambda store: store.change_tenant(TENANT.id, lambda _: TENANT, by=OPERATOR))
        return self.set_budget_at(PLACES[1], Window.MONTH, 4000)

    @rule(
        target=budgets,
        place=st.sampled_from(PLACES),
        window=st.sampled_from(list(Window)),
        limit=AMOUNTS,
    )
    def set_budget(self, place: tuple[str, Scope, str], window: Window, limit: int) -> Budget:
        return self.set_budget_at(place, window, limit)

    def set_budget_at(self, place: tuple[str, Scope, str], window: Window, limit: int) -> Budget:
        tenant, scope, subject = place
        new = Budget(
            id=f"b{self.next_id()}",
            tenant=tenant,
            scope=scope,
            subject=subject,
            window=window,
            limit=Micros(limit),
        )
        return self.both(lambda store: store.set_budget(new, by=OPERATOR))

    @rule(budget=budgets)
    def remove_budget(self, budget: Budget) -> None:
        self.both(lambda store: store.remove_budget(budget.id, by=OPERATOR))

    @rule(budget=budgets, subject=st.sampled_from(PEOPLE), amount=AMOUNTS)
    def grant(self, budget: Budget, subject: str, amount: int) -> None:
        with suppress(NotFound):  # for a budget that was removed
            self.both(lambda store: store.grant(budget, subject, Micros(amount), by=OPERATOR))

    @rule(target=held, actor=st.sampled_from(ACTORS), project=PROJECTS, hold=AMOUNTS)
    def reserve(self, actor: Actor, project: str | None, hold: int) -> Any:
        request = self.asked(actor, project)
        priced = self.both(lambda store: accepted(store, request))
        try:
            return self.both(lambda store: reserve(store, priced, hold))
        except BudgetExceeded:
            return priced

    @rule(target=held, actor=st.sampled_from(ACTORS), project=PROJECTS, hold=AMOUNTS)
    def reserve_approved(self, actor: Actor, project: str | None, hold: int) -> Any:
        request = self.asked(actor, project)
        priced = self.both(lambda store: accepted(store, request))
        posting = Reserve(hold=Micros(hold), approved=True)
        try:
            return self.both(lambda store: go(store, priced, State.RESERVED, posting=posting))
        except BudgetExceeded:
            return priced

    @rule(target=held, request=consumes(held), hold=AMOUNTS)
    def price_again(self, request: Request, hold: int) -> Any:
        priced = request
        if request.state is State.RESERVED:
            priced = self.both(lambda store: go(store, request, State.PRICED, posting=Release()))
        try:
            return self.both(lambda store: reserve(store, priced, hold))
        except BudgetExceeded:
            return priced

    @rule(zone=st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "America/New_York"]))
    def move_to_another_zone(self, zone: str) -> None:
        self.both(
            lambda store: store.change_tenant("test:1", lambda now: replace(now, zone=zone), by=OPERATOR)
        )

    @rule(target=closed, request=consumes(held), cost=AMOUNTS)
    def settle(self, request: Request, cost: int) -> Request:
        if request.state is State.PRICED:
            return self.both(lambda store: go(store, request, State.CANCELLED))
        return self.both(lambda store: settle(store, request, cost))

    @rule(target=closed, actor=st.sampled_from(ACTORS), project=PROJECTS, hold=AMOUNTS, cost=AMOUNTS)
    def spend(self, actor: Actor, project: str | None, hold: int, cost: int) -> Request:
        return self.settle(self.reserve(actor, project, hold), cost)

    @rule(target=closed, request=consumes(held))
    def release(self, request: Request) -> Request:
        if request.state is State.PRICED:
            return self.both(lambda store: go(store, request, State.CANCELLED))
        return self.both(lambda store: release(store, request))

    @rule(request=closed, truth=AMOUNTS)
    def adjust(self, request: Request, truth: int) -> None:
        self.both(lambda store: store.adjust(request.id, Micros(truth), by="test:op"))

    @rule(two=st.permutations(PEOPLE))
    def link(self, two: list[str]) -> None:
        one, other, *_rest = two
        code = new_code()
        with suppress(NotAllowed, TooLate):
            self.both(lambda store: store.open_code(one, one, code))
            self.both(lambda store: linked(store, one, other, code))

    @rule(person=st.sampled_from(PEOPLE))
    def unlink(self, person: str) -> None:
        self.both(lambda store: store.leave_wallet(person, by=OPERATOR))

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: str) -> None:
        self.both(lambda store: store.erase(person))

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 8, 24 * 33]))
    def time_passes(self, hours: int) -> None:
        self.clock.moment += hours * HOUR

    @rule()
    def restart(self) -> None:
        self.wait(self.stack.aclose())
        self.store = self.wait(self.opened())

    @invariant()
    def both_say_the_same(self) -> None:
        for actor in ACTORS[::3]:
            self.both(lambda store, actor=actor: store.lines(actor, "prj_acme"))
            self.both(lambda store, actor=actor: store.explained(actor))
        self.both(lambda store: store.budgets("test:1"))
        assert self.wait(self.store.verify()) == []

    @invariant()
    def what_is_held_is_what_requests_hold(self) -> None:
        lines = self.wait(self.store.budgets("test:1"))
        unfinished = self.wait(self.store.unfinished("test:1"))
        held = {line.held for line in lines if line.budget.scope in (Scope.TENANT, Scope.INSTALLATION)}
        assert held <= {sum(request.hold for request in unfinished)}


CHECKS = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


def run(machine: type[LedgerMachine], few: int) -> None:
    case = machine.TestCase
    case.settings = examples(few, stateful_step_count=25, deadline=None, suppress_health_check=CHECKS)
    case("runTest").runTest()


@pytest.mark.hypothesis
def test_sqlite_agrees_with_the_model() -> None:
    run(LedgerMachine, 40)


@pytest.mark.hypothesis
@pytest.mark.postgres
def test_postgres_agrees_with_the_model(postgres_server: Server) -> None:
    class OnPostgres(LedgerMachine):
        server = postgres_server

    run(OnPostgres, 8)
