"""Films: a real H.264 MP4 from a painted scene or from a picture that was sent."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from bot.lumenfall.sandbox.art.scene import paint


def available() -> bool:
    """Whether PyAV is there (the optional extra `sandbox`)."""
    return importlib.util.find_spec("av") is not None


def film(
    prompt: str,
    size: tuple[int, int],
    *,
    seconds: int,
    fps: int,
    edge: int,
    seed: int = 0,
    first: Image.Image | None = None,
) -> bytes:
    """An MP4 of `seconds`. Raises ImportError without PyAV."""
    width, height = fit_edge(size, edge)
    picture = (first or paint(prompt, width, height, seed=seed)).convert("RGB").resize((width, height))
    return write((picture for _ in range(seconds * fps)), (width, height), fps)


def fit_edge(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size within `edge`, both sides even as yuv420p needs."""
    scale = min(1.0, edge / max(size))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    return width, height


def write(frames: Iterable[Image.Image], size: tuple[int, int], fps: int) -> bytes:
    """Encode as MP4 with the index in front, so that a player can start at once."""
    av: Any = importlib.import_module("av")

    with tempfile.TemporaryDirectory(prefix="sandbox-film-") as folder:
        # A file, not a buffer: moving the index to the front reads back what was written.
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps))
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.options = {"preset": "veryfast", "crf": "23"}
            for picture in frames:
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            container.mux(stream.encode())
        return path.read_bytes()
