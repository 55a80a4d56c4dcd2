"""Files of sentences that say what they mean, and what a model is asked for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.conversation.instructions import INSTRUCTIONS
from bot.conversation.sentences import (
    Sentence,
    became,
    measured,
    orders_of,
    read_sentences,
    said_at_once,
    same,
    sent,
)
from bot.core.capability import Capability
from bot.core.request import EditOrder, GenerateOrder, Upload, VideoOrder
from bot.core.said import ToolCall
from tests.fakes.sentences import EVERYDAY, PHRASES

PICTURE = Upload(digest="a" * 64, content_type="image/png", width=512, height=512, size=9)


def test_our_files_can_be_read():
    assert len(read_sentences(EVERYDAY.read_text())) > 500
    if PHRASES.is_file():
        assert len(read_sentences(PHRASES.read_text())) > 50


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("{}", "list"),
        ("[]", "list"),
        ("[1]", "Sentence 1 has no `say`"),
        ('[{"say": "x", "means": "chat"}, {"say": " ", "means": "chat"}]', "Sentence 2"),
        ('[{"say": "x", "means": "fly"}]', "`means`"),
        ('[{"say": "x"}]', "`means`"),
        ('[{"say": "x", "means": "chat", "thread": "full"}]', "`thread`"),
        ("[" * 100_000, "not JSON"),
        (json.dumps([{"say": "x", "means": "chat"}] * 5001), "5,000"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, says: str):
    with pytest.raises(ValueError, match=says):
        read_sentences(text)


def test_a_sentence_is_asked_as_a_message_is():
    bare = sent(*measured(Sentence(say="hello", means="chat"), "m/x", 300, PICTURE))
    assert (bare.prompt, bare.model, bare.max_tokens) == ("hello", "m/x", 300)
    assert bare.tools == tuple(Capability)
    assert INSTRUCTIONS in (bare.system or "")
    assert "p1" not in (bare.system or "").replace(INSTRUCTIONS, "")
    assert (bare.images, bare.history) == ((), ())
    attached = sent(*measured(Sentence(say="hi", means="chat", attached=True), "m/x", 300, PICTURE))
    assert "p1: sent" in (attached.system or "")
    assert attached.images == (PICTURE,)
    thread = sent(*measured(Sentence(say="hi", means="chat", thread="picture"), "m/x", 300, PICTURE))
    assert "p1: made" in (thread.system or "")
    assert thread.images == (PICTURE,)
    assert [turn.role for turn in thread.history] == ["user"]


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, arguments=json.dumps(arguments))


def test_what_an_answer_became():
    assert became([])[0] == "chat"
    assert became([call("edit", prompt="x")])[0] == "edit"
    assert became([call("generate", prompt="x"), call("undo")])[0] == "generate+undo"
    assert became([call("fly")])[0] == "not understood"
    asked = Sentence(say="what is in p1?", means="chat")
    assert same(asked, became([call("look", question="what?")])[0])
    assert not same(asked, "generate")
    assert same(Sentence(say="draw a fox and enlarge it", means="generate+upscale"), "generate+upscale")


def test_what_it_would_have_ordered():
    _name, understood = became(
        [
            call("generate", prompt="x"),
            call("edit", prompt="y"),
            call("video", prompt="z"),
            call("repeat"),
            call("undo"),
        ]
    )
    drawn, edited, filmed, again = orders_of(understood, PICTURE)
    assert isinstance(drawn, GenerateOrder)
    assert isinstance(edited, EditOrder)
    assert edited.images == (PICTURE,)
    assert isinstance(filmed, VideoOrder)
    assert filmed.references == ()
    assert isinstance(again, GenerateOrder)


def test_yes_and_stop_are_answered_without_a_model():
    assert said_at_once(Sentence(say="ok do it", means="confirm", thread="awaiting price")) == "confirm"
    assert said_at_once(Sentence(say="Cancel that!", means="cancel", thread="running")) == "cancel"
    assert said_at_once(Sentence(say="why?", means="chat", thread="running")) == "chat"
