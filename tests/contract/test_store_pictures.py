"""Pictures that people send in: whose bytes they are, and until when they are kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.money import Micros
from bot.core.order_rules import OFFER_US
from bot.core.ports.load import Load
from bot.core.ports.store import Release, Store
from bot.core.prices.pricing import APPROVAL_US, Alternative
from bot.core.request import Actor, EditOrder, Failure, Request, State, Upload
from tests.contract.store_world import (
    NOON,
    World,
    a_request,
    accepted,
    go,
    place,
    postgres_server,
    postgres_url,
    replica,
    reserve,
    settle,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "world"]

MIA, BO = Actor(tenant="test:1", person="test:mia"), Actor(tenant="test:2", person="test:bo")
PLAIN = Failure(code="not_allowed", message="no")
OFFERS = Failure(code="price_too_high", message="no", alternatives=(Alternative(changes={"n": 1}),))
GRANTABLE = Failure(code="budget_exceeded", message="no", scope="person")


def digest(letter: str) -> str:
    return letter * 64


def edit(*letters: str, actor: Actor = MIA) -> Request:
    images = tuple(
        Upload(digest=digest(one), content_type="image/png", width=1, height=1, size=3) for one in letters
    )
    return a_request(actor=actor, order=EditOrder(model="m", prompt="p", images=images))


async def asked(store: Store, *letters: str, actor: Actor = MIA) -> Request:
    row, _ = await store.accept(
        edit(*letters, actor=actor), {digest(one): one.encode() * 3 for one in letters}
    )
    return row


async def test_bytes_count_once_for_who_brought_them(world: World) -> None:
    store = await world.open()
    assert await store.stored(MIA) == Load(everyone=0, tenant=0, person=0)
    await asked(store, "a", "b")
    await asked(store, "a")
    await asked(store, "a", "c", actor=BO)
    assert await store.stored(MIA) == Load(everyone=0, tenant=6, person=6)
    assert await store.stored(BO) == Load(everyone=0, tenant=3, person=3)
    assert await store.stored(Actor(tenant="test:1", person="test:bo")) == Load(
        everyone=0, tenant=6, person=3
    )


@pytest.mark.parametrize(
    ("state", "facts", "kept_us"),
    [
        (State.REFUSED, {"failure": PLAIN}, 0),
        (State.REFUSED, {"failure": OFFERS}, OFFER_US),
        (State.REFUSED, {"failure": GRANTABLE}, APPROVAL_US),
        (State.CANCELLED, {}, OFFER_US),
        (State.FAILED, {"failure": PLAIN}, OFFER_US),
    ],
)
async def test_pictures_of_what_never_ran_are_kept_as_long_as_something_offers_to_run_it(
    world: World, state: State, facts: dict[str, Any], kept_us: int
) -> None:
    store = await world.open()
    row = await asked(store, "a")
    await go(store, row, state, **facts)
    if kept_us:
        world.clock.moment = NOON + kept_us - 1
        await asked(store, "b")
        assert await store.upload(digest("a")) == b"aaa"
        world.clock.moment = NOON + kept_us
        await asked(store, "b")
    assert await store.upload(digest("a")) is None
    assert await store.stored(MIA) == Load(everyone=0, tenant=3 if kept_us else 0, person=3 if kept_us else 0)


async def test_a_picture_that_another_request_needs_stays(world: World) -> None:
    store = await world.open()
    refused, other = await asked(store, "a", "b"), await asked(store, "a")
    await go(store, refused, State.REFUSED, failure=PLAIN)
    assert await store.upload(digest("a")) == b"aaa"
    assert await store.upload(digest("b")) is None
    await go(store, other, State.REFUSED, failure=PLAIN)
    assert await store.upload(digest("a")) is None
    again = await asked(store, "a")
    assert await store.upload(digest("a")) == b"aaa"
    assert again.state is State.RECEIVED


async def test_pictures_of_what_ran_or_was_approved_stay_with_the_words(world: World) -> None:
    store = await world.open()
    ran = await asked(store, "a")
    await go(store, ran, State.PRICED)
    await settle(store, await reserve(store, ran, 1), 1, submitted_at=NOON)
    approved = await go(store, await asked(store, "b"), State.PRICED, State.REFUSED, failure=GRANTABLE)
    await go(store, approved, State.PRICED, failure=None)
    world.clock.moment = NOON + 2 * APPROVAL_US
    assert await store.purge(before=NOON - 1) == 0
    assert await store.upload(digest("a")) == b"aaa"
    assert await store.upload(digest("b")) == b"bbb"


async def test_a_held_request_that_was_cancelled_before_its_call_lets_go_too(world: World) -> None:
    store = await world.open()
    row = await asked(store, "a")
    await go(store, row, State.PRICED)
    await reserve(store, row, 5)
    await go(store, row, State.CANCELLED, posting=Release())
    world.clock.moment = NOON + OFFER_US
    await store.purge(before=NOON - 1)
    assert await store.upload(digest("a")) is None
    assert await store.verify() == []


async def test_an_erased_person_is_no_longer_named_by_a_picture_that_others_use(world: World) -> None:
    store = await world.open()
    mine = await asked(store, "a")
    await asked(store, "b")
    await asked(store, "a", actor=BO)
    ran = await reserve(store, await go(store, mine, State.PRICED), 1)
    await settle(store, ran, 1, submitted_at=NOON)
    await go(store, mine, State.DELIVERED, due_at=None)
    await store.erase(MIA.person)
    assert await store.upload(digest("a")) == b"aaa"
    assert await store.stored(MIA) == Load(everyone=0, tenant=3, person=3)
    assert await store.upload(digest("b")) == b"bbb"


@pytest.mark.postgres
async def test_a_picture_that_is_sent_in_while_it_is_dropped_is_there_afterwards(postgres_url: str) -> None:
    async with replica(postgres_url) as one, replica(postgres_url) as two:
        for _ in range(15):
            row = await asked(one, "a")
            ended = go(one, row, State.REFUSED, failure=PLAIN)
            _, again = await asyncio.gather(ended, asked(two, "a"))
            assert await one.upload(digest("a")) == b"aaa"
            await go(one, again, State.REFUSED, failure=PLAIN)


async def test_open_prices_are_listed_newest_first(world: World) -> None:
    store = await world.open()
    rows = [await accepted(store, a_request("test:mia", tenant=f"test:{i}")) for i in range(3)]
    for row in rows:
        await go(store, row, State.AWAITING_CONFIRMATION, estimate=Micros(5))
    other = await accepted(store, a_request("test:bo"))
    await go(store, other, State.AWAITING_CONFIRMATION)
    assert await store.offers("test:mia") == [row.id for row in reversed(rows)]
    await go(store, rows[1], State.CANCELLED)
    assert await store.offers("test:mia") == [rows[2].id, rows[0].id]
