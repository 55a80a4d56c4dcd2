"""A chat while it streams: the text so far is passed on, and the person who asked may stop it."""

from __future__ import annotations

import asyncio
import contextlib

from bot.core.errors import StoreUnavailable
from bot.core.errors.outside import BROKE_OFF, GatewayAmbiguous
from bot.core.ports.gateway import Outcome, Pictures
from bot.core.request import ChatOrder
from bot.worker.step_context import Context

LOOK_S = 0.25
"""Seconds between two reports of new text; adapters limit their own edits further."""
LOOKS_PER_CHECK = 4
"""The row is read at every fourth report, to see whether someone has pressed cancel."""


async def talk(context: Context, order: ChatOrder, pictures: Pictures, *, user: str) -> Outcome:
    """Stream the answer. Raises what `Gateway.chat` raises, and GatewayAmbiguous when the person stopped it.

    The cost of a stopped answer comes from the gateway's log. A chat that has sent any text has run.
    """
    said: list[str] = []
    heard = False

    def hear(text: str) -> None:
        nonlocal heard
        heard = True
        said.append(text)

    call = asyncio.create_task(
        context.tools.gateway.chat(
            order, pictures, trace_id=context.request.trace_id, user=user, on_text=hear
        )
    )
    watch = asyncio.create_task(_pass_on(context, said))
    try:
        await asyncio.wait((call, watch), return_when=asyncio.FIRST_COMPLETED)
        if not call.done() and watch.exception() is None:
            raise GatewayAmbiguous("Cancelled.", code=BROKE_OFF if heard else "cancelled")
        return await call
    finally:
        for task in (call, watch):
            task.cancel()
        await asyncio.gather(call, watch, return_exceptions=True)


async def _pass_on(context: Context, said: list[str]) -> None:
    """Report new text until the person cancels."""
    looks = 0
    while True:
        await context.tools.clock.sleep(LOOK_S)
        looks += 1
        if said:
            text = said[-1]
            said.clear()
            await context.progress(text=text)
        if looks % LOOKS_PER_CHECK == 0:
            with contextlib.suppress(StoreUnavailable):
                row = await context.tools.store.get(context.request.id)
                if row is None or row.cancel_requested:
                    return
