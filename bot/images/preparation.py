"""Pictures people send in, and results that must fit somewhere: checked, cleaned, converted.

What a file is, its first bytes say, never its name. The header is read before any pixel, so that a
picture which would fill the memory is refused for the size it declares. Whatever passes is decoded
once and written again without EXIF, position, comments or profiles (Lumenfall API, known traps: strip
EXIF from uploads), upright and in sRGB, as PNG or JPEG, which every model of the gateway takes.

Pillow runs in two threads of its own: the event loop stays free and the memory bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from PIL import Image

from bot.core.errors import BadImage
from bot.core.request import Upload
from bot.images.codecs import CONTENT_TYPES, clean, encode, open_picture, transparent

P = ParamSpec("P")
T = TypeVar("T")

_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="images")
_LOSSY = frozenset({"JPEG", "HEIF", "AVIF", "MPO"})
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, kw_only=True)
class ImageLimits:
    """What a picture may be at most: `max_bytes` of the file, `max_pixels` once decoded."""

    max_bytes: int = 20_000_000
    max_pixels: int = 36_000_000


@dataclass(frozen=True, kw_only=True)
class PreparedImage:
    """A clean picture: its description and the bytes whose SHA-256 is `upload.digest`."""

    upload: Upload
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """A copy of a result made for a platform. `suffix` with its dot, sizes in pixels."""

    data: bytes
    content_type: str
    suffix: str
    width: int
    height: int


async def prepare(data: bytes, *, limits: ImageLimits | None = None, for_mask: bool = False) -> PreparedImage:
    """Check and clean a picture a person sent; PNG, JPEG, WebP, GIF (first frame), AVIF, HEIC.

    A mask stays PNG with its alpha and must have transparent pixels. Raises BadImage, whose sentence
    names what is wrong and the limit that was met.
    """
    return await _in_pool(_prepare, data, limits or ImageLimits(), for_mask)


async def shrink(
    path: Path, *, max_bytes: int, formats: Sequence[str] = ("png", "jpeg", "webp")
) -> Rendition:
    """A copy of a picture file of at most `max_bytes`, in one of `formats` (`png`, `jpeg`, `webp`, `gif`).

    The file itself when it fits already; else lower quality first, then fewer pixels. Raises
    BadImage when the file is no picture or nothing fits.
    """
    return await _in_pool(_shrink, path, max_bytes, tuple(item.upper() for item in formats))


async def convert(path: Path, *, to: str = "png") -> Rendition:
    """The picture in another format, for a platform that cannot show it. Raises BadImage."""
    return await _in_pool(_convert, path, to.upper())


async def _in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))


def _prepare(data: bytes, limits: ImageLimits, for_mask: bool) -> PreparedImage:
    field = "mask" if for_mask else "image"
    try:
        if len(data) > limits.max_bytes:
            raise BadImage(f"The picture is larger than {_megabytes(limits.max_bytes)}, the most I can take.")
        with open_picture(data) as source:
            _check_pixels(source, limits.max_pixels)
            cleaned, kind = clean(source), source.format or ""
    except BadImage as exc:
        exc.field = field
        raise
    has_alpha = transparent(cleaned)
    if for_mask and not has_alpha:
        raise _no_alpha()
    if cleaned.mode == "RGBA" and not has_alpha:
        cleaned = cleaned.convert("RGB")
    target = "JPEG" if kind in _LOSSY and cleaned.mode == "RGB" else "PNG"
    return _described(cleaned, encode(cleaned, target), target, has_alpha)


def _described(cleaned: Image.Image, data: bytes, target: str, has_alpha: bool) -> PreparedImage:
    upload = Upload(
        digest=hashlib.sha256(data).hexdigest(),
        content_type=CONTENT_TYPES[target],
        width=cleaned.width,
        height=cleaned.height,
        size=len(data),
        has_alpha=has_alpha,
    )
    return PreparedImage(upload=upload, data=data)


def _check_pixels(source: Image.Image, max_pixels: int) -> None:
    width, height = source.size
    if width < 1 or height < 1:
        raise BadImage("The picture has no pixels.")
    if width * height > max_pixels:
        raise BadImage(
            f"The picture has {width}×{height} pixels, {width * height / 1e6:.0f} megapixels;"
            f" {max_pixels / 1e6:.0f} megapixels is the most I can take."
        )


def _read_result(path: Path) -> tuple[bytes, Image.Image]:
    try:
        data = path.read_bytes()
    except OSError:
        raise BadImage("The picture is no longer there.") from None
    return data, open_picture(data)


def _shrink(path: Path, max_bytes: int, formats: tuple[str, ...]) -> Rendition:
    data, source = _read_result(path)
    with source:
        kind = source.format or ""
        if len(data) <= max_bytes and kind in formats and kind in CONTENT_TYPES:
            return _rendition(source, data, kind)
        cleaned = clean(source)
    if not transparent(cleaned):
        cleaned = cleaned.convert("RGB")
    targets = [item for item in formats if item in CONTENT_TYPES] or ["PNG"]
    # Lossy kinds keep the pixels longest; a transparent picture should stay transparent if it can.
    targets.sort(key=lambda item: (item == "JPEG" and cleaned.mode == "RGBA", item not in {"WEBP", "JPEG"}))
    for _ in range(16):
        for target in targets:
            for quality in (92, 80) if target in {"JPEG", "WEBP"} else (92,):
                if len(smaller := encode(cleaned, target, quality)) <= max_bytes:
                    return _rendition(cleaned, smaller, target)
        cleaned = cleaned.resize((max(1, cleaned.width * 3 // 4), max(1, cleaned.height * 3 // 4)))
    raise BadImage(f"The picture cannot be made smaller than {_megabytes(max_bytes)}.")


def _convert(path: Path, target: str) -> Rendition:
    if target not in CONTENT_TYPES:
        raise BadImage(f"Pictures cannot be converted to {target}.")
    _, source = _read_result(path)
    with source:
        cleaned = clean(source)
    return _rendition(cleaned, encode(cleaned, target), target)


def _rendition(image: Image.Image, data: bytes, kind: str) -> Rendition:
    content_type = CONTENT_TYPES[kind]
    return Rendition(
        data=data,
        content_type=content_type,
        suffix=_SUFFIXES[content_type],
        width=image.width,
        height=image.height,
    )


def _no_alpha() -> BadImage:
    return BadImage(
        "The mask has no transparent pixels; a mask is a PNG, transparent where the picture may change.",
        field="mask",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size // 1_000_000} MB"
