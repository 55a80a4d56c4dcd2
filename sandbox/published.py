"""What the gateway's published pages print of each answer; a bare sandbox leaves out the rest.

No cost and no `metadata`, no id of a picture's request, no schema, no capabilities: a client that works here
relies on nothing that the pages do not promise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from aiohttp import web

from sandbox.call import Call

Body = Mapping[str, Any]

MODEL = ("id", "object", "created", "owned_by")
DRY_RUN = ("estimated", "model", "provider", "total_cost_micros", "currency")
PICTURE = ("url", "b64_json", "revised_prompt")
VIDEO = (
    "id", "object", "created_at", "completed_at", "status", "model", "seconds", "size", "output", "error",
)  # fmt: skip
CHAT = ("id", "object", "created", "model")
USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")


def _only(body: Body, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: body[name] for name in names if body.get(name) is not None}


def _model(body: Body) -> dict[str, Any]:
    return {**_only(body, MODEL), "owned_by": "lumenfall"}


def _models(body: Body) -> dict[str, Any]:
    return {"object": "list", "data": [_model(item) for item in body["data"]]}


def _generation(body: Body) -> dict[str, Any]:
    return {"created": body["created"], "data": [_only(item, PICTURE) for item in body["data"]]}


def _edit(body: Body) -> dict[str, Any]:
    return {**_only(body, ("created", "size")), "data": [_only(item, PICTURE) for item in body["data"]]}


def _video(body: Body) -> dict[str, Any]:
    return _only(body, VIDEO)


def chat(body: Body) -> dict[str, Any]:
    """A completion, or one event of a stream."""
    usage = {"usage": _only(body["usage"], USAGE)} if body.get("usage") else {}
    error = {"error": body["error"]} if body.get("error") else {}
    return {**_only(body, CHAT), **error, "choices": [_choice(item) for item in body["choices"]], **usage}


def _choice(choice: Body) -> dict[str, Any]:
    said = "message" if "message" in choice else "delta"
    words = {name: value for name, value in choice[said].items() if value is not None}
    return {"index": choice["index"], said: words, "finish_reason": choice["finish_reason"]}


_PRINTED: Mapping[str, Callable[[Body], dict[str, Any]]] = {
    "models": _models,
    "model": _model,
    "generate": _generation,
    "edit": _edit,
    "upscale": _edit,
    "video": _video,
    "video_get": _video,
    "chat": chat,
}


def reduced(call: Call, response: web.StreamResponse) -> web.StreamResponse:
    """A success in JSON, as the pages print it; anything else as it is."""
    known = _PRINTED.get(call.endpoint)
    if known is None or not isinstance(response, web.Response) or response.status >= 300:
        return response
    body = cast("dict[str, Any]", json.loads(response.text or "{}"))
    if "error" in body and body.get("object") != "video":
        return response
    printed = _only(body, DRY_RUN) if call.dry_run else known(body)
    return web.json_response(printed, status=response.status)
