"""A plain yes, no or stop: money is spent by a word only when there is one thing that it can mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.short_answers import ShortAnswer
from bot.core.capability import Capability
from bot.core.errors import NotAllowed, PriceMoved, TooLate
from bot.core.money import Micros
from bot.core.request import MADE, Request, State
from bot.core.said import Said
from bot.use_cases.spoken.answers import Answered, Reply
from tests.e2e.test_cli_ask import ANA, Asking, asking
from tests.e2e.test_slack_conversations import answer, made, turn, world
from tests.e2e.test_talk import Thread
from tests.fakes.discord_server.handles import controls
from tests.fakes.discord_stage import Stage, staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import World
from tests.fakes.stack import ADA, MIA, running_stack

__all__ = ["asking", "world"]

DRAW = {"a fox": ("generate", {"prompt": "a fox"}), "a hare": ("generate", {"prompt": "a hare"})}


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[Thread]:
    """A thread in which every picture's price is asked."""
    async with running_stack(tmp_path, ask_first=False) as stack:
        await stack.core.admin.change(ADA, threshold=Micros(1_000))
        for phrase, call in DRAW.items():
            stack.sandbox.script(phrase, call)
        yield Thread(stack)


async def said(thread: Thread, words: str, **how: Any) -> Answered:
    found = await thread.accept(words, **how)
    assert isinstance(found, Answered), "it was understood without a model"
    return found


async def state(thread: Thread, request: Request) -> State:
    return (await thread.row(request)).state


@pytest.mark.parametrize("word", ["yes", "no", "stop"])
async def test_of_two_open_prices_a_word_decides_neither(thread: Thread, word: str) -> None:
    fox, hare = await thread.one("draw a fox"), await thread.one("draw a hare")
    found = await said(thread, word)
    assert (found.reply, [rows[0].id for rows in found.things]) == (Reply.WHICH, [fox.id, hare.id])
    assert [await state(thread, row) for row in (fox, hare)] == [State.AWAITING_CONFIRMATION] * 2
    pressed = await thread.core.talk.meant(MIA, fox.id, found.answer, fox.estimate)
    assert pressed.reply is (Reply.AGREED if word == "yes" else Reply.STOPPED)
    await thread.stack.ended(fox.id)
    assert len(thread.bought()) == (1 if word == "yes" else 0)
    assert await state(thread, hare) is State.AWAITING_CONFIRMATION
    last = await said(thread, word)
    assert last.reply is (Reply.AGREED if word == "yes" else Reply.STOPPED), "one is left, and it came last"


async def test_a_yes_after_other_words_is_not_a_yes_to_an_old_price(thread: Thread) -> None:
    thread.stack.sandbox.script("in the background", text="Snow. Shall I make it larger?")
    fox = await thread.one("draw a fox")
    await thread.say("what is in the background?")
    for word in ("yes", "no"):
        found = await said(thread, word)
        assert (found.reply, [row.id for row in found.requests]) == (Reply.WHICH, [fox.id])
    assert await state(thread, fox) is State.AWAITING_CONFIRMATION
    assert thread.bought() == []
    stopped = await said(thread, "stop")
    assert (stopped.reply, await state(thread, fox)) == (Reply.STOPPED, State.CANCELLED)


async def test_what_others_say_in_between_changes_nothing(thread: Thread) -> None:
    fox = await thread.one("draw a fox")
    await thread.say("tell me a fun fact", who=ADA)
    assert (await said(thread, "yes")).reply is Reply.AGREED
    await thread.stack.ended(fox.id)


async def test_a_reply_says_which_price_is_meant(thread: Thread) -> None:
    fox, hare = await thread.one("draw a fox"), await thread.one("draw a hare")
    found = await said(thread, "yes", reply=fox)
    assert (found.reply, [row.id for row in found.requests]) == (Reply.AGREED, [fox.id])
    await thread.stack.ended(fox.id)
    assert await state(thread, hare) is State.AWAITING_CONFIRMATION


