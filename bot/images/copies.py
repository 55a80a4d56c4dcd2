"""Copies of results that fit what shows them: a platform with its limits, or the page with its sizes.

A result has been paid for, so no trouble with a copy may keep it from arriving: a format that cannot be so
wide, a decoder that fails, too little memory. Each step may fail by itself, and the next is tried: another
format, then fewer pixels, then nothing, which tells the caller to give the link.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog
from PIL import Image

from bot.images import moving
from bot.images.codecs import CONTENT_TYPES, clean, encode, open_picture, transparent

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="copies")
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif"}
_LOSSY = frozenset({"JPEG", "WEBP", "AVIF", "MPO"})
_TRIES = 12
_HARDLY = 0.75
_MOST = 0.1


class Changed(StrEnum):
    """What a copy lacks of the result."""

    NOTHING = "nothing"
    FORMAT = "format"
    SIZE = "size"
    MOTION = "motion"


@dataclass(frozen=True, kw_only=True)
class Shows:
    """What a platform shows: formats of still pictures and of moving ones, in Pillow's names."""

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
    """The best copy of a picture file of at most `max_bytes`; None where there is none. Never raises."""
    return await _guarded(_copy, path, shows, max_bytes)


async def page_copy(path: Path, edge: int) -> Copy | None:
    """A copy for the page, of at most `edge` pixels on its longest side; it moves if the picture does.

    None where it cannot be made, or would be no smaller than the file. Never raises.
    """
    return await _guarded(_page_copy, path, edge)


async def _guarded(work: Callable[P, Copy | None], *args: P.args, **kwargs: P.kwargs) -> Copy | None:
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_POOL, lambda: work(*args, **kwargs))
    except Exception as error:
        log.warning("copy_failed", error=type(error).__name__)
        return None


def _tried(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """The step's result; None where it fails, in whatever way a codec may fail."""
    try:
        return work(*args, **kwargs)
    except Exception as error:
        log.info("copy_step_failed", step=work.__name__, error=type(error).__name__)
        return None


def _copy(path: Path, shows: Shows, max_bytes: int) -> Copy | None:
    size = path.stat().st_size
    source = _tried(open_picture, path.read_bytes())
    if source is None:
        return None
    with source:
        kind, frames = source.format or "", moving.frames_of(source)
        if size <= max_bytes and kind in (shows.moving if frames > 1 else shows.still):
            return Copy(changed=Changed.NOTHING, content_type=CONTENT_TYPES[kind], suffix=_SUFFIXES[kind])
        changed = Changed.FORMAT if size <= max_bytes else Changed.SIZE
        found = _moving_copy(source, frames, shows, max_bytes, changed) if frames > 1 else None
        return found or _still_copy(source, shows, max_bytes, Changed.MOTION if frames > 1 else changed)


def _moving_copy(
    source: Image.Image, frames: int, shows: Shows, max_bytes: int, changed: Changed
) -> Copy | None:
    for scale in moving.scales(source, frames):
        for target in shows.moving:
            data = _tried(moving.encode, source, target, scale)
            if data is not None and len(data) <= max_bytes:
                return _made(data, target, changed if scale == 1.0 else Changed.SIZE)
    return None


def _still_copy(source: Image.Image, shows: Shows, max_bytes: int, changed: Changed) -> Copy | None:
    _tried(source.seek, 0)
    lossy, image = source.format in _LOSSY, _tried(clean, source)
    if image is None:
        return None
    if not transparent(image):
        image = image.convert("RGB")
    for _smaller in range(_TRIES):
        least = 0
        for target, quality in _targets(shows, image, lossy=lossy, tight=changed is Changed.SIZE):
            data = _tried(encode, image, target, quality)
            if data is not None and len(data) <= max_bytes:
                return _made(data, target, changed)
            least = min(least or math.inf, len(data)) if data else least
        scale = math.sqrt(max_bytes / least) * 0.9 if least else _HARDLY
        smaller = _tried(_scaled, image, min(_HARDLY, max(_MOST, scale)))
        if smaller is None or smaller.size == image.size:
            return None
        image = smaller
        changed = changed if changed is Changed.MOTION else Changed.SIZE
    return None


def _targets(shows: Shows, image: Image.Image, *, lossy: bool, tight: bool) -> Iterator[tuple[str, int]]:
    """Formats to try, each with a quality. What was lossless stays so where it fits at full size."""
    squeezed = [target for target in ("WEBP", "JPEG") if target in shows.still]
    if image.mode == "RGBA":  # JPEG would put it on white
        squeezed.sort(key=lambda target: target == "JPEG")
        exact_first = "WEBP" not in squeezed
    else:
        exact_first = not lossy and not tight
    exact = [("PNG", 100)] if "PNG" in shows.still else []
    if exact_first:
        yield from exact
    for target in squeezed:
        yield target, 92
        yield target, 80
    if not exact_first:
        yield from exact


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, reducing_gap=2.0)


def _made(data: bytes, target: str, changed: Changed) -> Copy:
    return Copy(changed=changed, content_type=CONTENT_TYPES[target], suffix=_SUFFIXES[target], data=data)


def _page_copy(path: Path, edge: int) -> Copy | None:
    size = path.stat().st_size
    with open_picture(path.read_bytes()) as source:
        frames = moving.frames_of(source)
        if frames > 1:
            scale = next(iter(moving.scales(source, frames, edge)), 0.0)
            data = moving.encode(source, "WEBP", scale) if scale else b""
        else:
            source.draft("RGB", (edge, edge))
            image = clean(source)
            image.thumbnail((edge, edge), reducing_gap=2.0)
            data = encode(image, "WEBP", 80)
    return _made(data, "WEBP", Changed.SIZE) if 0 < len(data) < size else None
