"""One replica under load, in a process of its own; started by `benchmarks.flow`.

    python -m benchmarks.load '{"settings": {…}, "kind": "chat", "count": 200, "at_once": 100, "name": "a"}'

It opens the core, says `ready`, waits for a line on stdin, submits its orders through its own service,
waits until they have ended, and prints what it saw as JSON. The adapter only notes the ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil
import structlog

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from bot.core.events import AwaitingConfirmation, Corrected, Delivered, Final, Progressed
from bot.core.request import Actor, ChatOrder, GenerateOrder, Order, ReplyTo, VideoOrder
from bot.settings import Settings

TENANT = "bench:1"
ORDERS: dict[str, Order] = {
    "picture": GenerateOrder(model="seedream-4.5", prompt="a capybara"),
    "chat": ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello"),
    "video": VideoOrder(model="sora-2", prompt="waves", seconds=4),
}


@dataclass(kw_only=True)
class Task:
    """What a replica is to do. `hold`: say how it is once everything is in flight."""

    settings: dict[str, Any]
    kind: str
    count: int
    at_once: int
    name: str
    hold: bool = False


@dataclass(kw_only=True)
class Report:
    """What came of it. Memory in bytes, `cpu` in seconds of this process, latencies in seconds."""

    ran: int
    seconds: float
    cpu: float
    memory_idle: int
    memory: int
    accept: list[float] = field(default_factory=list[float])


class Counter:
    """An adapter that only counts ends."""

    ORIGIN = "bench"
    members = None
    notices = None

    def __init__(self) -> None:
        self.ends: dict[str, asyncio.Event] = {}
        self.delivered = 0

    @property
    def notifier(self) -> Counter:
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> bool:
        return True

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None: ...

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None: ...

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        self.delivered += isinstance(event, Delivered)
        self.ends.setdefault(str(reply_to["key"]), asyncio.Event()).set()
        return {}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None: ...


async def run(core: Core, counter: Counter, task: Task) -> list[float]:
    """Submit everything, `at_once` at a time, each until its end; how long acceptance took."""
    gate, accept = asyncio.Semaphore(task.at_once), list[float]()

    async def one(number: int) -> None:
        # Any replica may deliver it, so what ends here was not always asked for here.
        key = f"{task.name}:{number}"
        person = Actor(tenant=TENANT, person=f"bench:{number % 50}", name="Person", channel="bench:c")
        async with gate:
            start = time.perf_counter()
            request = await core.service.submit(
                person, ORDERS[task.kind], origin="bench", reply_to={"key": key}, dedupe_key=key
            )
            accept.append(time.perf_counter() - start)
            end, row = counter.ends.setdefault(key, asyncio.Event()), None
            while not end.is_set() and (row is None or row.due_at is not None):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(end.wait(), 0.5)
                row = await core.store.get(request.id) if not end.is_set() else row

    await asyncio.gather(*(one(number) for number in range(task.count)))
    return accept


async def held(core: Core, count: int) -> None:
    """Wait until that many calls are at the gateway."""
    while len(await core.store.unfinished(TENANT)) < count or core.worker.carrying < count:
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)


async def main(task: Task) -> Report:
    process, counter = psutil.Process(os.getpid()), Counter()
    async with open_core(Settings(**task.settings)) as core, serving(core, [counter]):
        idle = process.memory_info().rss
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        start, busy = time.perf_counter(), time.process_time()
        work = asyncio.create_task(run(core, counter, task))
        if task.hold:
            await held(core, task.count)
        memory = process.memory_info().rss
        accept = await work
        return Report(
            ran=counter.delivered,
            seconds=time.perf_counter() - start,
            cpu=time.process_time() - busy,
            memory_idle=idle,
            memory=memory,
            accept=accept,
        )


# from the benchmarks' side


@asynccontextmanager
async def replica(task: Task) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """A replica that is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        json.dumps(asdict(task)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def go(*tasks: Task) -> list[Report]:
    """Run replicas at the same time; all are ready before any begins."""
    async with asyncio.TaskGroup() as group:
        ready = asyncio.Barrier(len(tasks))
        found = [group.create_task(_go(task, ready)) for task in tasks]
    return [one.result() for one in found]


async def _go(task: Task, ready: asyncio.Barrier) -> Report:
    async with replica(task) as process:
        await ready.wait()
        out, _ = await process.communicate(b"go\n")
        return Report(**json.loads(out.splitlines()[-1]))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(json.dumps(asdict(asyncio.run(main(Task(**json.loads(sys.argv[1])))))))
