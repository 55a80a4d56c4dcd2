"""Random months of spending, judged by an oracle that knows nothing of the ledger; mistakes it must catch."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import ledger, limits, windows
from bot.core.ledger import Balance, Budget, Entry, Grant, Kind, Scope, WindowStarts
from bot.core.money import ZERO, Micros
from bot.core.wallets.members import LinkedAccount
from bot.core.windows import ZoneHistory
from storage.wallets import transactions
from tests.contract.store_world import World
from tests.fakes import spending_oracle
from tests.fakes.spending_oracle import Disagreement
from tests.fakes.spending_story import Story

KINDS = ("memory", "sqlite")


async def told(kind: str, folder: Path, seed: int, steps: int, *, proofs: bool = True) -> Story:
    """A story of so many steps on an empty database of the kind."""
    world = World(kind, folder, None)
    story = Story(world.open, world.clock, seed, proofs=proofs)
    try:
        await story.live(steps)
    finally:
        await world.close()
    return story


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_no_limit_is_ever_broken_and_nobody_is_refused_without_one(
    kind: str, seed: int, tmp_path: Path
) -> None:
    story = await told(kind, tmp_path, seed, 400)
    assert story.answers.count(False) > 5, "a story in which hardly anything is refused shows nothing"
    assert story.answers.count(True) > 20


@pytest.mark.deep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(100, 110))
async def test_the_same_in_ten_thousand_steps(kind: str, seed: int, tmp_path: Path) -> None:
    await told(kind, tmp_path, seed, 1000)


def test_the_oracle_shares_nothing_with_the_bot() -> None:
    tree = ast.parse(Path(spending_oracle.__file__).read_text(encoding="utf-8"))
    names = [
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    ]
    assert names
    assert not [name for name in names if name.startswith(("bot", "storage", "tests", "adapters"))]


async def test_a_seed_tells_the_same_story_again(tmp_path: Path) -> None:
    one = await told("memory", tmp_path, 9, 120)
    again = await told("memory", tmp_path, 9, 120)
    assert one.answers == again.answers
    assert list(one.oracle.charges.values()) == list(again.oracle.charges.values())


# mistakes


def roles_add_up(patch: pytest.MonkeyPatch) -> None:
    """Whoever has three roles has three allowances."""
    real = limits.explain

    def wrong(
        known: Iterable[Budget], actor: Any, tenant: Any, project: str = "", linked: Any = ()
    ) -> list[limits.ConsideredBudget]:
        known = list(known)
        mine = [one for one in known if one.scope is Scope.ROLE and one.subject in actor.roles]
        total = Micros(sum(one.limit or 0 for one in mine))
        return [
            replace(one, budget=replace(one.budget, limit=total)) if one.budget.scope is Scope.ROLE else one
            for one in real(known, actor, tenant, project, linked)
        ]

    patch.setattr(limits, "explain", wrong)


def zones_take_effect_at_once(patch: pytest.MonkeyPatch) -> None:
    """A new zone begins new windows, empty ones."""
    real: Any = windows._bounds  # pyright: ignore[reportPrivateUsage]
    patch.setattr(
        windows, "_bounds", lambda window, now, zones: real(window, now, ZoneHistory(zone=zones.zone))
    )


def grants_survive_their_window(patch: pytest.MonkeyPatch) -> None:
    """What was granted for today is there tomorrow."""
    real = limits.grant

    def wrong(*args: Any, **more: Any) -> Grant:
        return replace(real(*args, **more), until=None)

    patch.setattr(limits, "grant", wrong)


def a_price_is_never_asked_again(patch: pytest.MonkeyPatch) -> None:
    """What is held a second time is what was held the first time, whatever it costs now."""
    first: dict[str, Micros] = {}
    real = ledger.reserve

    def wrong(lines: Any, opening: Entry) -> Entry:
        held = first.setdefault(opening.request_id, opening.held)
        return real(lines, replace(opening, held=held))

    patch.setattr(ledger, "reserve", wrong)


def late_costs_are_lost(patch: pytest.MonkeyPatch) -> None:
    """A cost that comes after midnight counts nowhere."""
    real = ledger.post

    def wrong(balance: Balance, entry: Entry, now: WindowStarts | None = None) -> Balance:
        if entry.kind in (Kind.SETTLE, Kind.ADJUST) and entry.moment < balance.day.start:
            entry = replace(entry, spent=ZERO)
        return real(balance, entry, now)

    patch.setattr(ledger, "post", wrong)


def linked_accounts_count_alone(patch: pytest.MonkeyPatch) -> None:
    """Each account has the limit for a person everywhere to itself."""
    patch.setattr(LinkedAccount, "counts_since", lambda *_: False)


def leaving_takes_effect_at_once(patch: pytest.MonkeyPatch) -> None:
    """Whoever leaves has a whole limit again."""
    patch.setattr(transactions, "month_end", lambda now: now)


@pytest.mark.parametrize(
    "mistake",
    [
        linked_accounts_count_alone,
        leaving_takes_effect_at_once,
        roles_add_up,
        zones_take_effect_at_once,
        grants_survive_their_window,
        a_price_is_never_asked_again,
        late_costs_are_lost,
    ],
)
async def test_the_oracle_catches(
    mistake: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistake(monkeypatch)
    with pytest.raises(Disagreement, match="a hold of"):
        await some_stories(tmp_path)


async def some_stories(folder: Path) -> None:
    """On SQLite; holds alone are judged, since not every mistake leaves a ledger that does not add up."""
    for seed in range(1, 16):
        own = folder / str(seed)
        own.mkdir()
        await told("sqlite", own, seed, 300, proofs=False)
