"""Checks, cleans and converts pictures that people send in, and results for a platform.

The first bytes of a file decide what it is, not its name. The header is read before any pixel, so that a
picture that would fill the memory is refused because of its declared size. An accepted picture is sent as it
came if it is fit for where it goes, else written anew, upright and in sRGB; in both cases without EXIF,
position, comments or profiles (Lumenfall API, known traps: strip EXIF from uploads).
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

from bot.core.capability import Capability
from bot.core.errors import BadImage
from bot.core.request import Upload
from bot.images.budget import in_thread, in_turn
from bot.images.codecs import clean, encode, open_picture, transparent
from bot.images.containers import completed
from bot.images.decoder import Header, fitted, held, inspect, read
from bot.images.destinations import Destination, destination
from bot.images.frames import with_shown_frame
from bot.images.kinds import CONTENT_TYPES, PNG
from bot.images.masks import mask_of
from bot.images.writing import Written, as_it_is, checked_at, encoded, may_stay, written

P = ParamSpec("P")
T = TypeVar("T")

_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="images")
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, kw_only=True)
class ImageLimits:
    """The limits of a picture: `max_bytes` of the file; a larger one is scaled to `max_pixels`."""

    max_bytes: int = 32_000_000
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


async def prepare(
    source: bytes | Path,
    *,
    limits: ImageLimits | None = None,
    for_mask: bool = False,
    capability: Capability | None = None,
    fits: tuple[int, int] | None = None,
) -> PreparedImage:
    """Check and clean a picture: a file that a person sent, or where a result of ours lies.

    `capability` says where it goes, and so how large it may be. A mask becomes a PNG that is transparent
    where the picture may change, of the size `fits` of its picture. Raises BadImage, whose message names the
    problem and the limit. What was done to the picture is said in `upload.note`.
    """
    limits = limits or ImageLimits()
    try:
        if isinstance(source, bytes) and len(source) > limits.max_bytes:
            text = _("The picture is larger than {most}, the most I can take.")
            raise BadImage(text.format(most=_megabytes(limits.max_bytes)))
        header = await in_thread(inspect, source)
        to = destination(capability, limits.max_pixels)
        size = fitted(header, longest=to.longest, pixels=to.pixels)
        if for_mask:
            return await in_turn(
                held(header, size) + size[0] * size[1], _prepare_mask, source, header, to, fits
            )
        if may_stay(header, to):
            found = await in_turn(held(header, checked_at(header)), as_it_is, source, header, to)
            if found is not None:
                return await in_thread(_described, found, "")
        return await in_turn(held(header, size), _prepare, source, header, to)
    except BadImage as exc:
        exc.field = exc.field or ("mask" if for_mask else "image")
        raise


async def shrink(
    path: Path, *, max_bytes: int, formats: Sequence[str] = ("png", "jpeg", "webp")
) -> Rendition:
    """A copy of a picture file of at most `max_bytes`, in one of `formats` (`png`, `jpeg`, `webp`, `gif`).

    If the file is small enough it is returned as it is; else first the quality and then the number of pixels
    is reduced. Raises BadImage when the file is not a picture or cannot be made small enough.
    """
    return await _in_pool(_shrink, path, max_bytes, tuple(item.upper() for item in formats))


async def convert(path: Path, *, to: str = "png") -> Rendition:
    """The picture in another format, for a platform that cannot show it. Raises BadImage."""
    return await _in_pool(_convert, path, to.upper())


async def _in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))


def _prepare(source: bytes | Path, header: Header, to: Destination) -> PreparedImage:
    header = with_shown_frame(source, header) if header.frames > 1 else header
    if isinstance(source, bytes):
        came, source = len(source), completed(header.kind, source)
    else:
        came = source.stat().st_size
    found = written(source, header, to, came)
    return _described(found, _notes(header, found))


def _notes(header: Header, found: Written) -> str:
    """What was done to it, in sentences; empty where it is as it was."""
    notes: list[str] = []
    if (found.width, found.height) != (header.width, header.height):
        text = _("The picture was scaled from {before} to {after} pixels.")
        before, after = f"{header.width}×{header.height}", f"{found.width}×{found.height}"
        notes.append(text.format(before=before, after=after))
    if header.frames > 1:
        notes.append(
            _("It moves; one frame of it was taken, number {number} of {frames}.").format(
                number=header.frame + 1, frames=header.frames
            )
        )
    if found.cut:
        notes.append(_("The end of its file is missing; what is there was taken."))
    return " ".join(notes)


def _prepare_mask(
    source: bytes | Path, header: Header, to: Destination, fits: tuple[int, int] | None
) -> PreparedImage:
    size = fitted(header, longest=to.longest, pixels=to.pixels)
    image = read(source, header, size, lambda image: image.copy_memory())
    mask, drawn = mask_of(image, fits)
    mask = mask.copy_memory()
    data = encoded(mask, PNG, 100)
    notes: list[str] = []
    if drawn:
        notes.append(_("The white part of the mask was taken as what may change."))
    if (mask.width, mask.height) != (header.width, header.height):
        text = _("The mask was scaled from {before} to {after} pixels.")
        before, after = f"{header.width}×{header.height}", f"{mask.width}×{mask.height}"
        notes.append(text.format(before=before, after=after))
    found = Written(data=data, kind=PNG, width=mask.width, height=mask.height, has_alpha=True)
    return _described(found, " ".join(notes))


def _described(found: Written, note: str) -> PreparedImage:
    upload = Upload(
        digest=hashlib.sha256(found.data).hexdigest(),
        content_type=CONTENT_TYPES[found.kind],
        width=found.width,
        height=found.height,
        size=len(found.data),
        has_alpha=found.has_alpha,
        note=note,
    )
    return PreparedImage(upload=upload, data=found.data)


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


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size // 1_000_000} MB"
