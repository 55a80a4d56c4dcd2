"""Copies of results that fit what shows them: a platform with its limits, or the page with its sizes.

A result has been paid for, so no trouble with a copy may keep it from arriving: a format that cannot be so
wide, a decoder that fails, too little memory. Each step may fail by itself, and the next is tried: another
format, then fewer pixels, then nothing, which tells the caller to give the link.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import pyvips
import structlog

from bot.images import decoder, kinds, moving
from bot.images.budget import MOST_HELD, in_thread, in_turn
from bot.images.decoder import Header, Source
from bot.images.kinds import CONTENT_TYPES, head_of, kind_of
from bot.images.writing import WEBP_HELD, encoded

log = structlog.get_logger(__name__)

T = TypeVar("T")
Size = tuple[int, int]

SUFFIXES = {kinds.PNG: ".png", kinds.JPEG: ".jpg", kinds.WEBP: ".webp", kinds.GIF: ".gif"}
PIXELS_A_BYTE = 8
"""A picture with more pixels than this for each byte that it may have is not tried at that size."""
_LONGEST = {kinds.WEBP: 16_383, kinds.JPEG: 65_500}
"""Pixels on a side that the format can have."""
_TRIES = 10
_HARDLY, _MOST = 0.75, 0.1
"""How much smaller on a side the next try is: between these."""
_GLANCE = 256
_PAGE_QUALITY = 80


class Changed(StrEnum):
    """What a copy lacks of the result."""

    NOTHING = "nothing"
    FORMAT = "format"
    SIZE = "size"
    MOTION = "motion"


@dataclass(frozen=True, kw_only=True)
class Shows:
    """What a platform shows: kinds of still pictures and of moving ones (`kinds`)."""

    still: tuple[str, ...]
    moving: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A picture to hand over: `data`, or the file itself where nothing was changed. `suffix` has its dot."""

    changed: Changed
    content_type: str
    suffix: str
    data: bytes = b""


async def copy_for(path: Path, *, shows: Shows, max_bytes: int) -> Copy | None:
    """The best copy of a picture file of at most `max_bytes`; None where there is none.

    Raises nothing, whatever the file is.
    """
    look = await _tried("look", in_thread(_look, path))
    if look is None:
        return None
    kind, size, frames = look
    fits = size <= max_bytes
    if fits and kind in (shows.moving if frames > 1 else shows.still):
        return Copy(changed=Changed.NOTHING, content_type=CONTENT_TYPES[kind], suffix=SUFFIXES[kind])
    changed = Changed.FORMAT if fits else Changed.SIZE
    found = await _moving_copy(path, shows, max_bytes, changed) if frames > 1 else None
    return found or await _still_copy(path, shows, max_bytes, Changed.MOTION if frames > 1 else changed)


async def page_copy(path: Path, edge: int) -> Copy | None:
    """A copy for the page, of at most `edge` pixels on its longest side; it moves if the picture does.

    None where it cannot be made, or would be no smaller than the file. Raises nothing.
    """
    look = await _tried("look", in_thread(_look, path))
    if look is None:
        return None
    _kind, size, frames = look
    if frames > 1:
        data = await _page_film(path, edge)
    else:
        data = await _tried("page", _page_still(path, edge))
    return _made(data, kinds.WEBP, Changed.SIZE) if data and len(data) < size else None


async def small_copy(data: bytes, edge: int) -> bytes | None:
    """A picture of at most `edge` pixels on its longest side as WebP; None where it cannot be made, or would
    be no smaller than it is. Raises nothing.
    """
    made = await _tried("page", _page_still(data, edge))
    return made if made and len(made) < len(data) else None


async def _tried(step: str, work: Awaitable[T]) -> T | None:
    """The step's result; None where it fails, in whatever way a codec may fail."""
    try:
        return await work
    except Exception as error:
        log.info("copy_step_failed", step=step, error=type(error).__name__)
        return None


def _look(path: Path) -> tuple[str, int, int]:
    """Kind, bytes, frames. Raises BadImage, OSError."""
    return kind_of(head_of(path)), path.stat().st_size, moving.frames_of(path)


def _made(data: bytes, target: str, changed: Changed) -> Copy:
    return Copy(changed=changed, content_type=CONTENT_TYPES[target], suffix=SUFFIXES[target], data=data)


# still


