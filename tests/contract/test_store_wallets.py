"""Linked accounts in every Store: who may link, what is shared, and that nothing gives a limit back."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.audit.entries import OPERATOR, AuditFilter
from bot.core.errors import BotError, BudgetExceeded, NotAllowed, NotFound, TooLate
from bot.core.ledger import EVERYONE, INSTALLATION, Budget, GivenBy, Scope, budget_id
from bot.core.money import Micros
from bot.core.ports.store import Reserve, Store
from bot.core.request import Actor, State
from bot.core.wallets.codes import CODE_US, TRIES_PER_PERSON, TRIES_TOGETHER, TRIES_US, LinkProposal, new_code
from bot.core.wallets.members import MOST_ACCOUNTS
from bot.core.windows import Window
from tests.contract.store_world import (
    CENT,
    HOUR,
    World,
    a_budget,
    a_request,
    accepted,
    connected,
    go,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

ANA, BO, CY = "discord:1", "slack:U1", "web:cy"
MONTH_END = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
"""A Sunday, so that the week goes on for a day in the next month."""
WEEK_END = MONTH_END + 24 * HOUR


def everywhere(limit: int, person: str = EVERYONE, window: Window = Window.MONTH) -> Budget:
    """What a person may spend in all places, in cents."""
    scope, given = Scope.EVERYWHERE, GivenBy.OPERATOR
    return Budget(
        id=budget_id(INSTALLATION, scope, person, window, given),
        tenant=INSTALLATION,
        scope=scope,
        subject=person,
        window=window,
        limit=Micros(limit * CENT),
        given_by=given,
    )


def at(person: str) -> Actor:
    """An account in a place of its own platform."""
    return Actor(tenant=f"{person.partition(':')[0]}:place", person=person)


async def proposed(store: Store, one: str, other: str) -> LinkProposal:
    code = new_code()
    await store.open_code(one, one.upper(), code)
    return await store.enter_code(other, other.upper(), code)


async def link(store: Store, one: str, other: str) -> bool:
    found = await proposed(store, one, other)
    await store.answer_proposal(found.id, one, agrees=True)
    return await store.answer_proposal(found.id, other, agrees=True)


async def spend(store: Store, person: str, cents: int) -> None:
    """Hold so many cents and settle them. Raises BudgetExceeded."""
    row = await accepted(store, a_request(actor=at(person)))
    await settle(store, await reserve(store, row, cents * CENT), cents * CENT)


async def left(store: Store, person: str) -> list[int | None]:
    """Cents left in the limits everywhere that bind an account."""
    lines = [one for one in await store.lines(at(person)) if one.budget.scope is Scope.EVERYWHERE]
    return [None if one.left is None else one.left // CENT for one in lines]


async def names(store: Store, person: str) -> list[str]:
    return sorted(one.name for one in await store.wallet(person))


async def rows_of(world: World, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a statement on a real database."""
    if world.url:
        async with connected(world.url) as plain:
            return [tuple(row) for row in await plain.fetch(sql)]
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(world.file)) as plain:
        return plain.execute(sql).fetchall()


# agreeing


async def test_nothing_is_linked_before_both_have_agreed(store: Store) -> None:
    found = await proposed(store, ANA, BO)
    assert found.other(BO) == (ANA, ANA.upper())
    assert found.other(ANA) == (BO, BO.upper())
    assert await store.answer_proposal(found.id, BO, agrees=True) is False
    assert await store.answer_proposal(found.id, BO, agrees=True) is False, "the same side twice is one side"
    assert (await store.wallet(ANA), await store.wallet(BO)) == ([], [])
    [waiting] = await store.proposals(ANA)
    assert waiting.agreed == (BO,)
    assert await store.answer_proposal(found.id, ANA, agrees=True) is True
    assert await names(store, ANA) == await names(store, BO) == [ANA.upper(), BO.upper()]
    assert await store.proposals(ANA) == await store.proposals(BO) == []


