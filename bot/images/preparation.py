"""Checks, cleans and converts pictures that people send in, and results for a platform.

The first bytes of a file decide what it is, not its name. The header is read before any pixel, so that a
picture that would fill the memory is refused because of its declared size. An accepted picture is decoded
once and written again without EXIF, position, comments or profiles (Lumenfall API, known traps: strip
EXIF from uploads), upright and in sRGB, as PNG or JPEG, which every model of the gateway takes.

Pillow runs in two separate threads: the event loop stays free and the memory use is limited.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import ParamSpec, TypeVar

from PIL import Image

from bot.core.errors import BadImage
from bot.core.request import Upload
from bot.images.codecs import CONTENT_TYPES, clean, encode, open_picture, transparent

P = ParamSpec("P")
T = TypeVar("T")

_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="images")
VIEWED_SIDE = 1024
"""Pixels of the longer side of a picture that a chat looks at; models scale larger ones down themselves."""
_LOSSY = frozenset({"JPEG", "HEIF", "AVIF", "MPO"})
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, kw_only=True)
class ImageLimits:
    """The limits of a picture: `max_bytes` of the file, `max_pixels` once decoded."""

    max_bytes: int = 20_000_000
    max_pixels: int = 36_000_000


@dataclass(frozen=True, kw_only=True)
class PreparedImage:
    """A clean picture: its description and the bytes whose SHA-256 is `upload.digest`."""

    upload: Upload
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """A copy of a result for a platform. `suffix` includes its dot; sizes in pixels."""

    data: bytes
    content_type: str
    suffix: str
    width: int
    height: int


async def prepare(data: bytes, *, limits: ImageLimits | None = None, for_mask: bool = False) -> PreparedImage:
    """Check and clean a picture a person sent; PNG, JPEG, WebP, GIF (first frame), AVIF, HEIC.

    A mask stays PNG with its alpha and must have transparent pixels. Raises BadImage, whose message
    names the problem and the limit.
    """
    return await _in_pool(_prepare, data, limits or ImageLimits(), for_mask)


async def shrink(
    path: Path, *, max_bytes: int, formats: Sequence[str] = ("png", "jpeg", "webp")
) -> Rendition:
    """A copy of a picture file of at most `max_bytes`, in one of `formats` (`png`, `jpeg`, `webp`, `gif`).

    If the file is small enough it is returned as it is; else first the quality and then the number of pixels
    is reduced. Raises BadImage when the file is not a picture or cannot be made small enough.
    """
    return await _in_pool(_shrink, path, max_bytes, tuple(item.upper() for item in formats))


async def viewed(data: bytes, *, side: int = VIEWED_SIDE) -> PreparedImage:
    """A picture to be looked at: at most `side` pixels wide and high, without transparency. Raises
    BadImage."""
    return await _in_pool(_viewed, data, side)


async def blank(width: int, height: int) -> PreparedImage:
    """An empty picture, to ask for the price of one that is not made yet."""
    return await _in_pool(_blank, width, height)


async def convert(path: Path, *, to: str = "png") -> Rendition:
    """The picture in another format, for a platform that cannot show it. Raises BadImage."""
    return await _in_pool(_convert, path, to.upper())


async def _in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))


def _prepare(data: bytes, limits: ImageLimits, for_mask: bool) -> PreparedImage:
    field = "mask" if for_mask else "image"
    try:
        if len(data) > limits.max_bytes:
            text = _("The picture is larger than {most}, the most I can take.")
            raise BadImage(text.format(most=_megabytes(limits.max_bytes)))
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


def _viewed(data: bytes, side: int) -> PreparedImage:
    with open_picture(data) as source:
        cleaned = clean(source)
    if transparent(cleaned):
        white = Image.new("RGBA", cleaned.size, "white")
        cleaned = Image.alpha_composite(white, cleaned)
    cleaned = cleaned.convert("RGB")
    cleaned.thumbnail((side, side))
    return _described(cleaned, encode(cleaned, "JPEG"), "JPEG", has_alpha=False)


def _blank(width: int, height: int) -> PreparedImage:
    empty = Image.new("RGB", (width, height), "white")
    return _described(empty, encode(empty, "PNG"), "PNG", has_alpha=False)


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
        raise BadImage(_("The picture has no pixels."))
    if width * height > max_pixels:
        raise BadImage(
            _(
                "The picture has {width}×{height} pixels ({size:.0f} megapixels); the most I can take is"
                " {most:.0f} megapixels."
            ).format(width=width, height=height, size=width * height / 1e6, most=max_pixels / 1e6)
        )


def _read_result(path: Path) -> tuple[bytes, Image.Image]:
    try:
        data = path.read_bytes()
    except OSError:
        raise BadImage(_("The picture is no longer there.")) from None
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
    # Lossy formats allow the most pixels; a transparent picture should stay transparent if possible.
    targets.sort(key=lambda item: (item == "JPEG" and cleaned.mode == "RGBA", item not in {"WEBP", "JPEG"}))
    for _smaller in range(16):
        for target in targets:
            for quality in (92, 80) if target in {"JPEG", "WEBP"} else (92,):
                if len(smaller := encode(cleaned, target, quality)) <= max_bytes:
                    return _rendition(cleaned, smaller, target)
        cleaned = cleaned.resize((max(1, cleaned.width * 3 // 4), max(1, cleaned.height * 3 // 4)))
    raise BadImage(_("The picture cannot be made smaller than {most}.").format(most=_megabytes(max_bytes)))


def _convert(path: Path, target: str) -> Rendition:
    if target not in CONTENT_TYPES:
        raise BadImage(_("Pictures cannot be converted to {format}.").format(format=target))
    _data, source = _read_result(path)
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
        _("The mask has no transparent pixels. Send a PNG that is transparent where the picture may change."),
        field="mask",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size // 1_000_000} MB"
