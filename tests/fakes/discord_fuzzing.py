"""One running bot on the fake Discord, and a way to change events on the wire.

People act by the fake Discord's own hands, so every event begins as a good one with fresh ids; what then
becomes of it is the test's business. Trouble of any kind is collected: error lines of the bot's own log, and
exceptions in any log or task that passed through the bot's own code. What discord.py alone stumbles over is
no trouble, as long as the connection lives.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import sqlite3
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import structlog

from bot.tenant import Tenant
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.discord_server.server import DiscordServer, Message
from tests.fakes.discord_server.sessions import Session
from tests.fakes.discord_stage import CHEAP, Stage, staged, upload
from tests.fakes.honesty import lies

PATIENCE_S = 20.0
OURS = tuple(str(Path(__file__).parents[2] / folder) for folder in ("adapters", "bot", "storage"))
_HANDLING = ("CommandTree-invoker", "discord-ui-", "discord.py: ", "discord-editor-")
_ORDERING = frozenset(
    "generate edit upscale video chat again vary remix animate run confirm approve"
    " edit_at animate_at ask_at".split()
) | {"Upscale image"}


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None and record.name.split(".")[0] in ("discord", "asyncio"):
            return
        if error is None or ours(error):
            self.lines.append(f"{record.name}: {self.format(record)}")


def ours(error: BaseException) -> bool:
    """Whether an exception passed through the bot's own code."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.filename.startswith(OURS) for frame in frames)


