"""A process that writes to a store until it is killed: `python store_child.py URL FILE NAME`.

Prints `open` once the database is ready, then each request's id after its hold was acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.core.clock import SystemClock
from bot.core.identity import new_request_id
from bot.core.money import Micros
from bot.core.ports.store import Reserve, Settle
from bot.core.request import Actor, GenerateOrder, Request, State
from storage import SqlStore, open_store


async def one(store: SqlStore, name: str, number: int) -> None:
    request = Request(
        id=new_request_id(),
        dedupe_key=f"{name}-{number}",
        origin="test",
        actor=Actor(tenant="test:1", person=f"test:{number % 5}"),
        order=GenerateOrder(model="m", prompt="p"),
        reply_to={},
        state=State.RECEIVED,
        created_at=number,
        updated_at=number,
        due_at=number,
    )
    await store.accept(request, {})
    await store.move(request.id, lambda row: replace(row, state=State.PRICED))
    await store.move(
        request.id, lambda row: replace(row, state=State.RESERVED), posting=Reserve(hold=Micros(5))
    )
    sys.stdout.write(f"{request.id}\n")
    sys.stdout.flush()
    if number % 2:
        await store.move(
            request.id, lambda row: replace(row, state=State.CANCELLED), posting=Settle(cost=Micros(4))
        )


async def main(url: str, file: str, name: str) -> None:
    async with open_store(database_url=url or None, path=Path(file), pool=4, clock=SystemClock()) as store:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        if name == "only-open":
            return
        number = 0
        while True:
            await asyncio.gather(*(one(store, name, number + i) for i in range(10)))
            number += 10


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
