"""Several replicas on one database, with people who ask and a board where the results are posted.

    async with fleet(tmp_path, database) as ships:
        await ships.launch(3)
        await ships.ask("generate", "mia")
        ships.kill(0)
        await ships.verdict()

Asking happens in the test's own process, through a core without a worker, as an inbound replica would.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.composition import Core, open_core
from bot.core.money import Micros
from bot.core.request import Request
from bot.images.preparation import PreparedImage
from bot.settings import Settings
from sandbox import Sandbox
from tests.fakes.board import Board, running_board
from tests.fakes.forked_processes import Child, ProcessFactory, process_factory
from tests.fakes.honesty import lies
from tests.fakes.replica import SharedClock
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.stack import ADA, MIA, ROOMY
from tests.fakes.trial import WarpedSandboxClock, order_of, png

SPEED = 20.0
SETTINGS: dict[str, Any] = {
    "lumenfall_api_key": KEY,
    "port": 0,
    "drain_s": 5,
    "lease_s": 30,
    "ambiguous_minutes": 1,
    "concurrency": 16,
    "per_person": 50,
    "per_tenant": 50,
    "database_pool": 4,
    "gateway_timeout_s": 20,
    **ROOMY,
}


@dataclass(kw_only=True)
class Fleet:
    """The ships, by number. `front` is the core through which people ask."""

    folder: Path
    settings: dict[str, Any]
    clock: SharedClock
    start: float
    sandbox: Sandbox
    board: Board
    factory: ProcessFactory
    front: Core
    picture: PreparedImage
    ships: list[Child] = field(default_factory=list[Child])
    accepted: list[str] = field(default_factory=list[str])
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def launch(self, count: int) -> None:
        """Start so many more, and wait until they serve."""
        before = len(self.ships)
        self.ships += [await self._birth() for _ in range(count)]
        await asyncio.gather(*(self.up(number) for number in range(before, before + count)))

    async def relaunch(self, number: int) -> None:
        """Start another in the place of one that has died; it may still be coming up on return."""
        await self.ships[number].died
        self.ships[number] = await self._birth()

    async def up(self, number: int) -> None:
        """Wait until a ship serves."""
        ship = self.ships[number]
        await self.board.until(lambda: ship.pid in self.board.ready or ship.died.done())
        assert not ship.died.done(), ship.said()

    async def _birth(self) -> Child:
        args = {
            "settings": self.settings,
            "board": self.board.url,
            "start": self.start,
            "speed": self.clock._speed,
        }
        return await self.factory.fork("tests.fakes.replica:main", args)

    def kill(self, number: int, signum: int = signal.SIGKILL) -> None:
        self.ships[number].kill(signum)

    async def ask(
        self, capability: str, person: str = "mia", *, tenant: str = MIA.tenant, key: str = "", **changes: Any
    ) -> Request:
        """Submit an order of a kind; a new dedupe key unless one is given."""
        order, pictures = order_of(capability, self.picture, **changes)
        request = await self.front.service.submit(
            replace(MIA, person=f"test:{person}", name=person, tenant=tenant),
            order,
            origin="test",
            reply_to={},
            dedupe_key=key or f"fleet:{next(self._numbers)}",
            pictures=pictures,
        )
        if request.id not in self.accepted:
            self.accepted.append(request.id)
        return request

    async def settle(self, timeout: float = 90) -> None:
        """Wait until nothing is left to do."""
        async with asyncio.timeout(timeout):
            while await self.front.store.next_due() is not None:
                await asyncio.sleep(0.05)

    async def verdict(self, timeout: float = 90) -> None:
        """Let everything end, and find nothing that is not as promised."""
        try:
            await self.settle(timeout)
        except TimeoutError:
            left = [row for row in await self.rows() if row.due_at is not None]
            raise AssertionError(
                [(row.id, row.capability, row.state, row.attempts, row.lease_owner) for row in left]
            ) from None
        found = await lies(self.front.store, self.sandbox.state.log, self.board.words, self.accepted)
        assert found == [], (found, [ship.said()[-2000:] for ship in self.ships])

    async def rows(self) -> list[Request]:
        found = [await self.front.store.get(one) for one in self.accepted]
        return [row for row in found if row is not None]


@asynccontextmanager
async def fleet(
    folder: Path, database: dict[str, Any], *, sandbox_options: dict[str, Any] | None = None, **changes: Any
) -> AsyncGenerator[Fleet, None]:
    """No ships yet; `changes` are settings of all of them."""
    start = time.time()
    clock = SharedClock(start, changes.pop("speed", SPEED))
    options = {"clock": WarpedSandboxClock(clock), "video_seconds": 4.0, **(sandbox_options or {})}
    async with (
        running_sandbox(**options) as sandbox,
        running_board() as board,
        process_factory(folder / "logs") as factory,
    ):
        plain = {
            **SETTINGS,
            **{name: shown(value) for name, value in database.items()},
            "data_dir": str(folder / "data"),
            "lumenfall_base_url": sandbox.base_url,
            **changes,
        }
        async with open_core(Settings(**plain), clock=clock) as front:
            await front.admin.change(ADA, threshold=Micros(1_000_000_000))
            yield Fleet(
                folder=folder,
                settings=plain,
                clock=clock,
                start=start,
                sandbox=sandbox,
                board=board,
                factory=factory,
                front=front,
                picture=await front.service.prepare(png()),
            )


def shown(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
