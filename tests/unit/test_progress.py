"""Progress of requests: the newest state, once, in order, at a pace, and never after the end."""

from __future__ import annotations

import asyncio

import pytest
from discord import ui
from structlog.testing import capture_logs

from adapters.common.progress import Progress
from adapters.discord.addressing import Reply
from adapters.discord.delivery.notifier import RenderedMessage
from adapters.discord.views.layout import card
from bot.core.errors.outside import DeliveryPassing
from tests.contract.store_world import a_request


class Paused:
    """A clock whose pauses last until the test lets them end."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.go_on = asyncio.Event()

    def now(self) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.go_on.wait()


class Sent:
    """What was sent; an edit takes until `release` is set."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.release = asyncio.Event()
        self.release.set()
        self.entered = asyncio.Event()
        self.error: Exception | None = None

    async def edit(self, state: str) -> None:
        self.entered.set()
        await self.release.wait()
        if self.error is not None:
            raise self.error
        self.states.append(state)


async def turns(count: int = 10) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


def progress_of(sent: Sent, clock: Paused) -> Progress[str, str]:
    return Progress(send=sent.edit, clock=clock, pause_s=lambda state: float(len(state)), looks=hash)


async def test_the_newest_state_wins_and_what_was_replaced_is_never_sent():
    sent = Sent()
    sent.release.clear()
    progress = progress_of(sent, Paused())
    progress.show("m", "one")
    await sent.entered.wait()
    for text in ("two", "three", "four"):
        progress.show("m", text)
    sent.release.set()
    await progress.drain(1)
    assert sent.states == ["one", "four"]


async def test_what_is_said_last_is_not_overwritten_by_an_edit_on_its_way():
    sent = Sent()
    sent.release.clear()
    progress = progress_of(sent, Paused())
    progress.show("m", "one")
    await sent.entered.wait()
    progress.show("m", "two")
    settling = asyncio.create_task(progress.settle("m"))
    await turns()
    assert not settling.done()
    sent.release.set()
    await settling
    assert sent.states == ["one"]
    await progress.drain(1)
    assert sent.states == ["one"]


async def test_between_two_edits_is_the_pause_of_the_state_that_was_sent():
    sent, clock = Sent(), Paused()
    progress = progress_of(sent, clock)
    progress.show("m", "four")
    await turns()
    progress.show("m", "sixsix")
    await turns()
    assert (sent.states, clock.pauses) == (["four"], [4.0])
    clock.go_on.set()
    await turns()
    assert (sent.states, clock.pauses, len(progress)) == (["four", "sixsix"], [4.0, 6.0], 0)


async def test_the_same_state_is_sent_once():
    sent, clock = Sent(), Paused()
    clock.go_on.set()
    progress = progress_of(sent, clock)
    for _ in range(5):
        progress.show("m", "one")
        await turns()
    progress.show("m", "two")
    await turns()
    assert not len(progress)
    progress.show("m", "two")
    await progress.drain(1)
    assert sent.states == ["one", "two"]


async def test_messages_do_not_wait_for_each_other():
    sent = Sent()
    progress = progress_of(sent, Paused())
    progress.show("m", "one")
    progress.show("n", "other")
    await turns()
    assert sorted(sent.states) == ["one", "other"]
    await progress.close()


@pytest.mark.parametrize(("error", "level"), [(DeliveryPassing("later"), "info"), (ValueError("x"), "error")])
async def test_an_edit_that_fails_is_logged_and_the_same_state_may_come_again(error: Exception, level: str):
    sent, clock = Sent(), Paused()
    clock.go_on.set()
    sent.error = error
    progress = progress_of(sent, clock)
    with capture_logs() as logs:
        progress.show("m", "one")
        await turns()
    assert [entry["log_level"] for entry in logs] == [level]
    sent.error = None
    progress.show("m", "one")
    await turns()
    assert sent.states == ["one"]


async def test_a_drain_that_takes_too_long_says_so_and_leaves_nothing_running():
    sent = Sent()
    sent.release.clear()
    progress = progress_of(sent, Paused())
    before = len(asyncio.all_tasks())
    progress.show("m", "one")
    await sent.entered.wait()
    with pytest.raises(TimeoutError):
        await progress.drain(0.01)
    assert (sent.states, len(asyncio.all_tasks())) == ([], before)


async def test_nothing_is_sent_after_close():
    sent, clock = Sent(), Paused()
    progress = progress_of(sent, clock)
    progress.show("m", "one")
    await turns()
    progress.show("m", "two")
    await progress.close()
    clock.go_on.set()
    await turns()
    assert sent.states == ["one"]


def test_cards_with_the_same_content_look_the_same():
    def looks(view: ui.LayoutView) -> object:
        reply = Reply(channel_id=1, message_id=2)
        return RenderedMessage(reply=reply, view=view, request=a_request("req_1")).looks()

    assert looks(card("one")) == looks(card("one"))
    assert looks(card("one")) != looks(card("two"))
