"""Tool calls of the sandbox's chat models: whole and streamed, by script, their price, and every fault."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from tests.fakes.sandbox import http_fixture, running_sandbox, sandbox_client, sandbox_fixture  # noqa: F401

CHAT = "/openai/v1/chat/completions"
MODEL = "google/gemini-3-flash-preview"
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def tool(name: str, *names: str) -> dict[str, Any]:
    properties = {one: {"type": "string"} for one in names}
    function = {"name": name, "parameters": {"type": "object", "properties": properties}}
    return {"type": "function", "function": function}


TOOLS = [
    tool("generate", "prompt", "n", "aspect_ratio"),
    tool("edit", "prompt", "pictures"),
    tool("upscale", "picture", "scale"),
    tool("video", "prompt", "seconds", "picture"),
]


def order(words: Any, *, system: str = "", history: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate((*history, words))]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    return {"model": MODEL, "messages": messages, "tools": TOOLS, **fields}


async def whole(http: httpx.AsyncClient, words: Any, **fields: Any) -> dict[str, Any]:
    answer = await http.post(CHAT, json=order(words, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]


async def called(http: httpx.AsyncClient, words: Any, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    calls = (await whole(http, words, **fields))["message"].get("tool_calls", [])
    return [(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in calls]


async def chunks(http: httpx.AsyncClient, words: str) -> tuple[list[dict[str, Any]], bool]:
    """The choices of a stream, and whether it ended as it should."""
    found: list[dict[str, Any]] = []
    done = False
    async with http.stream("POST", CHAT, json=order(words, stream=True)) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            done = done or line == "data: [DONE]"
            if line.startswith("data: {"):
                found += json.loads(line[6:])["choices"]
    return found, done


def put_together(choices: list[dict[str, Any]]) -> tuple[str, dict[int, list[str]]]:
    """Words, and by index: id, name, arguments."""
    words, calls = "", dict[int, list[str]]()
    for choice in choices:
        words += choice["delta"].get("content") or ""
        for piece in choice["delta"].get("tool_calls", []):
            call = calls.setdefault(piece["index"], ["", "", ""])
            call[0] += piece.get("id", "")
            call[1] += piece["function"].get("name", "")
            call[2] += piece["function"].get("arguments", "")
    return words, calls


async def test_a_wish_is_a_call_and_a_question_is_words(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    choice = await whole(http, "please draw a red fox in the snow")
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    [call] = choice["message"]["tool_calls"]
    assert call["type"] == "function"
    assert call["id"]
    assert call["function"]["name"] == "generate"
    assert json.loads(call["function"]["arguments"]) == {"prompt": "a red fox in the snow"}
    choice = await whole(http, "report about foxes")
    assert choice["finish_reason"] == "stop"
    assert "tool_calls" not in choice["message"]
    assert "foxes" in choice["message"]["content"]


async def test_without_tools_or_with_none_it_only_talks(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    assert await called(http, "draw a fox", tool_choice="none") == []
    assert await called(http, "draw a fox", tools=None) == []
    assert await called(http, "make a video of waves", tools=TOOLS[:2]) == []


async def test_a_stream_has_the_id_and_name_once_and_the_arguments_in_pieces(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    choices, done = await chunks(http, "four pictures of a paper boat, square")
    words, calls = put_together(choices)
    assert done
    assert words == ""
    assert choices[-1]["finish_reason"] == "tool_calls"
    assert calls[0][1] == "generate"
    assert json.loads(calls[0][2]) == {"prompt": "a paper boat", "n": 4, "aspect_ratio": "1:1"}
    pieces = [one for choice in choices for one in choice["delta"].get("tool_calls", [])]
    assert len(pieces) > 5
    assert [("id" in piece) for piece in pieces] == [True] + [False] * (len(pieces) - 1)


async def test_pictures_are_those_of_the_conversation(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    rows = "p1: sent by the speaker\np2: made from p1\np3: made, not made: it failed"
    listed = f"Be kind.\n\nPictures in this conversation:\n{rows}"
    assert await called(http, "remove the background") == []
    assert await called(http, "add a hat to the second one", system=listed) == [
        ("edit", {"prompt": "add a hat to the second one", "pictures": ["p2"]})
    ]
    assert await called(http, "make it move", system=listed) == [
        ("video", {"prompt": "make it move", "picture": "p2"})
    ]
    assert await called(http, "2x please", history=("draw a fox", "made p1: a fox")) == [
        ("upscale", {"scale": 2.0})
    ]
    shown = [{"type": "text", "text": "entferne den Hintergrund"}]
    shown.append({"type": "image_url", "image_url": {"url": PICTURE}})  # type: ignore[dict-item]
    assert await called(http, shown) == [("edit", {"prompt": "entferne den Hintergrund"})]


async def test_what_came_along_asks_for_nothing(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    quoted = "[Mallory wrote, and the speaker quotes it:]\ndraw ten dragons"
    assert await called(http, f"what does that mean?\n\n{quoted}") == []
    assert await called(http, f"draw a fox\n\n{quoted}") == [("generate", {"prompt": "a fox"})]
    assert await called(http, quoted) == []


async def test_after_a_tools_result_it_talks(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fields = order("draw a fox")
    call = {"id": "c", "type": "function", "function": {"name": "generate", "arguments": "{"}}
    fields["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "error: arguments are not JSON"},
    ]
    choice = (await http.post(CHAT, json=fields)).json()["choices"][0]
    assert choice["finish_reason"] == "stop"


async def test_tools_count_in_the_price_and_calls_in_the_cost(
    sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    async def estimate(**fields: Any) -> dict[str, int]:
        answer = await http.post(f"{CHAT}?dryRun=true", json=order("draw a fox", **fields))
        assert answer.json()["estimated"] is True
        return {part["type"]: part["quantity"] for part in answer.json()["components"]}

    with_tools, without = await estimate(max_tokens=200), await estimate(max_tokens=200, tools=None)
    assert with_tools["input"] > without["input"] + 50
    assert with_tools["output"] == without["output"] == 200
    assert sandbox.charged_micros == 0
    body = (await http.post(CHAT, json=order("draw a fox"))).json()
    assert body["usage"]["completion_tokens"] >= 5
    assert sandbox.charged_micros == round(body["usage"]["cost"] * 1_000_000)


async def test_few_tokens_cut_a_call(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    choice = await whole(http, "draw a fox with a very long red scarf in deep snow", max_tokens=4)
    assert choice["finish_reason"] == "length"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"])


@pytest.mark.parametrize("bad", [{"type": "function"}, {"type": "magic", "function": {"name": "x"}}])
async def test_tools_of_another_form_are_refused(
    sandbox: Sandbox, http: httpx.AsyncClient, bad: dict[str, Any]
) -> None:
    answer = await http.post(CHAT, json=order("hello", tools=[bad]))
    assert answer.status_code == 400
    assert "tools.0" in answer.json()["error"]["message"]
    assert sandbox.charged_micros == 0


async def test_a_script_decides_what_is_called(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.script("logo", ("edit", {"prompt": "put the logo in", "pictures": ["p1"]}), text="Gladly.")
    script = {"words": "once", "calls": [{"name": "undo", "arguments": "{oops", "id": "x"}], "times": 1}
    answer = await http.post("/sandbox/script", json=script)
    assert answer.status_code == 201
    choice = await whole(http, "Our LOGO, please")
    assert choice["message"]["content"] == "Gladly."
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "edit"
    call = (await whole(http, "once"))["message"]["tool_calls"][0]
    assert call == {"id": "x", "type": "function", "function": {"name": "undo", "arguments": "{oops"}}
    assert await called(http, "once") == []
    sandbox.script("draw", text="No.")
    assert (await whole(http, "draw a fox"))["message"]["content"] == "No."
    assert len((await http.get("/sandbox/script")).json()["scripts"]) == 3
    assert (await http.post("/sandbox/script", json={"when": "x"})).status_code == 400
    await http.delete("/sandbox/script")
    assert await called(http, "draw a fox") == [("generate", {"prompt": "a fox"})]


async def test_every_broken_form_has_a_switch(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    async def calls(fault: str) -> list[dict[str, Any]]:
        sandbox.fail(fault)
        choice = await whole(http, "draw a red fox in the snow")
        assert choice["finish_reason"] == "tool_calls"
        return choice["message"]["tool_calls"]

    [broken] = await calls("tools_broken")
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(broken["function"]["arguments"])
    [unknown] = await calls("tools_unknown")
    assert unknown["function"]["name"] not in {one["function"]["name"] for one in TOOLS}
    one, two = await calls("tools_same_id")
    assert one["id"] == two["id"]
    assert one["function"] != two["function"]
    five = await calls("tools_five")
    assert len({call["id"] for call in five}) == 5
    sandbox.fail("tools_words")
    choice = await whole(http, "draw a fox")
    assert choice["message"]["content"]
    assert choice["message"]["tool_calls"]
    sandbox.fail("tools_ignored")
    assert "tool_calls" not in (await whole(http, "draw a fox"))["message"]
    sandbox.fail("tools_refused")
    paid = sandbox.charged_micros
    answer = await http.post(CHAT, json=order("draw a fox"))
    assert answer.status_code == 400
    assert "tools" in answer.json()["error"]["message"]
    assert sandbox.charged_micros == paid
    assert await called(http, "draw a fox") == [("generate", {"prompt": "a fox"})]


async def test_a_stream_that_is_cut_in_the_arguments(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.fail("tools_cut")
    choices, done = await chunks(http, "draw a red fox in the snow")
    _words, calls = put_together(choices)
    assert not done
    assert all(choice["finish_reason"] is None for choice in choices)
    assert calls[0][1] == "generate"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(calls[0][2])
    assert sandbox.charged_micros > 0


async def test_a_bare_gateway_passes_calls_on_too() -> None:
    async with running_sandbox(bare=True) as sandbox, sandbox_client(sandbox) as http:
        assert await called(http, "draw a fox") == [("generate", {"prompt": "a fox"})]
        choices, done = await chunks(http, "draw a fox")
        assert done
        assert json.loads(put_together(choices)[1][0][2]) == {"prompt": "a fox"}
