"""Writes what was decoded so that it fits a destination: lossy stays lossy, and about as large as it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyvips

from bot.core.errors import BadImage
from bot.images import kinds
from bot.images.colour import lowest
from bot.images.containers import without_metadata
from bot.images.decoder import SMALL, Header, Source, damaged, fitted, read
from bot.images.destinations import Destination
from bot.images.frames import uniform

T = TypeVar("T")

_FINE, _GOOD, _PLAIN = 92, 82, 70
_ANY = 300_000
"""Bytes up to which nobody minds that a picture has grown."""
_GROWN = 1.5
"""How much larger than it came a picture may be."""
_TRIES = 8


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

    def __init__(self, source: Source, header: Header, size: tuple[int, int], *, whole: bool = True) -> None:
        self._source, self._header, self._size = source, header, size
        self.cut = not whole
        self._kept: pyvips.Image | None = None
        small = size[0] * size[1] <= SMALL
        alpha, self.width, self.height = self._first(small)
        self.transparent = alpha

    def _first(self, small: bool) -> tuple[bool, int, int]:
        try:
            return self.write(lambda image: self._look(image, small))
        except BadImage:
            if self.cut:
                raise
        self.cut = True
        found = self.write(lambda image: self._look(image, small))
        if self.write(lambda image: uniform(image.thumbnail_image(64).copy_memory())):
            raise damaged()
        return found

    def _look(self, image: pyvips.Image, small: bool) -> tuple[bool, int, int]:
        if small:
            self._kept = image = image.copy_memory()
        if not image.hasalpha():
            if not small:
                image.avg()  # a file that is cut off shows it here, before anything is written
            return False, image.width, image.height
        return lowest(image[3]) < 255, image.width, image.height

    def write(self, sink: Callable[[pyvips.Image], T]) -> T:
        """What the sink makes of them; without alpha where all of them are opaque."""
        if self._kept is not None:
            return sink(self._kept)
        return read(self._source, self._header, self._size, sink, whole=not self.cut)


def as_it_is(source: Source, header: Header, to: Destination) -> Written | None:
    """The file without its metadata, if it is fit already and all of it is there, else None."""
    size = (header.width, header.height)
    fit = header.plain and not header.turned and header.frames == 1 and header.kind in to.formats
    if not fit or fitted(header, longest=to.longest, pixels=to.pixels) != size:
        return None
    if isinstance(source, Path) and source.stat().st_size > to.max_bytes * 2:
        return None
    data = without_metadata(header.kind, source if isinstance(source, bytes) else source.read_bytes())
    if data is None or len(data) > to.max_bytes:
        return None
    picture = Pixels(data, header, size)
    if picture.cut:
        return None
    return Written(data=data, kind=header.kind, width=size[0], height=size[1], has_alpha=picture.transparent)


def written(source: Source, header: Header, to: Destination, came: int) -> Written:
    """The picture within the limits; `came` is the size of the file in bytes. Raises BadImage."""
    pixels = to.pixels
    for _smaller in range(_TRIES):
        size = fitted(header, longest=to.longest, pixels=pixels)
        picture = Pixels(source, header, size)
        wanted = max(_ANY, int(came * _GROWN))
        best: Written | None = None
        for kind, quality in _ways(header, picture, to):
            data = picture.write(lambda image, kind=kind, quality=quality: encoded(image, kind, quality))
            made = Written(
                data=data,
                kind=kind,
                width=picture.width,
                height=picture.height,
                has_alpha=picture.transparent,
                cut=picture.cut,
            )
            if len(data) <= min(to.max_bytes, wanted):
                return made
            if len(data) <= to.max_bytes and (best is None or len(data) < len(best.data)):
                best = made
        if best is not None:
            return best
        pixels = picture.width * picture.height // 2
    raise damaged()


def _ways(header: Header, picture: Pixels, to: Destination) -> Iterator[tuple[str, int]]:
    """Formats to try in turn, with a quality of 1–100 where they are lossy."""
    lossy = kinds.JPEG if not picture.transparent else kinds.WEBP
    if not header.lossy or lossy not in to.formats:
        yield kinds.PNG, 100
    # What writes WebP needs the whole picture in memory, several times over.
    if lossy in to.formats and (lossy == kinds.JPEG or picture.width * picture.height <= SMALL):
        yield lossy, _FINE
        yield lossy, _GOOD
        yield lossy, _PLAIN


def encoded(image: pyvips.Image, kind: str, quality: int) -> bytes:
    """The file: PNG, WebP, or JPEG (without alpha; 4:4:4 where the quality is high) with no metadata."""
    match kind:
        case kinds.JPEG:
            opaque = image[:3]
            subsample = "off" if quality >= _GOOD else "on"
            return opaque.jpegsave_buffer(Q=quality, subsample_mode=subsample, keep=0)
        case kinds.WEBP:
            return image.webpsave_buffer(Q=quality, alpha_q=100, effort=3, keep=0)
        case _:
            return image.pngsave_buffer(compression=6, filter=0xF8, keep=0)
