"""Tells browsers what becomes of requests.

The page reads everything from the database when it opens, so the end of a request is delivered once
it is written: `finish` never fails, and what it answers is kept with the row for the receipt line.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from adapters.web.conversations.names import only_for
from adapters.web.speech.view import plan_view
from adapters.web.stream import MessageStream
from adapters.web.view import View, progress_view, request_view, room_view
from bot.core.events import AwaitingConfirmation, Corrected, Delivered, Final, Progressed, Receipt
from bot.core.request import ReplyTo, Request, State


class WebNotifier:
    """The notifier of origin `web`."""

    def __init__(self, stream: MessageStream) -> None:
        self._stream = stream
        self._waiting: dict[str, asyncio.Future[Request]] = {}

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        """Pass the newest on; never raises."""
        shown = partial(progress_view, event)
        self._stream.progress(event.request.id, shown, only=only_for(event.request))

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        """Show the price and its button; of several orders one for all."""

        def view() -> View:
            plan = {"plan": plan_view(event.plan)} if event.plan else {}
            return {**request_view(event.request), **plan}

        self._stream.fact("request", view, only=only_for(event.request))

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        """Show the end; answers the receipt's room, to be stored."""
        went = _kept(event)
        request = replace(event.request, delivery=went)
        if isinstance(event, Delivered):
            request = replace(request, state=State.DELIVERED)
        self._stream.over(request.id)
        self._show(request)
        for order in event.orders if isinstance(event, Delivered) else ():
            self._show(order)
        waiting = self._waiting.pop(request.id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(request)
        return went

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """Show the request with the figure that is charged now."""
        self._show(event.request)

    def _show(self, request: Request) -> None:
        self._stream.fact("request", partial(request_view, request), only=only_for(request))

    def end_of(self, request_id: str) -> asyncio.Future[Request]:
        """A future of the request as it ends; to be asked for before it can have ended."""
        return self._waiting.setdefault(request_id, asyncio.get_running_loop().create_future())

    def stop_waiting(self, request_id: str) -> None:
        """Nobody waits for this request's end any more."""
        self._waiting.pop(request_id, None)


def _kept(event: Final) -> dict[str, Any]:
    receipt: Receipt | None = getattr(event, "receipt", None)
    if receipt is None or receipt.room is None:
        return {}
    return {"room": room_view(receipt.room)}
