"""A Slack of our own: Web API, files, response_url, Socket Mode and signed HTTP, on a free port.

    server = await SlackServer.start()
    team = server.add_team("acme")
    ana = server.user(team, "ana")
    art = server.channel(team, "art", members=[ana])
    ...  # start a Bolt app with base_url=server.api_url, token=team.token, app_token=server.app.app_token
    said = await server.mention(ana, art, "/generate a red fox")
    reply = await art.wait_for_text("red fox")
    await server.click(ana, reply, "Upscale")
    await server.stop()
    assert server.violations == []

Every call is held against Slack's published interface, and so is every payload sent; see `validation`.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.fakes.slack_server import (  # noqa: F401 - registers the methods
    hosts,
    webapi,
    webapi_assistant,
    webapi_auth,
    webapi_chat,
    webapi_directory,
    webapi_files,
    webapi_streams,
    webapi_views,
)
from tests.fakes.slack_server.driver_apps import Apps
from tests.fakes.slack_server.driver_talk import Talking
from tests.fakes.slack_server.driver_views import Filling
from tests.fakes.slack_server.http_events import Requests
from tests.fakes.slack_server.limits import Fault, Faults, RateLimits
from tests.fakes.slack_server.socket_mode import Sockets
from tests.fakes.slack_server.state import App, Timings
from tests.fakes.slack_server.transcript import transcript_of
from tests.fakes.slack_server.validation import Judge

if TYPE_CHECKING:
    from tests.fakes.slack_server.delivery import Attempt, Delivery
    from tests.fakes.slack_server.state import Channel, Message
    from tests.fakes.slack_server.webapi import Call

_UPLOAD_CEILING = 2**31


class SlackServer(Talking, Filling, Apps):
    """The whole of Slack that a bot can see, and the people who use it."""

    def __init__(self, *, app: App, timings: Timings) -> None:
        super().__init__(app=app, timings=timings)
        self.judge = Judge()
        self.faults = Faults()
        self.limits = RateLimits(self.clock)
        self.sockets = Sockets(self)
        self.requests = Requests(self)
        self._pace: asyncio.Semaphore | None = None
        self._runners: list[web.AppRunner] = []
        self.outside = ""
        """Base URL of a host that is not Slack's; `outside_headers` are the requests it saw."""
        self.outside_headers: list[dict[str, str]] = []

    @classmethod
    async def start(cls, *, app: App | None = None, timings: Timings | None = None, port: int = 0) -> Self:
        server = cls(app=app or App(), timings=timings or Timings())
        server.base = await server._listen(server._slack_routes(), port)
        server.outside = await server._listen(server._outside_routes(), 0)
        return server

    async def stop(self) -> None:
        self.faults.clear()
        await self.sockets.close()
        await self.cancel_tasks()
        await self.requests.close()
        for runner in self._runners:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """For `AsyncWebClient(base_url=...)` and SLACK_API_URL."""
        return f"{self.base}/api/"

    def connect_http(self, *urls: str) -> None:
        """From now on deliver by signed HTTP to these request URLs, in turn; no URL: back to sockets."""
        self.requests.targets = list(urls)

    # -- what was seen ---------------------------------------------------------------------------

    def calls_of(self, method: str) -> list[Call]:
        """Every call of a method, successful or not, oldest first."""
        return [call for call in self.calls if call.method == method]

    def transcript(self, place: Channel | Message, **options: Any) -> str:
        """A conversation, or the thread of a message, as text. Options: see `transcript.transcript_of`."""
        from tests.fakes.slack_server.state import Message as _Message

        if isinstance(place, _Message):
            return transcript_of(place.channel, thread=place, **options)
        return transcript_of(place, **options)

    # -- trouble on demand -----------------------------------------------------------------------

    def fail(self, method: str, error: str | None = None, **fault: Any) -> Fault:
        """Plan a failure of the next call(s): see `limits.Fault` for `status`, `reset`, `hang` …"""
        return self.faults.add(Fault(method=method, error=error, **fault))

    def release_shares(self) -> None:
        """Let the uploads held by `hold_shares` appear in their conversations."""
        jobs, self.held_shares = self.held_shares, []
        for job in jobs:
            job()

    # -- wires -----------------------------------------------------------------------------------

    async def transmit(self, delivery: Delivery, attempt: Attempt) -> None:
        wire = self.requests if self.requests.targets else self.sockets
        async with self._pace or nullcontext():
            await wire.transmit(delivery, attempt)

    def pace(self, in_flight: int | None) -> None:
        """Keep at most that many payloads unacknowledged at a time; acks are timed from the actual sending.

        Unlimited by default: a burst then leaves at once and competes with the app for this process.
        """
        self._pace = asyncio.Semaphore(in_flight) if in_flight else None

    async def _listen(self, application: web.Application, port: int) -> str:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def _slack_routes(self) -> web.Application:
        application = web.Application(client_max_size=_UPLOAD_CEILING)
        application.router.add_route("*", "/api/{method}", partial(webapi.serve, self))
        application.router.add_post("/upload/v1/{file_id}", partial(hosts.upload, self))
        for path in ("files-pri/{location}", "files-pri/{location}/download", "files-tmb/{location}"):
            application.router.add_get(f"/{path}/{{name}}", partial(hosts.private_file, self))
        application.router.add_post("/commands/{team}/{key}", partial(hosts.response_url, self))
        application.router.add_get("/link/", self.sockets.serve)
        return application

    def _outside_routes(self) -> web.Application:
        async def record(request: web.Request) -> web.Response:
            self.outside_headers.append({key.lower(): value for key, value in request.headers.items()})
            return web.Response(body=b"\x89PNG not ours", content_type="image/png")

        application = web.Application()
        application.router.add_get("/{path:.*}", record)
        return application
