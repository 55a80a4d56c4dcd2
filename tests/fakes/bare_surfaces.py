"""A person on each of the four surfaces, and the bare gateway behind them.

    async with running_surface("discord", tmp_path) as surface:
        await surface.ask(Capability.GENERATE)
        text = await surface.shows("charged")
        assert surface.gateway.log_reads == []

Discord is an unmodified discord.py client on our Discord, Slack a real Bolt app on our Slack, the web is read
over its JSON API and event stream, and the command line is a process of its own.
"""

from __future__ import annotations

import asyncio
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.composition import open_storage
from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.request import Request
from bot.settings import Settings
from tests.fakes.bare_gateway.gateway import KEY, BareGateway
from tests.fakes.bare_gateway.media import png
from tests.fakes.bare_gateway.models import MODELS
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.server import Upload as DiscordUpload
from tests.fakes.discord_stage import Stage, staged
from tests.fakes.environment import bare
from tests.fakes.playground import Site, running_playground
from tests.fakes.slack_server.files import Upload as SlackUpload
from tests.fakes.slack_world import World, slack_world
from tests.fakes.stack import Stack

SURFACES = ("discord", "slack", "web", "terminal")
SPEED = 20
"""The core's clock runs so many times as fast as the wall's, except where a test measures seconds."""
PATIENCE_S = 30
PICTURE = png((64, 48))
ROOMY = Micros(10_000_000)
MODEL = {
    Capability.GENERATE: "gemini-3-pro-image",
    Capability.EDIT: "gpt-image-1.5",
    Capability.UPSCALE: "topaz-image-upscale",
    Capability.CHAT: "google/gemini-3-flash-preview",
    Capability.VIDEO: "sora-2",
}
OPTIONS: dict[Capability, dict[str, Any]] = {
    Capability.GENERATE: {"prompt": "a hat"},
    Capability.EDIT: {"prompt": "a hat"},
    Capability.UPSCALE: {"scale": 2},
    Capability.CHAT: {"prompt": "Hello"},
    Capability.VIDEO: {"prompt": "waves", "seconds": 4},
}
"""What is asked for, as in `bare_bench.Bench.order`; so `bare_bench.ESTIMATES` has the prices."""
TAKES_PICTURE = frozenset({Capability.EDIT, Capability.UPSCALE})


def line_of(capability: Capability, **changes: Any) -> str:
    """The order as a line of text: `/generate a hat --model gemini-3-pro-image`."""
    options = {**OPTIONS[capability], "model": MODEL[capability], **changes}
    words = options.pop("prompt", "")
    flags = " ".join(f"--{name} {value}" for name, value in options.items())
    return " ".join(filter(None, [f"/{capability}", words, flags]))


@dataclass(kw_only=True)
class Surface(ABC):
    """One person and all that they are shown."""

    gateway: BareGateway

    @abstractmethod
    async def ask(self, capability: Capability, **changes: Any) -> None:
        """Ask as a person does; returns once it is sent. `changes` are options of the order."""

    async def press(self, label: str) -> None:
        """Press a button of what is shown. The command line has none."""
        raise NotImplementedError

    @abstractmethod
    def shown(self) -> str:
        """Everything that the person can read now."""

    @abstractmethod
    async def files(self) -> list[bytes]:
        """The results that the person has been given."""

    @abstractmethod
    async def row(self) -> Request:
        """The newest request."""

    @abstractmethod
    async def differences(self) -> list[str]:
        """What is wrong with the ledger."""

    async def shows(self, words: str, timeout: float = PATIENCE_S) -> str:
        """All that is shown once these words are among it."""
        end = time.monotonic() + timeout
        while words not in self.shown():
            assert time.monotonic() < end, f"{words!r} is not shown:\n{self.shown()}"
            await asyncio.sleep(0.01)
        return self.shown()

    async def ended(self) -> Request:
        """The request once nothing is left to do for it but to look into the log."""
        async with asyncio.timeout(PATIENCE_S):
            while not (row := await self.row()).notified or row.notified != row.state:
                await asyncio.sleep(0.02)
        return row

    def note_log_reads(self) -> list[str]:
        """From now on, what the person was shown at each look into the gateway's log."""
        seen: list[str] = []
        reply = self.gateway.log.reply

        def noting(call: Any) -> Any:
            seen.append(self.shown())
            return reply(call)

        self.gateway.log.reply = noting  # type: ignore[method-assign]
        return seen