async def test_a_yes_before_the_price_is_shown_agrees_to_nothing(thread: Thread) -> None:
    shown, ask = asyncio.Event(), thread.stack.test.ask

    async def slow(reply_to: Any, event: Any) -> None:
        await shown.wait()
        await ask(reply_to, event)

    thread.stack.test.ask = slow  # type: ignore[method-assign]
    message = await thread.accept("draw a fox")
    assert isinstance(message, Request)
    async with asyncio.timeout(20):
        while [row.state for row in await thread.orders(message)] != [State.AWAITING_CONFIRMATION]:
            await asyncio.sleep(0.01)
    assert (await said(thread, "ok")).reply is Reply.WHICH
    shown.set()
    (fox,) = await thread.orders(await thread.understood(message))
    assert fox.state is State.AWAITING_CONFIRMATION
    assert thread.bought() == []


async def test_a_choice_called_yes_is_no_yes_to_a_price(thread: Thread) -> None:
    fox = await thread.one("draw a fox")
    message = await thread.core.talk.say(
        MIA,
        Said(words="Yes"),
        conversation="thread",
        origin="test",
        reply_to={},
        dedupe_key="choice",
        chosen=True,
    )
    assert isinstance(message, Request)
    await thread.understood(message)
    assert await state(thread, fox) is State.AWAITING_CONFIRMATION


async def test_only_its_speaker_decides_what_is_offered_again_and_up_to_the_price_shown(
    thread: Thread,
) -> None:
    fox, _hare = await thread.one("draw a fox"), await thread.one("draw a hare")
    assert fox.estimate
    with pytest.raises(NotAllowed):
        await thread.core.talk.meant(ADA, fox.id, ShortAnswer.YES, fox.estimate)
    with pytest.raises(PriceMoved):
        await thread.core.talk.meant(MIA, fox.id, ShortAnswer.YES, Micros(fox.estimate - 1))
    await thread.core.talk.meant(MIA, fox.id, ShortAnswer.STOP)
    with pytest.raises(TooLate):
        await thread.core.talk.meant(MIA, fox.id, ShortAnswer.YES, fox.estimate)
    assert thread.bought() == []


async def test_a_plan_beside_a_price_is_offered_as_one_thing(thread: Thread) -> None:
    thread.stack.sandbox.script("both", ("generate", {"prompt": "a dog"}), ("upscale", {}))
    fox, plan = await thread.one("draw a fox"), await thread.say("both, please")
    found = await said(thread, "yes")
    assert [len(rows) for rows in found.things] == [1, 2]
    total = Micros(sum(row.estimate or 0 for row in found.things[1]))
    pressed = await thread.core.talk.meant(MIA, found.things[1][0].id, ShortAnswer.YES, total)
    assert len(pressed.requests) == 2
    await thread.understood(plan)
    assert [row.state for row in await thread.orders(plan)] == [State.DELIVERED] * 2
    assert await state(thread, fox) is State.AWAITING_CONFIRMATION


async def test_slack_offers_both_again_and_a_press_runs_one(world: World) -> None:
    await world.policy(threshold=Micros(1_000))
    for phrase, call in DRAW.items():
        world.stack.sandbox.script(phrase, call)
    root = await world.slack.mention(world.ana, world.art, "please draw a fox")
    await answer(world, root, "would cost")
    await turn(world, root, "and draw a hare", "p2 · gpt-image-2 · the offer ends")
    which = await turn(world, root, "yes", "Which one do you mean?")
    assert "1. Picture: a fox · about $" in which.rendered
    assert "2. Picture: a hare · about $" in which.rendered
    await world.slack.click(world.ana, which, "meant_2")
    await answer(world, root, "Agreed, for at most $")
    await answer(world, root, "*Picture* p2, for")
    rows = {row.order.prompt: row.state for row in await made(world, Capability.GENERATE)}
    assert rows["a fox"] is State.AWAITING_CONFIRMATION
    assert rows["a hare"] in MADE
    left = await turn(world, root, "no", "Do you mean this?")
    await world.slack.click(world.ana, left, "unwanted_1")
    await answer(world, root, "Stopped: a fox. Nothing was charged for it.")


