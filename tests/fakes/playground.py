"""The playground on the whole stack, on a free port, with a client that speaks its JSON API."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from adapters.web.app import Playground
from adapters.web.demo import DemoClock, seed
from adapters.web.identity import DEMO, DemoPlace
from adapters.web.server import WebServer
from sandbox import Sandbox
from tests.fakes.sandbox import running_sandbox
from tests.fakes.stack import Stack, running_stack, settings_for

Json = dict[str, Any]
ENDED = ("delivered", "refused", "failed", "cancelled")


@dataclass(kw_only=True)
class Site:
    """A running playground and an HTTP client for it."""

    stack: Stack
    playground: Playground
    server: WebServer
    http: aiohttp.ClientSession

    async def call(
        self, method: str, path: str, *, who: str = "mia", headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Status and JSON of one call, as one of the demo's people."""
        head = {"X-Demo-Person": who, **(headers or {})}
        async with self.http.request(method, self.server.url + path, headers=head, **more) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON of a call that must work."""
        status, body = await self.call("GET", path, **more)
        assert status == 200, (path, status, body)
        return body

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of a call that must work."""
        status, answer = await self.call("POST", path, json={} if body is None else body, **more)
        assert status in (200, 202), (path, status, answer)
        return answer

    async def refused(self, path: str, body: Any = None, **more: Any) -> tuple[int, Json]:
        """Status and error of a call that must not work."""
        sent: Json = {} if "data" in more else {"json": {} if body is None else body}
        status, answer = await self.call("POST", path, **sent, **more)
        assert status >= 400, answer
        return status, answer["error"]

    async def order(self, text: str, **more: Any) -> str:
        """Send a line; the id of its request."""
        return str((await self.post("/api/orders", {"text": text}, **more))["request_id"])

    async def ended(self, request_id: str, *states: str, who: str = "mia") -> Json:
        """The request once it has ended (or reached one of `states`), as the event stream tells it."""
        async with self.events(who=who) as events:
            known = await self.get(f"/api/requests/{request_id}")
            wanted = states or ENDED
            if known["state"] in wanted:
                return known
            async for kind, data in events:
                if kind == "request" and data["id"] == request_id and data["state"] in wanted:
                    return data
        raise AssertionError("the stream ended first")

    async def run(self, text: str, **more: Any) -> Json:
        """Send a line and wait for its end."""
        return await self.ended(await self.order(text, **more))

    @asynccontextmanager
    async def events(
        self, last_id: str = "", who: str = "mia", headers: dict[str, str] | None = None
    ) -> AsyncGenerator[AsyncIterator[tuple[str, Json]], None]:
        """The event stream as (kind, data)."""
        resumed = {"Last-Event-ID": last_id} if last_id else {}
        head = {"X-Demo-Person": who, **resumed, **(headers or {})}
        timeout = aiohttp.ClientTimeout(total=60)
        async with self.http.get(f"{self.server.url}/api/events", headers=head, timeout=timeout) as answer:
            assert answer.content_type == "text/event-stream"
            reader = _events(answer.content)
            assert (await anext(reader))[0] in ("hello", "reset") or last_id
            yield reader


async def _events(lines: aiohttp.StreamReader) -> AsyncGenerator[tuple[str, Json], None]:
    kind = ""
    async for raw in lines:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


@asynccontextmanager
async def running_playground(
    data_dir: Path, *, demo_place: DemoPlace | None = DEMO, **changes: Any
) -> AsyncGenerator[Site, None]:
    """Sandbox, core, page and HTTP server; `changes` are settings or `sandbox_options`."""

    def build(core: Core) -> Playground:
        return Playground(
            service=core.service,
            talk=core.talk,
            admin=core.admin,
            settings=core.settings,
            clock=core.clock,
            demo_place=demo_place,
        )

    async with running_stack(data_dir, adapters=[build], **changes) as stack:
        playground = stack.adapters[0]
        assert isinstance(playground, Playground)
        server = WebServer(host="127.0.0.1", port=0)
        server.mount(playground.routes(), closing=playground.close_streams)
        await server.start()
        jar = aiohttp.CookieJar(unsafe=True)
        try:
            async with aiohttp.ClientSession(cookie_jar=jar) as http:
                yield Site(stack=stack, playground=playground, server=server, http=http)
        finally:
            await server.stop()


@asynccontextmanager
async def running_demo(
    data_dir: Path,
    *,
    port: int = 0,
    history: bool = True,
    sandbox: Sandbox | None = None,
    **options: Any,
) -> AsyncGenerator[tuple[WebServer, Playground], None]:
    """The demo as people get it: its people, budgets and a week of history, on a clock that can look back."""
    async with AsyncExitStack() as stack:
        if sandbox is None:
            sandbox = await stack.enter_async_context(running_sandbox(**options))
        clock = DemoClock()
        core = await stack.enter_async_context(open_core(settings_for(data_dir, sandbox), clock=clock))
        playground = Playground(
            service=core.service,
            talk=core.talk,
            admin=core.admin,
            settings=core.settings,
            clock=clock,
            demo_place=DEMO,
        )
        await stack.enter_async_context(serving(core, [playground]))
        server = WebServer(host="127.0.0.1", port=port)
        server.mount(playground.routes(), closing=playground.close_streams)
        await seed(playground, clock=clock, history=history)
        await server.start()
        stack.push_async_callback(server.stop)
        yield server, playground
