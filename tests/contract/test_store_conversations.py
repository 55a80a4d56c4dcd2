"""Conversations in every database: numbers of pictures, what a message became, what is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.errors import LeaseLost, TooLate
from bot.core.money import ZERO, Micros
from bot.core.ports.store import Fence, Reserve, Settle, Store
from bot.core.request import ChatOrder, EditOrder, Request, State, Upload
from bot.core.said import ToolCall
from bot.core.spoken import ConversationPart, Reading, ResultOf, Turn
from tests.contract.store_world import (
    ALL,
    CENT,
    NOON,
    World,
    a_request,
    go,
    place,
    postgres_server,
    postgres_url,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

THREAD = "test:1/thread"
PICTURE = Upload(digest="ab" * 32, content_type="image/png", width=8, height=8, size=4)
FENCE = Fence(owner="w", epoch=1)


def a_message(words: str = "make it night", *, pictures: tuple[Upload, ...] = (), **facts: object) -> Request:
    order = ChatOrder(model="m", prompt=words, images=pictures)
    return a_request(order=order, conversation=THREAD, reading=facts.pop("reading", Reading()), **facts)


def an_order(message: Request, place: int = 0, of: int = 1, **facts: object) -> Request:
    return a_request(
        key=f"{message.id}:{place}",
        parent_id=message.id,
        conversation=THREAD,
        part=ConversationPart(place=place, of=of, **facts),
        created_at=message.created_at + 1 + place,
    )


async def claimed(store: Store) -> None:
    await store.claim("w", now=NOON + 10**9, until=NOON + 2 * 10**9, limits=ALL)


async def handles(store: Store, **limits: int) -> list[tuple[str, bool, str, int]]:
    found = await store.conversation(THREAD, **limits)
    return [(one.handle, one.sent, one.words, one.source) for one in found.pictures]


async def test_pictures_get_numbers_in_the_order_in_which_they_appear(store: Store) -> None:
    await store.accept(a_message(pictures=(PICTURE,)), {PICTURE.digest: b"png"})
    drawn, _ = await store.accept(replace(a_request(), conversation=THREAD), {})
    assert drawn.part == ConversationPart(made=2)
    assert (await store.get(drawn.id) or drawn).part == drawn.part
    assert await handles(store) == [("p1", True, "", 0), ("p2", False, "a capybara", 0)]
    assert (await store.conversation(THREAD)).newest == 2


async def test_the_same_message_twice_gives_no_second_number(store: Store) -> None:
    message = a_message(pictures=(PICTURE,))
    await store.accept(message, {PICTURE.digest: b"png"})
    again, new = await store.accept(replace(message, id="req_other"), {PICTURE.digest: b"png"})
    assert (again.id, new) == (message.id, False)
    assert await handles(store) == [("p1", True, "", 0)]


async def test_a_reading_comes_back_as_it_was_written(store: Store) -> None:
    reading = Reading(
        tools=("generate",),
        foreign=True,
        replied_to=ResultOf(request_id="req_1", index=1),
        beside={"channel": "c"},
        history=(Turn(role="user", content="hi", author="test:ann", name="Ann"),),
        calls=(ToolCall(id="c1", name="edit", arguments="{bro\ud800ken"),),
    )
    message, _ = await store.accept(a_message(reading=reading), {})
    found = await store.get(message.id)
    assert found is not None
    assert found.reading is not None
    assert found.reading.calls[0].arguments.startswith("{bro")
    assert replace(found.reading, calls=()) == replace(reading, calls=())


async def test_a_message_and_its_orders_are_written_together_and_once(store: Store) -> None:
    message, _ = await store.accept(a_message(pictures=(PICTURE,)), {PICTURE.digest: b"png"})
    await claimed(store)
    edit = replace(
        an_order(message, uses=(1,)), order=EditOrder(model="e", prompt="night", images=(PICTURE,))
    )
    said = Turn(role="user", content="make it night", author="test:mia", name="Mia")
    for turns in ([said], []):
        row = await store.become(
            message.id,
            lambda row: replace(row, reading=replace(row.reading or Reading(), decided=True, orders=1)),
            fence=FENCE,
            orders=[edit],
            turns=turns,
        )
        assert row.reading is not None
        assert row.reading.decided
    (order,) = await store.orders_of(row)
    assert order.part == ConversationPart(uses=(1,), made=2)
    assert await handles(store) == [("p1", True, "", 0), ("p2", False, "night", 1)]
    assert await store.turns(THREAD, limit=9, since=0) == [said]


async def test_a_stalled_worker_makes_no_orders(store: Store) -> None:
    message, _ = await store.accept(a_message(), {})
    await claimed(store)
    with pytest.raises(LeaseLost):
        await store.become(
            message.id, lambda row: row, fence=Fence(owner="other", epoch=1), orders=[an_order(message)]
        )
    assert await store.orders_of(message) == []


async def test_what_came_later_is_not_seen_by_an_earlier_message(store: Store) -> None:
    first, _ = await store.accept(replace(a_request(), conversation=THREAD), {})
    message, _ = await store.accept(a_message(), {})
    await store.accept(a_message(pictures=(PICTURE,)), {PICTURE.digest: b"png"})
    await claimed(store)
    assert (await store.conversation(THREAD)).newest == 2
    assert (await store.conversation(THREAD, before=message.created_at)).newest == 1
    await store.become(message.id, lambda row: row, fence=FENCE, orders=[an_order(message)])
    seen = await store.conversation(THREAD, before=message.created_at)
    assert [one.number for one in seen.pictures] == [1, 3]
    assert (await store.conversation(THREAD)).newest == 2, "the later message's picture stays the newest"
    assert first.part is not None


async def test_a_picture_says_whether_it_is_there(store: Store) -> None:
    rows = [(await store.accept(replace(a_request(), conversation=THREAD), {}))[0] for _ in range(4)]
    expires = NOON + 10**12
    await go(store, rows[0], State.PRICED)
    await go(store, rows[0], State.RESERVED, posting=Reserve(hold=CENT))
    await go(store, rows[0], State.SUBMITTED, State.SETTLED, posting=Settle(cost=CENT))
    await go(store, rows[1], State.PRICED, State.AWAITING_CONFIRMATION, expires_at=expires)
    await go(store, rows[2], State.CANCELLED)
    seen = await store.pictures_numbered(THREAD, [4, 1, 2, 3, 9])
    facts = {one.number: (one.awaited, one.asked, one.lost, one.real) for one in seen}
    assert facts == {
        1: (False, False, True, False),  # made, and no picture came
        2: (True, True, False, False),
        3: (False, False, True, False),
        4: (True, False, False, True),
    }
    assert {one.number: one for one in (await store.conversation(THREAD)).pictures} == {
        one.number: one for one in seen
    }


async def test_the_last_that_was_ordered_is_one_that_was_wanted(store: Store) -> None:
    message, _ = await store.accept(a_message(), {})
    await claimed(store)
    wanted, dropped = an_order(message), replace(an_order(message, 1), created_at=message.created_at + 50)
    await store.become(message.id, lambda row: row, fence=FENCE, orders=[wanted, dropped])
    await go(store, dropped, State.CANCELLED)
    assert (await store.last_order_in(THREAD) or dropped).id == wanted.id
    await go(store, wanted, State.CANCELLED)
    assert (await store.last_order_in(THREAD) or wanted).id == dropped.id
    other, _ = await store.accept(a_message(person="test:bob", created_at=message.created_at + 60), {})
    assert (await store.last_of_person_in(THREAD, "test:mia") or other).id == dropped.id
    assert (await store.last_of_person_in(THREAD, "test:bob") or dropped).id == other.id
    assert await store.last_of_person_in(THREAD, "test:eve") is None


async def test_the_newest_can_be_an_earlier_one_again(store: Store) -> None:
    for at in (10, 20):
        await store.accept(replace(a_request(created_at=NOON + at), conversation=THREAD), {})
    message, _ = await store.accept(a_message(created_at=NOON + 50), {})
    await claimed(store)
    await store.become(message.id, lambda row: row, fence=FENCE, newest=1)
    assert (await store.conversation(THREAD)).newest == 1
    await store.accept(replace(a_request(created_at=NOON + 60), conversation=THREAD), {})
    assert (await store.conversation(THREAD)).newest == 3


async def test_rows_move_together_or_not_at_all(store: Store) -> None:
    message, _ = await store.accept(a_message(), {})
    await claimed(store)
    orders = [an_order(message, place, 2) for place in (0, 1)]
    await store.become(message.id, lambda row: row, fence=FENCE, orders=orders)
    await go(store, orders[0], State.PRICED)

    def agreed(row: Request) -> Request:
        if row.state is not State.PRICED:
            raise TooLate("not yet")
        return replace(row, confirmed=True)

    with pytest.raises(TooLate):
        await store.move_together([one.id for one in orders], agreed)
    assert not any(row.confirmed for row in await store.orders_of(message))
    await go(store, orders[1], State.PRICED)
    moved = await store.move_together([one.id for one in orders], agreed)
    assert [row.confirmed for row in moved] == [True, True]


async def test_the_total_is_what_the_ledger_says(store: Store) -> None:
    paid, _ = await store.accept(replace(a_request(), conversation=THREAD), {})
    held, _ = await store.accept(replace(a_request(), conversation=THREAD), {})
    await store.accept(a_request(), {})
    await go(store, paid, State.PRICED)
    await go(store, paid, State.RESERVED, posting=Reserve(hold=Micros(2 * CENT)))
    await go(store, paid, State.SUBMITTED, State.SETTLED, posting=Settle(cost=CENT))
    await go(store, held, State.PRICED)
    await go(store, held, State.RESERVED, posting=Reserve(hold=Micros(3 * CENT)))
    total = await store.conversation_total(THREAD)
    assert (total.charged, total.held, total.requests) == (CENT, 3 * CENT, 2)
    assert await store.conversation_charged(THREAD) == CENT
    assert [row.id for row in await store.unfinished_in(THREAD)] == [paid.id, held.id]


async def test_a_correction_and_each_booking_of_a_group_are_in_the_running_total(store: Store) -> None:
    rows = [(await store.accept(replace(a_request(), conversation=THREAD), {}))[0] for _ in range(6)]
    alone, _ = await store.accept(a_request(), {})
    for row in (*rows, alone):
        await go(store, row, State.PRICED)
        await go(store, row, State.RESERVED, posting=Reserve(hold=Micros(3 * CENT)))
        await go(store, row, State.SUBMITTED)
    settled = (go(store, row, State.SETTLED, posting=Settle(cost=CENT)) for row in (*rows, alone))
    await asyncio.gather(*settled)
    assert await store.conversation_charged(THREAD) == 6 * CENT
    await store.adjust(rows[0].id, Micros(3 * CENT), by="log")
    await store.adjust(rows[1].id, ZERO, by="log")
    assert await store.conversation_charged(THREAD) == 7 * CENT
    await store.forget(THREAD)
    assert await store.conversation_charged(THREAD) == 7 * CENT, "what was paid is not forgotten"
    assert await store.conversation_charged("test:1/another") == 0
    assert await store.verify() == []


async def test_forgetting_a_conversation_leaves_no_words_and_no_handles(store: Store) -> None:
    message, _ = await store.accept(
        a_message(pictures=(PICTURE,), reading=Reading(system="p1: a secret")), {PICTURE.digest: b"png"}
    )
    await store.move(
        message.id,
        lambda row: replace(row, state=State.REFUSED, due_at=None),
        turns=(THREAD, [Turn(role="user", content="a secret", author="test:mia")]),
    )
    assert await store.forget(THREAD) == 1
    assert await handles(store) == []
    assert (await store.conversation(THREAD)).newest == 0
    assert (await store.get(message.id) or message).reading is None
    again, _ = await store.accept(replace(a_request(), conversation=THREAD), {})
    assert again.part == ConversationPart(made=2), "a number never means another picture later"


async def test_erasing_a_person_takes_their_turns_and_pictures(world: World, store: Store) -> None:
    mine, _ = await store.accept(a_message(pictures=(PICTURE,)), {PICTURE.digest: b"png"})
    other, _ = await store.accept(a_message(person="test:bob"), {})
    said = [
        Turn(role="user", content="mine", author="test:mia"),
        Turn(role="user", content="theirs", author="test:bob"),
    ]
    await go(store, mine, State.REFUSED, due_at=None)
    await store.move(
        other.id,
        lambda row: replace(row, state=State.REFUSED, due_at=None, reading=Reading(system="Mia: mine")),
        turns=(THREAD, said),
    )
    erased = await store.erase("test:mia")
    assert erased.turns == 1
    assert [turn.content for turn in await store.turns(THREAD, limit=9, since=0)] == ["theirs"]
    assert await handles(store) == []
    for request in (mine, other):
        assert (await store.get(request.id) or request).reading is None


async def test_old_pictures_lose_their_numbers_with_their_texts(store: Store) -> None:
    message, _ = await store.accept(a_message(pictures=(PICTURE,)), {PICTURE.digest: b"png"})
    await go(store, message, State.REFUSED, due_at=None)
    await store.purge(before=NOON + 10**9)
    assert await handles(store) == []
    assert (await store.get(message.id) or message).reading is None


async def test_requests_of_a_conversation_and_the_first_of_each(store: Store) -> None:
    async def ask(key: str, conversation: str, at: int, words: str = "") -> Request:
        order = ChatOrder(model="m", prompt=words or key)
        row = a_request(key=key, order=order, conversation=conversation, created_at=NOON + at)
        assert await store.accept(row, {}) is not None
        return row

    a, b = "test:1/test:ann/01b", "test:1/test:ann/01c"
    rows = [await ask(f"a{number}", a, number) for number in range(4)]
    await ask("b0", b, 1)
    await ask("lobby", "test:1/test:ann", 2)
    await ask("other", "test:1/test:anna/01d", 3)
    await ask("twin", "test:1/test:ann2/01a", 4)
    await ask("alone", "", 5)
    newest = await store.requests_of(a, limit=3)
    assert [row.id for row in newest] == [row.id for row in reversed(rows[1:])]
    assert [row.id for row in await store.requests_of(a, limit=3, before=newest[-1].id)] == [rows[0].id]
    assert await store.requests_of("test:1/nothing", limit=3) == []
    first = await store.conversations_from("test:1/test:ann/", limit=10)
    assert [(row.conversation, row.order.prompt) for row in first] == [(b, "b0"), (a, "a0")]
    one = await store.conversations_from("test:1/test:ann/", limit=1)
    more = await store.conversations_from("test:1/test:ann/", limit=1, before=one[-1].conversation)
    assert [row.conversation for row in (*one, *more)] == [b, a]
    assert await store.conversations_from("test:1/test:ann/", limit=1, before=a) == []
