"""POST /openai/v1/chat/completions: one JSON body, or server-sent events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from aiohttp import web

from sandbox import published
from sandbox.answers import compose
from sandbox.call import Call, call_of
from sandbox.conversation import Conversation, read_conversation
from sandbox.errors import exhausted, invalid
from sandbox.faults import Fault
from sandbox.middleware import reset
from sandbox.params import ChatParams, parse
from sandbox.pricing import Usage, text_tokens, usd
from sandbox.state import State, state_of
from sandbox.tool_calls import Called, answer, offered
from sandbox.work import (
    Job,
    dry_answer,
    effective,
    error_in_200,
    fail_charged,
    find_route,
    job_for,
    price,
    require_balance,
)

# What a dry run assumes for the answer when the request sets no ceiling.
_DEFAULT_OUTPUT = 1024
_IMAGE_TOKENS = 258


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The finished answer and what it costs; the stream only spells it out."""

    call: Call
    job: Job
    text: str
    calls: tuple[Called, ...] = ()
    finish: str
    prompt_tokens: int
    created: int
    bare: bool = False
    tells_usage: bool = True

    @property
    def tokens(self) -> int:
        return max(1, text_tokens(self.text) + sum(call.tokens for call in self.calls))

    @property
    def deltas(self) -> list[dict[str, Any]]:
        """The answer in the pieces of a stream: words, then calls."""
        words: list[dict[str, Any]] = [{"content": piece} for piece in pieces(self.text)]
        calls = [piece for index, call in enumerate(self.calls) for piece in call.pieces(index)]
        return [*words, *({"tool_calls": [piece]} for piece in calls)]


async def complete(request: web.Request) -> web.StreamResponse:
    """Validate, then estimate, answer, or stream."""
    state, call = state_of(request), call_of(request)
    if call.body.kind != "json":
        raise invalid("Chat takes a JSON body.")
    params = parse(ChatParams, call.body.fields)
    route = find_route(state, call, "chat", params.model)
    talk = read_conversation(params.messages)
    tools = text_tokens(json.dumps(params.tools)) if offered(params.tools, None) else 0
    tokens = talk.tokens + tools + _IMAGE_TOKENS * len(talk.images)
    ceiling = params.max_completion_tokens or params.max_tokens or _DEFAULT_OUTPUT
    job = job_for(state, call, route, Usage(prompt_tokens=tokens, output_tokens=ceiling, images=1))
    if call.dry_run:
        return dry_answer(state, call, job)
    estimate = price(state, job).total
    require_balance(state, estimate)
    fail_charged(state, call, estimate)
    if failed := error_in_200(state, call):
        return failed
    reply = await _reply(state, call, job, talk, params)
    if call.row:
        call.row.paid = True
    return await (_stream(request, state, reply) if params.stream else _whole(state, reply))


async def _reply(state: State, call: Call, job: Job, talk: Conversation, params: ChatParams) -> Reply:
    tools = offered(params.tools, params.tool_choice)
    ident = call.id.removeprefix("req_")
    called = await asyncio.to_thread(answer, talk, tools, state.scripts, call.fault, ident)
    text = called.text or ""
    if called.text is None and not called.calls:
        text = await _words(talk, params)
    calls, finish = called.calls, "tool_calls" if called.calls else "stop"
    ceiling = params.max_completion_tokens or params.max_tokens
    if ceiling and text_tokens(text) + sum(one.tokens for one in calls) > ceiling:
        text, calls, finish = text[: ceiling * 4], tuple(one.cut(ceiling * 4) for one in calls[:1]), "length"
    return Reply(
        call=call,
        job=job,
        text=text,
        calls=calls,
        finish=finish,
        prompt_tokens=job.usage.prompt_tokens,
        created=int(state.clock.time()),
        bare=state.options.bare,
        tells_usage=not state.options.bare or _wants_usage(params),
    )


async def _words(talk: Conversation, params: ChatParams) -> str:
    as_json = (params.response_format or {}).get("type") in {"json_object", "json_schema"}
    text = await asyncio.to_thread(compose, talk, as_json=as_json)
    for stop in [params.stop] if isinstance(params.stop, str) else params.stop or []:
        text = text.partition(stop)[0] if stop else text
    return text


def _wants_usage(params: ChatParams) -> bool:
    """OpenAI's rule for streams, which is all a client of the published pages can go by."""
    wishes = (params.model_extra or {}).get("stream_options")
    return isinstance(wishes, dict) and bool(cast("dict[str, Any]", wishes).get("include_usage"))


def _cost(state: State, reply: Reply, tokens: int) -> int:
    usage = replace(reply.job.usage, output_tokens=tokens)
    return effective(state, reply.call, price(state, reply.job, usage).total)


