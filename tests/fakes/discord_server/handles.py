"""What a test holds after it acted as a person: the interaction it started and what came back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.fakes.discord_server import components as parts
from tests.fakes.discord_server.base import Json
from tests.fakes.discord_server.entities import Message, User
from tests.fakes.discord_server.interactions import TOKEN_SECONDS, Record
from tests.fakes.discord_server.transcript import all_text

if TYPE_CHECKING:
    from tests.fakes.discord_server.transcript import Transcript

Wanted = str | re.Pattern[str] | Callable[[Message], object] | None
PATIENCE = 10.0


def matches(message: Message, wanted: Wanted) -> bool:
    """A text to be contained, a pattern to be found, or a predicate."""
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return wanted in all_text(message)
    if isinstance(wanted, re.Pattern):
        return wanted.search(all_text(message)) is not None
    return bool(wanted(message))


def controls(message: Message) -> list[Json]:
    """Buttons and selects of a message, in reading order."""
    return [
        item for _, item in parts.walk(message.components) if item["type"] in (parts.BUTTON, *parts.SELECTS)
    ]


def labels(message: Message) -> list[str]:
    """Labels of the buttons, "(disabled)" added where so."""
    out = []
    for item in controls(message):
        if item["type"] == parts.BUTTON:
            name = item.get("label") or (item.get("emoji") or {}).get("name") or ""
            out.append(name + (" (disabled)" if item.get("disabled") else ""))
    return out


class InteractionHandle:
    """One interaction from the side of the person who made it."""

    def __init__(self, record: Record, transcript: Transcript) -> None:
        self.record = record
        self._transcript = transcript
        self._now = transcript.world.clock.now

    def __repr__(self) -> str:
        return f"<{self.record.name} by {self.user.name}, answered {self.response_type}>"

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def user(self) -> User:
        return self.record.user

    @property
    def acknowledged_at(self) -> float | None:
        return self.record.acknowledged_at

    @property
    def latency(self) -> float | None:
        """Seconds on the server's clock from sending to acknowledgement; see `Record.age`."""
        return self.record.latency

    @property
    def response_type(self) -> int | None:
        return self.record.response_type

    @property
    def ephemeral(self) -> bool:
        original = self.record.original
        return original is not None and original.ephemeral

    @property
    def modal(self) -> Json | None:
        return self.record.modal

    @property
    def original(self) -> Message | None:
        return self.record.original

    @property
    def followups(self) -> list[Message]:
        return list(self.record.followups)

    @property
    def refusals(self) -> list[str]:
        """Callbacks that the server refused (10062, 40060, 50035 …)."""
        return list(self.record.refusals)

    @property
    def did_not_respond(self) -> bool:
        """Whether Discord's app shows "The application did not respond"."""
        record = self.record
        now, original = self._now(), record.original
        unanswered = record.acknowledged_at is None and record.age(now) > self._transcript.world.ack_seconds
        dead = now - record.created > TOKEN_SECONDS
        return unanswered or (original is not None and original.loading and dead)

    @property
    def history(self) -> list[str]:
        """Every state the first answer went through, as text."""
        original = self.record.original
        return [self._transcript.version(item) for item in original.versions] if original else []

    def _state(self) -> str:
        record = self.record
        shown = self._transcript.message(record.original) if record.original else "nothing"
        return f"{record.name} (answered {record.response_type}, refused {record.refusals}) shows:\n{shown}"

    async def acknowledged(self, timeout: float = PATIENCE) -> int:
        """The callback type with which the bot answered first."""
        return await self.record.changed.wait_for(
            lambda: self.record.response_type, timeout, lambda: f"no acknowledgement: {self._state()}"
        )

    async def shown_modal(self, timeout: float = PATIENCE) -> Json:
        return await self.record.changed.wait_for(
            lambda: self.record.modal, timeout, lambda: f"no modal: {self._state()}"
        )

    async def offered(self, timeout: float = PATIENCE) -> list[Json]:
        """Autocomplete choices."""
        record = self.record

        def probe() -> list[list[Json]] | None:
            return [record.choices] if record.choices is not None else None

        return (await record.changed.wait_for(probe, timeout, lambda: f"no choices: {self._state()}"))[0]

    async def message(self, wanted: Wanted = None, timeout: float = PATIENCE) -> Message:
        """The first answer once it is no longer "thinking" and fits `wanted`."""

        def probe() -> Message | None:
            found = self.record.original
            usable = found is not None and not found.loading and not found.deleted
            return found if usable and found is not None and matches(found, wanted) else None

        return await self.record.changed.wait_for(
            probe, timeout, lambda: f"no message with {wanted!r}: {self._state()}"
        )

    async def followup(self, wanted: Wanted = None, timeout: float = PATIENCE) -> Message:
        def probe() -> Message | None:
            return next(
                (item for item in self.record.followups if not item.deleted and matches(item, wanted)), None
            )

        return await self.record.changed.wait_for(
            probe, timeout, lambda: f"no follow-up {wanted!r}: {self._state()}"
        )

    async def deleted(self, timeout: float = PATIENCE) -> None:
        """Wait until the first answer is gone."""

        def probe() -> bool:
            return self.record.original is not None and self.record.original.deleted

        await self.record.changed.wait_for(probe, timeout, lambda: f"still there: {self._state()}")

    async def refused(self, wanted: str = "", timeout: float = PATIENCE) -> str:
        """A callback refused by the server whose text contains `wanted`, e.g. "10062"."""

        def probe() -> str | None:
            return next((item for item in self.record.refusals if wanted in item), None)

        return await self.record.changed.wait_for(probe, timeout, lambda: f"nothing refused: {self._state()}")

    def text(self) -> str:
        """What the person sees now: the modal, the answer and the follow-ups."""
        shown = [self._transcript.modal(self.record.modal)] if self.record.modal else []
        shown += ["The application did not respond"] if self.did_not_respond else []
        original = self.record.original
        visible = [
            item for item in [original, *self.record.followups] if item is not None and not item.deleted
        ]
        return "\n\n".join(shown + [self._transcript.message(item) for item in visible])
