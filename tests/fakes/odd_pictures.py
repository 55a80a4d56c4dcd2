"""Pictures as results can be and platforms do not like: too wide, deep, in other colours, moving, cut off."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from sandbox import Sandbox

COLOURS = ("red", "lime", "blue", "white")


def _file(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def grain(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Something that does not compress to nothing."""
    tile = Image.effect_noise((min(width, 400), min(height, 400)), 60)
    image = Image.new("L", (width, height))
    for left in range(0, width, tile.width):
        for top in range(0, height, tile.height):
            image.paste(tile, (left, top))
    return image.convert(mode)


def moving(kind: str, *, width: int = 120, height: int = 90, frames: int = 4) -> bytes:
    """A picture that shows one colour after the other, forever."""
    pictures = [Image.new("RGB", (width, height), COLOURS[at % len(COLOURS)]) for at in range(frames)]
    return _file(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=100, loop=0)


def odd_pictures() -> dict[str, tuple[bytes, str]]:
    """Bytes and content type by name."""
    whole = _file(grain(700, 500), "PNG")
    return {
        "panorama": (_file(grain(20_800, 960), "JPEG", quality=40), "image/jpeg"),
        "thread": (_file(grain(1, 30_000), "PNG"), "image/png"),
        "deep": (_file(grain(500, 400, "I").convert("I;16"), "PNG"), "image/png"),
        "printed": (_file(grain(600, 400, "CMYK"), "JPEG"), "image/jpeg"),
        "gif": (moving("GIF"), "image/gif"),
        "apng": (moving("PNG"), "image/png"),
        "moving webp": (moving("WEBP"), "image/webp"),
        "avif": (_file(grain(500, 400), "AVIF"), "image/avif"),
        "cut off": (whole[: len(whole) // 2], "image/png"),
        "nonsense": (whole[:8] + b"nonsense" * 40, "image/png"),
    }


def serve_instead(sandbox: Sandbox, data: bytes, content_type: str) -> None:
    """From now on the gateway's results are this file."""
    media: Any = sandbox.state.media
    real = type(media).put

    def put(_data: bytes, _type: str, **more: Any) -> Any:
        return real(media, data, content_type, **more)

    media.put = put
