"""The live_stream of events: facts in order with ids, progress only the newest, slow browsers let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from adapters.web import stream
from adapters.web.stream import Message, MessageStream, wire


async def take(messages: AsyncGenerator[Message | None, None], count: int) -> list[Message]:
    found: list[Message] = []
    async for message in messages:
        assert message is not None
        found.append(message)
        if len(found) == count:
            break
    return found


async def test_facts_arrive_in_order_and_are_replayed_after_an_id() -> None:
    live_stream = MessageStream()
    async with aclosing(live_stream.follow()) as live:
        hello = await take(live, 1)
        for number in range(3):
            live_stream.fact("request", {"n": number})
        facts = await take(live, 3)
    assert [message.data["n"] for message in facts] == [0, 1, 2]
    async with aclosing(live_stream.follow(live_stream.id_of(facts[0]))) as later:
        assert [message.data["n"] for message in await take(later, 2)] == [1, 2]
    async with aclosing(live_stream.follow(live_stream.id_of(hello[0]))) as later:
        assert len(await take(later, 3)) == 3


async def test_who_was_away_too_long_or_before_a_restart_starts_anew() -> None:
    live_stream, other = MessageStream(), MessageStream()
    live_stream.fact("request", {})
    async with aclosing(live_stream.follow()) as live:
        (hello,) = await take(live, 1)
    for _ in range(stream.KEPT + 1):
        live_stream.fact("request", {})
    for last in (
        live_stream.id_of(hello),
        other.id_of(hello),
        "nonsense",
        "-",
        f"{live_stream.id_of(hello)}x",
    ):
        async with aclosing(live_stream.follow(last)) as later:
            assert (await take(later, 1))[0].kind == "reset", last


async def test_only_the_newest_progress_is_passed_on() -> None:
    live_stream = MessageStream()
    async with aclosing(live_stream.follow()) as live:
        await take(live, 1)
        for number in range(1000):
            live_stream.progress("a", {"n": number})
        live_stream.progress("b", {"n": 1})
        found = await take(live, 2)
        assert {message.data["n"] for message in found} == {999, 1}
        assert live_stream.last_progress("a") == {"n": 999}
        live_stream.progress("a", {"n": 1000})
        live_stream.over("a")
        live_stream.fact("request", {"done": True})
        assert (await take(live, 1))[0].kind == "request"
    assert live_stream.last_progress("a") is None


async def test_a_browser_that_does_not_read_is_let_go() -> None:
    live_stream = MessageStream()
    async with aclosing(live_stream.follow()) as slow:
        await take(slow, 1)
        for _ in range(stream.KEPT + stream.BACKLOG + 10):
            live_stream.fact("request", {})
        left = [message async for message in slow]
        assert len(left) < stream.KEPT + stream.BACKLOG
    assert live_stream.listeners == 0


async def test_closing_ends_every_stream() -> None:
    live_stream = MessageStream()

    async def follow() -> int:
        return len([message async for message in live_stream.follow()])

    tasks = [asyncio.create_task(follow()) for _ in range(3)]
    while live_stream.listeners < 3:
        await asyncio.sleep(0)
    live_stream.close()
    assert await asyncio.wait_for(asyncio.gather(*tasks), 5) == [1, 1, 1]
    assert [message async for message in live_stream.follow()] == []


def test_an_event_is_one_block_whatever_its_text() -> None:
    live_stream = MessageStream()
    sent = wire(live_stream, Message(kind="progress", told={"text": "a\n\nevent: forged\ndata: {}"})).decode()
    assert sent.count("\n\n") == 1
    assert not sent.startswith("id:")
    assert wire(live_stream, None).startswith(b":")
