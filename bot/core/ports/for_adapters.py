"""The ports that adapters use or implement: time, small stored documents, and telling people.

These are the only ports that an adapter imports. Each has one contract suite in `tests/contract` that runs
against every implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.core.events import AwaitingConfirmation, Corrected, Final, Progressed
from bot.core.money import Micros
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Notice
from bot.core.request import Actor, ReplyTo


class Clock(Protocol):
    """The time, injected so that tests can control it."""

    def now(self) -> int:
        """UTC microseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, at most `seconds`."""
        ...


@dataclass(frozen=True, kw_only=True)
class InboxItem:
    """An event from a platform, stored until it has been handled."""

    source: str
    key: str
    payload: Mapping[str, Any]
    received_at: int


class Inbox(Protocol):
    """Events that are stored before they are acknowledged to the platform, until they have been handled."""

    async def inbox_put(self, source: str, key: str, payload: Mapping[str, Any]) -> bool:
        """Store an event; False when this key was seen before."""
        ...

    async def inbox_get(self, source: str, key: str) -> Mapping[str, Any] | None:
        """What was stored under the key and is still needed; empty once it was handled."""
        ...

    async def inbox_done(self, source: str, key: str) -> None: ...

    async def inbox_pending(self, source: str, *, older_than: int) -> list[InboxItem]: ...


class Documents(Protocol):
    """Small stored documents of adapters (command hashes, installations), as JSON by kind and key."""

    async def put_document(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        """Write or overwrite."""
        ...

    async def get_document(self, kind: str, key: str) -> Mapping[str, Any] | None: ...

    async def documents(self, kind: str) -> dict[str, Mapping[str, Any]]: ...

    async def delete_document(self, kind: str, key: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SpendRow:
    """Spending of one person on one day (`YYYY-MM-DD` in the tenant's zone).

    `name` is the person's newest name of that day, from the time `named_at` (UTC micros).
    """

    day: str
    person: str
    name: str
    capability: str
    charged: Micros
    requests: int
    named_at: int = field(default=0, compare=False)


class Notifier(Protocol):
    """Tells people on one platform. It is called again after a failure, so every call must be idempotent."""

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        """Show progress. Best effort; returns at once, never raises, and the newest event wins."""
        ...

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        """Show the price on a button. Raises DeliveryError."""
        ...

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        """Post how the request ended, and return where it was posted. Raises DeliveryError."""
        ...

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """Say what an ended request really cost. Raises DeliveryError."""
        ...


@dataclass(frozen=True, kw_only=True)
class NoticeAddress:
    """Where something goes that nobody has asked for, in ids of the platform (`discord:1`).

    `channel` where it is for many; else `person`, in private. Where both are empty, or the channel is closed
    and nobody is named, the platform finds one admin of the tenant. `reply_to` is where the order was asked
    that caused it.
    """

    tenant: str
    channel: str = ""
    person: str = ""
    reply_to: ReplyTo = field(default_factory=dict[str, Any])


class NoticeSender(Protocol):
    """Tells people on one platform what they have not asked for.

    With `again`, the same may have been posted before by a process that died; it is looked for first.
    """

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """Post a notice once. Raises DeliveryError."""
        ...

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """Post a digest with its chart once. Raises DeliveryError."""
        ...


class Members(Protocol):
    """Says who a person is now in the place that pays, on one platform."""

    async def present(self, actor: Actor, reply_to: ReplyTo) -> Actor | None:
        """The actor with the roles that they have now; None for somebody who is no member any more.

        Without roles where the platform does not answer: nobody is exempt on a guess. Never raises.
        """
        ...
