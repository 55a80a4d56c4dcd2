"""Every fault the gateway can have, at every point of a request's life, for every capability.

Whatever happens, each request ends, at most one call is paid, our ledger has the gateway's figure to the
micro-dollar, no hold is left, and the person is told what the row says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.core.request import State
from sandbox.faults import FAULTS, ONLY_DRY
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import mostly_sqlite as database
from tests.fakes.databases import postgres_server, postgres_url
from tests.fakes.gateway import no_waiting_fixture
from tests.fakes.honesty import GUESSES
from tests.fakes.transports import transport
from tests.fakes.trial import CAPABILITIES, SPEED, Stage, calm_fixture, trial

__all__ = ["calm_fixture", "database", "no_waiting_fixture", "postgres_server", "postgres_url", "transport"]
pytestmark = pytest.mark.usefixtures("transport")

QUICK: dict[str, Any] = {"seconds": 12, "retry_after": 1}
"""Options that keep a fault from taking its documented time."""
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "hang": [{}, {"charged": True}],
    "html_524": [{}, {"charged": True}],
    "cost_higher": [{"factor": 3}],
}
EACH = pytest.mark.parametrize(
    "capability",
    [name if name == "generate" else pytest.param(name, marks=pytest.mark.deep) for name in CAPABILITIES],
)
"""Every capability; all but one are tried in the deep run."""
ALWAYS = None
AT_ONCE = 6


def faults_at(endpoint: str) -> list[tuple[str, dict[str, Any]]]:
    names = sorted(name for name, (places, _) in FAULTS.items() if endpoint in places)
    found = [(name, {**QUICK, **more}) for name in names for more in VARIANTS.get(name, [{}])]
    # Retried for as long as the address lives, an hour: too long for most clocks here.
    return [*found, ("expired_media", {"status": 503})] if endpoint == "media" else found


@dataclass(frozen=True, kw_only=True)
class Case:
    """Faults that wait when one request of a capability is asked for."""

    capability: str
    faults: tuple[tuple[str, dict[str, Any]], ...]

    @property
    def silences_the_log(self) -> bool:
        """Whether nobody can ever read the log."""
        return any(options["endpoint"] == "requests" and not options["times"] for _, options in self.faults)

    def __str__(self) -> str:
        return f"{self.capability}: {', '.join(f'{name} {options}' for name, options in self.faults)}"


def cases(capability: str, endpoint: str, names: Collection[str] | None = None, **match: Any) -> list[Case]:
    """Each fault of an endpoint, once and for ever."""
    return [
        Case(
            capability=capability,
            faults=((name, {**options, **match, "endpoint": endpoint, "times": times}),),
        )
        for name, options in faults_at(endpoint)
        if names is None or name in names
        for times in (1, ALWAYS)
    ]


async def one(stage: Stage, case: Case) -> list[str]:
    """Ask, wait for the end, and say what is not true about it."""
    stage.sandbox.state.faults.clear()
    for name, options in case.faults:
        stage.sandbox.fail(name, **options)
    request = await stage.ask(case.capability)
    try:
        await stage.settle(40)
    except TimeoutError:
        row = await stage.row(request)
        return [f"{case}: hangs in {row.state}, {row.attempts} attempts"]
    row = await stage.row(request)
    found = [f"{case}: {why}" for why in await stage.lies()]
    knew = any(call.trace_id == row.trace_id for call in stage.sandbox.state.log)
    if row.charged_from == "hold" and knew and not case.silences_the_log:
        found.append(f"{case}: booked at its hold although the log knew")
    return found


async def tried(
    folder: Path, cases: Sequence[Case], database: dict[str, Any], *, speed: float = SPEED, **changes: Any
) -> list[str]:
    """What is not true after each case, some of them at a time, each on a stage of its own.

    `changes` are settings.
    """
    waiting = list(cases)
    assert waiting

    async def work_off(number: int) -> list[str]:
        found: list[str] = []
        clock = WarpClock(speed=speed)
        async with trial(folder / str(number), clock=clock, **changes, **database) as stage:
            while waiting and not found:
                found = await one(stage, waiting.pop())
        return found

    return [why for found in await asyncio.gather(*map(work_off, range(AT_ONCE))) for why in found]


@EACH
async def test_every_fault_of_the_paid_call(tmp_path, database, capability):
    names = FAULTS.keys() - ONLY_DRY
    assert await tried(tmp_path, cases(capability, capability, names), database) == []


DRY = (
    *ONLY_DRY, "slow", "hang", "429", "401", "402", "500", "502", "html_403", "html_524", "bad_json",
    "content_policy", "model_disabled", "error_in_200", "reset_before_charge",
)  # fmt: skip


@EACH
async def test_every_fault_of_the_dry_run(tmp_path, database, capability):
    assert await tried(tmp_path, cases(capability, capability, DRY, dry_run=True), database) == []


@pytest.mark.parametrize("endpoint", [pytest.param("video_get", marks=pytest.mark.deep), "media", "requests"])
async def test_every_fault_of_what_follows_a_video(tmp_path, database, endpoint):
    assert await tried(tmp_path, cases("video", endpoint), database, speed=2000, ambiguous_minutes=4) == []


@pytest.mark.parametrize("capability", ["generate", "edit", "upscale"])
async def test_a_download_that_never_works_still_ends(tmp_path, database, capability):
    assert await tried(tmp_path, cases(capability, "media"), database, speed=2000) == []


@EACH
async def test_an_unclear_call_whose_log_cannot_be_read_either(tmp_path, database, capability):
    firsts = ("reset_after_charge", "reset_before_charge", "bad_json", "content_policy", "truncated_sse")
    matrix = [
        Case(
            capability=capability,
            faults=(
                (first, {"endpoint": capability}),
                (name, {**options, "times": 3 if name == "hang" else 7, "endpoint": "requests"}),
            ),
        )
        for first in firsts
        if capability in FAULTS[first][0]
        for name, options in faults_at("requests")
    ]
    # Seven answers of the log that are of no use take their time on a busy machine.
    assert await tried(tmp_path, matrix, database, speed=150, ambiguous_minutes=4) == []


FIRST = ("reset_after_charge", "hang", "html_524", "bad_json", "502_charged", "500")
SECOND = ("429", "401", "402", "reset_before_charge", "500", "html_403", "502_charged")


async def test_a_video_sent_again_after_an_unclear_answer_is_one_job(tmp_path, database):
    matrix = [
        Case(
            capability="video",
            faults=(
                (first, {"endpoint": "video", "charged": True, "seconds": 12}),
                (again, {"endpoint": "video", "times": 2, "retry_after": 1}),
            ),
        )
        for first in FIRST
        for again in SECOND
    ]
    assert await tried(tmp_path, matrix, database) == []


@pytest.mark.parametrize("again", ["429", "401", "402", "html_403"])
async def test_a_video_that_was_taken_in_is_delivered_whatever_a_repetition_meets(tmp_path, database, again):
    async with trial(tmp_path, **database) as stage:
        stage.sandbox.fail("reset_after_charge", endpoint="video")
        stage.sandbox.fail(again, times=2, endpoint="video", retry_after=1)
        request = await stage.ask("video")
        await stage.verdict()
        assert len(stage.sandbox.paid_calls) == 1
        assert (await stage.row(request)).state is State.DELIVERED


async def test_a_call_that_never_left_is_booked_at_its_hold_and_says_so(tmp_path, database):
    async with trial(tmp_path, **database) as stage:
        stage.sandbox.fail("reset_before_charge", endpoint="generate")
        request = await stage.ask("generate")
        await stage.verdict()
        row = await stage.row(request)
        assert (row.state, row.charged, row.charged_from) == (State.FAILED, 50_000, "hold")
        assert row.charged_from in GUESSES
        assert "set aside" in row.failure.message


async def test_however_long_ago_a_call_was_its_outcome_is_looked_for_more_than_once(tmp_path, database):
    """As after a night in which the bot was stopped, with a log that cannot be read at once."""
    async with trial(tmp_path, clock=WarpClock(speed=10), **database) as stage:
        stage.sandbox.fail("reset_after_charge", endpoint="generate")
        stage.sandbox.fail("500", times=9, endpoint="requests")
        request = await stage.ask("generate")
        await stage.until(lambda row: row.state is State.AMBIGUOUS, request)
        stage.clock.jump(12 * 3600)
        await stage.verdict()
        row = await stage.row(request)
        assert (row.state, row.charged_from) == (State.FAILED, "log")


@EACH
async def test_a_log_that_lags_does_not_make_the_ledger_wrong(tmp_path, database, capability):
    async with trial(tmp_path, **database) as stage:
        stage.sandbox.set(request_log_lag=12, request_log_delay=9)
        for fault in ("reset_after_charge", "content_policy", "502_charged", "failed_with_cost"):
            if capability in FAULTS[fault][0]:
                late = Case(capability=capability, faults=((fault, {"endpoint": capability}),))
                assert await one(stage, late) == []
