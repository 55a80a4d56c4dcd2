"""Which picture is meant, when some were never made, or are long ago: the one that is really there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.capability import Capability
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import GenerateOrder, Request, State
from bot.core.spoken import NoteKind
from bot.core.windows import Window
from tests.e2e.test_cli_ask import Asking, asking
from tests.e2e.test_discord_conversations import drawn, staged
from tests.e2e.test_discord_conversations import edits as discord_edits
from tests.e2e.test_discord_conversations import turn as discord_turn
from tests.e2e.test_slack_conversations import answer, edits, made, turn, world
from tests.e2e.test_talk import Thread
from tests.fakes.slack_world import World
from tests.fakes.stack import ADA, MIA, running_stack

__all__ = ["asking", "world"]

DEAR = Micros(10_000_000)


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[Thread]:
    async with running_stack(tmp_path, ask_first=False) as stack:
        await stack.core.admin.change(ADA, threshold=DEAR)
        for phrase, call in {
            "hat": ("edit", {"prompt": "a hat"}),
            "night": ("edit", {"prompt": "night"}),
            "hare": ("generate", {"prompt": "a hare"}),
            "take it back": ("undo", {}),
            "same but wider": ("repeat", {"aspect_ratio": "16:9"}),
        }.items():
            stack.sandbox.script(phrase, call)
        yield Thread(stack)


async def asks(thread: Thread, threshold: int) -> None:
    await thread.core.admin.change(ADA, threshold=Micros(threshold))


def used(order: Request) -> tuple[int, ...]:
    assert order.part is not None
    return order.part.uses


def back(message: Request) -> list[tuple[NoteKind, int]]:
    return [(note.kind, note.picture) for note in message.reading.notes] if message.reading else []


async def test_after_a_price_that_nobody_answered_it_is_the_picture_that_is_there(thread: Thread) -> None:
    await thread.one("draw a fox")
    await asks(thread, 1_000)
    night = await thread.one("make it night")
    assert (night.state, used(night)) == (State.AWAITING_CONFIRMATION, (1,))
    await asks(thread, DEAR)
    hat = await thread.one("give it a hat")
    assert (hat.state, used(hat)) == (State.DELIVERED, (1,))
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 1)]
    await thread.core.service.confirm(night.actor, night.id)
    await thread.stack.ended(night.id)
    again = await thread.one("and a hat once more")
    assert used(again) == (1,), "somebody went back to p1 after p2 was ordered"


async def test_undo_while_a_price_waits_takes_back_that_step_and_no_other(thread: Thread) -> None:
    await thread.one("draw a fox")
    await thread.one("give it a hat")
    await asks(thread, 1_000)
    await thread.one("make it night")
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 2)]


@pytest.mark.parametrize("how", ["failed", "refused", "cancelled"])
async def test_undo_and_it_pass_over_what_was_never_made(thread: Thread, how: str) -> None:
    await thread.one("draw a fox")
    await thread.one("give it a hat")
    await _ends(thread, how)
    hare = await thread.one("draw a hare")
    assert hare.part
    assert hare.part.made == 4
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 2)]
    assert used(await thread.one("make it night")) == (2,)
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 2)]
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 1)]


async def _ends(thread: Thread, how: str) -> None:
    """p3 is ordered and not made."""
    match how:
        case "failed":
            thread.stack.sandbox.fail("content_policy", endpoint="edit", dry_run=False)
        case "refused":
            spent = (await thread.core.talk.total(MIA, "thread")).charged
            await _budget(thread, spent + 10_000)
        case _:
            await asks(thread, 1_000)
    night = await thread.one("make it night")
    if how == "cancelled":
        await thread.core.service.cancel(night.actor, night.id)
        await thread.stack.ended(night.id)
    assert str((await thread.row(night)).state) == how
    await asks(thread, DEAR)
    await _budget(thread, DEAR)


async def _budget(thread: Thread, amount: int) -> None:
    await thread.core.admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, Micros(amount))


async def test_same_but_wider_is_of_what_was_gone_back_to_and_not_of_what_was_declined(
    thread: Thread,
) -> None:
    fox = await thread.one("draw a fox")
    hare = await thread.one("draw a hare")
    assert (await thread.one("same but wider")).order.prompt == hare.order.prompt
    await thread.say("take it back")
    await thread.say("take it back")
    wider = await thread.one("same but wider")
    assert (wider.order.prompt, getattr(wider.order, "aspect_ratio", None)) == (fox.order.prompt, "16:9")
    await asks(thread, 1_000)
    night = await thread.one("make it night")
    await thread.core.service.cancel(night.actor, night.id)
    await thread.stack.ended(night.id)
    assert (await thread.one("same but wider")).order.prompt == fox.order.prompt


async def test_a_failed_order_is_what_again_means(thread: Thread) -> None:
    await thread.one("draw a fox")
    thread.stack.sandbox.fail("content_policy", endpoint="generate", dry_run=False)
    assert (await thread.one("draw a hare")).state is State.FAILED
    assert (await thread.one("same but wider")).order.prompt == "a hare"


async def test_a_picture_of_long_ago_is_found_by_name_and_by_undo(thread: Thread) -> None:
    sandbox = thread.stack.sandbox
    fox = await thread.one("draw a fox")
    for number in range(2, 61):
        await _in_thread(thread, f"a hare, number {number}")
    sandbox.script("the first one", ("edit", {"prompt": "blue", "pictures": ["p1"]}))
    assert used(await thread.one("make the first one blue")) == (1,)
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 1)]
    sandbox.script("another of it", ("repeat", {"picture": "p1"}))
    assert (await thread.one("another of it, please")).order.prompt == fox.order.prompt
    assert used(await thread.one("give it a hat", reply=fox)) == (1,)
    assert back(await thread.say("take it back")) == [(NoteKind.UNDONE, 1)]
    assert used(await thread.one("make it night")) == (1,)
    sandbox.script("which does not exist", ("edit", {"prompt": "blue", "pictures": ["p99"]}))
    message = await thread.say("the picture which does not exist, in blue")
    assert back(message) == [(NoteKind.MISSING, 0)]


async def _in_thread(thread: Thread, prompt: str) -> None:
    """A picture by command there; quicker than one that is said."""
    order = GenerateOrder(model="seedream-4.5", prompt=prompt)
    await thread.stack.run(order, conversation="thread")


async def test_slack_goes_on_with_what_is_there_after_an_unanswered_price(world: World) -> None:
    edits(world, "make it night", "add a hat")
    root = await world.slack.mention(world.ana, world.art, "/generate a red fox")
    await answer(world, root, "p1, for")
    await world.policy(threshold=Micros(1_000))
    await turn(world, root, "make it night", "would cost")
    undone = await turn(world, root, "undo that", "Back to p1")
    assert "what you say next starts from it" in undone.rendered
    await world.policy(threshold=DEAR)
    await turn(world, root, "add a hat", "p3, from p1")
    assert [row.state for row in await made(world, Capability.EDIT)][-1] is State.AWAITING_CONFIRMATION


async def test_discord_goes_on_with_what_is_there_after_an_unanswered_price(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        discord_edits(stage, "make it night", "add a hat")
        place = stage.server.add_thread(stage.art, "foxes", stage.mira)
        await drawn(stage, place, "a red fox")
        await stage.change(threshold=Micros(1_000))
        await discord_turn(stage, place, "make it night", "can confirm it until")
        await discord_turn(stage, place, "undo that", "Back to p1")
        await stage.change(threshold=DEAR)
        assert "p3, from p1" in await discord_turn(stage, place, "add a hat", "charged **")


async def test_the_command_line_goes_on_with_what_is_there(asking: Asking) -> None:
    asking.sandbox.script("a fox", ("generate", {"prompt": "a fox", "model": "seedream-4.5"}))
    asking.sandbox.script("night", ("edit", {"prompt": "night"}))
    assert await asking.ask("a fox", "y")
    assert not await asking.ask("make it night", "n")
    assert await asking.ask("make it night after all", "y")
    facts: Any = asking.facts["requests"][-1]
    assert facts["pictures"] == "p3, from p1"
