"""Checks, cleans and converts pictures that people send in; `copies` makes those of results.

The first bytes of a file decide what it is, not its name. The header is read before any pixel, so that a
picture that would fill the memory is refused because of its declared size. An accepted picture is sent as it
came if it is fit for where it goes, else written again, upright and in sRGB; in both cases without EXIF,
position, comments or profiles (Lumenfall API, known traps: strip EXIF from uploads).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.core.capability import Capability
from bot.core.errors import BadImage
from bot.core.request import Upload
from bot.core.text.numbers import decimal, whole
from bot.core.text.translation import gettext as _
from bot.images.budget import in_thread, in_turn
from bot.images.containers import completed
from bot.images.decoder import Header, fitted, held, inspect, read
from bot.images.destinations import Destination, destination
from bot.images.frames import with_shown_frame
from bot.images.kinds import CONTENT_TYPES, PNG
from bot.images.masks import mask_of
from bot.images.writing import Written, as_it_is, checked_at, encoded, may_stay, room_for, written


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


async def prepare(
    source: bytes | Path,
    *,
    limits: ImageLimits | None = None,
    for_mask: bool = False,
    capability: Capability | None = None,
    model: str = "",
    fits: tuple[int, int] | None = None,
) -> PreparedImage:
    """Check and clean a picture: a file that a person sent, or where a result of ours lies.

    `capability` and `model` say where it goes, and so how large it may be. A mask becomes a PNG that is
    transparent where the picture may change, of the size `fits` of its picture. Raises BadImage, whose
    message names the problem and the limit. What was done to the picture is said in `upload.note`.
    """
    limits = limits or ImageLimits()
    try:
        if isinstance(source, bytes) and len(source) > limits.max_bytes:
            text = _("The picture is larger than {most}, the most I can take.")
            raise BadImage(text.format(most=_megabytes(limits.max_bytes)))
        source, cut = await in_thread(completed, source)
        header = await in_thread(inspect, source)
        to = destination(capability, limits.max_pixels, model)
        size = fitted(header, longest=to.longest, pixels=to.pixels)
        if for_mask:
            wide, high = fits or size
            room = held(header, size) + max(size[0] * size[1], wide * high)
            return await in_turn(room, _prepare_mask, source, header, to, fits)
        if may_stay(header, to) and not cut:
            found = await in_turn(held(header, checked_at(header)), as_it_is, source, header, to)
            if found is not None:
                return await in_thread(_described, found, "")
        return await in_turn(room_for(header, size, to), _prepare, source, header, to, cut)
    except BadImage as exc:
        exc.field = exc.field or ("mask" if for_mask else "image")
        raise


def _prepare(source: bytes | Path, header: Header, to: Destination, cut: bool) -> PreparedImage:
    header = with_shown_frame(source, header) if header.frames > 1 else header
    came = len(source) if isinstance(source, bytes) else source.stat().st_size
    found = written(source, header, to, came, cut=cut)
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


def _megabytes(size: int) -> str:
    return f"{decimal(size / 1e6, 1)} MB" if size < 10_000_000 else f"{whole(size // 1_000_000)} MB"