async def test_discord_offers_both_again_and_a_reply_says_which(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(1_000))
        for phrase, call in DRAW.items():
            stage.stack.sandbox.script(phrase, call)
        place = stage.server.add_thread(stage.art, "foxes", stage.mira)
        server = stage.server
        prices = []
        for words in ("draw a fox", "draw a hare"):
            asked = await server.mention(stage.mira, place, words)
            prices.append(await server.wait_message(place, "can confirm it until", after=asked, timeout=30))
        asked = await server.mention(stage.mira, place, "yes")
        which = await server.wait_message(place, "Which one do you mean?", after=asked, timeout=10)
        assert "1. Picture: a fox · about $" in server.render(which)
        noor = server.add_member(stage.guild, "noor")
        refused = await server.click(noor, which, _label(which, "1: "))
        assert "Only the person who asked" in server.render(await refused.followup("Not this time"))
        await server.click(stage.mira, which, _label(which, "1: Run it for $"))
        await server.wait_until(which, "Agreed, for at most $", timeout=10)
        await server.wait_until(prices[0], "charged **", timeout=30)
        hare, fox = await _states(stage)
        assert hare is State.AWAITING_CONFIRMATION
        assert fox in MADE
        await server.mention(stage.mira, place, "draw a fox")
        await server.wait_for(lambda: len(_open(place)) == 2, timeout=30)
        asked = await server.mention(stage.mira, place, "no thanks", reply_to=prices[1])
        await server.wait_message(place, "Stopped: a hare", after=asked, timeout=10)


def _label(message: Any, begins: str) -> str:
    labels = [str(one.get("label") or "") for one in controls(message)]
    return next(label for label in labels if label.startswith(begins))


def _open(place: Any) -> list[Any]:
    return [
        one
        for one in place.messages.values()
        if any(control.get("custom_id", "").startswith("confirm:") for control in controls(one))
    ]


async def _states(stage: Stage) -> list[State]:
    rows = await stage.stack.core.service.history(stage.actor(stage.mira), limit=60)
    return [row.state for row in rows if row.capability is Capability.GENERATE]


async def test_the_page_offers_both_again_and_a_press_runs_one(tmp_path: Path) -> None:
    async with running_playground(tmp_path, ask_first=False) as site:
        await site.post("/api/admin/settings", {"threshold": "0.001"}, who="ada")
        for phrase, call in DRAW.items():
            site.stack.sandbox.script(phrase, call)
        for words in ("draw a fox", "draw a hare"):
            message = await site.post("/api/say", {"text": words})
            await site.ended(message["request_id"])
        async with asyncio.timeout(20):
            while [one["state"] for one in (await site.get("/api/channel"))["messages"] if one["part"]] != [
                "awaiting_confirmation"
            ] * 2:
                await asyncio.sleep(0.05)
        found = await site.post("/api/say", {"text": "yes"})
        assert (found["reply"], found["text"]) == (
            "which",
            "More than one is open here. Which one do you mean?",
        )
        fox, hare = found["things"]
        assert hare["line"].startswith("Picture: a hare · about $")
        path = f"/api/requests/{hare['id']}/meant"
        status, _error = await site.refused(path, {"answer": "maybe", "shown": hare["shown"]})
        assert status == 400
        pressed = await site.post(path, {"answer": "yes", "shown": hare["shown"]})
        assert (pressed["reply"], pressed["things"]) == ("agreed", [])
        await site.ended(hare["id"], "delivered")
        assert (await site.get(f"/api/requests/{fox['id']}"))["state"] == "awaiting_confirmation"


async def test_the_command_line_lets_one_be_chosen(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    for phrase, call in DRAW.items():
        asking.sandbox.script(phrase, call)
    talk, rows = asking.stack.core.talk, list[Request]()
    for words in DRAW:
        message = await talk.say(
            ANA,
            Said(words=words),
            conversation="c",
            origin="cli",
            reply_to={},
            dedupe_key=words,
            asks=True,
        )
        assert isinstance(message, Request)
        async with asyncio.timeout(20):
            while not (found := await talk.orders(ANA, message.id)) or not found[0].notified:
                await asyncio.sleep(0.02)
        rows += found
    assert not await asking.ask("yes", ""), "none is chosen"
    assert await asking.ask("yes", "2")
    shown = capsys.readouterr()
    assert "Which one do you mean?" in shown.err
    assert f"2. Picture: a hare · about $0.05302 ({rows[1].id})" in shown.out
    assert [row["prompt"] for row in asking.facts["requests"]] == ["a hare"]
    assert await asking.ask("no", "1")
    assert asking.kinds().count("image") + asking.kinds().count("generate") == 1
