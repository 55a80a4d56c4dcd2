"""Chat in the sandbox: JSON, streams, prices, and streams that break."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from sandbox import Sandbox
from sandbox.chat import pieces
from tests.fakes.sandbox import http_fixture, sandbox_fixture  # noqa: F401

CHAT = "/openai/v1/chat/completions"
MODEL = "google/gemini-3-flash-preview"


def order(*texts: Any, **fields: Any) -> dict[str, Any]:
    """Alternating user and assistant messages, the last one by the user."""
    roles = ["user", "assistant"]
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"model": MODEL, "messages": messages, **fields}


async def say(http: httpx.AsyncClient, *texts: Any, **fields: Any) -> str:
    answer = await http.post(CHAT, json=order(*texts, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]["message"]["content"]


async def stream(
    http: httpx.AsyncClient, fault: str | None = None, text: str = "Tell me about the northern lights"
) -> list[str]:
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    lines: list[str] = []
    async with http.stream("POST", CHAT, json=order(text, stream=True), headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Lumenfall-Request-Id"].startswith("req_")
        lines.extend([line async for line in answer.aiter_lines() if line])
    return lines


def events(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in lines if line.startswith('data: {"')]


async def test_answer_usage_and_charge(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    body = (await http.post(CHAT, json=order("Tell me about foxes in winter", user="u1"))).json()
    usage = body["usage"]
    assert "foxes" in body["choices"][0]["message"]["content"]
    assert body["choices"][0]["finish_reason"] == "stop"
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    micros = -(-usage["prompt_tokens"] * 500_000 // 1_000_000) + usage["completion_tokens"] * 3
    assert usage["cost"] == micros / 1_000_000
    assert sandbox.charged_micros == micros
    row = (await http.get("/v1/requests")).json()["data"][0]
    assert (row["modality"], row["user"], row["model"]) == (None, "u1", MODEL)
    assert "metadata" not in body


async def test_usage_cost_by_switch(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.set(usage_cost=False)
    body = (await http.post(CHAT, json=order("hello"))).json()
    assert "cost" not in body["usage"]
    assert "cost" not in events(await stream(http))[-1]["usage"]
    assert sandbox.charged_micros > 0


async def test_dry_run_takes_the_ceiling(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fields = order("hello there", max_tokens=1000)
    estimate = (await http.post(f"{CHAT}?dryRun=true", json=fields)).json()
    parts = {c["type"]: c["quantity"] for c in estimate["components"]}
    assert parts["output"] == 1000
    assert estimate["total_cost_micros"] >= 3000
    assert sandbox.charged_micros == 0


async def test_max_tokens_cuts(http: httpx.AsyncClient) -> None:
    body = (await http.post(CHAT, json=order("Tell me about foxes", max_tokens=5))).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 5


async def test_memory_and_names(http: httpx.AsyncClient) -> None:
    first = ("My name is Ada and I like otters", "Nice!")
    assert "otters" in await say(http, *first, "What did I say?")
    assert "Ada" in await say(http, *first, "what is my name")
    assert "first message" in await say(http, "What did I say?")


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("write a python function to sort otters", ["```python", "def sort_otters"]),
        ("What is 12 * 7?", ["84"]),
        ("what is 1 / 0", ["no answer"]),
        ("Give me 4 ideas for a garden party", ["4. **"]),
        ("a haiku about rain", ["rain", "*"]),
        ("hello", ["Hello"]),
        ("Why do volcanoes erupt?", ["volcanoes"]),
        ("😀", ["that"]),
    ],
)
async def test_answers_fit_the_question(http: httpx.AsyncClient, prompt: str, parts: list[str]) -> None:
    text = await say(http, prompt)
    for part in parts:
        assert part in text


async def test_same_question_same_answer(http: httpx.AsyncClient) -> None:
    assert await say(http, "Why is the sky blue?") == await say(http, "Why is the sky blue?")


async def test_images_are_looked_at(http: httpx.AsyncClient) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), (210, 30, 40)).save(out, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    parts = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": uri}}]
    text = await say(http, parts)
    assert "40×20" in text
    assert "red" in text
    link = [{"type": "image_url", "image_url": {"url": "https://cats.example/a.png"}}]
    assert "cats.example" in await say(http, link)


async def test_json_mode(http: httpx.AsyncClient) -> None:
    text = await say(http, "colours of the sea", response_format={"type": "json_object"})
    assert isinstance(json.loads(text), dict)


async def test_stream_spells_the_same_answer(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    lines = await stream(http)
    chunks = events(lines)
    whole = await say(http, "Tell me about the northern lights")
    assert any(line.startswith(": OPENROUTER") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]) == whole
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["cost"] > 0
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    rows = list(sandbox.state.log)
    assert rows[0].cost_micros == rows[1].cost_micros


async def test_truncated_stream_is_charged(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    lines = await stream(http, "truncated_sse;chunks=2")
    assert "data: [DONE]" not in lines
    assert len(events(lines)) == 3
    assert sandbox.charged_micros > 0


async def test_error_event_in_the_stream(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    last = events(await stream(http, "sse_error"))[-1]
    assert last["error"]["message"]
    assert last["choices"][0]["finish_reason"] == "error"
    assert sandbox.charged_micros == 0
    assert next(iter(sandbox.state.log)).status == "upstream_failure"


async def test_garbage_between_the_chunks(http: httpx.AsyncClient) -> None:
    lines = await stream(http, "sse_garbage")
    assert "data: {not json" in lines
    assert lines[-1] == "data: [DONE]"


async def test_reset_in_the_stream_after_the_charge(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await stream(http, "reset_after_charge")
    assert sandbox.charged_micros > 0


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": []},
        {"messages": "hello"},
        {"messages": [{"role": "wizard", "content": "x"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "smell"}]}]},
        {"temperature": 3},
        {"max_tokens": 0},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"model": "flux.1-dev"},
    ],
)
async def test_refusals(http: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    answer = await http.post(CHAT, json={**order("x"), **fields})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


async def test_text_ids_need_their_vendor(http: httpx.AsyncClient) -> None:
    assert (await http.post(CHAT, json={**order("x"), "model": "gpt-5.4"})).status_code == 404
    assert (await http.post(CHAT, json={**order("x"), "model": f"openrouter/{MODEL}"})).status_code == 200


def test_pieces_give_the_text_again() -> None:
    text = "  a b\n\n```python\nx = 1\n```  "
    assert "".join(pieces(text)).strip() == text.strip()
