"""From socket to handler: call, body, fault, key, log row; and from exception to envelope.

Order matters. An edge (HTML 403, resets before the gateway) answers before a key is looked at; the row is
opened after the key is known and before the work, so that a crash in between is visible as `processing`.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from socket import SO_LINGER, SOL_SOCKET
from urllib.parse import quote

import structlog
from aiohttp import web

from sandbox import published
from sandbox.body import Body, read_body
from sandbox.call import Call, attach, find_call, trace_id
from sandbox.errors import (
    ApiError,
    content_policy,
    exhausted,
    insufficient_balance,
    invalid,
    model_disabled,
    rate_limited,
    unauthorized,
)
from sandbox.faults import HEADER, Fault
from sandbox.requestlog import Row, new_id
from sandbox.state import Received, State, state_of

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN = frozenset({"media", "control", "unknown"})
_NOT_REMEMBERED = frozenset({"authorization", "cookie"})
_HTML_403 = (
    "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>"
    "<body><h1>Sorry, you have been blocked</h1><p>You are unable to access this site.</p></body></html>"
)
_HTML_524 = (
    "<!DOCTYPE html><html><head><title>524: A timeout occurred</title></head>"
    "<body><h1>A timeout occurred</h1><p>Error code 524</p></body></html>"
)


@web.middleware
async def envelope(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into the documented envelope."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "INVALID_REQUEST"}
        return ApiError(error.status, code.get(error.status, "INVALID_REQUEST"), error.reason).response()
    except Exception:
        log.exception("sandbox_handler_failed", path=request.path)
        return internal_error().response()


@web.middleware
async def calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Attach a `Call`, let its fault strike, check the key, keep the log row."""
    state = state_of(request)
    endpoint = request.match_info.route.name or "unknown"
    if endpoint in {"control", "unknown"}:
        return await handler(request)
    call = Call(
        id=new_id("req_", state.clock.time()),
        endpoint=endpoint,
        started_at=state.clock.time(),
        dry_run=request.query.get("dryRun") == "true",
        body=Body(),
    )
    attach(request, call)
    body_error = await _read(request, call, state)
    _find_fault(request, call, state)
    _remember(request, call, state)
    if answer := await _edge(request, call, state):
        return answer
    if endpoint not in _OPEN:
        call.key_id = _key_id(request, state)
    if call.paid:
        _open_row(request, call, state)
    response = await _answer(request, call, state, handler, body_error)
    if call.paid or call.endpoint == "video_cancel":
        state.save()
    return await _after(request, call, state, response)


async def _read(request: web.Request, call: Call, state: State) -> ApiError | None:
    try:
        call.body = await read_body(request)
    except ApiError as error:
        return error
    slug = call.body.text("model")
    model = state.table.get(slug) or state.table.get(slug.partition("/")[2]) if slug else None
    call.model = model.slug if model else slug
    if call.endpoint == "edit" and model and model.modes == ("upscale",):
        call.endpoint = "upscale"
    return None


def _find_fault(request: web.Request, call: Call, state: State) -> None:
    header = request.headers.get(HEADER)
    if header is None:
        call.fault = state.faults.take(
            call.endpoint, call.model, call.body.text("user"), dry_run=call.dry_run
        )
        return
    try:
        call.fault = Fault.parse(header)
    except ValueError as error:
        raise invalid(f"{HEADER}: {error}") from None


def _remember(request: web.Request, call: Call, state: State) -> None:
    headers = {k.lower(): v for k, v in request.headers.items() if k.lower() not in _NOT_REMEMBERED}
    state.calls.append(
        Received(
            endpoint=call.endpoint,
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers=headers,
            fields=call.body.fields,
            files=tuple(upload.field for upload in call.body.files),
            dry_run=call.dry_run,
            fault=call.fault.name if call.fault else None,
        )
    )


