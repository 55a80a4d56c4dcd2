"""A press twice within a moment is one request: over several stores on one database, and over a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.core.ports.store import Store
from bot.core.presses import WINDOW_US, press_of
from bot.core.request import Actor
from tests.contract.store_world import (
    NOON,
    World,
    a_request,
    place,
    postgres_server,
    postgres_url,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

MIA = Actor(tenant="test:1", person="test:mia")
AGAIN = press_of(MIA, "req_1", "again")


async def test_the_second_press_of_a_moment_gives_the_first_request(store: Store) -> None:
    first, new = await store.accept(a_request(created_at=NOON), {}, press=AGAIN)
    assert new
    second, new = await store.accept(a_request(created_at=NOON + WINDOW_US - 1), {}, press=AGAIN)
    assert (second, new) == (first, False)
    assert len(await store.history("test:1")) == 1


async def test_a_later_press_is_meant_and_so_is_another_button_or_person(store: Store) -> None:
    await store.accept(a_request(created_at=NOON), {}, press=AGAIN)
    others = [
        press_of(MIA, "req_1", "vary"),
        press_of(MIA, "req_2", "again"),
        press_of(MIA, "req_1", "again", {"n": 2}),
        press_of(replace(MIA, person="test:ada"), "req_1", "again"),
    ]
    for press in others:
        assert (await store.accept(a_request(created_at=NOON), {}, press=press))[1]
    later, new = await store.accept(a_request(created_at=NOON + WINDOW_US), {}, press=AGAIN)
    assert new
    assert await store.accept(a_request(created_at=NOON + WINDOW_US + 1), {}, press=AGAIN) == (later, False)


async def test_a_second_press_that_a_platform_repeats_later_is_still_the_second(store: Store) -> None:
    first, _ = await store.accept(a_request(created_at=NOON), {}, press=AGAIN)
    await store.accept(a_request(key="twice", created_at=NOON + 1), {}, press=AGAIN)
    repeated = a_request(key="twice", created_at=NOON + 12 * WINDOW_US)
    assert await store.accept(repeated, {}, press=AGAIN) == (first, False)


async def test_presses_at_once_to_several_processes_make_one_request(world: World) -> None:
    stores = [await world.open() for _ in range(3)]
    for number in range(8):
        press = press_of(MIA, f"req_{number}", "again")
        asked = [a_request(created_at=NOON + index * WINDOW_US // 4) for index in range(3)]
        answers = await asyncio.gather(
            *(one.accept(row, {}, press=press) for one, row in zip(stores, asked, strict=True))
        )
        assert len({row.id for row, _ in answers}) == 1
        assert [new for _, new in answers].count(True) == 1


async def test_it_is_known_after_a_restart_and_is_no_event_to_deal_with(world: World) -> None:
    first, _ = await (await world.open()).accept(a_request(created_at=NOON), {}, press=AGAIN)
    await world.close()
    again = await world.open()
    second, new = await again.accept(a_request(created_at=NOON + 1), {}, press=AGAIN)
    assert (second.id, new) == (first.id, False)
    assert await again.inbox_pending("press", older_than=NOON * 2) == []
    await again.purge(before=NOON * 2)
    assert (await again.accept(a_request(created_at=NOON + 2), {}, press=AGAIN))[1]
