"""The notifier's promises: told twice is told once, long answers arrive whole, a restart changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.addressing import Address
from adapters.slack.delivery.record import Post
from bot.core.errors import BudgetExceeded
from bot.core.events import (
    AwaitingConfirmation,
    Cancelled,
    Delivered,
    Failed,
    Final,
    Progressed,
    Receipt,
    Refused,
)
from bot.core.money import Micros
from bot.core.request import Actor, Asset, ChatOrder, Failure, GenerateOrder, Order, Request, State
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import World, picture, slack_world

RECEIPT = Receipt(
    estimate=Micros(40_000),
    charged=Micros(40_000),
    overrun=Micros(0),
    source="gateway",
    room=None,
    elapsed_s=1.0,
)
FREE = replace(RECEIPT, charged=Micros(0))
FOX = GenerateOrder(model="seedream-4.5", prompt="a fox")
TALK = ChatOrder(model="m/x", prompt="talk")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


def row(world: World, said: Message, order: Order, **changes: Any) -> Request:
    where = Address(
        team=world.team.id, user=world.ana.id, channel=world.art.id, thread_ts=said.ts, ts=said.ts
    )
    request = Request(
        id="req_0123456789abcdefghjk",
        dedupe_key="k",
        origin="slack",
        actor=Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.ana.id}", name="ana"),
        order=order,
        reply_to=where.to_json(),
        state=State.RECEIVED,
        created_at=1_700_000_000_000_000,
        updated_at=1_700_000_000_000_000,
        due_at=None,
        estimate=Micros(40_000),
    )
    return replace(request, **changes)


def with_file(world: World, request: Request) -> Request:
    path = world.core.settings.data_dir / "media" / "0.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture().content)
    asset = Asset(url="https://media/x.png", content_type="image/png", path="media/0.png")
    return replace(request, assets=(asset,), state=State.SETTLED)


def end(world: World, said: Message, kind: str) -> Final:
    base = row(world, said, FOX)
    refusal = BudgetExceeded(
        budget_id="", budget="Your budget", price=Micros(50_000), left=Micros(0), resets_at=None
    )
    failed = replace(base, state=State.FAILED, failure=Failure(code="x", message="Broken."))
    return {
        "delivered": Delivered(request=with_file(world, base), receipt=RECEIPT),
        "answered": Delivered(request=row(world, said, TALK, text="Yes."), receipt=RECEIPT),
        "failed": Failed(request=failed, receipt=FREE),
        "cancelled": Cancelled(request=replace(base, state=State.CANCELLED), receipt=FREE),
        "refused": Refused(request=replace(base, state=State.REFUSED), refusal=refusal),
    }[kind]


KINDS = ("delivered", "answered", "failed", "cancelled", "refused")


@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_end_told_twice_is_told_once(world: World, kind: str, promised: bool) -> None:
    said = await world.slack.say(world.ana, world.art, "please")
    event, notifier = end(world, said, kind), world.app.notifier
    if promised:
        await notifier.promise(row(world, said, event.request.order))
    first = await notifier.finish(event.request.reply_to, event)
    count = len([m for m in world.art.messages if not m.deleted])
    again = await notifier.finish(event.request.reply_to, event)
    assert again == first
    assert len([m for m in world.art.messages if not m.deleted]) == count == 2
    await notifier.progress(event.request.reply_to, Progressed(request=event.request, percent=50))
    await notifier.promise(event.request)
    assert len([m for m in world.art.messages if not m.deleted]) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_an_end_finds_its_promise_after_a_restart(tmp_path: Path, kind: str) -> None:
    async with slack_world(tmp_path) as world:
        said = await world.slack.say(world.ana, world.art, "please")
        event = end(world, said, kind)
        await world.app.notifier.promise(row(world, said, event.request.order))
        fresh = type(world.app)(
            service=world.core.service,
            talk=world.core.talk,
            admin=world.core.admin,
            settings=world.core.settings,
            clock=world.core.clock,
            sockets=1,
        )
        await fresh.start()
        await fresh.notifier.finish(event.request.reply_to, event)
        await fresh.stop()
        assert len([m for m in world.art.messages if not m.deleted]) == 2


async def test_a_stream_broken_by_a_restart_is_finished_in_its_own_message(world: World) -> None:
    said = await world.slack.say(world.ana, world.art, "talk")
    talk = row(world, said, TALK, text="Once upon a time there was a fox.")
    where = {"channel": world.art.id, "thread_ts": said.ts}
    recipient = {"recipient_team_id": world.team.id, "recipient_user_id": world.ana.id}
    client = world.app._api.client(world.team.token)
    started = await client.chat_startStream(**where, **recipient, markdown_text="Once upon")
    ts = str(started["ts"])
    await world.app.notifier.posts.save(talk.id, Post(channel=world.art.id, ts=ts, stream="open"))
    await world.app.notifier.finish(talk.reply_to, Delivered(request=talk, receipt=RECEIPT))
    answer = world.art.find(ts)
    assert answer is not None
    assert "Once upon a time there was a fox." in answer.rendered
    assert "charged $0.04" in answer.rendered
    assert len(said.replies) == 1


async def test_a_long_answer_comes_in_parts_with_one_receipt(world: World) -> None:
    said = await world.slack.say(world.ana, world.art, "talk")
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 100 for number in range(50))
    event = Delivered(request=row(world, said, TALK, text=text), receipt=RECEIPT)
    await world.app.notifier.finish(event.request.reply_to, event)
    parts = said.replies
    assert len(parts) == 3
    assert ["charged" in part.rendered for part in parts] == [False, False, True]
    shown = " ".join(part.blocks[0]["text"] for part in parts)
    assert shown.split() == text.split()


async def test_a_result_whose_file_was_deleted_here_comes_by_link(world: World) -> None:
    said = await world.slack.say(world.ana, world.art, "please")
    gone = row(world, said, FOX, assets=(Asset(url="https://media/x.png", content_type="image/png"),))
    await world.app.notifier.finish(gone.reply_to, Delivered(request=gone, receipt=RECEIPT))
    [shown] = said.replies
    assert "https://media/x.png" in shown.rendered


async def test_the_price_replaces_the_promise_and_is_asked_once(world: World) -> None:
    said = await world.slack.say(world.ana, world.art, "please")
    asked = row(world, said, FOX, state=State.AWAITING_CONFIRMATION)
    event = AwaitingConfirmation(request=asked, price=Micros(2_000_000), expires_at=2 * 10**15)
    await world.app.notifier.promise(row(world, said, FOX))
    await world.app.notifier.ask(asked.reply_to, event)
    await world.app.notifier.ask(asked.reply_to, event)
    [shown] = said.replies
    assert "Run it for $2.00" in shown.rendered
