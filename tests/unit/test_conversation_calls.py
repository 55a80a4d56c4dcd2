"""What a chat model may call, and what its calls become: values, or a sentence, and never an exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.calls import (
    AskCall,
    BalanceCall,
    CompareCall,
    EstimateCall,
    OrderCall,
    RepeatCall,
    Understood,
    UndoCall,
)
from bot.conversation.instructions import INSTRUCTIONS, system_prompt
from bot.conversation.reading import ARGUMENTS_MAX, read_calls
from bot.conversation.tools import FREE_TOOLS, ORDER_TOOLS, REPEAT, definitions
from bot.core.capability import Capability, about
from bot.core.options import options_of
from bot.core.said import ToolCall

ALL = frozenset(Capability)
TOOLS = {tool["function"]["name"]: tool["function"] for tool in definitions(ALL)}


def read(
    *calls: tuple[str, object], allowed: frozenset[Capability] = ALL, same_id: bool = False
) -> Understood:
    raw = [
        ToolCall(
            id="call" if same_id else f"call_{number}",
            name=name,
            arguments=given if isinstance(given, str) else json.dumps(given),
        )
        for number, (name, given) in enumerate(calls)
    ]
    return read_calls(raw, allowed)


def only(name: str, given: object) -> object:
    found = read((name, given))
    assert not found.not_understood, found.not_understood
    [call] = found.calls
    return call


def reason(name: str, given: object) -> str:
    found = read((name, given))
    assert not found.calls
    [failed] = found.not_understood
    assert failed.message.endswith((".", "”."))
    return failed.reason


def test_tools_have_the_names_of_the_commands_and_their_options():
    assert set(TOOLS) == {*ORDER_TOOLS, *FREE_TOOLS, REPEAT}
    for name, capability in ORDER_TOOLS.items():
        public = {option.name for option in options_of(capability)}
        offered = set(TOOLS[name]["parameters"]["properties"])
        assert offered - {"picture", "pictures", "question"} <= public
        assert bool(offered & {"picture", "pictures"}) == about(capability).takes_pictures
    assert set(TOOLS["generate"]["parameters"]["properties"]) >= {"prompt", "model", "n", "size"}


def test_every_offered_argument_is_read():
    samples = {"string": "p1", "integer": 1, "number": 2, "array": ["p1", "p2"], "object": {"prompt": "x"}}
    for name, tool in TOOLS.items():
        properties = tool["parameters"]["properties"]
        given = {key: schema.get("enum", [samples[schema["type"]]])[0] for key, schema in properties.items()}
        given |= {"model": "flux"} if "model" in given else {}
        call = only(name, given)
        assert not getattr(call, "ignored", ()), name


def test_only_what_policy_allows_is_offered_and_read():
    names = {tool["function"]["name"] for tool in definitions({Capability.CHAT})}
    assert names == {"look", "ask", "balance"}
    priced = next(t for t in definitions({Capability.EDIT}) if t["function"]["name"] == "estimate")
    assert priced["function"]["parameters"]["properties"]["tool"]["enum"] == ["edit"]
    found = read(("generate", {"prompt": "a fox"}), allowed=frozenset({Capability.EDIT}))
    assert [one.reason for one in found.not_understood] == ["not_allowed"]
    assert "Draw a picture" in found.not_understood[0].message


def test_the_instructions_and_tools_stay_short():
    assert len(INSTRUCTIONS) < 1000
    assert len(json.dumps(definitions(ALL), separators=(",", ":"))) < 6000
    assert system_prompt("  ") == INSTRUCTIONS
    assert system_prompt("We are a bakery.").endswith("\n\nWe are a bakery.")


def test_an_order_is_a_draft_with_handles():
    call = only("edit", {"prompt": "add a hat", "pictures": ["p1", 2, " P3 "], "n": "2", "size": "square"})
    assert isinstance(call, OrderCall)
    assert call.pictures == ("p1", "p2", "p3")
    assert call.draft.values == {"prompt": "add a hat", "n": 2, "size": "square"}
    assert call.draft.capability is Capability.EDIT


@pytest.mark.parametrize(
    ("name", "given", "values"),
    [
        ("generate", {"prompt": "fox", "n": None, "model": ""}, {"prompt": "fox"}),
        ("upscale", {"scale": "2x", "image": "p4"}, {"scale": 2.0}),
        ("video", {"prompt": "waves", "duration": "8s"}, {"prompt": "waves", "seconds": 8.0}),
        ("look", {"question": "what is it?", "picture": "p1"}, {"prompt": "what is it?"}),
        ("look", {"prompt": "what is it?"}, {"prompt": "what is it?"}),
        ("functions.Generate", {"prompt": "fox"}, {"prompt": "fox"}),
    ],
)
def test_values_as_models_write_them(name: str, given: object, values: object):
    call = only(name, given)
    assert isinstance(call, OrderCall)
    assert call.draft.values == values
    assert not call.ignored


def test_the_other_tools():
    assert only("undo", {}) == UndoCall(steps=1)
    assert only("undo", {"steps": "3"}) == UndoCall(steps=3)
    assert only("balance", "") == BalanceCall()
    assert only("balance", "null") == BalanceCall()
    assert only("ask", {"question": "Which?", "choices": ["a", "a", 7, " ", "b"]}) == AskCall(
        question="Which?", choices=("a", "b")
    )
    assert only("repeat", {"aspect-ratio": "16:9", "picture": "p2"}) == RepeatCall(
        picture="p2", changes={"aspect_ratio": "16:9"}
    )
    length = {"seconds": 8, "prompt": "x"}
    for arguments in ({"tool": "video", "options": length}, {"tool": "video", **length}):
        call = only("estimate", arguments)
        assert isinstance(call, EstimateCall)
        assert call.order.draft.values["seconds"] == 8
    call = only("compare", {"tool": "generate", "models": ["a", "b"], "prompt": "fox"})
    assert isinstance(call, CompareCall)
    assert call.models == ("a", "b")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("fly", {}, "unknown_tool"),
        ("chat", {"prompt": "hello"}, "unknown_tool"),
        ("generate", '{"prompt": "a fo', "broken"),
        ("generate", "[1]", "broken"),
        ("generate", '"a fox"', "broken"),
        ("generate", '{"prompt": "fox", "prompt": "hen"}', "broken"),
        ("generate", '{"prompt": "fox", "seed": NaN}', "broken"),
        ("generate", '{"a":' * 5000, "broken"),
        ("generate", '{"prompt": "' + "x" * ARGUMENTS_MAX + '"}', "broken"),
        ("generate", {"prompt": "x" * 10_001}, "invalid"),
        ("look", {"question": "x" * 10_001}, "invalid"),
        ("estimate", {"tool": "generate", "prompt": "x" * 10_001}, "invalid"),
        ("generate", {}, "invalid"),
        ("generate", {"prompt": "  "}, "invalid"),
        ("generate", {"prompt": ["a", "b"]}, "invalid"),
        ("generate", {"prompt": "fox", "n": "four"}, "invalid"),
        ("generate", {"prompt": "fox", "n": True}, "invalid"),
        ("generate", '{"prompt": "fox", "n": 1e999}', "invalid"),
        ("edit", {"prompt": "hat", "pictures": ["the red one"]}, "invalid"),
        ("edit", {"prompt": "hat", "pictures": ["p0"]}, "invalid"),
        ("edit", {"prompt": "hat", "pictures": [{"id": 1}]}, "invalid"),
        ("edit", {"prompt": "hat", "pictures": list(range(1, 30))}, "invalid"),
        ("repeat", {"pictures": ["p1", "p2"]}, "invalid"),
        ("undo", {"steps": "all"}, "invalid"),
        ("estimate", {"tool": "sing"}, "invalid"),
        ("estimate", {"tool": "video", "options": "8s"}, "broken"),
        ("compare", {"tool": "generate", "prompt": "fox"}, "invalid"),
        ("ask", {"choices": ["a"]}, "broken"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, given: object, expected: str):
    assert reason(name, given) == expected


def test_what_a_tool_does_not_know_is_named_and_never_runs_alone():
    found = read(("generate", {"prompt": "fox", "colour": "red"}))
    assert found.orders[0].ignored == ("colour",)
    assert not found.single
    found = read(("upscale", {"pictures": ["p1", "p2"]}))
    assert found.orders[0].ignored == ("p2",)
    assert not found.single


def test_one_order_alone_is_single_and_nothing_else():
    fox, broken = ("generate", {"prompt": "fox"}), ("edit", "{")
    assert read(fox).single
    assert read(fox, fox, same_id=True).single, "sent twice under one id"
    for others in ([fox, fox], [fox, broken], [fox, ("balance", {})], [("undo", {})], [broken], []):
        assert not read(*others).single


def test_at_most_four_orders():
    found = read(*[("generate", {"prompt": "fox"})] * 5)
    assert len(found.orders) == 4
    assert [one.reason for one in found.not_understood] == ["too_many"]
    found = read(*[("balance", {})] * 50)
    assert len(found.calls) == 8
    assert [one.reason for one in found.not_understood] == ["too_many"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_NAMES = "prompt picture pictures image n size seconds scale model models steps question choices tool options"
_GIVEN = st.dictionaries(st.sampled_from(_NAMES.split()) | st.text(max_size=8), _JSON, max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(
        st.tuples(
            st.sampled_from([*TOOLS]) | st.text(max_size=20),
            st.text(max_size=40) | _GIVEN.map(json.dumps),
        ),
        max_size=6,
    )
)
def test_anything_at_all_is_read_or_said(calls: list[tuple[str, str]]):
    found = read_calls([ToolCall(name=name, arguments=text) for name, text in calls], ALL)
    assert len(found.calls) + len(found.not_understood) in (len(calls), len(calls) + 1, 5)
    for one in found.not_understood:
        assert one.message
        assert len(one.tool) <= 40
    for call in found.calls:
        if isinstance(call, AskCall):
            call.question.encode()
