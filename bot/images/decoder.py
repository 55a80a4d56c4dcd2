"""The one place where pictures are decoded: `inspect` reads the header, `read` gives the pixels to a sink.

libvips reads in a stream, shrinks while it reads and knows colour profiles, so that the memory depends on
what is asked for and not on what came. It runs in the caller's thread: callers go through `budget.in_turn`
with the pixels that `held` names. What it cannot read (HEIC, BMP, ICO, moving PNGs) comes from `others`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyvips

from bot.core.errors import BadImage
from bot.core.text.numbers import decimal
from bot.core.text.translation import gettext as _
from bot.images import kinds, others
from bot.images.allocation import give_back
from bot.images.budget import BYTES_EACH, MOST_HELD
from bot.images.colour import SIZES, coded_in, highest, is_bare, is_deep, is_plain, to_srgb, with_eight_bits
from bot.images.kinds import head_of, kind_of

T = TypeVar("T")
Source = bytes | Path
"""A file's bytes, or where it lies: our own results are never read into memory whole."""

MOST_PIXELS = 300_000_000
"""Above this even a streamed picture takes too long; four times 4,096 pixels a side still fit."""
_DEFLATE_MOST = 1032
"""How much smaller than the pixels a PNG's data can be (zlib's technical details)."""
SMALL = 16_000_000
"""Pixels up to which a picture is kept in memory between two ways of writing it."""
_LEAST_ASKED = 1_000_000
_MOST_BYTES = MOST_HELD * BYTES_EACH
_ROWS = 6_000
"""Bytes for each column: the rows that are held while a picture is scaled in a stream."""
_BY_OTHERS = frozenset({kinds.HEIF, kinds.AVIF, kinds.BMP, kinds.ICO})

give_back()
logging.getLogger("pyvips").setLevel(logging.ERROR)
pyvips.cache_set_max(0)
pyvips.block_untrusted_set(True)
"""Only the loaders that are made for files of strangers."""
pyvips.operation_block_set("VipsForeignLoadUhdr", True)
"""A JPEG with a gain map is shown as the plain JPEG that it is too, which is read in a stream."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says of itself. `width` and `height` are upright pixels; `decoding` is what reading it
    holds in memory, in bytes, and `each` for each pixel that is asked for; `lossy` tells how it was
    compressed; `turned` that
    it must be turned upright; `frame` is the one that is shown; `plain` that its numbers are sRGB of 8 bits;
    `deep` that they have more bits and neither profile nor codes of colour; `alpha` that it may be
    transparent somewhere; `by_others` that libvips cannot read it.
    """

    kind: str
    width: int
    height: int
    frames: int = 1
    lossy: bool = False
    decoding: int = 0
    each: int = 0
    turned: bool = False
    frame: int = 0
    plain: bool = False
    deep: bool = False
    alpha: bool = False
    by_others: bool = False

    @property
    def pixels(self) -> int:
        """All of them."""
        return self.width * self.height


def inspect(source: Source) -> Header:
    """Read the header only. Raises BadImage for what is no picture, or cannot be decoded safely."""
    kind = kind_of(head_of(source))
    try:
        found = _described(kind, source)
    except BadImage:
        raise
    except Exception:
        raise damaged() from None
    if found.width < 1 or found.height < 1:
        raise BadImage(_("The picture has no pixels."))
    _check_safe(found)
    return found


def held(header: Header, size: tuple[int, int]) -> int:
    """The pixels that reading it at `size` holds at once, for `budget.in_turn`."""
    kept = size[0] * size[1] if keeps(header, size) else 0
    return kept + _read_at(header, size[0] * size[1]) // BYTES_EACH


def keeps(header: Header, size: tuple[int, int]) -> bool:
    """Whether it is small enough at `size` to be kept in memory between two ways of writing it."""
    pixels = size[0] * size[1]
    return pixels <= SMALL and pixels * BYTES_EACH + _read_at(header, pixels) <= _MOST_BYTES


def _read_at(header: Header, pixels: int) -> int:
    return header.decoding + header.each * pixels


