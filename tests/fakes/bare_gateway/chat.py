"""Chat completions, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.bare_gateway.models import CREATED, Kind, ModelSwitches
from tests.fakes.bare_gateway.wire import Call, RefusedError, Reply, json_reply

PRINTED_ANSWER = (
    "Capybaras are the world's largest rodents and can hold their breath underwater for up to five minutes!"
)
USAGE: Mapping[str, int] = {"prompt_tokens": 15, "completion_tokens": 24, "total_tokens": 39}
"""As the quickstart prints it."""


@dataclass
class ChatSwitches:
    """How the next chat answers look."""

    text: str | None = PRINTED_ANSWER
    finish_reason: str = "stop"
    reasoning: str | None = None
    """Sent as `reasoning` beside the content."""
    refusal: str | None = None
    images: Sequence[str] = ()
    """Data URIs or URLs, sent as `message.images`."""
    audio: Mapping[str, Any] | None = None
    """`{id, data, expires_at, transcript}`; while streaming each field comes in a delta of its own."""
    tool_calls: Sequence[tuple[str, str]] = ()
    """Names and arguments (a string of JSON)."""
    breaks_with: Mapping[str, Any] | None = None
    """While streaming: an `error` event after the text. Whole answers do not have it."""
    without_done: bool = False
    """While streaming: the stream ends without `[DONE]` and without a finish reason."""


def check(call: Call, models: ModelSwitches) -> Kind:
    """Validate a chat request; raises `RefusedError`."""
    kind = models.need(call.body.get("model"), Kind.CHAT)
    if not isinstance(call.body.get("messages"), list) or not call.body["messages"]:
        raise RefusedError("INVALID_REQUEST", "messages is required")
    return kind


def run(call: Call, switches: ChatSwitches, number: int, cost: float | None) -> Reply:
    """The answer; `cost` (dollars) joins the usage when it is given."""
    head = {"id": f"chatcmpl-abc{number}", "created": CREATED, "model": call.body["model"]}
    usage = {**USAGE, **({} if cost is None else {"cost": cost})}
    if call.body.get("stream") is True:
        wanted = (call.body.get("stream_options") or {}).get("include_usage") is True
        pieces = [_event(data) for data in _stream(head, switches, usage if wanted else None)]
        ending = [] if switches.without_done or switches.breaks_with else [b"data: [DONE]\n\n"]
        return Reply(content_type="text/event-stream", pieces=[*pieces, *ending])
    choice = {"index": 0, "message": _message(switches), "finish_reason": switches.finish_reason}
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    return json_reply(body)


def _message(switches: ChatSwitches) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": switches.text}
    if switches.reasoning is not None:
        message["reasoning"] = switches.reasoning
    if switches.refusal is not None:
        message |= {"content": None, "refusal": switches.refusal}
    if switches.images:
        message["images"] = _images(switches)
    if switches.audio is not None:
        message |= {"content": None, "audio": dict(switches.audio)}
    if switches.tool_calls:
        message["tool_calls"] = [_tool(name, said, at) for at, (name, said) in enumerate(switches.tool_calls)]
    return message


def _images(switches: ChatSwitches) -> list[dict[str, Any]]:
    return [{"type": "image_url", "image_url": {"url": url}} for url in switches.images]


def _tool(name: str, arguments: str, at: int) -> dict[str, Any]:
    return {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _stream(
    head: Mapping[str, Any], switches: ChatSwitches, usage: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """The chunks in OpenAI's form: role, then what is said, then the end, then the usage if it was wanted."""
    head = {**head, "object": "chat.completion.chunk"}
    for delta in ({"role": "assistant", "content": ""}, *_deltas(switches)):
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if switches.breaks_with is not None:
        yield {"error": dict(switches.breaks_with)}
        return
    if switches.without_done:
        return
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": switches.finish_reason}]}
    if usage is not None:
        yield {**head, "choices": [], "usage": dict(usage)}


def _deltas(switches: ChatSwitches) -> Iterator[dict[str, Any]]:
    for piece in _halves(switches.reasoning):
        yield {"content": "", "reasoning": piece}
    spoken = switches.audio is not None or switches.refusal is not None
    for piece in _halves(None if spoken else switches.text):
        yield {"content": piece}
    for piece in _halves(switches.refusal):
        yield {"refusal": piece}
    if switches.images:
        yield {"content": "", "images": _images(switches)}
    for name, value in (switches.audio or {}).items():
        yield {"audio": {name: value}}
    yield from _tool_deltas(switches)


def _tool_deltas(switches: ChatSwitches) -> Iterator[dict[str, Any]]:
    """The id and the name once, the arguments in two pieces."""
    for at, (name, arguments) in enumerate(switches.tool_calls):
        yield {"tool_calls": [{"index": at, **_tool(name, "", at)}]}
        for piece in _halves(arguments):
            yield {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}


def _halves(text: str | None) -> list[str]:
    if not text:
        return []
    middle = (len(text) + 1) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"
