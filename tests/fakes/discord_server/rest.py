"""The REST side: one way in for every route, with authorisation, faults, rate limits and validation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.discord_server.base import ApiError, Json
from tests.fakes.discord_server.entities import Upload
from tests.fakes.discord_server.faults import Fault, Faults, RateLimits, answer, cut, limited
from tests.fakes.discord_server.messages import Body
from tests.fakes.discord_server.world import World

PREFIX = "/api/v10"
_FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(kw_only=True)
class Call:
    """One request as a handler sees it."""

    args: dict[str, str]
    query: dict[str, str]
    body: Body
    raw: Any = None  # the JSON body when it is not an object

    def id(self, name: str) -> int:
        return int(self.args[name])


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: Any = None


Handler = Callable[[Call], Any]


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One request that reached the server, and how it was answered (0: cut)."""

    at: float
    method: str
    path: str
    status: int
    body: Any


class Rest:
    """Routes are functions from a Call to JSON (200), to None (204) or to a Reply."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.limits = RateLimits()
        self.log: list[Logged] = []
        self.app_routes: list[web.RouteDef] = []

    def route(self, method: str, template: str, handler: Handler, *, token_free: bool = False) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, template, handler, token_free=token_free)

        self.app_routes.append(web.route(method, PREFIX + template, serve))

    async def _serve(
        self, request: web.Request, template: str, handler: Handler, *, token_free: bool
    ) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        headers, wait = self.limits.spend(request.method, path, template)
        if wait:
            self._note(request, path, 429, None)
            return limited(wait, headers)
        fault = self.faults.take(f"{request.method} {path}")
        if fault is not None and fault.hold and not fault.after:
            await fault.released.wait()
        if fault is not None and not fault.after and (fault.reset or fault.status):
            return self._trouble(request, path, fault)
        return await self._do(request, path, handler, headers, fault, token_free=token_free)

    async def _do(
        self,
        request: web.Request,
        path: str,
        handler: Handler,
        headers: Json,
        fault: Fault | None,
        *,
        token_free: bool,
    ) -> web.StreamResponse:
        body, raw = Body(), None
        try:
            if not token_free and request.headers.get("Authorization") != f"Bot {self.world.token}":
                raise ApiError(401, 0, "401: Unauthorized")
            body, raw = await self._read(request, path)
            args, query = dict(request.match_info), dict(request.query)
            status, content = self._split(handler(Call(args=args, query=query, body=body, raw=raw)))
        except ApiError as error:
            status, content = error.status, error.body
            self._complain(f"{request.method} {path}", error)
        if fault is not None and fault.after and fault.hold:
            await fault.released.wait()
        elif fault is not None and fault.after:
            return self._trouble(request, path, fault)
        self._note(request, path, status, raw if raw is not None else body.json)
        if status < 300 and content is not None:
            text = _coverable(json.dumps(content), content)
            self.world.validation.response(request.method, path, status, text)
        return answer(status, content, headers=headers)

    def _complain(self, what: str, error: ApiError) -> None:
        """An invalid form body is the bot's own fault; other refusals may be planned."""
        if error.code == 50035:
            self.world.validation.complain(f"{what}: refused: {json.dumps(error.body['errors'])}")

    @staticmethod
    def _split(result: Any) -> tuple[int, Any]:
        if isinstance(result, Reply):
            return result.status, result.body
        return (204, None) if result is None else (200, result)

    def _trouble(self, request: web.Request, path: str, fault: Fault) -> web.StreamResponse:
        if fault.reset:
            self._note(request, path, 0, None)
            cut(request)
            return web.Response()
        self._note(request, path, fault.status, None)
        return fault.response()

    def _note(self, request: web.Request, path: str, status: int, body: Any) -> None:
        at = self.world.clock.now()
        self.world.changed.fire()
        self.log.append(Logged(at=at, method=request.method, path=path, status=status, body=body))

    async def _read(self, request: web.Request, path: str) -> tuple[Body, Any]:
        if request.method in ("GET", "DELETE") or not request.body_exists:
            return Body(), None
        text, files = "", {}
        if request.content_type == "multipart/form-data":
            text, files = await _read_parts(request)
        elif request.content_type == "application/json":
            text = await request.text()
        if not text:
            return Body(files=files), None
        self.world.validation.request(request.method, path, text)
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ApiError(400, 50109, "The request body contains invalid JSON.") from error
        data = self.world.reader(data) if self.world.reader and "/commands" not in path else data
        return (Body(json=data, files=files), None) if isinstance(data, dict) else (Body(), data)


async def _read_parts(request: web.Request) -> tuple[str, dict[int, Upload]]:
    text, files = "", {}
    async for part in await request.multipart():
        assert not isinstance(part, type(None))
        name = getattr(part, "name", "") or ""
        match = _FILE_FIELD.fullmatch(name)
        data = bytes(await part.read(decode=False))  # type: ignore[union-attr]
        if match:
            files[int(match[1])] = Upload(filename=part.filename or "unknown", data=data)  # type: ignore[union-attr]
        elif name == "payload_json":
            text = data.decode()
    return text, files


def _coverable(text: str, content: Any) -> str:
    """The schema leaves out that a deferred answer (type 5) carries its message: held against type 4."""
    if isinstance(content, dict) and content.get("resource", {}).get("type") == 5:
        return json.dumps(content | {"resource": content["resource"] | {"type": 4}})
    return text


async def not_found(request: web.Request) -> web.StreamResponse:
    return answer(404, {"message": "404: Not Found", "code": 0})
