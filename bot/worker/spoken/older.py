"""Pictures of a conversation that are meant and not among its last ones: direct messages go on for years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.conversation.decision import numbers_named
from bot.core.ports.conversations import ConversationState
from bot.core.ports.store import Store
from bot.core.request import Request
from bot.core.spoken import ConversationPicture, Reading

BACK_MOST = 5
"""Steps that are followed from a picture that was not made to one that was."""


async def seen(store: Store, request: Request) -> ConversationState:
    """The conversation as a message finds it: its last pictures, the one meant, and the one replied to."""
    reading, key = request.reading or Reading(), request.conversation
    state = await store.conversation(key, before=request.created_at)
    found = await _with(store, key, state.pictures, [state.newest], back=BACK_MOST)
    replied = await store.picture_of(key, reading.replied_to) if reading.replied_to else None
    if replied is not None and replied.number not in {one.number for one in found}:
        found = _sorted((*found, replied))
    return replace(state, pictures=tuple(found))


async def named(store: Store, request: Request) -> Reading:
    """The reading with the pictures that its calls name or go back to, as they are now."""
    reading = request.reading or Reading()
    numbers, steps = numbers_named(reading)
    wanted = [*numbers, reading.newest, reading.pointed] if steps else numbers
    found = await _with(store, request.conversation, reading.pictures, wanted, back=steps)
    return replace(reading, pictures=tuple(found))


async def _with(
    store: Store, key: str, known: Sequence[ConversationPicture], wanted: Iterable[int], *, back: int
) -> list[ConversationPicture]:
    """The pictures with those `wanted`, and those from which they were made, so many steps back."""
    found = {one.number: one for one in known}
    numbers = {number for number in wanted if number}
    for _step in range(back + 1):
        missing = sorted(numbers - found.keys())
        if missing:
            found |= {one.number: one for one in await store.pictures_numbered(key, missing)}
        numbers = {found[number].source for number in numbers if number in found} - {0}
        if not numbers:
            break
    return _sorted(found.values())


def _sorted(pictures: Iterable[ConversationPicture]) -> list[ConversationPicture]:
    return sorted(pictures, key=lambda one: one.number)
