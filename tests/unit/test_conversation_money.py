"""Whatever a model calls: nothing is ordered but what is valid, allowed, and on pictures that were seen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.decision import decide
from bot.conversation.pictures import newest
from bot.conversation.tools import FREE_TOOLS, ORDER_TOOLS, REPEAT
from bot.core.capability import Capability, Output, about
from bot.core.options import OPTIONS
from bot.core.request import Failure, GenerateOrder, Request, uploads_of
from bot.core.said import ToolCall
from bot.core.spoken import NoteKind, Reading
from tests.fakes.examples import examples
from tests.unit.test_conversation_decision import IDS, message, picture

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
HANDLES = st.sampled_from(["p1", "p2", "p3", "p4", "p9", "P2", "2", 1, "the fox", "", None, ["p1", "p4"]])
NAMES = st.sampled_from(
    [*(option.name for option in OPTIONS), "picture", "pictures", "question", "tool", "models"]
)
VALUES = JSON | HANDLES | st.sampled_from(["a fox", "night", "16:9", 2, "flux.2-pro", "generate"])
ARGUMENTS = st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=5).map(json.dumps)
BROKEN = st.text(max_size=40) | ARGUMENTS.flatmap(
    lambda text: st.integers(0, len(text)).map(lambda at: text[:at])
)
TOOLS = st.sampled_from([*ORDER_TOOLS, *FREE_TOOLS, REPEAT, "functions.edit", "fly", ""])
CALLS = st.lists(
    st.builds(
        ToolCall,
        id=st.sampled_from(["", "a", "b", "c"]),
        name=TOOLS | st.text(max_size=8),
        arguments=ARGUMENTS | BROKEN,
    ),
    max_size=10,
)
READINGS = st.builds(
    Reading,
    tools=st.lists(st.sampled_from(Capability), unique=True).map(tuple),
    foreign=st.booleans(),
    pictures=st.sampled_from(
        [
            (),
            (picture(1),),
            (picture(1), picture(2, lost=True)),
            (picture(1), picture(2), picture(3, sent=True)),
        ]
    ),
    newest=st.integers(0, 3),
    focus=st.lists(st.integers(1, 3), max_size=2, unique=True).map(tuple),
    shown=st.booleans(),
    calls=CALLS.map(tuple),
)
REPEATED = st.sampled_from([None, replace(message(), order=GenerateOrder(model="m", prompt="a fox"))])


def seen(reading: Reading) -> set[int]:
    """The pictures that there are."""
    return {one.number for one in reading.pictures if not one.lost}


@examples(60)
@given(READINGS, REPEATED)
def test_nothing_is_ordered_but_what_is_valid_and_was_seen(
    reading: Reading, repeated: Request | None
) -> None:
    decision = decide(replace(message(), reading=reading), IDS, repeated)
    there, made = seen(reading), max((one.number for one in reading.pictures), default=0)
    for place, one in enumerate(decision.orders):
        row = about(one.order.capability)
        assert one.order.capability in reading.tools or one.order.prompt == "a fox", "or it is a repetition"
        assert one.order.prompt or not row.takes_prompt or row.default_prompt
        assert len(uploads_of(one.order)) >= row.pictures[0]
        assert {upload.of.request_id for upload in uploads_of(one.order) if upload.of} <= {
            *(known.request_id for known in reading.pictures if known.number in there),
            *IDS[:place],
        }
        assert set(one.uses) <= there
        if row.output is Output.PICTURE:
            there |= set(range(made + 1, made + 1 + min(max(1, getattr(one.order, "n", 1)), 20)))
            made = max(there | {made})
    assert len(decision.orders) <= 4


@examples(60)
@given(READINGS, REPEATED)
def test_what_is_not_one_clear_order_of_the_speaker_is_put_on_a_button(
    reading: Reading, repeated: Request | None
) -> None:
    decision = decide(replace(message(), reading=reading), IDS, repeated)
    buys = [one for one in decision.orders if about(one.order.capability).output is not Output.TEXT]
    lacks = any(note.kind is NoteKind.MISSING for note in decision.notes)
    if buys and not decision.asks:
        assert len(decision.orders) == 1
        assert not lacks
        assert not reading.foreign
        assert len({(call.id, call.name, call.arguments) for call in reading.calls}) == 1


@examples(50)
@given(READINGS, REPEATED)
def test_an_answer_that_did_not_arrive_whole_orders_nothing(
    reading: Reading, repeated: Request | None
) -> None:
    cut = replace(message(), reading=reading, failure=Failure(code="cut_off", message="It broke off."))
    assert decide(cut, IDS, repeated).orders == ()


@pytest.mark.parametrize("n", [0, -1, 99, 10**9])
def test_a_count_that_nothing_allows_is_for_the_check_of_orders(n: int) -> None:
    arguments: dict[str, Any] = {"prompt": "a fox", "n": n}
    decision = decide(message(("generate", arguments)), IDS, None)
    assert [getattr(one.order, "n", None) for one in decision.orders] in ([], [n])


def test_words_beside_an_order_put_its_price_on_a_button() -> None:
    alone = message(("generate", {"prompt": "a fox"}))
    assert not decide(alone, IDS, None).asks
    assert decide(replace(alone, text="I would rather not."), IDS, None).asks


def test_after_a_failure_it_is_what_should_have_been_changed() -> None:
    there = (picture(1), picture(2, source=1), picture(3, source=2))
    failed = picture(4, source=1, lost=True)  # somebody had gone back to p1
    assert newest((*there, failed), 4) == there[0]
    assert newest((*there, picture(4, lost=True)), 4) == there[2]
    assert newest((failed,), 4) is None
