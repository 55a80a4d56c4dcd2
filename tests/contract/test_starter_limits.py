"""Starter limits, what the operator gives, and what an upgrade keeps, on every kind of store."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.capability import Capability
from bot.core.errors import BudgetExceeded, NotAllowed
from bot.core.ledger import EVERYONE, INSTALLATION, KEPT, GivenBy, Scope
from bot.core.limits import Reason
from bot.core.money import DOLLAR, Micros
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.core.tenant import ASK_ABOVE
from bot.core.windows import Window
from bot.use_cases import operator
from bot.use_cases.budgets import BudgetAdmin
from storage import open_store
from tests.contract.store_world import (
    SteppedClock,
    World,
    a_budget,
    a_request,
    accepted,
    connected,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    world,
)
from tests.fakes.databases import database
from tests.fakes.kept import V0_1_0, old_database

__all__ = ["database", "old_database", "place", "postgres_server", "postgres_url", "world"]

STARTERS = StarterLimits(place=Micros(20 * DOLLAR), person=DOLLAR, installation=Micros(100 * DOLLAR))
MIA = Actor(tenant="test:1", person="test:mia", channel="test:c")
ADMIN = Actor(tenant="test:1", person="test:ada", is_admin=True)


async def limits_of(store: Store, actor: Actor = MIA) -> dict[tuple[str, str], int]:
    """What binds now, by scope and window."""
    return {(line.budget.scope, line.budget.window): line.limit or 0 for line in await store.lines(actor)}


async def test_a_new_place_begins_with_limits(world: World) -> None:
    store = await world.open(STARTERS)
    assert await limits_of(store) == {
        ("tenant", "month"): 20 * DOLLAR,
        ("person", "day"): DOLLAR,
        ("installation", "month"): 100 * DOLLAR,
    }
    first = await reserve(store, await accepted(store), 600_000)
    await settle(store, first, 600_000)
    with pytest.raises(BudgetExceeded, match="Your budget for today") as refused:
        await reserve(store, await accepted(store), 500_000)
    assert not refused.value.fixed, "the admins of the place can set another"
    assert await store.verify() == []


async def test_none_switches_a_starter_limit_off(world: World) -> None:
    assert await limits_of(await world.open()) == {}
    only = await world.open(StarterLimits(person=DOLLAR))
    assert await limits_of(only) == {("person", "day"): DOLLAR}


async def test_what_takes_the_place_of_a_starter_limit(world: World) -> None:
    store = await world.open(STARTERS)
    await store.set_budget(a_budget(500, Scope.PERSON, EVERYONE, window=Window.MONTH), by=OPERATOR)
    await operator.set_limit(store, "test:1", Scope.TENANT, "", Window.WEEK, Micros(7 * DOLLAR))
    await operator.set_limit(store, INSTALLATION, Scope.INSTALLATION, "", Window.DAY, Micros(9 * DOLLAR))
    assert await limits_of(store) == {
        ("person", "month"): 5 * DOLLAR,
        ("tenant", "week"): 7 * DOLLAR,
        ("installation", "day"): 9 * DOLLAR,
    }
    other = Actor(tenant="test:2", person="test:bo")
    assert (await limits_of(store, other))["tenant", "month"] == 20 * DOLLAR, "other places keep theirs"


async def test_the_admins_total_stands_beside_the_operators(world: World) -> None:
    store = await world.open(STARTERS)
    admin = BudgetAdmin(store)
    await admin.set_budget(ADMIN, Scope.TENANT, "", Window.MONTH, Micros(5 * DOLLAR))
    await operator.set_limit(store, "test:1", Scope.TENANT, "", Window.MONTH, Micros(50 * DOLLAR))
    both = [line for line in await store.lines(MIA) if line.budget.scope is Scope.TENANT]
    assert sorted((line.budget.given_by, line.limit) for line in both) == [
        (GivenBy.ADMINS, 5 * DOLLAR),
        (GivenBy.OPERATOR, 50 * DOLLAR),
    ]
    with pytest.raises(NotAllowed, match=r"\$50.00 a month.*ask the operator"):
        await admin.set_budget(ADMIN, Scope.TENANT, "", Window.MONTH, Micros(60 * DOLLAR))
    [given] = [line.budget for line in both if line.budget.given_by is GivenBy.OPERATOR]
    for change in (
        admin.remove_budget(ADMIN, given.id),
        admin.grant(ADMIN, given.id, "", DOLLAR),
    ):
        with pytest.raises(NotAllowed, match="ask the operator"):
            await change
    with pytest.raises(BudgetExceeded) as refused:
        await reserve(store, await accepted(store), 5 * DOLLAR + 1)
    assert refused.value.budget == "Your budget for today", "the tightest of those that admins can raise"


async def test_a_full_total_of_the_operators_is_named_first_and_is_fixed(world: World) -> None:
    store = await world.open(StarterLimits(place=DOLLAR, person=Micros(DOLLAR // 2)))
    with pytest.raises(BudgetExceeded, match="The budget of everyone here") as refused:
        await reserve(store, await accepted(store), DOLLAR + 1)
    assert refused.value.fixed


async def test_trust_and_starting_over(world: World) -> None:
    store = await world.open(STARTERS)
    [lifted] = await operator.trust(store, "test:1")
    assert lifted.given_by is GivenBy.STARTER
    assert ("tenant", "month") not in await limits_of(store)
    await operator.start_over(store, "test:1")
    assert (await limits_of(store))["tenant", "month"] == 20 * DOLLAR
    await operator.trust(store, "test:1")
    await operator.set_limit(store, "test:1", Scope.TENANT, "", Window.DAY, DOLLAR)
    assert (await limits_of(store))["tenant", "day"] == DOLLAR


async def test_an_extra_amount_makes_the_starting_limit_the_admins_own(world: World) -> None:
    store = await world.open(STARTERS)
    admin = BudgetAdmin(store)
    [starter] = [one.budget for one in await admin.budgets(ADMIN) if one.budget.scope is Scope.PERSON]
    with pytest.raises(NotAllowed, match="set another budget for everyone"):
        await admin.remove_budget(ADMIN, starter.id)
    await admin.grant(ADMIN, starter.id, "test:mia", DOLLAR)
    assert (await limits_of(store))["person", "day"] == 2 * DOLLAR
    bo = Actor(tenant="test:1", person="test:bo")
    assert (await limits_of(store, bo))["person", "day"] == DOLLAR


async def test_a_looser_limit_is_said_to_be_looser(world: World) -> None:
    store = await world.open(STARTERS)
    admin = BudgetAdmin(store)

    async def replaced(scope: Scope, subject: str, window: Window, dollars: int) -> int | None:
        made = await admin.set_budget(ADMIN, scope, subject, window, Micros(dollars * DOLLAR))
        return made.looser_than.limit if made.looser_than else None

    assert await replaced(Scope.ROLE, "r", Window.MONTH, 40) == DOLLAR, "$30 a month by everyone's"
    assert await replaced(Scope.PERSON, EVERYONE, Window.MONTH, 25) is None
    assert await replaced(Scope.PERSON, EVERYONE, Window.MONTH, 26) == 25 * DOLLAR
    assert await replaced(Scope.PERSON, EVERYONE, Window.DAY, 20) is None, "beside another it only adds"
    assert await replaced(Scope.PERSON, "test:mia", Window.DAY, 1) == 26 * DOLLAR
    assert await replaced(Scope.PERSON, "test:bo", Window.MONTH, 2) is None


async def test_every_limit_is_explained(world: World) -> None:
    store = await world.open(STARTERS)
    admin = BudgetAdmin(store)
    await admin.set_budget(ADMIN, Scope.ROLE, "r", Window.DAY, DOLLAR)
    await admin.set_budget(ADMIN, Scope.CHANNEL, "test:other", Window.DAY, DOLLAR)
    about = Actor(tenant="test:1", person="test:mia", roles=("r",), channel="test:c")
    found = await admin.why(ADMIN, about)
    assert {(one.line.budget.scope, one.line.budget.subject): one.reason for one in found.lines} == {
        (Scope.TENANT, ""): Reason.ALWAYS,
        (Scope.INSTALLATION, ""): Reason.ALWAYS,
        (Scope.ROLE, "r"): Reason.ROLE,
        (Scope.PERSON, EVERYONE): Reason.ROLE_COMES_FIRST,
        (Scope.CHANNEL, "test:other"): Reason.OTHER_CHANNEL,
    }
    with pytest.raises(NotAllowed):
        await admin.why(MIA, about)


async def test_whether_a_price_was_agreed_to_before(world: World) -> None:
    store = await world.open()
    pictures = [Capability.GENERATE, Capability.EDIT, Capability.UPSCALE]
    row = await accepted(store)
    assert not await store.agreed_before("test:mia", pictures)
    await settle(store, await reserve(store, row, 10), 10)
    assert await store.agreed_before("test:mia", pictures)
    assert not await store.agreed_before("test:mia", [Capability.VIDEO])
    assert not await store.agreed_before("test:bo", pictures)
    await store.accept(a_request("test:cy", confirmed=True), {})
    assert await (await world.open()).agreed_before("test:cy", pictures), "and after a restart"


# an installation from before


@dataclass
class Upgraded:
    """The database of 0.1.0 opened by this version, with starter limits on."""

    store: Store
    file: Path
    settings: dict[str, Any]


async def without_settings(url: str | None, file: Path) -> None:
    sql = "DELETE FROM tenants"
    if url is None:
        with closing(sqlite3.connect(file)) as plain:
            plain.execute(sql)
            plain.commit()
        return
    async with connected(url) as connection:
        await connection.execute(sql)


@pytest.fixture
async def upgraded(old_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Upgraded]:
    secret = old_database.get("database_url")
    file = tmp_path / "lumenfall.db"
    url = secret.get_secret_value() if secret else None
    await without_settings(url, file)
    async with open_store(
        database_url=url,
        path=file,
        pool=4,
        clock=SteppedClock(V0_1_0.recorded["now"]),
        starters=STARTERS,
    ) as store:
        yield Upgraded(store, file, old_database)


async def test_an_upgraded_installation_keeps_what_it_had(upgraded: Upgraded) -> None:
    store = upgraded.store
    places = [one for one in await store.tenants() if one != INSTALLATION]
    assert places
    for name in places:
        lines = await store.budgets(name)
        assert not [line for line in lines if line.budget.given_by is GivenBy.STARTER]
        assert [line for line in lines if line.budget.note == KEPT and line.limit is None]
    thresholds = {(await store.tenant(name)).threshold for name in places}
    assert thresholds == {DOLLAR}, "places without settings are asked above a dollar, as before"
    assert (await store.tenant("discord:new")).threshold == ASK_ABOVE
    assert set(places) <= set(await store.places_with_note(KEPT))
    fresh = Actor(tenant="discord:new", person="discord:1")
    found = await limits_of(store, fresh)
    assert found["person", "day"] == DOLLAR, "a place that appears after the upgrade is new"
    assert found["tenant", "month"] == 20 * DOLLAR
    assert await store.verify() == []


async def test_an_upgraded_place_can_be_given_the_starting_limits(upgraded: Upgraded) -> None:
    store = upgraded.store
    name = (await store.places_with_note(KEPT))[-1]
    await operator.start_over(store, name)
    lines = await store.budgets(name)
    assert [line.limit for line in lines if line.budget.given_by is GivenBy.STARTER]
    assert name not in await store.places_with_note(KEPT)


def test_the_old_operators_total_is_the_operators_now(tmp_path: Path) -> None:
    """A row of the command line for a place has its new name, and its grants go along."""
    script = Path("storage/migrations/012_starter_limits.sql").read_text()
    with closing(sqlite3.connect(":memory:")) as plain:
        plain.executescript(
            "CREATE TABLE budgets (id, tenant, scope, subject, span, ceiling, note, removed, changed_by,"
            " changed_at); CREATE TABLE grants (budget_id);"
            " CREATE TABLE requests (person, capability, confirmed, charged);"
            " INSERT INTO budgets VALUES ('a', 't', 'tenant', '', 'month', 5, '', FALSE, 'operator', 1),"
            " ('b', 't', 'tenant', '', 'day', 5, '', FALSE, 'discord:1', 1);"
            " INSERT INTO grants VALUES ('a'), ('b');" + script
        )
        assert plain.execute("SELECT id, given_by FROM budgets ORDER BY id").fetchall() == [
            ("a:operator", "operator"),
            ("b", "admins"),
        ]
        assert plain.execute("SELECT budget_id FROM grants").fetchall() == [("a:operator",), ("b",)]
