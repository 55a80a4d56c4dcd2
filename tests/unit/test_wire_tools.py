"""Tool calls on the wire: what is offered, and what comes back in pieces, whole, late or broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.core.errors.outside import GatewayError
from bot.core.ports.gateway import TRUNCATED
from bot.core.said import ToolCall
from bot.gateway.payloads import build
from bot.gateway.tool_calls import ARGUMENTS_MAX, CALLS_MAX, CallPieces
from tests.fakes.examples import is_deep
from tests.fakes.gateway import chat
from tests.unit.test_wire_chat import USAGE, chunk, events, run


def piece(index: int | None, **given: Any) -> dict[str, Any]:
    """One piece of a call; `id` stands beside the function, all else in it."""
    head = {} if index is None else {"index": index}
    head |= {"id": given.pop("id")} if "id" in given else {}
    return {**head, "type": "function", "function": given}


def called(*pieces: dict[str, Any], finish: str | None = None, content: str | None = None) -> str:
    delta = {"content": content, "tool_calls": list(pieces)}
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


FOX = (
    called(piece(0, id="c1", name="generate", arguments="")),
    called(piece(0, arguments='{"prompt": "a')),
    called(piece(1, id="c2", name="balance", arguments="{}")),
    called(piece(0, arguments=' red fox"}')),
    chunk(finish="tool_calls"),
    USAGE,
    "[DONE]",
)
CALLS = (
    ToolCall(id="c1", name="generate", arguments='{"prompt": "a red fox"}'),
    ToolCall(id="c2", name="balance", arguments="{}"),
)


async def test_calls_are_put_together_from_their_pieces() -> None:
    outcome = await run(events(*FOX))
    assert (outcome.calls, outcome.text, outcome.cost) == (CALLS, "", 420)


@pytest.mark.parametrize("size", [1, 7])
async def test_pieces_of_the_network_make_no_difference(size: int) -> None:
    body = events(*FOX)
    assert (await run(*(body[at : at + size] for at in range(0, len(body), size)))).calls == CALLS


async def test_words_and_calls_may_come_together() -> None:
    outcome = await run(events(chunk("On it."), *FOX))
    assert (outcome.text, outcome.calls) == ("On it.", CALLS)


async def test_calls_of_an_answer_that_broke_off_do_not_count() -> None:
    outcome = await run(events(chunk("On "), *FOX[:4]), httpx.ReadError("gone"))
    assert (outcome.calls, outcome.finish_reason) == ((), TRUNCATED)


async def test_an_answer_that_is_not_streamed_has_its_calls() -> None:
    message = {"content": None, "tool_calls": [piece(None, id="c1", name="look", arguments={"n": 1.5})]}
    body = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    outcome = await run(json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    assert outcome.calls == (ToolCall(id="c1", name="look", arguments='{"n": 1.5}'),)


def test_calls_without_an_index_are_told_apart_by_their_id() -> None:
    pieces = CallPieces()
    pieces.take([piece(None, id="a", name="undo", arguments="{")])
    pieces.take([piece(None, arguments="}")])
    pieces.take([piece(None, id="b", name="balance", arguments="")])
    assert [(call.name, call.arguments) for call in pieces.calls] == [("undo", "{}"), ("balance", "")]


def test_calls_without_end_are_bounded() -> None:
    pieces = CallPieces()
    pieces.take(piece(index, id=str(index), name="x", arguments="y" * 50_000) for index in range(100))
    assert len(pieces.calls) == CALLS_MAX
    assert sum(len(call.arguments) for call in pieces.calls) == ARGUMENTS_MAX


@pytest.mark.parametrize("broken", [{"index": 0}, {"index": 0, "function": 3}, {"function": {"name": 4}}])
def test_what_is_no_call_breaks_nothing(broken: dict[str, Any]) -> None:
    pieces = CallPieces()
    pieces.take([broken])
    assert all(call.arguments == "" for call in pieces.calls)


def test_only_what_may_be_ordered_is_offered() -> None:
    assert "tools" not in build(chat(), {}).fields
    order = replace(chat(extra={"tools": "[]", "tool_choice": "required"}), tools=("generate", "chat"))
    fields = build(order, {}).fields
    names = [tool["function"]["name"] for tool in fields["tools"]]
    assert {"generate", "look", "balance"} <= set(names)
    assert not {"edit", "video"} & set(names)
    assert "tool_choice" not in fields


@pytest.mark.parametrize("gone", [True, False])
async def test_a_stream_cut_at_any_byte_has_all_of_its_calls_or_none(gone: bool) -> None:
    body, whole = events(*FOX), 0
    for at in range(0, len(body), 1 if is_deep() else 7):
        try:
            outcome = await run(body[:at], *([httpx.ReadError("gone")] if gone else []))
        except GatewayError:
            continue
        assert outcome.calls in ((), CALLS)
        assert outcome.calls == () or b"tool_calls" in body[:at].rsplit(b"finish_reason", 1)[-1]
        whole += outcome.calls == CALLS
    assert whole < len(body) // 3, "only what has arrived to its end"