@dataclass(kw_only=True)
class _InProcess(Surface):
    stack: Stack

    async def row(self) -> Request:
        (row, *_) = await self.stack.core.store.recent(since=0, limit=1)
        return row

    async def differences(self) -> list[str]:
        return [str(item) for item in await self.stack.core.store.verify()]


@dataclass(kw_only=True)
class OnDiscord(_InProcess):
    stage: Stage
    handle: Any = None

    async def ask(self, capability: Capability, **changes: Any) -> None:
        options = {**OPTIONS[capability], "model": MODEL[capability], **changes}
        if capability in TAKES_PICTURE:
            options["image"] = DiscordUpload(filename="photo.png", data=PICTURE)
        self.handle = await self.stage.slash(str(capability), **options)

    async def press(self, label: str) -> None:
        where = next(item for item in self._messages() if label in self.stage.server.render(item))
        await self.stage.server.click(self.stage.mira, where, label)

    def _messages(self) -> list[Any]:
        posted = [item for item in self.stage.art.messages.values() if not item.deleted]
        return [*posted, *(item for item in self.handle.followups if item.ephemeral)]

    def shown(self) -> str:
        return "\n".join(self.stage.server.render(item) for item in self._messages()).replace("**", "")

    async def files(self) -> list[bytes]:
        return [file.data for item in self._messages() for file in item.attachments if not file.removed]


@dataclass(kw_only=True)
class OnSlack(_InProcess):
    world: World

    async def ask(self, capability: Capability, **changes: Any) -> None:
        files = [SlackUpload(name="photo.png", content=PICTURE)] if capability in TAKES_PICTURE else []
        await self.world.slack.mention(
            self.world.ana, self.world.art, line_of(capability, **changes), files=files
        )

    async def press(self, label: str) -> None:
        where = next(item for item in self._messages() if label in item.rendered)
        await self.world.slack.click(self.world.ana, where, label)

    def _messages(self) -> list[Any]:
        return [item for item in self.world.art.messages if item.is_bot and item.visible_to(self.world.ana)]

    def shown(self) -> str:
        return "\n".join(item.rendered for item in self._messages())

    async def files(self) -> list[bytes]:
        found = [file for item in self._messages() for file in item.files if not file.deleted]
        return [file.content or file.head for file in found]


@dataclass(kw_only=True)
class OnTheWeb(_InProcess):
    site: Site
    told: list[str] = field(default_factory=list)
    newest: dict[str, Any] = field(default_factory=dict)

    async def listen(self) -> None:
        """What a browser reads, until it is closed."""
        async with self.site.events() as events:
            async for kind, data in events:
                if kind == "request":
                    self.newest = data
                    self.told.append(_read(data))

    async def ask(self, capability: Capability, **changes: Any) -> None:
        body = {"capability": str(capability), "model": MODEL[capability], **OPTIONS[capability], **changes}
        sent: dict[str, Any] = {"json": body}
        if capability in TAKES_PICTURE:
            from tests.e2e.test_web_api import form

            sent = {"data": form({name: str(value) for name, value in body.items()}, image=PICTURE)}
        status, answer = await self.site.call("POST", "/api/orders", **sent)
        if status >= 400:
            self.told.append(answer["error"]["message"])

    async def press(self, label: str) -> None:
        """As the page's button does, for a suggestion of the newest refusal."""
        offered = {one["label"]: one["changes"] for one in self.newest["error"]["alternatives"]}
        await self.site.post(f"/api/requests/{self.newest['id']}/repeat", {"changes": offered[label]})

    def shown(self) -> str:
        return "\n".join(self.told)

    async def files(self) -> list[bytes]:
        found: list[bytes] = []
        for asset in self.newest["assets"]:
            if asset["url"]:
                async with self.site.http.get(self.site.server.url + asset["url"]) as answer:
                    found.append(await answer.read())
        return found


def _read(view: dict[str, Any]) -> str:
    """What the page shows of a request to be read."""
    said = [view["text"], view["cut"], (view["error"] or {}).get("message"), view["receipt"]]
    return "\n".join(filter(None, [*said, *(asset["link"] for asset in view["assets"])]))


