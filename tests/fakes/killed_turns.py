"""A conversation of twenty turns whose bot dies in the middle of each, and what must be true at its end.

The person does what a person would do: waits until the bot is back, and repeats what they said when it told
them that it came to nothing, or when it never took any notice.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.composition import open_gateway, open_storage
from bot.core.audit.entries import OPERATOR
from bot.core.ledger import EVERYONE, Budget, Scope
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.request import TERMINAL, Request, State
from bot.core.windows import Window
from bot.settings import Settings
from bot.worker.reconciliation import reconcile
from sandbox import Sandbox
from tests.fakes import mortal_bot
from tests.fakes.fleet import SETTINGS, shown
from tests.fakes.forked_processes import Child, ProcessFactory, process_factory
from tests.fakes.killed_platforms import PLATFORMS, Anchor, Platform
from tests.fakes.killed_story import LAST, UNDER_WAY, Step, teach
from tests.fakes.killed_verdict import Done, verdict
from tests.fakes.replica import SharedClock
from tests.fakes.sandbox import running_sandbox
from tests.fakes.trial import WarpedSandboxClock

SPEED = 20.0
AWAY_S = 45.0
"""How long the bot stays away, on the quick clock: its leases have run out when it comes back."""
PATIENCE_S = 240.0
"""How long a person waits for an end, on the wall's clock."""


