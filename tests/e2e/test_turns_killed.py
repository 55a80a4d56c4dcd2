"""A conversation of twenty turns on each platform, whose bot is killed after everything that it does.

In the row `n` of the table the bot dies once in every act of the person: before it hears of the act, or after
the first, second, third … thing that it does because of it, each act at another place. All rows together are
one death after every transaction, every paid call and every call to the platform of all turns. `KILLED_ROWS`
sets how many there are; the default keeps the run short, `KILLED_ROWS=43` is all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import mortal_bot
from tests.fakes.databases import database, postgres_server, postgres_url, settings_on
from tests.fakes.killed_story import QUICK, TURNS, Step
from tests.fakes.killed_turns import conversation

__all__ = ["database", "postgres_server", "postgres_url"]

MOST = 43
"""More things than an act has; a test holds it to that."""
ROWS = int(os.environ.get("KILLED_ROWS", "4"))
ON_EACH = pytest.mark.parametrize("platform", ["discord", "slack"])


def row(number: int) -> Callable[[int], int]:
    """After which thing the bot dies in each act."""
    return lambda act: (7 * act + number) % MOST


async def killed(
    folder: Path,
    platform: str,
    turns: Sequence[Sequence[Step]],
    dying: Callable[[int], int | None],
    database: dict[str, Any],
) -> tuple[int, list[tuple[int, bool, str]]]:
    """Have the conversation; how often the bot died, and what it did."""
    async with conversation(folder, platform, database, dying) as talk:
        for turn in turns:
            await talk.turn(turn)
        wrong = await talk.verdict()
        assert wrong == [], "\n".join((*wrong, *talk.repeated))
        return talk.deaths, mortal_bot.done(talk.folder)


@ON_EACH
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_killed_in_the_middle_of_a_few_turns(
    tmp_path: Path, platform: str, database: dict[str, Any]
) -> None:
    """Before it hears of it; once it is kept; after the reading, the paid call and the post."""
    places = (3, 17, 11, 1, 13, 20, 0)
    deaths, _ = await killed(
        tmp_path, platform, QUICK, lambda act: dict(enumerate(places)).get(act), database
    )
    assert deaths >= 4


@ON_EACH
@pytest.mark.deep
@pytest.mark.timeout(300)
async def test_unkilled_no_act_has_more_than_the_table(tmp_path: Path, platform: str) -> None:
    """Twelve seconds each on an idle machine with two processors."""
    deaths, done = await killed(tmp_path, platform, TURNS, lambda _act: None, {})
    assert deaths == 1, "the last one, before the verdict"
    acts = [act for act, _, _ in done[:-1]]
    assert max(map(acts.count, set(acts))) <= MOST
    assert len({kind for _, _, kind in done}) > 20


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_of_kinds(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "sqlite" else settings_on(request.getfixturevalue("postgres_url"))


@ON_EACH
@pytest.mark.deep
@pytest.mark.timeout(1200)
async def test_killed_after_the_first_thing_of_every_kind(
    tmp_path: Path, platform: str, database_of_kinds: dict[str, Any]
) -> None:
    """It dies wherever it comes to something new: starting, in a turn, and on the way back from a death."""
    deaths, done = await killed(tmp_path, platform, TURNS, lambda _act: mortal_bot.NEW, database_of_kinds)
    assert deaths >= 25
    kinds = Counter(kind for _, _, kind in done)
    assert kinds.keys() - {kind for _, died, kind in done if died} == set()


@ON_EACH
@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", range(0, MOST, max(1, MOST // ROWS)))
async def test_killed_after_each_thing_of_every_turn(
    tmp_path: Path, platform: str, number: int, database: dict[str, Any]
) -> None:
    """Twenty seconds for a row on an idle machine with two processors, several minutes on a busy one."""
    deaths, done = await killed(tmp_path, platform, TURNS, row(number), database)
    assert deaths >= 6, "acts differ in length, so a row dies in some of them only"
    assert sum(died for _, died, _ in done) >= 5
