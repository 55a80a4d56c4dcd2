"""Writes what was decoded so that it fits a destination: lossy stays lossy, and about as large as it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyvips

from bot.core.errors import BadImage
from bot.images import kinds
from bot.images.budget import MOST_HELD
from bot.images.colour import lowest
from bot.images.containers import without_metadata
from bot.images.decoder import Header, Source, damaged, fitted, held, keeps, read
from bot.images.destinations import Destination
from bot.images.frames import uniform

T = TypeVar("T")

_FINE, _GOOD, _PLAIN = 92, 82, 70
_ANY = 300_000
"""Bytes up to which nobody minds that a picture has grown."""
_GROWN = 1.5
"""How much larger than it came a picture may be."""
_TRIES = 8
WEBP_HELD = 5
"""What writes WebP holds for each pixel, in pixels of four bytes: some 21 bytes (measured)."""
_MOST_WEBP = MOST_HELD // (WEBP_HELD + 1)
"""Pixels up to which it can be written from a picture that is in memory."""
_CHECKED = 1_024
"""Pixels on the longest side at which is checked that a file can be read to its end."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A clean file. `cut` tells that the end of what came is missing."""

    data: bytes
    kind: str
    width: int
    height: int
    has_alpha: bool
    cut: bool = False


class Pixels:
    """The pixels of a file at one size: kept where they are few, else decoded whenever they are needed."""

    def __init__(self, source: Source, header: Header, size: tuple[int, int], *, cut: bool = False) -> None:
        self._source, self._header, self._size = source, header, size
        self.cut = cut
        self._kept: pyvips.Image | None = None
        if keeps(header, size):
            self._kept = self.write(lambda image: image.copy_memory())
        self.transparent, self.width, self.height = self.write(_looked_at)

    def write(self, sink: Callable[[pyvips.Image], T]) -> T:
        """What the sink makes of them. Where the end of the file is missing, `cut` is true from then on."""
        if self._kept is not None:
            return sink(self._kept)
        if not self.cut:
            try:
                return read(self._source, self._header, self._size, sink, whole=True)
            except BadImage:
                self.cut = True
                if self.write(lambda image: uniform(image.thumbnail_image(64).copy_memory())):
                    raise
        return read(self._source, self._header, self._size, sink)


def _looked_at(image: pyvips.Image) -> tuple[bool, int, int]:
    """Whether anything can be seen through, width, height."""
    return bool(image.hasalpha()) and lowest(image[3]) < 255, image.width, image.height


def may_stay(header: Header, to: Destination) -> bool:
    """Whether its header says that it can be sent as it came."""
    fits = max(header.width, header.height) <= to.longest and header.pixels <= to.pixels
    still = header.frames == 1 and not header.turned
    return fits and still and header.plain and header.kind in to.formats


def checked_at(header: Header) -> tuple[int, int]:
    """The size at which is checked that a file can be read to its end."""
    return fitted(header, longest=_CHECKED, pixels=_CHECKED**2)


def as_it_is(source: Source, header: Header, to: Destination) -> Written | None:
    """The file without its metadata, if it is fit already and all of it is there, else None."""
    if not may_stay(header, to) or (isinstance(source, Path) and source.stat().st_size > to.max_bytes * 2):
        return None
    data = without_metadata(header.kind, source if isinstance(source, bytes) else source.read_bytes())
    if data is None or len(data) > to.max_bytes:
        return None
    picture = Pixels(data, header, checked_at(header))
    picture.write(lambda image: image.avg())
    if picture.cut:
        return None
    return Written(
        data=data, kind=header.kind, width=header.width, height=header.height, has_alpha=picture.transparent
    )


def room_for(header: Header, size: tuple[int, int], to: Destination) -> int:
    """The pixels that reading it at `size` and writing it holds at once, for `budget.in_turn`."""
    pixels = size[0] * size[1]
    reading = held(header, size)
    if not header.alpha or kinds.WEBP not in to.formats:
        return reading
    return max(reading, min(pixels, _MOST_WEBP) * (WEBP_HELD + 1))


def written(source: Source, header: Header, to: Destination, came: int, *, cut: bool) -> Written:
    """The picture within the limits; `came` is the size of the file in bytes, and `cut` tells that its end is
    known to be missing. Raises BadImage.
    """
    pixels = to.pixels
    for _smaller in range(_TRIES):
        picture = Pixels(source, header, fitted(header, longest=to.longest, pixels=pixels), cut=cut)
        if header.lossy and picture.width * picture.height > _MOST_WEBP and _needs_webp(picture, to):
            pixels = _MOST_WEBP  # a PNG of it would be many times as large as what came
            continue
        if (found := _best(picture, header, to, came)) is not None:
            return found
        pixels = picture.width * picture.height // 2
    raise damaged()


def _needs_webp(picture: Pixels, to: Destination) -> bool:
    """Whether it is seen through and may stay lossy all the same."""
    return kinds.WEBP in to.formats and picture.transparent


def _best(picture: Pixels, header: Header, to: Destination, came: int) -> Written | None:
    """The first that is no larger than wanted, else the smallest that the destination takes."""
    wanted = min(to.max_bytes, max(_ANY, int(came * _GROWN)))
    best: tuple[bytes, str] | None = None
    for kind, quality in _ways(picture, header, to, came):
        data = picture.write(lambda image, kind=kind, quality=quality: encoded(image, kind, quality))
        if len(data) <= to.max_bytes and (best is None or len(data) < len(best[0])):
            best = data, kind
        if len(data) <= wanted:
            break
    if best is None:
        return None
    return Written(
        data=best[0],
        kind=best[1],
        width=picture.width,
        height=picture.height,
        has_alpha=picture.transparent,
        cut=picture.cut,
    )


def _ways(picture: Pixels, header: Header, to: Destination, came: int) -> Iterator[tuple[str, int]]:
    """Formats to try in turn, with a quality of 1–100 where they are lossy."""
    lossy = kinds.WEBP if picture.transparent else kinds.JPEG
    pixels = picture.width * picture.height
    # What writes WebP needs the whole picture in memory, several times over.
    squeezes = lossy in to.formats and (lossy == kinds.JPEG or pixels <= _MOST_WEBP)
    too_large = squeezes and came * pixels / header.pixels > to.max_bytes * _GROWN
    if not squeezes or not (header.lossy or too_large):
        yield kinds.PNG, 100
    if squeezes:
        yield lossy, _FINE
        yield lossy, _GOOD
        yield lossy, _PLAIN


def encoded(image: pyvips.Image, kind: str, quality: int) -> bytes:
    """The file: PNG, WebP, or JPEG (without alpha; 4:4:4 where the quality is high) with no metadata."""
    match kind:
        case kinds.JPEG:
            subsample = "off" if quality >= _GOOD else "on"
            return image[:3].jpegsave_buffer(Q=quality, subsample_mode=subsample, keep=0)
        case kinds.WEBP:
            return image.webpsave_buffer(Q=quality, alpha_q=100, effort=3, keep=0)
        case _:
            if image.hasalpha() and lowest(image[3]) == 255:
                image = image[:3]
            return image.pngsave_buffer(compression=6, filter=0xF8, keep=0)
