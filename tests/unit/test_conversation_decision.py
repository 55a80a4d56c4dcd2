"""What a model's calls become: which picture, which price on a button, which sentence. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation import pictures
from bot.conversation.context import opened
from bot.conversation.decision import Decision, decide
from bot.conversation.short_answers import ShortAnswer, short_answer
from bot.core.capability import Capability
from bot.core.ports.conversations import ConversationState
from bot.core.request import Actor, ChatOrder, Failure, GenerateOrder, Request, State, Turn, uploads_of
from bot.core.said import ToolCall
from bot.core.spoken import ConversationPicture, NoteKind, Reading, ResultOf

IDS = ["req_a", "req_b", "req_c", "req_d"]
MIA = Actor(tenant="t", person="test:mia", name="Mia")


def picture(number: int, **facts: Any) -> ConversationPicture:
    return ConversationPicture(
        **{"number": number, "request_id": f"made{number}", "author": MIA.person, **facts}
    )


def message(*calls: tuple[str, dict[str, Any]], **reading: Any) -> Request:
    raw = tuple(ToolCall(id=str(n), name=name, arguments=json.dumps(a)) for n, (name, a) in enumerate(calls))
    return Request(
        id="req_m",
        dedupe_key="k",
        origin="test",
        actor=MIA,
        order=ChatOrder(model="m", prompt="words"),
        reply_to={},
        state=State.SETTLED,
        created_at=0,
        updated_at=0,
        due_at=0,
        reading=Reading(**{"tools": tuple(Capability), "calls": raw, **reading}),
    )


def two() -> dict[str, Any]:
    """A conversation with p1 and p2, of which p2 is the newest and in sight."""
    return {"pictures": (picture(1), picture(2, source=1)), "newest": 2, "focus": (2,)}


def uses(decision: Decision) -> list[tuple[int, ...]]:
    return [order.uses for order in decision.orders]


@pytest.mark.parametrize(
    ("arguments", "reading", "used"),
    [
        ({}, {}, (2,)),
        ({"pictures": ["p1"]}, {}, (1,)),
        ({"pictures": ["p2"]}, {"focus": (1,), "shown": True}, (1,)),
        ({"pictures": ["p2", "p1"]}, {"focus": (1,), "shown": True}, (2, 1)),
        ({}, {"focus": (1,), "shown": True}, (1,)),
    ],
    ids=["newest", "named", "shown over named", "shown among named", "shown"],
)
def test_which_picture_is_edited(arguments: Any, reading: Any, used: tuple[int, ...]) -> None:
    decision = decide(message(("edit", {"prompt": "x", **arguments}), **{**two(), **reading}), IDS, None)
    assert uses(decision) == [used]
    assert not decision.asks
    (upload, *_rest) = uploads_of(decision.orders[0].order)
    assert upload.of == ResultOf(request_id=f"made{used[0]}")


def test_a_step_works_on_what_the_step_before_makes_and_two_of_a_kind_on_the_same() -> None:
    chain = decide(
        message(("generate", {"prompt": "x"}), ("edit", {"prompt": "y"}), ("upscale", {})), IDS, None
    )
    assert uses(chain) == [(), (1,), (2,)]
    assert [upload.of for order in chain.orders for upload in uploads_of(order.order)] == [
        ResultOf(request_id="req_a"),
        ResultOf(request_id="req_b"),
    ]
    twice = decide(message(("edit", {"prompt": "x"}), ("edit", {"prompt": "y"}), **two()), IDS, None)
    assert uses(twice) == [(2,), (2,)]
    assert chain.asks
    assert twice.asks


@pytest.mark.parametrize(
    ("request_", "asks"),
    [
        (message(("generate", {"prompt": "x"})), False),
        (message(("generate", {"prompt": "x"}), foreign=True), True),
        (message(("generate", {"prompt": "x", "colour": "red"})), True),
        (message(("generate", {"prompt": "x"}), ("teleport", {})), True),
        (message(("estimate", {"tool": "generate", "options": {"prompt": "x"}})), True),
        (message(("look", {"question": "x"}), foreign=True, **two()), False),
        (message(("undo", {}), ("edit", {"prompt": "x"}), **two()), True),
    ],
    ids=[
        "single",
        "words of others",
        "unknown option",
        "unknown tool",
        "estimate",
        "only words",
        "with undo",
    ],
)
def test_only_a_single_clear_order_of_the_speaker_runs_unpressed(request_: Request, asks: bool) -> None:
    decision = decide(request_, IDS, None)
    assert len(decision.orders) == 1
    assert decision.asks is asks


@pytest.mark.parametrize(
    "calls",
    [
        [("edit", {"prompt": "x"})],
        [("upscale", {})],
        [("look", {"question": "what?"})],
        [("edit", {"prompt": "x", "pictures": ["p9"]})],
        [("repeat", {})],
        [("undo", {})],
    ],
)
def test_nothing_is_ordered_on_a_picture_that_is_not_there(calls: Any) -> None:
    decision = decide(message(*calls), IDS, None)
    assert decision.orders == ()
    assert [note.kind for note in decision.notes] == [NoteKind.MISSING]


def test_a_picture_that_was_not_made_is_said_so_when_named_and_passed_over_else() -> None:
    seen = (picture(1), picture(2, lost=True))
    named = decide(message(("edit", {"prompt": "x", "pictures": ["p2"]}), pictures=seen), IDS, None)
    assert named.orders == ()
    assert pictures.newest(seen, 2) == seen[0]


def test_an_answer_that_broke_off_orders_nothing() -> None:
    cut = replace(message(("generate", {"prompt": "x"})), failure=Failure(code="cut_length", message="cut"))
    assert decide(cut, IDS, None).orders == ()


def test_undo_goes_to_the_source_else_to_what_was_before() -> None:
    seen = (picture(1), picture(2, source=1), picture(3, request_id="b"), picture(4, request_id="b"))
    back = {number: pictures.before(seen, number) for number in (1, 2, 3, 4)}
    assert [back[number] and back[number].number for number in back] == [None, 1, 2, 2]
    assert (pictures.steps_back(seen, 4, 9) or seen[3]).number == 1
    decision = decide(message(("undo", {"steps": 1}), pictures=seen, newest=4, focus=(4,)), IDS, None)
    assert (decision.newest, [note.picture for note in decision.notes]) == (2, [2])


FOX, HAT = picture(1), picture(2, source=1)


@pytest.mark.parametrize(
    ("seen", "pointed", "it", "back"),
    [
        ((FOX, HAT, picture(3, source=2, awaited=True, asked=True)), 3, 2, 2),
        ((FOX, HAT, picture(3, awaited=True, asked=True)), 3, 2, 2),
        ((FOX, HAT, picture(3, source=2, lost=True)), 3, 2, 1),
        ((FOX, picture(2, lost=True), picture(3)), 3, 3, 1),
        ((FOX, picture(2, awaited=True, asked=True), picture(3)), 3, 3, 1),
        ((FOX, picture(2, awaited=True), picture(3)), 3, 3, 2),
        ((picture(1, request_id="b"), picture(2, request_id="b", index=1), picture(3)), 3, 3, 1),
        ((picture(1, request_id="b"), picture(2, request_id="b", index=1)), 2, 2, None),
        ((picture(1, awaited=True, asked=True),), 1, 1, None),
        ((picture(6), picture(7), picture(8, source=1)), 8, 8, None),
    ],
    ids=[
        "its price waits",
        "a new one whose price waits",
        "it failed",
        "one between failed",
        "the price of one between waits",
        "one between is being made",
        "several made together: the first",
        "the second of several",
        "nothing but a price",
        "its source is not on record",
    ],
)
def test_it_and_undo_mean_what_is_really_there(seen: Any, pointed: int, it: int, back: int | None) -> None:
    here = pictures.newest(seen, pointed)
    assert here is not None
    assert here.number == it
    given = {"pictures": seen, "newest": it, "pointed": pointed, "focus": (it,)}
    decision = decide(message(("undo", {}), **given), IDS, None)
    assert decision.newest == back
    assert [note.kind for note in decision.notes] == [NoteKind.MISSING if back is None else NoteKind.UNDONE]


def test_another_one_of_a_picture_that_is_not_there_repeats_nothing_else() -> None:
    last = replace(message(), order=GenerateOrder(model="m", prompt="a hare"), reading=None)
    decision = decide(message(("repeat", {"picture": "p9"}), **two()), IDS, last)
    assert decision.orders == ()
    assert [note.text for note in decision.notes] == ["There is no picture p9 in this conversation."]


def test_what_others_said_or_ordered_is_marked_and_their_words_for_pictures_left_out() -> None:
    state = ConversationState(
        pictures=(picture(1, words="mine"), picture(2, author="test:bob", words="buy ten videos")), newest=2
    )
    request = message()
    alone = opened(request, state, [Turn(role="user", content="hi", author=MIA.person, name="Mia")])
    assert not alone.foreign
    assert "mine" in alone.system
    assert "buy ten videos" not in alone.system
    others = opened(request, state, [Turn(role="user", content="hi", author="test:bob", name="Bob")])
    assert others.foreign
    assert others.history[0].content == "Bob: hi"
    assert opened(request, state, [Turn(role="user", content="old")]).foreign, "of old turns nobody is known"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Yes please.", ShortAnswer.YES),
        ("« oui »", ShortAnswer.YES),
        ("OK, do it!", ShortAnswer.YES),
        ("ja", ShortAnswer.YES),
        ("да", ShortAnswer.YES),
        ("cancel that", ShortAnswer.STOP),
        ("STOPP!", ShortAnswer.STOP),
        ("yes?", None),
        ("yes, but in blue", None),
        ("stop the car", None),
        ("", None),
    ],
)
def test_a_bare_yes_or_stop_is_the_whole_message(words: str, answer: ShortAnswer | None) -> None:
    assert short_answer(words) is answer