def _usage(state: State, reply: Reply) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.tokens,
        "total_tokens": reply.prompt_tokens + reply.tokens,
    }
    if state.switches.usage_cost and not reply.call.has("no_cost"):
        usage["cost"] = usd(_cost(state, reply, reply.tokens))
        usage["cost_details"] = {"upstream_inference_cost": None}
    return usage


def _charge(state: State, reply: Reply) -> None:
    if reply.call.row:
        state.log.end(reply.call.row, "completed", cost_micros=_cost(state, reply, reply.tokens))


async def _whole(state: State, reply: Reply) -> web.Response:
    _charge(state, reply)
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
    if reply.calls:
        message |= {"content": reply.text or None, "tool_calls": [call.wire() for call in reply.calls]}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish, "logprobs": None}
    body = {**_head(reply, "chat.completion"), "choices": [choice], "usage": _usage(state, reply)}
    return web.json_response(body)


def _head(reply: Reply, kind: str) -> dict[str, Any]:
    return {
        "id": f"gen-{reply.call.id.removeprefix('req_')}",
        "object": kind,
        "created": reply.created,
        "model": reply.job.model.slug,
        "provider": reply.job.offer.name,
    }


def _event(reply: Reply, body: dict[str, Any]) -> str:
    told = published.chat(body) if reply.bare else body
    return f"data: {json.dumps(told, ensure_ascii=False)}\n\n"


def _chunk(reply: Reply, delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _event(reply, {**_head(reply, "chat.completion.chunk"), "choices": [choice]})


def pieces(text: str) -> list[str]:
    """The text in words with the space that follows them; joined they give the text again."""
    return re.findall(r"\S*\s+|\S+", text)


class _CutError(Exception):
    """The fault of this stream cuts the connection here."""


async def _stream(request: web.Request, state: State, reply: Reply) -> web.StreamResponse:
    headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    response = web.StreamResponse(headers=headers)
    sent = 0
    try:
        await response.prepare(request)
        async with aclosing(_events(state, reply)) as events:
            async for event in events:
                await response.write(event.encode())
                sent += 1
    except _CutError:
        _charge(state, reply)
        reset(request)
        return response
    except ConnectionError:
        # The reader has gone: what was generated so far is charged.
        if row := reply.call.row:
            state.log.end(row, "cancelled", cost_micros=_cost(state, reply, min(sent * 2, reply.tokens)))
        return response
    _charge(state, reply)
    await response.write_eof()
    return response


async def _events(state: State, reply: Reply) -> AsyncGenerator[str, None]:
    """Comments, role, words, finish, usage with no choices, [DONE]; or what the fault makes of it."""
    fault = reply.call.has("truncated_sse", "sse_error", "sse_garbage", "reset_after_charge")
    yield ": OPENROUTER PROCESSING\n\n"
    yield _chunk(reply, {"role": "assistant", "content": ""})
    deltas = reply.deltas
    end = len(deltas) // 2 + 1 if reply.call.has("tools_cut") else len(deltas)
    for number, delta in enumerate(deltas[:end]):
        if fault and number == int(fault.number("chunks", 3)):
            if fault.name in {"truncated_sse", "sse_error"}:
                if fault.name == "sse_error":
                    yield _broken(state, reply, fault)
                return
            if fault.name == "reset_after_charge":
                raise _CutError
            yield "data: {not json\n\nevent: ping\nretry: nonsense\n:\n\ndata:\n\n"
        yield _chunk(reply, delta)
        if state.switches.chat_chunk_seconds:
            await state.clock.sleep(state.switches.chat_chunk_seconds)
    if end < len(deltas):
        return
    if fault and fault.name == "reset_after_charge":
        raise _CutError
    yield ": OPENROUTER PROCESSING\n\n"
    yield _chunk(reply, {}, reply.finish)
    # The row is closed before the last event, so that a reader who saw [DONE] finds the cost in the log.
    _charge(state, reply)
    if reply.tells_usage:
        usage = _usage(state, reply)
        yield _event(reply, {**_head(reply, "chat.completion.chunk"), "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _broken(state: State, reply: Reply, fault: Fault) -> str:
    """A failure inside a 200 stream, charged only with `charged=true`."""
    error = exhausted()
    if row := reply.call.row:
        cost = _cost(state, reply, reply.tokens) if fault.flag("charged") else 0
        state.log.end(row, "upstream_failure", cost_micros=cost, error=(error.code, error.message))
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    return _event(reply, {**_head(reply, "chat.completion.chunk"), **error.body(), "choices": [choice]})