async def test_either_side_may_decline_and_nobody_else_may_answer(store: Store) -> None:
    found = await proposed(store, ANA, BO)
    with pytest.raises(NotFound):
        await store.answer_proposal(found.id, CY, agrees=True)
    await store.answer_proposal(found.id, ANA, agrees=True)
    assert await store.answer_proposal(found.id, BO, agrees=False) is False
    with pytest.raises(NotFound):
        await store.answer_proposal(found.id, BO, agrees=True)
    assert await store.wallet(ANA) == []


async def test_a_question_is_open_for_ten_minutes(world: World) -> None:
    store = await world.open()
    found = await proposed(store, ANA, BO)
    await store.answer_proposal(found.id, BO, agrees=True)
    world.clock.moment += CODE_US
    assert await store.proposals(ANA) == []
    with pytest.raises(NotFound):
        await store.answer_proposal(found.id, ANA, agrees=True)
    assert await store.wallet(ANA) == []


async def test_two_who_agree_at_the_same_moment_are_linked_once(store: Store) -> None:
    found = await proposed(store, ANA, BO)
    answers = await asyncio.gather(
        *(store.answer_proposal(found.id, one, agrees=True) for one in (ANA, BO) * 3), return_exceptions=True
    )
    assert [one for one in answers if one is True] == [True]
    assert all(one is False or isinstance(one, NotFound) for one in answers if one is not True)
    assert len(await store.wallet(ANA)) == 2


# codes


async def refused(work: Any) -> BotError:
    with pytest.raises(BotError) as caught:
        await work
    return caught.value


async def test_a_code_that_is_not_valid_says_nothing_about_why(world: World) -> None:
    store, code = await world.open(), new_code()
    wrong = await refused(store.enter_code("test:1", "", new_code()))
    await store.open_code(ANA, "Ana", code)
    own = await refused(store.enter_code(ANA, "Ana", code))
    assert (await store.enter_code(BO, "Bo", f" {code.upper().replace('-', ' ')} ")).proposer == ANA
    used = await refused(store.enter_code(CY, "Cy", code))
    await store.open_code(ANA, "Ana", code)
    world.clock.moment += CODE_US
    old = await refused(store.enter_code(CY, "Cy", code))
    found = [wrong, own, used, old]
    assert {type(one) for one in found} == {NotFound}
    assert len({one.message for one in found}) == 1


async def test_a_new_code_takes_the_place_of_the_one_before(store: Store) -> None:
    first, second = new_code(), new_code()
    await store.open_code(ANA, "Ana", first)
    await store.open_code(ANA, "Ana", second)
    with pytest.raises(NotFound):
        await store.enter_code(BO, "Bo", first)
    assert (await store.enter_code(BO, "Bo", second)).proposer == ANA


