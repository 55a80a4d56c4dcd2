"""Pictures that move: whether one does, and smaller copies in which it still does. Blocking.

GIF, moving PNG and WebP, and AVIF sequences. Pillow reads and writes them, frame by frame.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageSequence

from bot.images import kinds
from bot.images.budget import MOST_HELD

PIXELS = 30_000_000
"""The most pixels of all frames of one copy together, which are in memory while it is written."""
SCALES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08)
"""A moving copy may become small, since a first frame would say nothing of the motion."""
_CANVASES = 3
"""A decoder holds the frame, the one before, and what is being converted."""
_KINDS = (kinds.GIF, kinds.PNG, kinds.WEBP, kinds.AVIF)
_FRAME_MS = 100
"""Browsers show a frame without a duration for a tenth of a second."""


def frames_of(path: Path) -> int:
    """How many frames a picture has; 1 for one that does not move, and where it cannot be known."""
    try:
        with _opened(path) as image:
            return max(1, int(getattr(image, "n_frames", 1)))
    except Exception:  # cut off, or nothing that moves
        return 1


def scales(path: Path, edge: int = 0) -> Sequence[float]:
    """The sizes at which a copy may be tried, largest first; `edge` is the longest side, 0 for any."""
    with _opened(path) as image:
        pixels, longest = image.width * image.height, max(image.size)
    if pixels * _CANVASES > MOST_HELD:
        return ()
    most = min(1.0, edge / longest) if edge else 1.0
    found = [most, *(scale for scale in SCALES if scale < most)]
    frames = frames_of(path)
    return [scale for scale in found if pixels * frames * scale * scale <= PIXELS]


def held(path: Path, scale: float) -> int:
    """The pixels that a copy at `scale` holds while it is made."""
    with _opened(path) as image:
        pixels = image.width * image.height
    return int(pixels * _CANVASES + pixels * scale * scale * frames_of(path))


def encoded(path: Path, target: str, scale: float) -> bytes:
    """All frames at `scale` as GIF or WEBP, with their durations. Raises what the codec raises."""
    out, durations = io.BytesIO(), list[int]()
    more: dict[str, Any] = {"quality": 80, "method": 2} if target == kinds.WEBP else {"disposal": 2}
    with _opened(path) as image:
        if (loop := _loop(image, target)) is not None:
            more["loop"] = loop
        first, *rest = _frames(image, scale, durations)
        first.save(out, target, save_all=True, append_images=rest, duration=durations, **more)
    return out.getvalue()


def _opened(path: Path) -> Image.Image:
    Image.init()
    return Image.open(path, formats=[kind for kind in _KINDS if kind in Image.OPEN])


def _loop(image: Image.Image, target: str) -> int | None:
    """How often it plays, 0 for ever. A GIF that says nothing plays once."""
    said = image.info.get("loop")
    if image.format == kinds.GIF and said is None:
        return None if target == kinds.GIF else 1
    return int(said or 0)


def _frames(image: Image.Image, scale: float, durations: list[int]) -> Iterator[Image.Image]:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    for frame in ImageSequence.Iterator(image):
        plain = frame.convert("RGBA")
        durations.append(int(frame.info.get("duration", 0) or _FRAME_MS))  # known once it is decoded
        yield plain if size == plain.size else plain.resize(size)
