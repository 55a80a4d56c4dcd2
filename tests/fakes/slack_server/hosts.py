"""Slack's other hosts: uploads, private files and response_url."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack_server.files import Sink
from tests.fakes.slack_server.hooks import answer_hook

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.files import SlackFile
    from tests.fakes.slack_server.state import Grant

SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
_CHUNK = 64 * 1024


async def upload(core: Core, request: web.Request) -> web.StreamResponse:
    """Step two of an upload: raw bytes, or a multipart form with one file. No token is needed here."""
    file = core.files.get(request.match_info["file_id"])
    fault = core.faults.take("upload", file)
    if fault and not fault.after:
        return await _fault(request, fault)
    if file is None or file.state != "ticket":
        return web.Response(status=404, text="no such upload")
    sink = Sink()
    await _drain(request, sink)
    if sink.size != file.declared:
        core.violate(f"upload: {file.name} declared {file.declared} bytes, sent {sink.size}")
        return web.Response(status=400, text="length mismatch")
    file.take(sink)
    core.touch()
    if fault:
        return await _fault(request, fault)
    return web.Response(text=f"OK - {sink.size}", content_type="text/plain")


async def _drain(request: web.Request, sink: Sink) -> None:
    if request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            while chunk := await part.read_chunk(_CHUNK):  # type: ignore[union-attr]
                sink.write(chunk)
        return
    async for chunk in request.content.iter_chunked(_CHUNK):
        sink.write(chunk)


async def private_file(core: Core, request: web.Request) -> web.StreamResponse:
    """A private file for a token with files:read; for anybody else the sign-in page, with status 200."""
    file = core.files.get(request.match_info["location"].split("-")[-1])
    core.downloads.append(request.path)
    fault = core.faults.take("download", file)
    if fault:
        return await _fault(request, fault)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    grant = core.grants.get(token)
    if file is None or not _may_read(grant, file):
        return web.Response(text=SIGN_IN, content_type="text/html", charset="utf-8")
    if file.deleted or file.content is None:
        return web.Response(status=404, text="file not found")
    response = web.StreamResponse(
        headers={"Content-Type": file.mimetype, "Content-Length": str(len(file.content))}
    )
    await response.prepare(request)
    for start in range(0, len(file.content), _CHUNK):
        await response.write(file.content[start : start + _CHUNK])
    await response.write_eof()
    return response


def _may_read(grant: Grant | None, file: SlackFile) -> bool:
    if grant is None or grant.dead or grant.team is not file.team or "files:read" not in grant.scopes:
        return False
    rooms = [share.channel for share in file.shares]
    seen = any(room.kind == "channel" or room.has(grant.user) for room in rooms)
    return seen or not rooms or file.user is grant.user


async def response_url(core: Core, request: web.Request) -> web.StreamResponse:
    key = request.match_info["key"]
    fault = core.faults.take("response_url", key)
    if fault and not fault.after:
        return await _fault(request, fault)
    try:
        body: dict[str, Any] = json.loads(await request.text())
    except ValueError:
        core.violate("response_url: no JSON")
        return web.Response(status=400, text="invalid_payload")
    body = core.reader(body) if core.reader else body
    status, text = answer_hook(core, key, body)
    if fault:
        return await _fault(request, fault)
    return web.Response(status=status, text=text)


async def _fault(request: web.Request, fault: Any) -> web.StreamResponse:
    if fault.hang:
        await fault.release.wait()
    if (fault.reset or fault.hang) and request.transport is not None:
        request.transport.abort()
        return web.Response()
    status = 429 if fault.error == "ratelimited" else fault.status or 500
    headers = {"Retry-After": str(fault.retry_after or 1)} if status == 429 else {}
    return web.Response(status=status, text=fault.error or "upstream error", headers=headers)