async def test_codes_are_stored_as_a_keyed_hash(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model stores nothing")
    store, code = await world.open(), new_code()
    await store.open_code(ANA, "Ana", code)
    [(digest,)] = await rows_of(world, "SELECT digest FROM link_codes")
    assert len(digest) == 64
    assert code.replace("-", "") not in digest


async def test_five_tries_an_hour_of_a_person_right_or_wrong(world: World) -> None:
    store, code = await world.open(), new_code()
    await store.open_code(ANA, "Ana", code)
    for _ in range(TRIES_PER_PERSON):
        with pytest.raises(NotFound):
            await store.enter_code(BO, "Bo", new_code())
    with pytest.raises(NotAllowed):
        await store.enter_code(BO, "Bo", code)
    assert (await store.enter_code(CY, "Cy", code)).proposer == ANA
    world.clock.moment += TRIES_US + 1
    await store.open_code(ANA, "Ana", code)
    assert (await store.enter_code(BO, "Bo", code)).proposer == ANA


async def test_tries_of_everybody_together_are_bounded(store: Store) -> None:
    for number in range(TRIES_TOGETHER):
        with pytest.raises(NotFound):
            await store.enter_code(f"test:{number // TRIES_PER_PERSON}", "", new_code())
    with pytest.raises(NotAllowed):
        await store.enter_code("test:fresh", "", new_code())


# who may be linked with whom


async def test_five_accounts_at_most(store: Store) -> None:
    for number in range(1, MOST_ACCOUNTS):
        assert await link(store, f"test:{number - 1}", f"test:{number}")
    assert len(await store.wallet("test:0")) == MOST_ACCOUNTS
    with pytest.raises(NotAllowed):
        await link(store, "test:1", "test:more")
    assert await store.wallet("test:more") == []


async def test_wallets_do_not_merge_and_nobody_is_linked_twice(store: Store) -> None:
    await link(store, ANA, BO)
    await link(store, CY, "test:dee")
    with pytest.raises(NotAllowed):
        await link(store, ANA, BO)
    with pytest.raises(NotAllowed):
        await link(store, ANA, CY)
    assert [len(members) for members in await store.wallets()] == [2, 2]


async def test_whoever_leaves_may_come_back_but_not_join_others(world: World) -> None:
    store = await world.open()
    await link(store, ANA, BO)
    assert await store.leave_wallet(ANA, by=at(ANA)) == await store.leave_wallet(ANA, by=at(ANA)) == MONTH_END
    assert await store.leave_wallet(CY, by=at(CY)) is None
    with pytest.raises(TooLate):
        await link(store, ANA, CY)
    assert await link(store, BO, ANA)
    assert [one.ended_at for one in await store.wallet(ANA)] == [None, None]
    await store.leave_wallet(ANA, by=at(ANA))
    world.clock.moment = MONTH_END
    assert await store.wallet(ANA) == await store.wallet(BO) == []
    assert await link(store, ANA, CY)
    assert await link(store, ANA, BO), "the one who was left alone may join again"
    assert await names(store, BO) == sorted([ANA.upper(), BO.upper(), CY.upper()])


async def test_an_end_by_the_operator_leaves_a_line_and_ones_own_does_not(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model keeps no log of links")
    store = await world.open()
    await link(store, ANA, BO)
    await store.leave_wallet(ANA, by=at(ANA))
    assert await store.audit(OPERATOR.tenant, AuditFilter(), limit=5) == []
    await store.leave_wallet(BO, by=OPERATOR)
    [line] = await store.audit(OPERATOR.tenant, AuditFilter(), limit=5)
    assert (line.by, line.subject, line.old, line.new) == (OPERATOR.person, BO, "linked", "leaves")


# what is shared


async def test_a_limit_everywhere_looks_at_all_places_of_a_person(store: Store) -> None:
    await store.set_budget(everywhere(10), by=OPERATOR)
    here, there = (Actor(tenant=f"test:{number}", person=ANA) for number in (1, 2))
    await settle(store, await reserve(store, await accepted(store, a_request(actor=here)), 60_000), 60_000)
    with pytest.raises(BudgetExceeded) as full:
        await reserve(store, await accepted(store, a_request(actor=there)), 50_000)
    assert (full.value.scope, full.value.fixed, full.value.left) == (Scope.EVERYWHERE, True, 40_000)
    assert full.value.message.startswith("Your budget everywhere for this month has $0.04 left")
    assert await left(store, BO) == [10]
    assert await store.verify() == []


async def test_linked_accounts_share_one_limit_and_nothing_moves(store: Store) -> None:
    await store.set_budget(everywhere(10), by=OPERATOR)
    await spend(store, ANA, 4)
    await spend(store, BO, 3)
    assert (await left(store, ANA), await left(store, BO)) == ([6], [7])
    before = [entry async for entry in store.entries()]
    await link(store, ANA, BO)
    assert (await left(store, ANA), await left(store, BO)) == ([3], [3])
    assert [entry async for entry in store.entries()] == before
    with pytest.raises(BudgetExceeded):
        await spend(store, BO, 4)
    await spend(store, BO, 3)
    assert (await left(store, ANA), await left(store, CY)) == ([0], [10])
    assert await store.verify() == []


async def test_the_limits_of_each_account_bind_all_of_them(store: Store) -> None:
    await store.set_budget(everywhere(100), by=OPERATOR)
    await store.set_budget(everywhere(5, ANA), by=OPERATOR)
    await store.set_budget(everywhere(20, BO, Window.DAY), by=OPERATOR)
    assert await left(store, BO) == [20]
    await link(store, ANA, BO)
    assert sorted(await left(store, BO)) == sorted(await left(store, ANA)) == [5, 20]
    with pytest.raises(BudgetExceeded):
        await spend(store, BO, 6)


async def test_an_approval_of_a_place_needs_room_everywhere_too(store: Store) -> None:
    await store.set_budget(everywhere(5, BO), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, BO, 3)
    row = await accepted(store, a_request(actor=at(ANA)))
    with pytest.raises(BudgetExceeded):
        await go(store, row, State.RESERVED, posting=Reserve(hold=Micros(3 * CENT), approved=True))
    await go(store, row, State.RESERVED, posting=Reserve(hold=Micros(2 * CENT), approved=True))
    assert await left(store, BO) == [0]
    assert await store.verify() == []


async def test_only_the_operator_sees_the_limit_of_one_person_in_a_list(store: Store) -> None:
    await store.set_budget(everywhere(10), by=OPERATOR)
    mine = await store.set_budget(everywhere(5, ANA), by=OPERATOR)
    await store.set_budget(a_budget(7), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, BO, 2)
    scopes = [(one.budget.scope, one.budget.subject) for one in await store.budgets("test:1")]
    assert (Scope.EVERYWHERE, EVERYONE) in scopes
    assert (Scope.EVERYWHERE, ANA) not in scopes
    [line] = [one for one in await store.budgets(INSTALLATION) if one.budget.id == mine.id]
    assert (line.spent, line.left) == (2 * CENT, 3 * CENT)
    found = {one.budget.id: one.reason for one in await store.explained(at(BO))}
    assert found[mine.id] == "linked"


async def test_forty_at_once_from_two_accounts_spend_a_dollar_and_not_a_cent_more(store: Store) -> None:
    await store.set_budget(everywhere(100), by=OPERATOR)
    await link(store, ANA, BO)
    rows = [await accepted(store, a_request(actor=at(one))) for one in (ANA, BO) * 20]
    found = await asyncio.gather(*(reserve(store, row, 5 * CENT) for row in rows), return_exceptions=True)
    assert sum(isinstance(one, BudgetExceeded) for one in found) == 20
    assert (await left(store, ANA), await left(store, BO)) == ([0], [0])
    assert await store.verify() == []


# nothing gives a limit back


async def test_leaving_and_linking_again_do_not_refill_a_limit(world: World) -> None:
    store = await world.open()
    await store.set_budget(everywhere(10), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, ANA, 10)
    await store.leave_wallet(BO, by=at(BO))
    assert (await left(store, ANA), await left(store, BO)) == ([0], [0])
    with pytest.raises(BudgetExceeded):
        await spend(store, BO, 1)
    await link(store, ANA, BO)
    assert (await left(store, ANA), await left(store, BO)) == ([0], [0])
    await store.leave_wallet(ANA, by=at(ANA))
    await store.leave_wallet(BO, by=at(BO))
    world.clock.moment = MONTH_END - 1
    assert await left(store, BO) == [0]
    world.clock.moment = MONTH_END
    assert (await left(store, ANA), await left(store, BO)) == ([10], [10])
    await spend(store, ANA, 10)
    assert (await left(store, ANA), await left(store, BO)) == ([0], [10])


async def test_a_week_that_goes_on_after_the_month_is_not_refilled_by_leaving(world: World) -> None:
    store = await world.open()
    await store.set_budget(everywhere(10, window=Window.WEEK), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, ANA, 10)
    await store.leave_wallet(BO, by=at(BO))
    world.clock.moment = MONTH_END
    assert await store.wallet(BO) == []
    assert await left(store, BO) == [0]
    await store.purge(before=0)
    assert await left(store, BO) == [0]
    world.clock.moment = WEEK_END
    assert await left(store, BO) == [10]


async def test_erasing_and_linking_again_do_not_refill_a_limit(world: World) -> None:
    store = await world.open()
    await store.set_budget(everywhere(10), by=OPERATOR)
    await store.set_budget(everywhere(8, ANA), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, ANA, 5)
    await spend(store, BO, 2)
    await store.erase(ANA)
    assert (await left(store, ANA), await left(store, BO)) == ([1], [1])
    [erased] = [one for one in await store.wallet(BO) if one.person != BO]
    assert (erased.erased, erased.name, erased.ended_at) == (True, "", MONTH_END)
    with pytest.raises(BudgetExceeded):
        await spend(store, ANA, 2)
    await spend(store, ANA, 1)
    assert (await left(store, ANA), await left(store, BO)) == ([0], [0])
    with pytest.raises(TooLate):
        await link(store, ANA, CY)
    await link(store, BO, ANA)
    assert (await left(store, ANA), await left(store, BO)) == ([0], [0])
    assert await names(store, ANA) == [ANA.upper(), BO.upper()]


async def test_of_an_erased_account_only_a_keyed_hash_stays_and_it_goes_too(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model hashes nothing")
    store = await world.open()
    await link(store, ANA, BO)
    await proposed(store, ANA, CY)
    await store.open_code(ANA, "Ana", new_code())
    await store.erase(ANA)
    kept = {
        table: await rows_of(world, f"SELECT * FROM {table}")
        for table in ("wallet_members", "link_codes", "link_tries", "link_proposals")
    }
    assert ANA not in str(kept)
    assert ANA.upper() not in str(kept)
    assert len(kept["wallet_members"]) == 2
    world.clock.moment = MONTH_END + 8 * 24 * HOUR
    await store.purge(before=0)
    assert await rows_of(world, "SELECT * FROM wallet_members") == []


async def test_everybody_erased_is_found_by_the_account_that_is_left(store: Store) -> None:
    await store.set_budget(everywhere(10), by=OPERATOR)
    await link(store, ANA, BO)
    await spend(store, ANA, 4)
    await spend(store, CY, 9)
    await store.erase(BO)
    await store.erase(ANA)
    assert (await left(store, ANA), await left(store, BO), await left(store, CY)) == ([6], [6], [1])


async def test_holds_of_both_sides_are_counted_and_given_back(store: Store) -> None:
    await store.set_budget(everywhere(10), by=OPERATOR)
    await link(store, ANA, BO)
    row = await reserve(store, await accepted(store, a_request(actor=at(ANA))), 9 * CENT)
    assert await left(store, BO) == [1]
    await settle(store, row, 3 * CENT)
    assert await left(store, BO) == [7]


# killed


async def test_killed_between_any_two_steps_of_agreeing_nobody_is_half_linked(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model has no disk")
    await world.open()
    child = str(Path(__file__).parent / "link_child.py")
    run = [sys.executable, child, world.url or "", str(world.file)]
    process = await asyncio.create_subprocess_exec(*run, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    lives = int(out.decode().split()[-1])
    assert lives > 8, "hardly any step was killed"
    store = await world.open()
    linked = [len(await store.wallet(f"test:{life}:one")) for life in range(1, lives + 1)]
    assert linked[-1] == 2
    assert set(linked[:-1]) <= {0, 2}
    for life in range(1, lives):
        one, other = f"test:{life}:one", f"test:{life}:other"
        assert len(await store.wallet(other)) == linked[life - 1]
        if not linked[life - 1]:
            [open_still] = await store.proposals(other)
            assert open_still.agreed == (one,)
            assert await store.answer_proposal(open_still.id, other, agrees=True)
            assert len(await store.wallet(one)) == 2
