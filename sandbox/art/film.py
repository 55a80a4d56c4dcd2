"""Films: a real H.264 MP4 of a painted scene in parallax, or of a picture that was sent."""

from __future__ import annotations

import importlib
import importlib.util
import math
import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageOps

from sandbox.art.canvas import Size
from sandbox.art.lettering import marked
from sandbox.art.scene import Scene, compose

READY_MADE = Path(__file__).with_name("film.mp4")
"""Four seconds of 480 × 270 that `film` made: a lean container shows it in place of every film."""
# The scene is painted this much wider and higher than the film, as room to move in.
_ROOM = 1.14
# Layers up to each depth are flattened into one sheet: moving ten layers would cost ten times as much.
_SHEETS = (0.12, 0.5, 1.0)


def available() -> bool:
    """Whether PyAV is there (the optional extra `sandbox`)."""
    return importlib.util.find_spec("av") is not None


def film(
    prompt: str,
    size: Size,
    *,
    seconds: int,
    fps: int,
    edge: int,
    seed: int = 0,
    first: Image.Image | None = None,
) -> bytes:
    """An MP4 of `seconds`, its longer side at most `edge`; without PyAV the one that ships, as it is."""
    if not available():
        return READY_MADE.read_bytes()
    size = fit_edge(size, edge)
    count = seconds * fps
    if first is not None:
        return write(map(marked, zoom(first, size, count)), size, fps)
    room = (round(size[0] * _ROOM), round(size[1] * _ROOM))
    return write(map(marked, parallax(compose(prompt, room, seed=seed), size, count)), size, fps)


def fit_edge(size: Size, edge: int) -> Size:
    """The size within `edge`, both sides even as yuv420p needs."""
    scale = min(1.0, edge / max(size))
    width, height = (max(16, round(side * scale / 2) * 2) for side in size)
    return width, height


def _ease(number: int, count: int) -> float:
    """0 to 1, slow at both ends."""
    return 0.5 - 0.5 * math.cos(math.pi * number / max(1, count - 1))


def zoom(picture: Image.Image, size: Size, count: int) -> Iterator[Image.Image]:
    """Start with the picture itself and drift slowly into it."""
    still = ImageOps.fit(picture.convert("RGB"), (size[0] * 2, size[1] * 2), Image.Resampling.BICUBIC)
    for number in range(count):
        share = _ease(number, count)
        width, height = (side * (1 - 0.14 * share) for side in still.size)
        left, top = (still.width - width) * (0.5 + 0.25 * share), (still.height - height) * 0.45
        yield still.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))


def parallax(scene: Scene, size: Size, count: int) -> Iterator[Image.Image]:
    """Glide sideways: near layers move more than far ones; what falls keeps falling."""
    sheets = [(sheet.convert("RGB"), sheet.getchannel("A"), depth) for sheet, depth in _sheets(scene)]
    spare, top = sheets[0][0].width - size[0], (sheets[0][0].height - size[1]) // 2
    for number in range(count):
        share = _ease(number, count)
        frame = Image.new("RGB", size)
        for colours, alpha, depth in sheets:
            x = spare * (0.5 + (share - 0.5) * (0.15 + 0.85 * depth))
            # Sliding by parts of a pixel, or a slow film would stutter.
            box = (x, top, x + size[0], top + size[1])
            mask = alpha.resize(size, Image.Resampling.BILINEAR, box=box) if depth > _SHEETS[0] else None
            frame.paste(colours.resize(size, Image.Resampling.BILINEAR, box=box), (0, 0), mask)
        if scene.falling is not None:
            fall = ImageChops.offset(scene.falling, round(spare * share), round(number * size[1] / 110))
            frame.paste(fall.crop((0, 0, *size)), (0, 0), fall.getchannel("A").crop((0, 0, *size)))
        yield frame


def _sheets(scene: Scene) -> list[tuple[Image.Image, float]]:
    found: list[tuple[Image.Image, float]] = []
    low = -1.0
    for high in _SHEETS:
        group = [layer for layer, depth in scene.layers if low < depth <= high]
        if group:
            sheet = group[0].copy()
            for layer in group[1:]:
                sheet.alpha_composite(layer)
            found.append((sheet, high if high < 1 else 0.85))
        low = high
    return found


def write(frames: Iterable[Image.Image], size: Size, fps: int) -> bytes:
    """Encode as MP4 with the index in front, so that a player can start at once."""
    av: Any = importlib.import_module("av")
    with tempfile.TemporaryDirectory(prefix="sandbox-film-") as folder:
        # A file, not a buffer: moving the index to the front reads back what was written.
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.options = {"preset": "superfast", "crf": "23"}
            for picture in frames:
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            container.mux(stream.encode())
        return path.read_bytes()
