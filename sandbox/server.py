"""A sandbox on a port, and a handle on it for tests and demos in the same process."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.app import create_app
from sandbox.clock import SandboxClock
from sandbox.faults import Match, Rule
from sandbox.keeping import kept_port
from sandbox.options import SandboxOptions
from sandbox.requestlog import Row
from sandbox.state import STATE, Delivery, Received, State
from sandbox.tool_calls import Script, ScriptedCall
from sandbox.videos import resume


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox. `url` is `http://host:port`; everything else is direct access to its state."""

    url: str
    state: State

    @property
    def base_url(self) -> str:
        return f"{self.url}/openai/v1"

    @property
    def clock(self) -> SandboxClock:
        return self.state.clock

    @property
    def charged_micros(self) -> int:
        """Everything charged so far, failed requests with a cost included."""
        return self.state.log.charged_micros

    @property
    def paid_calls(self) -> list[Row]:
        """The calls for which a provider was put to work, oldest first."""
        return self.state.log.paid()

    @property
    def calls(self) -> deque[Received]:
        """Every HTTP call as it arrived, dry runs and refused ones included."""
        return self.state.calls

    @property
    def deliveries(self) -> list[Delivery]:
        return self.state.deliveries

    def fail(
        self,
        fault: str,
        *,
        times: int | None = 1,
        endpoint: str | None = None,
        model: str | None = None,
        user: str | None = None,
        dry_run: bool | None = None,
        **options: Any,
    ) -> None:
        """Let a fault wait for matching requests, as `POST /sandbox/faults` does. Raises ValueError."""
        match = Match(endpoint=endpoint, model=model, user=user, dry_run=dry_run)
        self.state.faults.add(Rule(fault=fault, match=match, times=times, options=options))

    def script(
        self, words: str, *calls: tuple[str, dict[str, Any] | str], text: str = "", times: int | None = None
    ) -> None:
        """When a message contains `words`, the chat models answer with these calls (name, arguments) and this
        text, as `POST /sandbox/script` does.
        """
        made = tuple(ScriptedCall(name=name, arguments=arguments) for name, arguments in calls)
        self.state.scripts.add(Script(words=words, calls=made, text=text, times=times))

    def set(self, **switches: Any) -> None:
        """Change switches, as `POST /sandbox/set` does. Raises pydantic.ValidationError."""
        self.state.set_switches(switches)

    def reset(self) -> None:
        self.state.reset()

    async def idle(self) -> None:
        """Wait until every video has ended and every webhook was delivered or given up."""
        await self.state.tasks.idle()


async def _listen(runner: web.AppRunner, host: str, port: int, earlier: int) -> int:
    """Listen where it was asked for, else where an earlier process did, else anywhere; gives the port."""
    try:
        await web.TCPSite(runner, host, port or earlier).start()
    except OSError:
        if port or not earlier:
            raise
        await web.TCPSite(runner, host, 0).start()
    bound: int = runner.addresses[0][1]
    return bound


@asynccontextmanager
async def serve(
    options: SandboxOptions | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncGenerator[Sandbox, None]:
    """Run a sandbox until the block ends; port 0 takes a free one. Raises OSError if the port is taken."""
    app = create_app(options)
    # Handlers that hang on purpose must not hold up the end of a test.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        bound = await _listen(runner, host, port, kept_port(options.data) if options else 0)
        shown = f"[{host}]" if ":" in host else host
        running = Sandbox(url=f"http://{shown}:{bound}", state=app[STATE])
        running.state.port = bound
        running.state.save()
        resume(running.state, f"{running.state.options.public_url or running.url}/media/")
        yield running
    finally:
        await runner.cleanup()
