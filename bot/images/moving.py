"""Pictures that move: whether one does, and smaller copies in which it still does. Blocking.

GIF, APNG, animated WebP and, where the library reads it, animated AVIF.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image, ImageSequence

PIXELS = 40_000_000
"""The most pixels of all frames of one copy together; larger ones are made smaller or not at all."""
SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)
_FRAME_MS = 100
"""Browsers show a frame without a duration for a tenth of a second."""


def frames_of(image: Image.Image) -> int:
    """How many frames an opened picture has; 1 for one that does not move, and where it cannot be known."""
    try:
        return max(1, int(getattr(image, "n_frames", 1))) if getattr(image, "is_animated", False) else 1
    except Exception:  # a sequence that is cut off: what can be read is shown
        return 1


def scales(image: Image.Image, frames: int, edge: int = 0) -> Sequence[float]:
    """The sizes at which a copy may be tried, largest first; `edge` is the longest side, 0 for any."""
    longest = max(image.size)
    most = min(1.0, edge / longest) if edge else 1.0
    found = [most, *(scale for scale in SCALES if scale < most)]
    pixels = image.width * image.height * frames
    return [scale for scale in found if pixels * scale * scale <= PIXELS]


def encode(image: Image.Image, target: str, scale: float) -> bytes:
    """All frames at `scale` as GIF or WEBP, with their durations. Raises what the codec raises."""
    out, durations = io.BytesIO(), list[int]()
    pictures = _frames(image, scale, durations)
    first = next(pictures)
    rest = list(pictures)
    more: dict[str, Any] = {"quality": 80, "method": 2} if target == "WEBP" else {"disposal": 2}
    first.save(
        out,
        target,
        save_all=True,
        append_images=rest,
        duration=durations,
        loop=int(image.info.get("loop", 0) or 0),
        **more,
    )
    return out.getvalue()


def _frames(image: Image.Image, scale: float, durations: list[int]) -> Iterator[Image.Image]:
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    for frame in ImageSequence.Iterator(image):
        durations.append(int(frame.info.get("duration", 0) or _FRAME_MS))
        plain = frame.convert("RGBA")
        yield plain if size == plain.size else plain.resize(size)
