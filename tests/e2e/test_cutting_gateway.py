"""Every connection to the gateway breaks somewhere, once, and nothing is bought twice or booked for nothing.

The gateway counts what it did: paid calls are charges and unknowns, and none is sent a second time. What ran
is charged, what is charged at its estimate ran, and only a call that nobody can account for is booked at its
hold.

The quick tests cut some two dozen places of each capability's call, with a log and without one. The deep ones
cut, without a log, after every single byte of the body and of the answer (head, headers and chunks included)
of each of the five, and for a picture after every byte of the request's headers too, which are the same for
all: one request for each place, about 4,800 in all, in four minutes of one processor. There the log is asked
once; how patiently it is asked is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from bot.core.capability import Capability
from bot.core.request import TERMINAL, Request
from tests.fakes.bare_bench import ENDPOINTS, ESTIMATES, Bench, running_bench
from tests.fakes.bare_gateway.models import MODELS
from tests.fakes.bare_gateway.wire import Call
from tests.fakes.cutting_gateway import CuttingGateway, encoded, running_cutting_gateway
from tests.fakes.transports import transport

__all__ = ["transport"]
pytestmark = pytest.mark.usefixtures("transport")

SPEED = 200
QUICK_CUTS = 12
"""Cuts of an answer, and as many of a request, in the quick version; the ends are always among them."""
AT_ONCE = 60
PATIENCE_S = 60
EACH = pytest.mark.parametrize("capability", list(Capability), ids=str)
MANY = {"concurrency": 64, "per_person": 64, "per_tenant": 64, "queue_limit": 10_000}


@dataclass(frozen=True)
class Sizes:
    """Bytes of one request's head and body, and of its answer."""

    head: int
    body: int
    answer: int


@asynccontextmanager
async def cutting_bench(folder: Path, *, log: bool) -> AsyncGenerator[tuple[CuttingGateway, Bench], None]:
    async with running_cutting_gateway() as cutting:
        cutting.gateway.models.listed = tuple(MODELS)
        if log:
            cutting.gateway.with_log(listed=True)
        async with running_bench(folder, cutting.gateway, speed=SPEED, **MANY) as bench:
            yield cutting, bench


async def measured(cutting: CuttingGateway, bench: Bench, capability: Capability) -> Sizes:
    """How long a whole exchange is, measured on one that is left alone."""
    replies: list[int] = []
    handle = cutting.gateway.handle

    def noting(call: Call) -> object:
        reply = handle(call)
        if call.endpoint is not None and not call.dry:
            replies.append(len(encoded(reply)))
        return reply

    cutting.gateway.handle = noting  # type: ignore[method-assign]
    await bench.delivered(capability)
    del cutting.gateway.handle
    (call,) = cutting.gateway.ran
    head = f"POST {call.target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in call.headers.items())
    return Sizes(head=len(head) + 2, body=len(call.content), answer=replies[0])


def places(size: int, wanted: int | None) -> Sequence[int]:
    """Every position from 0 to `size`, or about so many of them with both ends and their neighbours."""
    if wanted is None or size <= wanted:
        return range(size + 1)
    step = size / wanted
    return sorted({0, 1, size - 1, size, *(round(step * number) for number in range(wanted))})


async def asked(
    cutting: CuttingGateway, bench: Bench, capability: Capability, cuts: Sequence[dict[str, int]]
) -> list[Request]:
    """One request for each cut, some at a time, carried to its end."""
    ended: list[Request] = []
    order = await bench.order(capability)
    for start in range(0, len(cuts), AT_ONCE):
        requests = []
        for cut in cuts[start : start + AT_ONCE]:
            cutting.cut(ENDPOINTS[capability], **cut)
            requests.append(await bench.stack.submit(order, pictures=bench.pictures))
        async with asyncio.timeout(PATIENCE_S):
            while len(told(bench, requests)) < len(requests):
                bench.stack.core.worker.wake()  # its own pauses are not on the quick clock
                await asyncio.sleep(0.02)
        ended += [await bench.stack.told(request.id) for request in requests]
    return ended


