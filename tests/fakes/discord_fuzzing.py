"""One running bot on the fake Discord, and a way to change events on the wire.

People act by the fake Discord's own hands, so every event begins as a good one with fresh ids; what then
becomes of it is the test's business. Trouble is an error in the bot's own log, and an exception in any log or
task that passed through the bot's own code; what discord.py alone stumbles over is none, as long as the
connection lives.
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

from bot.core.audit.entries import OPERATOR
from bot.core.tenant import KEPT, Tenant
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.discord_server.server import DiscordServer, Message
from tests.fakes.discord_server.sessions import Session
from tests.fakes.discord_stage import CHEAP, Stage, staged, upload
from tests.fakes.fuzzing import PATIENCE_S, Errors, FuzzedBot

OURS = tuple(str(Path(__file__).parents[2] / folder) for folder in ("adapters", "bot", "storage", "sandbox"))
_HANDLING = ("CommandTree-invoker", "discord-ui-", "discord.py: ", "discord-editor-")
_ORDERING = frozenset(
    "generate edit upscale video chat again vary remix animate run confirm approve"
    " edit_at animate_at ask_at".split()
) | {"Upscale image"}


def ours(record: logging.LogRecord) -> bool:
    """Whether an exception passed through the bot's own code, or an error without one is not discord.py's."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.name.split(".")[0] != "discord"
    return any(frame.filename.startswith(OURS) for frame in traceback.extract_tb(error.__traceback__))


@dataclass(kw_only=True, repr=False, eq=False)
class Fuzz(FuzzedBot):
    """The stage, and what went wrong on it."""

    stage: Stage
    session: Session
    policy: Tenant
    result: Message
    more: Message
    prices: Message
    card: Message
    forms: dict[str, InteractionHandle]
    photo: Message
    acting: bool = False
    sent: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    identified: int = 0

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

    def handling(self) -> bool:
        shard = self.stage.app.client.shards[0]._parent
        behind = shard.ws.sequence != self.session.seq
        return behind or any(task.get_name().startswith(_HANDLING) for task in asyncio.all_tasks())

    async def restore(self) -> None:
        """What an admin has just set must not keep the next person from anything."""
        store, tenant = self.stack.core.store, self.policy.id
        if await store.tenant(tenant) != self.policy:
            names = [item.name for item in fields(Tenant) if item.name not in KEPT]
            await self.stage.change(**{name: getattr(self.policy, name) for name in names})
        for line in await store.budgets(tenant):
            if line.limit is not None:
                await store.remove_budget(line.budget.id, by=OPERATOR)

    # what came of it

    @property
    def connected(self) -> bool:
        """Whether it is still the first connection."""
        gateway = self.server.gateway
        return gateway.connected() == [self.session] and len(gateway.identifies) == self.identified

    @property
    def charged(self) -> int:
        return self.stack.sandbox.charged_micros

    def asked(self) -> bool:
        """Whether what was sent, as it was sent, asks for anything that costs."""
        return any(event == "MESSAGE_CREATE" or _orders(body) for event, body in self.sent)

    # at the end

    async def still_works(self) -> None:
        self.change = None
        asked: list[InteractionHandle] = []

        async def ask(fuzz: Fuzz) -> None:
            asked.append(await fuzz.stage.slash("generate", prompt="an owl", model=CHEAP))

        await self.act(ask)
        await asked[0].message("charged **")

    def busy(self) -> int:
        """Tasks, without those in which discord.py waits to forget the forms it has shown."""
        waiting = "BaseView.__timeout_task_impl"
        return sum(getattr(task.get_coro(), "__qualname__", "") != waiting for task in asyncio.all_tasks())

    async def accepted(self) -> list[str]:
        with sqlite3.connect(self.stack.core.settings.data_dir / "lumenfall.db") as database:
            return [name for (name,) in database.execute("SELECT id FROM requests")]


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
        errors = exits.enter_context(Errors(heeded=ours).listening())
        stage = await exits.enter_async_context(staged(data_dir, sandbox_options=quick, **changes))
        hurry(stage)
        fuzz = await _prepared(stage, errors)
        fuzz.tap()
        await fuzz.idle()
        fuzz.tasks, fuzz.identified = fuzz.busy(), len(stage.server.gateway.identifies)
        yield fuzz


def hurry(stage: Stage) -> None:
    """Pauses between two edits of a message are kept in a quicker time."""
    stage.app.notifier._progress._clock = WarpClock(speed=200)


async def _prepared(stage: Stage, errors: Errors) -> Fuzz:
    server, mira = stage.server, stage.mira
    await stage.change(threshold=10**9)
    await stage.home(mira)
    result = await stage.result("a fox", n=2)
    asked = await stage.slash("compare", capability="generate", prompt="a fox", model=CHEAP)
    prices = await asked.message("A press runs it")
    card = await (await stage.admin("settings")).message("Settings")
    photo = await server.say(stage.ada, stage.art, "look", [upload("cat.png"), upload("dog.png")])
    forms = {"budget": await stage.admin("budget set")}
    for name, part in (
        ("spending", "Spending"),
        ("models", "Models"),
        ("more models", "Models 2"),
        ("places", "Places and people"),
        ("safety", "Safety"),
    ):
        forms[name] = await server.click(stage.ada, card, part)
    more = await (await server.click(mira, result, "More")).message("Request")
    for name in ("Edit", "Animate", "Vary with changes"):
        forms[name] = await server.click(mira, more, name)
    for name in ("Edit image", "Animate image", "Ask about this"):
        forms[name] = await server.context_menu(mira, stage.art, name, photo)
    for handle in forms.values():
        await handle.shown_modal()
    await stage.stack.settled()
    return Fuzz(
        stack=stage.stack,
        errors=errors,
        stage=stage,
        session=server.gateway.connected()[0],
        policy=await stage.stack.core.store.tenant(f"discord:{stage.guild.id}"),
        result=result,
        more=more,
        prices=prices,
        card=card,
        forms=forms,
        photo=photo,
    )
