"""Kill -9 at every write, call and post of a request's life; whoever comes next finishes it honestly."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import open_core
from adapters.lifecycle import serving
from bot.core.request import Request, State
from bot.settings import Settings
from bot.worker.spoken.plans import untold
from tests.fakes.board import Board, running_board
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.fleet import shown
from tests.fakes.forked_processes import ProcessFactory, process_factory
from tests.fakes.honesty import Told, lies
from tests.fakes.mortal import SPOKEN, STORIES, key_of, origin_of
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.stack import ROOMY
from tests.fakes.trial import ShakyAdapter

__all__ = ["database", "postgres_server", "postgres_url"]

ON_BOTH = {"generate"}
ON_SQLITE = {"confirm"}
"""Stories of the quick run, on both databases and on one; the deep run tells all of them on both."""
AT_ONCE = 6
SLOW: dict[str, dict[str, float]] = {
    "cancel_video": {"video_seconds": 6.0},
    "cancel_chat": {"chat_chunk_seconds": 0.3},
}
"""What is to be cancelled must take a while."""


async def kill_everywhere(factory: ProcessFactory, settings: dict[str, Any], board: Board, story: str) -> int:
    """One life to the end, then one death at each of its points; answers how many there are."""

    async def life(at: int) -> str:
        args = {"settings": settings, "board": board.url, "story": story, "at": at}
        async with gate:
            child = await factory.fork("tests.fakes.mortal:main", args)
            code = await asyncio.wait_for(child.died, 70)
        # With other timing a life may have a point less: then it simply ends.
        assert code in ((-9, 0) if at else (0,)), (at, code, child.said())
        return child.said()

    gate = asyncio.Semaphore(AT_ONCE)
    points = int((await life(0)).split()[-1])
    await asyncio.gather(*map(life, range(1, points + 1)))
    return points


async def revive(settings: dict[str, Any], story: str, points: int) -> tuple[list[Request], list[Told]]:
    """A new process's worth of core on the same database, a lease later and in quick time."""
    clock = WarpClock(speed=30, ahead=120)
    async with open_core(Settings(**settings), clock=clock) as core:
        adapters = [ShakyAdapter(origin_of(story, at)) for at in range(points + 1)]
        async with serving(core, adapters), asyncio.timeout(90):
            while await core.store.next_due() is not None or core.worker.carrying:
                core.worker.wake()
                await asyncio.sleep(0.02)
        found = [await core.store.by_dedupe_key(key_of(story, at)) for at in range(points + 1)]
        rows = [row for row in found if row is not None]
        rows += [order for row in rows if row.reading for order in await core.store.orders_of(row)]
        words = [word for adapter in adapters for word in adapter.words]
        return rows, words


def told_on(story: str) -> list[Any]:
    """The story on each database, as parameters."""
    later = {"sqlite": story not in ON_BOTH | ON_SQLITE, "postgres": story not in ON_BOTH}
    marks = {"sqlite": [], "postgres": [pytest.mark.postgres]}
    return [
        pytest.param(name, story, marks=[*marks[name], *([pytest.mark.deep] if deep else [])])
        for name, deep in later.items()
    ]


@pytest.mark.parametrize(
    ("database", "story"), [case for story in STORIES for case in told_on(story)], indirect=["database"]
)
@pytest.mark.timeout(300)
async def test_killed_at_every_point_a_request_still_ends_honestly(tmp_path, database, story):
    async with (
        running_sandbox(**SLOW.get(story, {})) as sandbox,
        running_board() as board,
        process_factory(tmp_path / "logs") as factory,
    ):
        settings = settings_of(tmp_path / "data", sandbox.base_url, database)
        sandbox.script(story, *SPOKEN.get(story, ()))
        points = await kill_everywhere(factory, settings, board, story)
        assert points >= 10
        rows, words = await revive(settings, story, points)
        async with open_core(Settings(**settings)) as core:
            wrong = await lies(
                core.store,
                sandbox.state.log,
                [*board.words, *words],
                [row.id for row in rows],
                silent=[row.id for row in rows if untold(row)],
            )
        assert wrong == []
        assert twice(rows) == []
        # Dead before the row was written: nobody was promised anything, and nothing was bought.
        assert len(rows) >= points - 1
        assert expected(story) <= {row.state for row in rows}


def twice(rows: list[Request]) -> list[str]:
    """Messages of which more was ordered than they said, or the same twice."""
    orders = [row for row in rows if row.part is not None]
    keys = [(row.parent_id, row.part.place) for row in orders if row.part is not None]
    return sorted({parent for parent, place in keys if keys.count((parent, place)) > 1})


def settings_of(data: Path, base_url: str, database: dict[str, Any]) -> dict[str, Any]:
    return {
        "data_dir": str(data),
        "lumenfall_api_key": KEY,
        "lumenfall_base_url": base_url,
        "ambiguous_minutes": 1,
        "confirm_minutes": 1,
        "ask_first": False,
        "drain_s": 5,
        **ROOMY,
        **{name: shown(value) for name, value in database.items()},
    }


def expected(story: str) -> set[State]:
    """Ends that a story must have had at one point or another."""
    match story:
        case "decline" | "cancel_video" | "cancel_chat":
            return {State.CANCELLED}
        case "deny":
            return {State.REFUSED}
        case "approve":
            return {State.REFUSED, State.DELIVERED}
        case "confirm":
            return {State.CANCELLED, State.DELIVERED, State.FAILED}
        case "video":
            return {State.DELIVERED}
        case "plan":
            return {State.DELIVERED, State.CANCELLED}
        case _:
            return {State.DELIVERED, State.FAILED}