def fitted(header: Header, *, longest: int, pixels: int) -> tuple[int, int]:
    """Width and height within both limits and the budget, the shape kept, never larger than it is."""
    if header.each:
        pixels = max(1, min(pixels, (_MOST_BYTES - header.decoding) // header.each))
    factor = min(1.0, longest / max(header.width, header.height), (pixels / header.pixels) ** 0.5)
    short, long = sorted((header.width, header.height))
    wide, narrow = max(1, int(long * factor)), max(1, round(short * factor))
    narrow -= wide * narrow > pixels and narrow > 1
    return (wide, narrow) if long == header.width else (narrow, wide)


def read(
    source: Source,
    header: Header,
    size: tuple[int, int],
    sink: Callable[[pyvips.Image], T],
    *,
    whole: bool = False,
) -> T:
    """What `sink` makes of the picture, scaled down to `size` at most, upright, sRGB, RGB or RGBA, 8 bits.

    The image that the sink gets is decoded while it is written, once: a sink that needs it twice takes
    `image.copy_memory()`. What is missing at the end of a file is read as black or grey, unless it has to be
    `whole`. Raises BadImage when nothing can be read.
    """
    try:
        image, _owner = _scaled(source, header, size, "truncated" if whole else "none")
        return sink(to_srgb(image, coded_in(header.kind, head_of(source))))
    except BadImage:
        raise
    except Exception:
        raise damaged() from None


def _scaled(
    source: Source, header: Header, size: tuple[int, int], fail_on: str
) -> tuple[pyvips.Image, object]:
    limits: dict[str, Any] = {"height": size[1], "size": "down"}
    if header.by_others or (header.kind == kinds.PNG and header.frame):
        whole, owner = others.loaded(header.kind, source, size, header.frame)
        return whole.thumbnail_image(size[0], **limits), owner
    if header.deep:  # scaled after it has eight bits, since libvips would cut tones off instead of rounding
        deep = pyvips.Image.new_from_source(opened(source), "", access="sequential", fail_on=fail_on)
        # What has no highest number by itself is read once to find it.
        most = highest(_streamed(source)) if deep.format not in ("uchar", "ushort") else 0.0
        return with_eight_bits(deep, most).thumbnail_image(size[0], **limits), None
    options = f"fail_on={fail_on}" + (f",page={header.frame}" if header.frame else "")
    limits["option_string"] = f"[{options}]"
    return pyvips.Image.thumbnail_source(opened(source), size[0], **limits), None


def opened(source: Source) -> pyvips.Source:
    """The file as libvips reads it, without a copy."""
    if isinstance(source, bytes):
        return pyvips.Source.new_from_memory(source)
    return pyvips.Source.new_from_file(str(source))


def damaged() -> BadImage:
    """Of a file of a known kind that shows nothing."""
    return BadImage(_("The picture is damaged or incomplete; please send it again."))


def _described(kind: str, source: Source) -> Header:
    if kind in _BY_OTHERS:
        return _of_others(kind, source)
    try:
        image = _streamed(source)
    except pyvips.Error:
        if kind != kinds.TIFF:
            raise
        return _of_others(kind, source)
    if kind == kinds.PNG and _hardly_any(source, image):
        raise damaged()
    orientation = _number(image, "orientation", 1)
    width, height = others.upright((image.width, image.height), orientation)
    head = head_of(source)
    frames = image.get_n_pages() if kind in (kinds.GIF, kinds.WEBP) else 1
    if kind == kinds.PNG and b"acTL" in head:
        frames = others.frames_of(source)
    exact = b"VP8L" in head[:64]
    return Header(
        kind=kind,
        width=width,
        height=height,
        frames=frames,
        lossy=kind in kinds.LOSSY or (kind == kinds.WEBP and not exact),
        decoding=_decoding(kind, image, frames, exact=exact),
        each=(8 if kind == kinds.WEBP else 0) + (BYTES_EACH if orientation > 1 else 0),
        turned=orientation > 1,
        alpha=image.hasalpha() or frames > 1,
        plain=is_plain(image, coded_in(kind, head)),
        deep=is_deep(image) and is_bare(image) and coded_in(kind, head) is None,
    )


def _streamed(source: Source) -> pyvips.Image:
    return pyvips.Image.new_from_source(opened(source), "", access="sequential")


def _of_others(kind: str, source: Source) -> Header:
    width, height = others.size_of(kind, source)
    decoding = int(width * height * others.bytes_each(kind, source))
    return Header(
        kind=kind,
        width=width,
        height=height,
        lossy=kind in kinds.LOSSY,
        decoding=decoding,
        alpha=others.has_alpha(kind, source),
        by_others=True,
    )


def _number(image: pyvips.Image, name: str, missing: int = 0) -> int:
    found = image.get(name) if image.get_typeof(name) else missing
    return found if isinstance(found, int) else missing


def _hardly_any(source: Source, image: pyvips.Image) -> bool:
    """True where a PNG is so small that hardly any of its pixels can be in it."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    least = image.width * image.height * _number(image, "bits-per-sample", 8) // 8
    return size * _DEFLATE_MOST < least // 4


def _decoding(kind: str, image: pyvips.Image, frames: int, *, exact: bool) -> int:
    """Bytes that the decoder holds (measured with pictures of 36 megapixels, benchmarks/pictures.py)."""
    pixels = image.width * image.height
    each = image.bands * SIZES[str(image.format)]
    if frames > 1:
        return pixels * 12
    match kind:
        case kinds.JPEG if _number(image, "jpeg-multiscan"):
            # A progressive JPEG is kept as coefficients of 16 bits, colour at a quarter or in full.
            shares = 1.5 if image.get("jpeg-chroma-subsample") == "4:2:0" else image.bands
            return int(pixels * 2 * shares) + image.width * _ROWS
        case kinds.PNG if image.get_typeof("interlaced"):
            return pixels * each + image.width * _ROWS
        case kinds.WEBP:
            return pixels * (4 if exact else 1)
        case kinds.GIF:
            return pixels * 8
        case kinds.TIFF:
            return pixels * each + image.width * _ROWS
        case _:
            return image.width * _ROWS


def _check_safe(found: Header) -> None:
    most = MOST_PIXELS
    room = _MOST_BYTES - found.each * _LEAST_ASKED
    if found.decoding > room:
        most = min(most, int(found.pixels * room / found.decoding))
    if found.pixels > most:
        raise BadImage(
            _(
                "The picture has {width}×{height} pixels ({size} megapixels); the most that can be read"
                " safely of this kind is {most} megapixels."
            ).format(
                width=found.width,
                height=found.height,
                size=decimal(found.pixels / 1e6, 0),
                most=decimal(most / 1e6, 0),
            )
        )
