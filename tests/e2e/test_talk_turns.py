"""Turns of a conversation: who waits is woken, broken ones cost what the gateway took, and fifty of them keep
the pointer, the total and the price of a turn right.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Request, State
from bot.core.windows import Window
from bot.worker.spoken import wakeups
from tests.e2e.test_talk import Thread, thread  # noqa: F401
from tests.fakes.examples import is_deep
from tests.fakes.stack import ADA, MIA


async def test_what_waits_in_a_conversation_is_woken(
    thread: Thread,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wakeups, "FALLBACK_S", 600.0)
    thread.stack.sandbox.set(chat_chunk_seconds=0.05)
    thread.stack.sandbox.script("both", ("generate", {"prompt": "a fox"}), ("upscale", {}))
    thread.stack.sandbox.script("night", ("edit", {"prompt": "night"}))
    said = [await thread.accept(words) for words in ("tell me a fact", "draw a fox", "make it night")]
    for message in said:
        assert isinstance(message, Request)
        await thread.understood(message)
    plan = await thread.say("both please")
    await thread.core.talk.agree(MIA, plan.id)
    await thread.understood(plan)
    assert len(thread.bought()) == 4


@pytest.mark.parametrize(
    "fault",
    "tools_broken tools_unknown tools_words tools_cut tools_same_id tools_five tools_refused tools_ignored"
    " truncated_sse sse_error sse_garbage 502 402 no_cost".split(),
)
async def test_a_broken_reading_ends_in_words_or_prices_for_exactly_its_cost(
    thread: Thread,  # noqa: F811
    fault: str,
) -> None:
    thread.stack.sandbox.fail(fault, endpoint="chat", dry_run=False, times=None)
    message = await thread.say("draw a fox")
    orders = await thread.orders(message)
    told = message.text or message.failure or (message.reading and message.reading.notes)
    assert told or orders
    unpressed = [order for order in orders if order.state is not State.AWAITING_CONFIRMATION]
    assert len(unpressed) == len(thread.bought()) <= (fault in ("sse_garbage", "no_cost"))
    booked = sum([entry.spent async for entry in thread.core.store.entries()])
    guessed = message.charged_from in ("estimate", "hold")
    assert booked == thread.stack.sandbox.charged_micros or guessed
    assert await thread.core.store.verify() == []


async def test_what_nobody_can_afford_or_reach_buys_nothing(thread: Thread) -> None:  # noqa: F811
    await thread.core.admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, Micros(1))
    message = await thread.say("draw a fox")
    assert (message.state, thread.stack.sandbox.charged_micros) == (State.REFUSED, 0)
    assert message.failure


@dataclass
class Plain:
    """What the pointer should do, without a database: pictures by number with their sources."""

    sources: dict[int, int] = field(default_factory=dict[int, int])
    pointer: int = 0

    def make(self, source: int) -> None:
        self.sources[max(self.sources, default=0) + 1] = source
        self.pointer = max(self.sources)

    def undo(self, steps: int) -> bool:
        """False where there is nothing before; further than the first it does not go."""
        found = self.pointer
        for _step in range(steps):
            earlier = self.sources[found] or found - 1
            if not earlier:
                break
            found = earlier
        moved, self.pointer = found != self.pointer, found
        return moved


async def test_fifty_turns_point_to_what_a_plain_model_says(thread: Thread) -> None:  # noqa: F811
    plain, chance, sandbox = Plain(), random.Random(50), thread.stack.sandbox
    costs, turns = list[int](), 50 if is_deep() else 28
    for turn in range(turns):
        made = list(plain.sources)[-10:]
        act = chance.choice(["edit", "edit", "named", "new", "undo", "reply", "talk"]) if made else "new"
        if turns - 8 <= turn:
            act = "edit"  # the eighth in a row starts from the newest like the first
        named, steps = chance.choice(made or [0]), chance.randint(1, 3)
        calls = {
            "edit": [("edit", {"prompt": "more"})],
            "named": [("edit", {"prompt": "more", "pictures": [f"p{named}"]})],
            "reply": [("edit", {"prompt": "more"})],
            "new": [("generate", {"prompt": "a fox"})],
            "undo": [("undo", {"steps": steps})],
            "talk": [],
        }[act]
        sandbox.script(f"turn {turn} ", *calls, text="" if calls else "Indeed.", times=1)
        pictures = await thread.core.talk.pictures(MIA, "thread")
        source = next((one for one in pictures if one.number == named), None)
        row = await thread.core.store.get(source.request_id) if source else None
        message = await thread.say(f"turn {turn} please", reply=row if act == "reply" else None)
        costs.append(message.charged or 0)
        orders = await thread.orders(message)
        uses = [order.part.uses for order in orders if order.part]
        here = plain.pointer
        match act:
            case "undo":
                assert (message.reading and message.reading.notes[0].kind == "undone") == plain.undo(steps)
            case "new":
                plain.make(0)
                assert uses == [()]
            case "talk":
                assert orders == []
            case _:
                used = here if act == "edit" else named
                plain.make(used)
                assert uses == [(used,)], (turn, act)
    total = await thread.core.talk.total(MIA, "thread")
    assert (total.charged, total.held) == (sandbox.charged_micros, 0)
    assert max(costs[turns // 2 :]) <= max(costs[: turns // 2]) * 1.2, (
        "a turn does not become dearer with those before"
    )
