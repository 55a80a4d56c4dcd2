"""Which picture is meant. Pure: of the pictures that a message's reading saw, and of those that it orders."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.request import Upload
from bot.core.spoken import ConversationPicture, ResultOf

EXPECTED_SIDE = 1024
"""Pixels of each side of a picture that is not made yet, for its price; what most models make by default."""


def by_number(pictures: Sequence[ConversationPicture], number: int) -> ConversationPicture | None:
    """The picture with that number, if it is there."""
    return next((one for one in pictures if one.number == number), None)


def of_result(pictures: Sequence[ConversationPicture], result: ResultOf | None) -> ConversationPicture | None:
    """The picture that is this result, if it is there."""
    return next((one for one in pictures if one.result == result), None)


def newest(pictures: Sequence[ConversationPicture], pointed: int) -> ConversationPicture | None:
    """The one meant by "it": the one pointed at. Of one that was not made, or whose price waits for an
    answer, it is what that should have been made from, and without such a source the last before it that was
    made or is being made; only where there is none, one whose price waits.
    """
    here = by_number(pictures, pointed)
    while here is not None and not here.real and here.source:
        here = by_number(pictures, here.source)
    if here is not None and here.real:
        return here
    usable = [one for one in pictures if not one.lost and one.number <= (here.number if here else pointed)]
    real = [one for one in usable if one.real] or usable
    return _first_of_its_batch(real, real[-1]) if real else None


def _first_of_its_batch(
    pictures: Sequence[ConversationPicture], one: ConversationPicture
) -> ConversationPicture:
    """Of pictures that were made or sent together, the first is the one that is meant at first."""
    return next(other for other in pictures if (other.request_id, other.sent) == (one.request_id, one.sent))


def before(pictures: Sequence[ConversationPicture], number: int) -> ConversationPicture | None:
    """One step back: the picture from which this one was made, else the last of what was there before it.

    Always one that is really there; None where there is none, or its source is not on record any more.
    """
    here = by_number(pictures, number)
    if here is None:
        return None
    source = by_number(pictures, here.source) if here.source else None
    if here.source and (source is None or source.real):
        return source
    batch = (here.request_id, here.sent)
    first = min(one.number for one in pictures if (one.request_id, one.sent) == batch)
    last = by_number(pictures, first - 1)
    if last is not None and last.real:
        return _first_of_its_batch(pictures, last)
    found = newest(pictures, first - 1)
    return found if found is not None and found.real else None


def steps_back(
    pictures: Sequence[ConversationPicture], number: int, steps: int
) -> ConversationPicture | None:
    """Several steps back, as far as it goes; None when there is nothing before."""
    found: ConversationPicture | None = None
    for _step in range(steps):
        earlier = before(pictures, number)
        if earlier is None:
            break
        found, number = earlier, earlier.number
    return found


def reference(result: ResultOf, side: int = EXPECTED_SIDE) -> Upload:
    """A picture of an order that is a result or a picture sent before; its bytes are read when they are
    needed."""
    return Upload(digest=result.digest, content_type="image/png", width=side, height=side, size=0, of=result)
