"""Which frame of a picture that moves is taken: the first that shows something."""

from __future__ import annotations

from dataclasses import replace

import pyvips

from bot.images.colour import highest, lowest
from bot.images.decoder import Header, Source, read

_LOOKED_AT = 20
_SMALL = (64, 64)


def with_shown_frame(source: Source, header: Header) -> Header:
    """The header with the frame to take: the first that is of more than one colour, else the first that is
    not wholly transparent, else the first.
    """
    opaque: int | None = None
    for frame in range(min(header.frames, _LOOKED_AT)):
        found = replace(header, frame=frame)
        picture = read(source, found, _SMALL, lambda image: image.copy_memory())
        if not uniform(picture):
            return found
        if opaque is None and not (picture.hasalpha() and highest(picture[3]) == 0):
            opaque = frame
    return replace(header, frame=opaque or 0)


def uniform(picture: pyvips.Image) -> bool:
    """True where every pixel that can be seen is of one colour."""
    if picture.hasalpha() and highest(picture[3]) == 0:
        return True
    return all(lowest(picture[band]) == highest(picture[band]) for band in range(picture.bands))
