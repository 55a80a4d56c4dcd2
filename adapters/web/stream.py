"""Server-sent events: one hub, many browsers.

Facts (a request moved, an approval was asked) get an id and are kept, so that a browser that was away
resumes where it was (`Last-Event-ID`); one that was away too long is told to read everything again.
Progress is only ever the newest per request, passed on at most ten times a second: a chat of a thousand
deltas costs a slow browser no more than a fast one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

KEPT = 500
BACKLOG = 200
PROGRESS_EVERY_S = 0.1
HEARTBEAT_S = 15.0

Data = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""What is told; a function of it is called for each browser, in its language."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One event on the wire. Without a `number` it is not kept, so it carries no id.

    `only` is the person for whom alone it is, empty for everyone.
    """

    kind: str
    told: Data
    number: int | None = None
    only: str = ""

    @property
    def data(self) -> Mapping[str, Any]:
        """What is told, in the language of this context."""
        return _said(self.told)


class Subscriber:
    """One browser. A queue that overflows closes it: the browser reconnects and resumes."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(BACKLOG + KEPT)
        self._closed = False

    def put(self, message: Message | None) -> None:
        """Hand over without waiting."""
        if self._closed:
            return
        if message is None or self._queue.qsize() >= BACKLOG + KEPT - 1:
            self._closed = True
            message = None
        self._queue.put_nowait(message)

    async def next(self, timeout: float) -> Message | None:
        """The next message; None at the end. Raises TimeoutError when it is time for a heartbeat."""
        return await asyncio.wait_for(self._queue.get(), timeout)


class MessageStream:
    """Spreads messages to all subscribers."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[Message] = deque(maxlen=KEPT)
        self._subscribers: set[Subscriber] = set()
        self._progress: dict[str, Message] = {}
        self._pending: set[str] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._closed = False

    # saying

    def fact(self, kind: str, data: Data, *, only: str = "") -> None:
        """Something that stays true."""
        self._number += 1
        message = Message(kind=kind, told=data, number=self._number, only=only)
        self._kept.append(message)
        self._send(message)

    def progress(self, key: str, data: Data, *, only: str = "") -> None:
        """The newest about `key`; what was not yet passed on is replaced."""
        if self._closed:
            return
        self._progress[key] = Message(kind="progress", told=data, only=only)
        self._pending.add(key)
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(PROGRESS_EVERY_S, self._pass_on)

    def last_progress(self, key: str) -> Mapping[str, Any] | None:
        """What was said last about a request under way, for those who come later."""
        last = self._progress.get(key)
        return last.data if last else None

    def over(self, key: str) -> None:
        """Nothing more will be said about `key`."""
        self._progress.pop(key, None)
        self._pending.discard(key)

    def _pass_on(self) -> None:
        self._flush = None
        for key in self._pending:
            self._send(self._progress[key])
        self._pending.clear()

    def _send(self, message: Message) -> None:
        for subscriber in self._subscribers:
            subscriber.put(message)

    # listening

    def id_of(self, message: Message) -> str:
        """What a browser sends back as `Last-Event-ID`."""
        return f"{self._epoch}-{message.number}"

    async def follow(self, last_id: str = "") -> AsyncGenerator[Message | None, None]:
        """Messages from now, or from after `last_id`; None when it is time for a heartbeat."""
        subscriber = Subscriber()
        self._subscribers.add(subscriber)
        try:
            for message in self._missed(last_id):
                subscriber.put(message)
            if self._closed:
                return
            while True:
                try:
                    message = await subscriber.next(HEARTBEAT_S)
                except TimeoutError:
                    yield None
                    continue
                if message is None:
                    return
                yield message
        finally:
            self._subscribers.discard(subscriber)

    def _missed(self, last_id: str) -> list[Message]:
        hello = Message(kind="hello", told={}, number=self._number)
        if not last_id:
            return [hello]
        epoch, _, number = last_id.rpartition("-")
        if epoch != self._epoch or not number.isdecimal():
            return [Message(kind="reset", told={}, number=self._number)]
        missed = [message for message in self._kept if (message.number or 0) > int(number)]
        if len(missed) < self._number - int(number):
            return [Message(kind="reset", told={}, number=self._number)]
        return missed

    @property
    def listeners(self) -> int:
        """How many browsers follow."""
        return len(self._subscribers)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        if self._flush is not None:
            self._flush.cancel()
        for subscriber in self._subscribers:
            subscriber.put(None)


def _said(told: Data) -> Mapping[str, Any]:
    return told() if callable(told) else told


def wire(stream: MessageStream, message: Message | None) -> bytes:
    """A message as bytes of `text/event-stream`, in the language of this context; None is a heartbeat."""
    if message is None:
        return b": still here\n\n"
    head = f"id: {stream.id_of(message)}\n" if message.number is not None else ""
    data = json.dumps(message.data, ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {message.kind}\ndata: {data}\n\n".encode()