def told(bench: Bench, requests: Sequence[Request]) -> set[str]:
    """Which of the requests have ended for their person."""
    return {event.request.id for event in bench.stack.test.finished} & {one.id for one in requests}


def trace_of(call: Call) -> str:
    """What names a call in the row that made it; a call that broke within its head may not have said it."""
    return call.headers.get("traceparent", f"-unsaid {id(call)}-").split("-")[1]


async def untrue(cutting: CuttingGateway, bench: Bench, rows: Sequence[Request]) -> list[str]:
    """Everything that is not as promised."""
    gateway = cutting.gateway
    arrived = set(map(id, gateway.calls))
    broken = [call for call in cutting.cut_short if id(call) not in arrived]
    traces = [trace_of(call) for call in (*gateway.paid, *broken)]
    ran = {trace_of(call) for call in gateway.ran}
    found = [f"{trace} was sent {times} times" for trace, times in Counter(traces).items() if times > 1]
    if len(traces) != len(rows) + 1:
        found.append(f"{len(traces)} paid calls for {len(rows)} requests and the one that was measured")
    for row in rows:
        if row.state not in TERMINAL or row.hold:
            found.append(f"{row.id} is {row.state} and holds {row.hold}")
        if row.trace_id in ran and not row.charged:
            found.append(f"{row.id} ran and was not charged")
        if row.charged and row.trace_id not in ran and row.charged_from != "hold":
            found.append(f"{row.id} never ran and was charged by {row.charged_from}")
        if row.charged and row.charged_from != "hold" and row.charged != ESTIMATES[row.capability]:
            found.append(f"{row.id} was charged {row.charged}")
    known = {row.trace_id for row in rows if row.charged and row.charged_from != "hold"}
    unknown = {row.trace_id for row in rows if row.charged_from == "hold"}
    if not known <= ran or not ran - {traces[0]} <= known | unknown:
        found.append("what ran is not what was charged or is unknown")
    return found + [str(difference) for difference in await bench.stack.core.store.verify()]


async def every_cut(
    folder: Path, capability: Capability, wanted: int | None, *, log: bool, head: bool = False
) -> list[str]:
    """What is not true after cuts in the request (its `head` too, if wanted) and in the answer."""
    async with cutting_bench(folder, log=log) as (cutting, bench):
        sizes = await measured(cutting, bench, capability)
        start = 0 if head else sizes.head
        requests = [{"request_after": start + at} for at in places(sizes.head + sizes.body - start, wanted)]
        answers = [{"response_after": at} for at in places(sizes.answer, wanted)]
        rows = await asked(cutting, bench, capability, [*requests, *answers])
        found = await untrue(cutting, bench, rows)
        if log:
            found += [f"{row.id} was guessed, with a log" for row in rows if row.charged_from == "hold"]
        return found


@EACH
@pytest.mark.parametrize("log", [False, True], ids=["without a log", "with a log"])
async def test_a_call_that_breaks_off_is_paid_once_at_most(
    tmp_path: Path, capability: Capability, log: bool
) -> None:
    assert await every_cut(tmp_path, capability, QUICK_CUTS, log=log, head=True) == []


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without the lines below an error, of which the deep tests would write a hundred thousand."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


@pytest.mark.deep
@pytest.mark.usefixtures("quiet")
@pytest.mark.timeout(600)
@EACH
async def test_a_call_that_breaks_off_at_any_byte_is_paid_once_at_most(
    tmp_path: Path, capability: Capability, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.unknown_outcome._patient", lambda *_: False)
    monkeypatch.setattr("bot.worker.corrections.LOOKS_S", (3.0,))
    head = capability is Capability.GENERATE
    assert await every_cut(tmp_path, capability, None, log=False, head=head) == []