@dataclass(kw_only=True, repr=False, eq=False)
class Fuzz:
    """The stage, and what went wrong on it. `change` is applied to each event that a person causes."""

    stage: Stage
    session: Session
    data_dir: Path
    policy: Tenant
    result: Message
    prices: Message
    card: Message
    forms: dict[str, InteractionHandle]
    photo: Message
    logs: list[Any]
    errors: _Errors
    change: Callable[[Any], None] | None = None
    acting: bool = False
    sent: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    uncaught: list[str] = field(default_factory=list[str])
    identified: int = 0
    tasks: int = 0

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Hypothesis would print all of it with a failing example."""
        printer.text("fuzz")

    @property
    def server(self) -> DiscordServer:
        return self.stage.server

    # on the wire

    def tap(self) -> None:
        """Put `change` between Discord and the bot."""
        dispatch, me = self.session.dispatch, str(self.server.world.bot.id)

        def changed(event: str, body: Any) -> None:
            caused = event == "INTERACTION_CREATE" or (
                event == "MESSAGE_CREATE" and body["author"]["id"] != me
            )
            if self.acting and caused:
                body = copy.deepcopy(body)
                if self.change is not None:
                    self.change(body)
                self.sent.append((event, body))
            dispatch(event, body)

        self.session.dispatch = changed  # type: ignore[method-assign]

    async def act(self, act: Callable[[Fuzz], Awaitable[Any]]) -> None:
        """Let a person act, and wait until all of it is over."""
        self.sent.clear()
        async with asyncio.timeout(PATIENCE_S):
            self.acting = True
            try:
                await act(self)
            finally:
                self.acting = False
            await self.idle()
        await self.restore()

    async def idle(self) -> None:
        """Wait until nothing is being done for anybody."""
        while self._behind() or self._handling() or await self._working():
            self.stage.stack.core.worker.wake()
            await asyncio.sleep(0.002)

    def _behind(self) -> bool:
        shard = self.stage.app.client.shards[0]._parent
        return shard.ws.sequence != self.session.seq

    def _handling(self) -> bool:
        return any(task.get_name().startswith(_HANDLING) for task in asyncio.all_tasks())

    async def _working(self) -> bool:
        core = self.stage.stack.core
        due = await core.store.next_due()
        return bool(core.worker.carrying) or (due is not None and due <= core.clock.now() + 60_000_000)

    async def restore(self) -> None:
        """What an admin has just set must not keep the next person from anything."""
        store, tenant = self.stage.stack.core.store, self.policy.id
        if await store.tenant(tenant) != self.policy:
            names = [item.name for item in fields(Tenant) if item.name != "id"]
            await self.stage.change(**{name: getattr(self.policy, name) for name in names})
        for line in await store.budgets(tenant):
            if line.limit is not None:
                await store.remove_budget(line.budget.id)

    # what came of it

    @property
    def connected(self) -> bool:
        """Whether it is still the first connection."""
        gateway = self.server.gateway
        return gateway.connected() == [self.session] and len(gateway.identifies) == self.identified

    @property
    def charged(self) -> int:
        return self.stage.stack.sandbox.charged_micros

    def asked(self) -> bool:
        """Whether what was sent, as it was sent, asks for anything that costs."""
        return any(event == "MESSAGE_CREATE" or _orders(body) for event, body in self.sent)

    def trouble(self) -> list[str]:
        """What nobody should have seen, and forget it."""
        found = [
            f"{line['event']}: {line} {line.get('exception', '')}"
            for line in self.logs
            if line["log_level"] in ("error", "critical")
        ]
        found += [*self.errors.lines, *self.uncaught]
        self.logs.clear()
        self.errors.lines.clear()
        self.uncaught.clear()
        return found

    # at the end

    async def still_works(self) -> None:
        """A good request is answered with a picture, whatever went before."""
        self.change = None
        asked: list[InteractionHandle] = []

        async def ask(fuzz: Fuzz) -> None:
            asked.append(await fuzz.stage.slash("generate", prompt="an owl", model=CHEAP))

        await self.act(ask)
        await asked[0].message("charged **")

    @staticmethod
    def busy() -> int:
        """Tasks, without those in which discord.py waits to forget the forms it has shown."""
        waiting = "BaseView.__timeout_task_impl"
        return sum(getattr(task.get_coro(), "__qualname__", "") != waiting for task in asyncio.all_tasks())

    async def lies(self) -> list[str]:
        """What is not so of the money: charged for no request, twice, otherwise than booked, or held."""
        store = self.stage.stack.core.store
        with sqlite3.connect(self.data_dir / "lumenfall.db") as database:
            ids = [name for (name,) in database.execute("SELECT id FROM requests")]
        return await lies(store, self.stage.stack.sandbox.state.log, [], ids, silent=ids)


def _orders(body: Any) -> bool:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        return False
    verb = str(data.get("custom_id")).removeprefix("form:").partition(":")[0]
    return verb in _ORDERING or str(data.get("name")) in _ORDERING


@asynccontextmanager
async def fuzzing(data_dir: Path, **changes: Any) -> AsyncGenerator[Fuzz, None]:
    """Everything started, a picture delivered, cards and forms open. `changes` are settings."""
    quick = {"video_seconds": 0.02, "sketch_edge": 16}
    async with AsyncExitStack() as exits:
        logs = exits.enter_context(structlog.testing.capture_logs([structlog.processors.format_exc_info]))
        errors = _Errors()
        logging.getLogger().addHandler(errors)
        exits.callback(logging.getLogger().removeHandler, errors)
        stage = await exits.enter_async_context(staged(data_dir, sandbox_options=quick, **changes))
        hurry(stage)
        fuzz = await _prepared(stage, data_dir, logs, errors)
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: _uncaught(fuzz, context))
        fuzz.tap()
        await fuzz.idle()
        fuzz.tasks, fuzz.identified = fuzz.busy(), len(stage.server.gateway.identifies)
        yield fuzz


def _uncaught(fuzz: Fuzz, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if error is None or ours(error):
        fuzz.uncaught.append(f"uncaught: {context}")


def hurry(stage: Stage) -> None:
    """Pauses between two edits of a message are kept in a quicker time."""
    stage.app.desk.editors._clock = WarpClock(speed=200)


async def _prepared(stage: Stage, data_dir: Path, logs: list[Any], errors: _Errors) -> Fuzz:
    server, mira = stage.server, stage.mira
    await stage.change(threshold=10**9)
    result = await stage.result("a fox", n=2)
    asked = await stage.slash("compare", capability="generate", prompt="a fox", model=CHEAP)
    prices = await asked.message("A press runs it")
    card = await (await stage.admin("settings")).message("Settings")
    photo = await server.say(stage.ada, stage.art, "look", [upload("cat.png"), upload("dog.png")])
    forms = {"budget": await stage.admin("budget set")}
    for name, part in (
        ("money", "Money and time"),
        ("models", "Models"),
        ("rules", "Rules"),
        ("places", "Places and people"),
    ):
        forms[name] = await server.click(stage.ada, card, part)
    for name in ("Edit", "Animate", "Vary with changes"):
        forms[name] = await server.click(mira, result, name)
    for name in ("Edit image", "Animate image", "Ask about image"):
        forms[name] = await server.context_menu(mira, stage.art, name, photo)
    for handle in forms.values():
        await handle.shown_modal()
    await stage.stack.settled()
    return Fuzz(
        stage=stage,
        session=server.gateway.connected()[0],
        data_dir=data_dir,
        policy=await stage.stack.core.store.tenant(f"discord:{stage.guild.id}"),
        result=result,
        prices=prices,
        card=card,
        forms=forms,
        photo=photo,
        logs=logs,
        errors=errors,
    )