async def _edge(request: web.Request, call: Call, state: State) -> web.Response | None:
    """Faults that strike before the gateway itself has seen anything."""
    fault = call.fault
    if fault is None:
        return None
    if fault.name == "slow":
        await state.clock.sleep(fault.number("seconds", 2))
    elif fault.name == "hang" and not fault.flag("charged"):
        await state.clock.sleep(fault.number("seconds", 600))
        return reset(request)
    elif fault.name == "reset_before_charge":
        return reset(request)
    elif fault.name == "html_403":
        return web.Response(status=403, text=_HTML_403, content_type="text/html")
    elif fault.name == "html_524" and not fault.flag("charged"):
        return web.Response(status=524, reason="Timeout", text=_HTML_524, content_type="text/html")
    return None


def _key_id(request: web.Request, state: State) -> str:
    """The part of the key before the dot; any key that starts with `lmnfl_` is good."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key.startswith("lmnfl_") or key == "lmnfl_":
        raise unauthorized()
    key_id = key.removeprefix("lmnfl_").partition(".")[0][:64]
    state.keys.setdefault(key_id, state.clock.time())
    return key_id


def _open_row(request: web.Request, call: Call, state: State) -> None:
    modality = {"video": "video", "chat": None}.get(call.endpoint, "image")
    call.row = Row(
        id=call.id,
        created_at=call.started_at,
        endpoint=request.path,
        kind=call.endpoint,
        key_id=call.key_id,
        trace_id=trace_id(request.headers.get("traceparent")),
        user=call.body.text("user"),
        model=call.model,
        modality=modality,
        request_size=call.body.size,
    )
    state.log.add(call.row)
    state.save()


async def _answer(
    request: web.Request, call: Call, state: State, handler: Handler, body_error: ApiError | None
) -> web.StreamResponse:
    try:
        if body_error:
            raise body_error
        if error := _refusal(call):
            raise error
        response = await handler(request)
        return published.reduced(call, response) if state.options.bare else response
    except ApiError as error:
        if call.row:
            status = "upstream_failure" if error.status >= 500 else "rejected"
            state.log.end(call.row, status, error=(error.code, error.message))
        return error.response()


def _refusal(call: Call) -> ApiError | None:
    """The documented error that a fault stands for."""
    fault = call.fault
    if fault is None:
        return None
    ways: dict[str, Callable[[], ApiError]] = {
        "401": unauthorized,
        "402": insufficient_balance,
        "429": lambda: rate_limited(fault.text("retry_after", "1")),
        "500": internal_error,
        "502": exhausted,
        "content_policy": content_policy,
        "model_disabled": lambda: model_disabled(call.model or ""),
    }
    return ways[fault.name]() if fault.name in ways else None


def internal_error() -> ApiError:
    return ApiError(500, "INTERNAL_ERROR", "Something went wrong on our side.", kind="api_error")


async def _after(
    request: web.Request, call: Call, state: State, response: web.StreamResponse
) -> web.StreamResponse:
    """Faults that strike once the work is done and charged."""
    if call.row and isinstance(response, web.Response):
        call.row.response_size = response.content_length or 0
    fault = call.fault
    if fault is None or response.status >= 400 or response.prepared:
        return response
    if fault.name == "reset_after_charge":
        return reset(request)
    if fault.name == "hang" and fault.flag("charged"):
        await state.clock.sleep(fault.number("seconds", 600))
        return reset(request)
    if fault.name == "html_524":
        return web.Response(status=524, reason="Timeout", text=_HTML_524, content_type="text/html")
    if fault.name == "bad_json":
        return web.Response(text='{"id": "req_', content_type="application/json")
    return response


def reset(request: web.Request) -> web.Response:
    """Cut the connection so that the client sees `connection reset by peer`, not a polite end."""
    transport = request.transport
    if transport is not None:
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def add_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """`X-Lumenfall-*` on every reply, errors and streams included."""
    call = find_call(request)
    if call is None or call.endpoint == "media":
        return
    response.headers["X-Lumenfall-Request-Id"] = call.id
    if call.model:
        response.headers["X-Lumenfall-Model"] = quote(call.model[:200], safe="/:.-_@")
    if call.provider:
        response.headers["X-Lumenfall-Provider"] = call.provider
