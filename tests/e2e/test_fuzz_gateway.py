"""The whole product before a gateway that answers anything at all, at any point of a request's life.

Nothing hangs, nothing goes unhandled, nothing is paid for twice, and where no answer named another figure
the ledger has the gateway's own. A deep run (`make deep`) tries ten times as many.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from bot.core.request import State
from tests.fakes.clocks import WarpClock
from tests.fakes.examples import examples
from tests.fakes.gateway import no_waiting_fixture
from tests.fakes.mangler import Spoil, mangled, one_leaf_changed
from tests.fakes.sandbox import running_sandbox
from tests.fakes.trial import CAPABILITIES, WarpedSandboxClock, calm_fixture, stage_on

__all__ = ["calm_fixture", "no_waiting_fixture"]

POINTS = ("dry", "paid", "job", "log", "media")
often = examples(
    6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["completed", "failed", "usd", "1e400", "-1", "https://media.lumenfall.ai/x", "\x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
garbage = st.binary(max_size=200) | values.map(lambda value: repr(value).encode()) | st.none()


def run(capability: str, spoil: Spoil, *, times: int, check: Callable[[list[str]], None], point: str) -> None:
    """One request through a gateway whose first `times` answers at the points are spoilt."""

    async def story() -> None:
        # A job that cannot be read is asked for during six hours.
        clock = WarpClock(speed=20_000 if point == "job" else 2000)
        async with (
            running_sandbox(clock=WarpedSandboxClock(clock), video_seconds=6.0) as sandbox,
            mangled(sandbox) as (seen, mangler),
            stage_on(Path(tempfile.mkdtemp()), seen, clock, gateway_timeout_s=5) as stage,
        ):
            left = [times]

            def sometimes(point: str, body: bytes) -> bytes | None:
                changed = spoil(point, body) if left[0] else body
                left[0] -= changed is not body
                return changed

            mangler.spoil = sometimes
            with structlog.testing.capture_logs() as logs:
                await stage.ask(capability)
                await stage.settle(30)
            crashes = [line for line in logs if line["event"].endswith("_crashed")]
            assert crashes == []
            assert len(stage.sandbox.paid_calls) <= 1
            check(await stage.lies())

    asyncio.run(story())


def nothing(lies: list[str]) -> None:
    assert lies == []


def nothing_but_figures(lies: list[str]) -> None:
    """An answer that names another cost is believed; nothing else may be wrong."""
    assert [lie for lie in lies if "the gateway " not in lie] == []


@pytest.mark.parametrize("point", POINTS)
@often
@given(capability=st.sampled_from(CAPABILITIES), body=garbage, times=st.sampled_from([1, 3, 10_000]))
def test_garbage(point: str, capability: str, body: bytes | None, times: int) -> None:
    run(capability, lambda at, real: body if at == point else real, times=times, check=nothing, point=point)


@pytest.mark.parametrize("point", POINTS)
@often
@given(
    capability=st.sampled_from(CAPABILITIES), share=st.floats(0, 0.999), times=st.sampled_from([1, 10_000])
)
def test_half_an_answer(point: str, capability: str, share: float, times: int) -> None:
    def cut(at: str, real: bytes) -> bytes:
        return real[: int(len(real) * share)] if at == point else real

    run(capability, cut, times=times, check=nothing, point=point)


@pytest.mark.parametrize("point", POINTS[:4])
@often
@given(capability=st.sampled_from(CAPABILITIES), index=st.integers(0, 60), value=values)
def test_one_value_is_another(point: str, capability: str, index: int, value: Any) -> None:
    def changed(at: str, real: bytes) -> bytes:
        return one_leaf_changed(real, index, value) if at == point else real

    run(capability, changed, times=10_000, check=nothing_but_figures, point=point)


async def test_a_spoilt_dry_run_buys_nothing(tmp_path: Path) -> None:
    clock = WarpClock(speed=2000)
    async with (
        running_sandbox(clock=WarpedSandboxClock(clock)) as sandbox,
        mangled(sandbox) as (seen, mangler),
        stage_on(tmp_path, seen, clock) as stage,
    ):
        for body in (b"{}", b'{"estimated": true}', b'{"total_cost_micros": 1}', b"[]", b"null", b"0", None):
            mangler.spoil = lambda at, real, body=body: body if at == "dry" else real
            for capability in CAPABILITIES:
                request = await stage.ask(capability)
                await stage.verdict()
                assert (await stage.row(request)).state in (State.REFUSED, State.FAILED)
        assert sandbox.paid_calls == []
