"""The audit log in every Store: a line for each change, in the transaction of the change, for good."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core.audit.entries import NO_LIMIT, OPERATOR, Act, AuditEntry, AuditFilter, entry_by
from bot.core.errors import NotFound, TooLate
from bot.core.identity import DAY_US, Actor
from bot.core.ledger import EVERYONE, INSTALLATION, TRUSTED, GivenBy, Scope
from bot.core.ports.store import Store
from bot.core.request import Request, State
from bot.core.tenant import Tenant
from storage.store import SqlStore
from tests.contract.store_world import (
    HOUR,
    NOON,
    World,
    a_budget,
    a_request,
    accepted,
    cents,
    place,
    postgres_server,
    postgres_url,
    store,
    world,
)
from tests.contract.test_store_money import Database, database

__all__ = ["database", "place", "postgres_server", "postgres_url", "store", "world"]

ADA = Actor(tenant="test:1", person="test:ada", name="Ada", channel="test:c", is_admin=True)
ALL = AuditFilter()


async def lines(store: Store, tenant: str = "test:1", wanted: AuditFilter = ALL) -> list[AuditEntry]:
    return [replace(one, number=0) for one in await store.audit(tenant, wanted, limit=50)]


def line(act: Act, **facts: Any) -> AuditEntry:
    return replace(entry_by(ADA, act, **facts), at=NOON)


async def _set_budget(store: Store) -> Any:
    return await store.set_budget(a_budget(10), by=ADA)


async def _remove_budget(store: Store) -> Any:
    return await store.remove_budget((await _set_budget(store)).id, by=ADA)


async def _grant(store: Store) -> Any:
    return await store.grant(await _set_budget(store), "", cents(5), by=ADA)


async def _change_tenant(store: Store) -> Any:
    return await store.change_tenant("test:1", lambda now: replace(now, paused=True), by=ADA)


async def _unpause(store: Store) -> Any:
    return await store.change_tenant("test:1", lambda now: replace(now, paused=False), by=ADA)


async def _another_limit(store: Store) -> Any:
    return await store.set_budget(a_budget(20), by=ADA)


def refused(row: Request) -> Request:
    return replace(row, state=State.REFUSED, due_at=None)


async def _move(store: Store) -> Any:
    row = await accepted(store)
    return await store.move(row.id, refused, audit=entry_by(ADA, Act.DENIED, subject=row.id))


EXAMPLES: dict[str, Callable[[Store], Awaitable[Any]]] = {
    "set_budget": _set_budget,
    "remove_budget": _remove_budget,
    "grant": _grant,
    "change_tenant": _change_tenant,
    "move": _move,
}
"""A change through each method of the store that takes its author or a line."""


ELSEWHERE = {"adjust", "close_month", "leave_wallet"}
"""What the gateway's log corrects stands in the ledger, and who closed a month beside it.