async def _still_copy(path: Path, shows: Shows, max_bytes: int, changed: Changed) -> Copy | None:
    header = await _tried("header", in_thread(decoder.inspect, path))
    if header is None:
        return None
    most = header.pixels if changed is Changed.FORMAT else max_bytes * PIXELS_A_BYTE
    size = decoder.fitted(header, longest=max(header.width, header.height), pixels=most)
    clear = await _clear(path, header)
    exact = changed is Changed.FORMAT and not header.lossy
    for _smaller in range(_TRIES):
        whole = size == (header.width, header.height)
        least = 0
        for target, quality in _targets(shows, clear=clear, exact=exact and whole):
            if target == kinds.PNG and least:  # what is lossy is too large already
                continue
            data = await _tried(target, _encoded(path, header, size, target, quality))
            if data is not None and len(data) <= max_bytes:
                return _made(data, target, changed if whole or changed is Changed.MOTION else Changed.SIZE)
            least = min(least or math.inf, len(data)) if data else least
        factor = max(_MOST, min(_HARDLY, 0.9 * math.sqrt(max_bytes / least))) if least else _HARDLY
        if max(size) <= 1:
            return None
        size = max(1, int(size[0] * factor)), max(1, int(size[1] * factor))
    return None


def _targets(shows: Shows, *, clear: bool, exact: bool) -> Iterator[tuple[str, int]]:
    """Kinds to try, each with a quality, the best first. JPEG would put what is clear on white."""
    lossy = [kind for kind in (kinds.WEBP, kinds.JPEG) if kind in shows.still]
    png = [(kinds.PNG, 0)] if kinds.PNG in shows.still else []
    first = [kind for kind in lossy if kind == kinds.WEBP or not clear]
    if exact or not first:
        yield from png
    for kind in first:
        yield kind, 92
        yield kind, 80
    if not exact and first:
        yield from png
    for kind in lossy:
        if kind not in first:
            yield kind, 90


async def _clear(path: Path, header: Header) -> bool:
    """Whether one can see through it somewhere; taken for so where nobody knows."""
    if header.kind == kinds.JPEG:
        return False
    size = decoder.fitted(header, longest=_GLANCE, pixels=_GLANCE * _GLANCE)
    room = decoder.held(header, size)
    seen = await _tried("alpha", in_turn(room, decoder.read, path, header, size, _least))
    return seen is None or seen < 255


def _least(image: pyvips.Image) -> float:
    """The least opaque pixel, 255 where all are opaque."""
    if not image.hasalpha():
        return 255.0
    least: Any = image[image.bands - 1].min()
    return float(least)


async def _encoded(path: Path, header: Header, size: Size, target: str, quality: int) -> bytes | None:
    """One try; None where the format cannot have it. Raises what the codecs raise."""
    if max(size) > _LONGEST.get(target, max(size)):
        return None
    room = decoder.held(header, size)
    if target == kinds.WEBP:  # the encoder wants all of it at once
        room += WEBP_HELD * size[0] * size[1]
        if room > MOST_HELD:
            return None
    return await in_turn(room, _written, path, header, size, target, quality)


def _written(path: Source, header: Header, size: Size, target: str, quality: int) -> bytes:
    def sink(image: pyvips.Image) -> bytes:
        if target == kinds.JPEG and image.hasalpha():
            image = image.flatten(background=[255, 255, 255])
        return encoded(image, target, quality)

    return decoder.read(path, header, size, sink)


async def _page_still(path: Source, edge: int) -> bytes:
    header = await in_thread(decoder.inspect, path)
    size = decoder.fitted(header, longest=edge, pixels=edge * edge)
    room = decoder.held(header, size)
    return await in_turn(room, _written, path, header, size, kinds.WEBP, _PAGE_QUALITY)


# moving


async def _moving_copy(path: Path, shows: Shows, max_bytes: int, changed: Changed) -> Copy | None:
    for scale in await _scales(path):
        for target in shows.moving:
            data = await _tried(target, _film(path, target, scale))
            if data is not None and len(data) <= max_bytes:
                return _made(data, target, changed if scale == 1.0 else Changed.SIZE)
    return None


async def _page_film(path: Path, edge: int) -> bytes | None:
    for scale in (await _scales(path, edge))[:1]:
        return await _tried("page", _film(path, kinds.WEBP, scale))
    return None


async def _scales(path: Path, edge: int = 0) -> Sequence[float]:
    return await _tried("frames", in_thread(moving.scales, path, edge)) or ()


async def _film(path: Path, target: str, scale: float) -> bytes:
    pixels = await in_thread(moving.held, path, scale)
    return await in_turn(pixels, moving.encoded, path, target, scale)


async def as_it_is(path: Path, content_type: str, max_bytes: int) -> Copy | None:
    """The file of a film, or of anything else that is not copied, where it is small enough."""
    size = await asyncio.to_thread(lambda: path.stat().st_size)
    same = Copy(changed=Changed.NOTHING, content_type=content_type, suffix=path.suffix)
    return same if size <= max_bytes else None