class Conversation:
    """The person's side. `dying(act)` says after which thing of an act the bot dies; 0: before it hears of
    it, None: it lives, `mortal_bot.NEW`: after each kind of thing for the first time, on the way back, too.
    Act 0 is its start.
    """

    def __init__(
        self,
        *,
        platform: Platform,
        store: Store,
        sandbox: Sandbox,
        clock: SharedClock,
        factory: ProcessFactory,
        args: dict[str, Any],
        dying: Callable[[int], int | None],
    ) -> None:
        self.platform, self.store, self.sandbox, self.clock = platform, store, sandbox, clock
        self._factory, self._args, self._dying = factory, args, dying
        self.folder = Path(args["folder"])
        self.child: Child | None = None
        self.act = 0
        self.deaths = 0
        self.repeated: list[str] = []
        self.wrong: list[str] = []
        self.turns: list[Done] = []

    # the bot's lives

    async def alive(self) -> None:
        """See to it that a bot listens; a dead one is followed by another, a while later."""
        while self.child is None or self.child.died.done():
            if self.child is not None:
                await self._bury(self.child)
            args = self._args | {"ahead": self.clock._ahead}
            self.child = await self._factory.fork("tests.fakes.mortal_bot:main", args)
            await self._listens(self.child)

    async def _bury(self, child: Child) -> None:
        code = await child.died
        assert code == -9, (code, child.said())
        self.deaths += 1
        again = mortal_bot.NEW if self._dying(self.act) == mortal_bot.NEW else 0
        mortal_bot.orders(self.folder, self.act, again)
        self.clock.jump(AWAY_S)
        await self.platform.gone()

    async def _listens(self, child: Child) -> None:
        listening = asyncio.ensure_future(self.platform.connected())
        await asyncio.wait({listening, child.died}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()

    async def away(self) -> None:
        """The bot dies now."""
        assert self.child is not None
        self.child.kill()
        await self.child.died

    # the person's turns

    async def turn(self, steps: Sequence[Step]) -> None:
        """Do these until each has its answer; from the start again when one came to nothing."""
        before, first, told = {row.id for row in await self.rows()}, None, 0
        for attempt in range(8):
            starts: list[Anchor] = []
            for step in steps:
                answered = await self._done(step, starts, mortal=not attempt)
                first, told = first or starts[0], told + step.told
                if not answered:
                    break
            else:
                break
        else:
            self.wrong.append(f"{steps[-1]} came to nothing again and again")
        rows = {row.id for row in await self.rows()} - before
        self.turns.append(Done(steps=steps, start=first, rows=rows, told=told))

    async def _done(self, step: Step, starts: list[Anchor], *, mortal: bool) -> bool:
        await self.alive()
        self.act += 1
        dies = self._dying(self.act)
        if not mortal and dies != mortal_bot.NEW:
            dies = None
        mortal_bot.orders(self.folder, self.act, dies or 0)
        if dies == 0:
            await self.away()
        rows = len(await self.rows())
        starts.append(await self._does(step))
        since = starts[-1 - step.since]
        if await self._answered(step, since):
            return True
        told = self._text(since)
        self.repeated.append(f"{step.words or step.press}: {told or 'nothing was said'}")
        if step.words and ("charged" not in told.lower() if told else len(await self.rows()) > rows):
            self.wrong.append(f"{step}: nobody was told how it ended: {told}")
        elif mortal and not self._text(starts[-1]):  # it was not heard: the same again
            starts.pop()
            return await self._done(step, starts, mortal=False)
        return False

    async def _does(self, step: Step) -> Anchor:
        if not step.press:
            return await self.platform.say(step.words, picture=step.picture)
        shows = [one for one in self.platform.after(None) if re.search(step.on, one.text)]
        return await self.platform.press(shows[-1 if step.since else 0], step.press)

    async def _answered(self, step: Step, since: Anchor) -> bool:
        """Wait until it is over, however often the bot dies; whether what was wanted is there."""
        end, quiet_at = time.monotonic() + PATIENCE_S, 0.0
        while time.monotonic() < end:
            await self.alive()
            fits = re.search(step.wanted, self._text(since)) is not None
            if not await self.quiet(since):
                quiet_at = 0.0
            elif fits:
                return True
            else:
                quiet_at = quiet_at or time.monotonic()
                if time.monotonic() - quiet_at > 1.0:
                    return False
            await asyncio.sleep(0.02)
        left = [f"{row.id} {row.state} due {row.due_at}" for row in await self.rows() if _under_way(row)]
        self.wrong.append(f"{step}: never over, {left}: {self._text(since)}")
        return False

    def _text(self, since: Anchor | None) -> str:
        return "\n".join(one.text for one in self.platform.after(since))

    async def quiet(self, since: Anchor | None) -> bool:
        """Whether nothing is under way, at the bot, at the platform, and to the eye."""
        if not self.platform.delivered():
            return False
        if any(_under_way(row) for row in await self.rows()):
            return False
        if await self.store.inbox_pending(self.platform.NAME, older_than=1 << 60):
            return False
        return not UNDER_WAY.search(self._text(since))

    async def rows(self) -> list[Request]:
        return await self.store.history(self.platform.tenant, limit=300)

    # the end

    async def verdict(self) -> list[str]:
        """Let everything end, say one thing more, and find all that is not as promised."""
        await self.away()
        self.clock.jump(12 * 3600)  # no price waits so long
        self._dying = lambda _act: None
        mortal_bot.orders(self.folder, self.act + 1, 0)
        await self.alive()
        await self._over()
        async with open_gateway(Settings(**self._args["settings"])) as gateway:  # as every night
            await reconcile(self.store, gateway, since=0, until=self.clock.now())
        await self._over()
        await self.turn(LAST)
        await self._over()
        rows = await self.rows()
        found = await verdict(self.platform, self.store, self.sandbox, rows, self.turns)
        return [*self.wrong, *found]

    async def _over(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while await self.store.next_due() is not None or not await self.quiet(None):
            assert time.monotonic() < end, [row for row in await self.rows() if row.due_at is not None]
            await asyncio.sleep(0.05)


def _under_way(row: Request) -> bool:
    if row.due_at is None:
        return False
    if row.state is State.AWAITING_CONFIRMATION:
        return row.notified != row.state
    return row.state not in TERMINAL or row.notified != row.state


def settings_of(folder: Path, gateway: str, database: dict[str, Any], platform: Platform) -> dict[str, Any]:
    plain = {
        **SETTINGS,
        "data_dir": str(folder / "data"),
        "lumenfall_base_url": gateway,
        "history_turns": 20,
        "ask_first": False,
        "confirm_minutes": 600,
        **platform.settings,
        **database,
    }
    return {name: shown(value) for name, value in plain.items()}


@asynccontextmanager
async def conversation(
    folder: Path, name: str, database: dict[str, Any], dying: Callable[[int], int | None]
) -> AsyncGenerator[Conversation, None]:
    """A place with limits, a thread, and a bot that will die."""
    start = time.time()
    clock = SharedClock(start, SPEED)
    folder.mkdir(parents=True, exist_ok=True)
    mortal_bot.orders(folder, 0, dying(0) or 0)
    async with (
        running_sandbox(clock=WarpedSandboxClock(clock), video_seconds=4.0) as sandbox,
        PLATFORMS[name](clock) as platform,
        process_factory(folder / "logs", "tests.fakes.mortal_bot") as factory,
    ):
        teach(sandbox)
        plain = settings_of(folder, sandbox.base_url, database, platform)
        async with open_storage(Settings(**plain), clock) as store:
            await limited(store, platform.tenant)
            args = {
                "settings": plain,
                "platform": name,
                "folder": str(folder),
                "start": start,
                "speed": SPEED,
            }
            yield Conversation(
                platform=platform,
                store=store,
                sandbox=sandbox,
                clock=clock,
                factory=factory,
                args=args,
                dying=dying,
            )


async def limited(store: Store, tenant: str) -> None:
    """Limits with room for everything, and a price above which is asked: a film's."""
    await store.change_tenant(tenant, lambda now: replace(now, threshold=Micros(200_000)), by=OPERATOR)
    for scope, subject in ((Scope.PERSON, EVERYONE), (Scope.TENANT, "")):
        limit = Budget(
            id=f"limit-{scope}",
            tenant=tenant,
            scope=scope,
            subject=subject,
            window=Window.MONTH,
            limit=Micros(1_000_000_000),
        )
        await store.set_budget(limit, by=OPERATOR)