That the operator ended a link is tried in `test_store_wallets`.
"""


def test_every_method_that_takes_its_author_is_tried() -> None:
    taking = {
        name
        for name, method in inspect.getmembers(SqlStore, inspect.iscoroutinefunction)
        if {"by", "audit"} & set(inspect.signature(method).parameters)
    }
    assert taking - ELSEWHERE == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_change_leaves_a_line_of_who_and_where(store: Store, name: str) -> None:
    await EXAMPLES[name](store)
    newest = (await lines(store))[0]
    assert (newest.by, newest.surface, newest.channel, newest.at) == ("test:ada", "test", "test:c", NOON)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_change_that_cannot_be_recorded_does_not_happen(
    world: World, database: Database, name: str
) -> None:
    store = await world.open()
    await EXAMPLES[name](store)
    limits, settings = await store.budgets("test:1"), await store.tenant("test:1")
    again = {"change_tenant": _unpause, "set_budget": _another_limit}.get(name, EXAMPLES[name])
    await database.run("ALTER TABLE audit_log RENAME TO audit_log_away")
    with pytest.raises(Exception, match="audit_log"):
        await again(store)
    await database.run("ALTER TABLE audit_log_away RENAME TO audit_log")
    after = [
        one for one in await store.budgets("test:1") if one.budget.id not in {x.budget.id for x in limits}
    ]
    assert after == []
    assert await store.tenant("test:1") == settings


async def test_a_limit_is_recorded_with_what_it_was(store: Store) -> None:
    made = await store.set_budget(a_budget(10, Scope.PERSON, EVERYONE), by=ADA)
    await store.set_budget(replace(made, limit=cents(20)), by=ADA)
    await store.set_budget(replace(made, limit=cents(20)), by=ADA)
    await store.grant(made, "test:mia", cents(3), by=ADA)
    await store.remove_budget(made.id, by=ADA)
    assert await store.remove_budget(made.id, by=ADA) is False
    await store.set_budget(made, by=ADA)
    what = {"what": "person/day", "subject": "*"}
    assert await lines(store) == [
        line(Act.LIMIT, **what, new="100000"),
        line(Act.LIMIT, **what, old="200000"),
        line(Act.GRANT, what="person/day", subject="test:mia", new="30000"),
        line(Act.LIMIT, **what, old="100000", new="200000"),
        line(Act.LIMIT, **what, new="100000"),
    ]


async def test_no_limit_is_recorded_and_the_installation_is_the_operators(store: Store) -> None:
    trusted = replace(a_budget(1), limit=None, note=TRUSTED, given_by=GivenBy.OPERATOR)
    await store.set_budget(trusted, by=OPERATOR)
    await store.set_budget(a_budget(5, Scope.INSTALLATION, tenant=INSTALLATION), by=OPERATOR)
    [one] = await lines(store)
    assert (one.by, one.surface, one.new) == ("operator", "command line", NO_LIMIT)
    assert [one.new for one in await lines(store, INSTALLATION)] == ["50000"]
    assert len(await lines(store, "")) == 2


async def test_settings_are_recorded_one_by_one(store: Store) -> None:
    def change(now: Tenant) -> Tenant:
        return replace(
            now,
            cap=cents(50),
            paused=True,
            blocked_people=("test:mia", "test:bo"),
            channel_prompts={"test:c": "be kind"},
        )

    await store.change_tenant("test:1", change, by=ADA)
    await store.change_tenant(
        "test:1", lambda now: replace(now, cap=None, blocked_people=("test:bo",), channel_prompts={}), by=ADA
    )
    assert await lines(store) == [
        line(Act.SETTING, what="channel_prompts", subject="test:c", old="be kind"),
        line(Act.SETTING, what="blocked_people", subject="test:mia", old="test:mia"),
        line(Act.SETTING, what="cap", old="500000"),
        line(Act.SETTING, what="channel_prompts", subject="test:c", new="be kind"),
        line(Act.SETTING, what="blocked_people", subject="test:bo", new="test:bo"),
        line(Act.SETTING, what="blocked_people", subject="test:mia", new="test:mia"),
        line(Act.SETTING, what="cap", new="500000"),
        line(Act.SETTING, what="paused", old="no", new="yes"),
    ]


async def test_what_is_refused_leaves_no_line(store: Store) -> None:
    def refuse(_now: Tenant) -> Tenant:
        raise TooLate("no")

    budget = await store.set_budget(a_budget(1), by=ADA)
    await store.remove_budget(budget.id, by=ADA)
    before = await lines(store)
    with pytest.raises(TooLate):
        await store.change_tenant("test:1", refuse, by=ADA)
    with pytest.raises(NotFound):
        await store.grant(budget, "", cents(1), by=ADA)
    with pytest.raises(NotFound):
        await store.move("req_none", refused, audit=entry_by(ADA, Act.DENIED, subject="req_none"))
    assert await lines(store) == before


async def test_a_home_is_recorded_for_both_places_and_neither_learns_of_the_other(world: World) -> None:
    store = await world.open()
    await store.choose_home("test:mia", "test:1")
    await store.choose_home("test:mia", "test:1")
    world.clock.moment += DAY_US
    await store.choose_home("test:mia", "test:2")
    assert [(one.by, one.old, one.new) for one in await lines(store)] == [
        ("test:mia", "test:1", ""),
        ("test:mia", "", "test:1"),
    ]
    assert [(one.old, one.new) for one in await lines(store, "test:2")] == [("", "test:2")]


async def test_lines_are_found_by_person_kind_and_time_page_by_page(world: World) -> None:
    store = await world.open()
    for hour, who in enumerate(("test:ada", "test:bo", "test:ada")):
        world.clock.moment = NOON + hour * HOUR
        author = replace(ADA, person=who)
        await store.set_budget(a_budget(10 + hour, Scope.PERSON, "test:mia"), by=author)
        await store.change_tenant("test:1", lambda now: replace(now, paused=not now.paused), by=author)
    await store.change_tenant("test:2", lambda now: replace(now, paused=True), by=ADA)

    async def found(**wanted: Any) -> list[tuple[str, str]]:
        return [(one.by, one.act) for one in await lines(store, wanted=AuditFilter(**wanted))]

    assert len(await found()) == 6
    assert await found(person="test:bo") == [("test:bo", "setting"), ("test:bo", "limit")]
    assert len(await found(person="test:mia")) == 3, "what was done about her"
    assert len(await found(act=Act.SETTING)) == 3
    assert len(await found(since=NOON + HOUR)) == 4
    assert len(await found(since=NOON, until=NOON + HOUR)) == 2
    first = await store.audit("test:1", ALL, limit=4)
    rest = await store.audit("test:1", AuditFilter(before=first[-1].number), limit=4)
    assert [one.number for one in (*first, *rest)] == sorted(
        {one.number for one in (*first, *rest)}, reverse=True
    )
    assert len(rest) == 2


async def test_names_are_those_of_requests_and_go_with_them(store: Store) -> None:
    old = a_request("test:mia", state=State.REFUSED, due_at=None)
    await store.accept(old, {})
    assert await store.names(["test:mia", "test:ada"]) == {"test:mia": "Test:Mia"}
    await store.erase("test:mia")
    assert await store.names(["test:mia"]) == {}


@pytest.mark.parametrize("sql", ["UPDATE audit_log SET person = 'x'", "DELETE FROM audit_log"])
async def test_the_database_itself_refuses_to_change_the_log(
    world: World, database: Database, sql: str
) -> None:
    store = await world.open()
    await _set_budget(store)
    with pytest.raises(Exception, match="append-only"):
        await database.run(sql)
    await store.purge(before=NOON + 10**15)
    await store.erase("test:ada")
    assert [one.by for one in await lines(store)] == ["test:ada"]