@dataclass(kw_only=True)
class OnTheTerminal(Surface):
    """Each order is a process; what it writes goes to a file that is read while it is written."""

    folder: Path
    speed: float
    processes: list[Any] = field(default_factory=list)
    code: int | None = None

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def _environment(self) -> dict[str, str]:
        return {
            **bare(),
            "COLUMNS": "400",
            "DATA_DIR": str(self.folder / "data"),
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": self.gateway.base_url,
            "AMBIGUOUS_MINUTES": "1",
        }

    async def ask(self, capability: Capability, **changes: Any) -> None:
        picture = self.folder / "photo.png"
        await asyncio.to_thread(picture.write_bytes, PICTURE)
        more = ["--image", str(picture)] if capability in TAKES_PICTURE else []
        line = line_of(capability, **changes)
        with (self.folder / "said").open("ab") as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.fakes.quick_terminal", str(self.speed)),
                *("ask", line, "--yes", "--out", str(self.out), *more),
                cwd=Path(__file__).parents[2],
                env=self._environment(),
                stdout=said,
                stderr=said,
            )
        self.processes.append(process)

    def shown(self) -> str:
        said = self.folder / "said"
        return said.read_text("utf-8") if said.exists() else ""

    async def files(self) -> list[bytes]:
        await self.ended()
        return [path.read_bytes() for path in sorted(self.out.iterdir())] if self.out.exists() else []

    async def ended(self) -> Request:
        async with asyncio.timeout(PATIENCE_S):
            self.code = await self.processes[-1].wait()
        return await self.row()

    async def row(self) -> Request:
        # Each process has a fast clock of its own, so an earlier one may be ahead; ids go by the wall's.
        async with open_storage(self._settings()) as store:
            return max(await store.recent(since=0, limit=100), key=lambda row: row.id)

    async def differences(self) -> list[str]:
        async with open_storage(self._settings()) as store:
            return [str(item) for item in await store.verify()]

    def _settings(self) -> Settings:
        return Settings(data_dir=self.folder / "data")


def _settings(gateway: BareGateway, speed: float) -> dict[str, Any]:
    return {
        "lumenfall_api_key": SecretStr(KEY),
        "lumenfall_base_url": gateway.base_url,
        "ambiguous_minutes": 1,
        "clock": WarpClock(speed=speed),
        "sandbox": gateway,
    }


@asynccontextmanager
async def running_surface(
    name: str, folder: Path, *, speed: float = SPEED, prepare: Callable[[BareGateway], None] = lambda _: None
) -> AsyncGenerator[Surface, None]:
    """A surface with a gateway of its own, which `prepare` may change before the core reads its models."""
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running_bare_gateway())
        gateway.models.listed = tuple(MODELS)
        prepare(gateway)
        yield await stack.enter_async_context(_SURFACES[name](folder, gateway, speed))


@asynccontextmanager
async def _discord(folder: Path, gateway: BareGateway, speed: float) -> AsyncGenerator[Surface, None]:
    async with staged(folder, **_settings(gateway, speed)) as stage:
        await stage.change(threshold=ROOMY)
        yield OnDiscord(gateway=gateway, stack=stage.stack, stage=stage)


@asynccontextmanager
async def _slack(folder: Path, gateway: BareGateway, speed: float) -> AsyncGenerator[Surface, None]:
    async with slack_world(folder, **_settings(gateway, speed)) as world:
        await world.policy(threshold=ROOMY)
        yield OnSlack(gateway=gateway, stack=world.stack, world=world)


@asynccontextmanager
async def _web(folder: Path, gateway: BareGateway, speed: float) -> AsyncGenerator[Surface, None]:
    async with running_playground(folder, **_settings(gateway, speed)) as site:
        await site.post("/api/admin/settings", {"threshold": "10"}, who="ada")
        surface = OnTheWeb(gateway=gateway, stack=site.stack, site=site)
        listening = asyncio.create_task(surface.listen())
        async with asyncio.timeout(PATIENCE_S):
            while not site.playground.stream.listeners:
                await asyncio.sleep(0.01)
        try:
            yield surface
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


@asynccontextmanager
async def _terminal(folder: Path, gateway: BareGateway, speed: float) -> AsyncGenerator[Surface, None]:
    surface = OnTheTerminal(gateway=gateway, folder=folder, speed=speed)
    try:
        yield surface
    finally:
        for process in surface.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


_SURFACES = {"discord": _discord, "slack": _slack, "web": _web, "terminal": _terminal}
