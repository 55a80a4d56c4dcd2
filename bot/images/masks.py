"""Masks as people have them, made into what the gateway takes: transparent where the picture may change.

A file with transparency says so by itself, and soft edges are cut at one half. One without is read as white
on black, white being what may change (Lumenfall API, contradictions 7: both meanings are in use).
"""

from __future__ import annotations

import pyvips

from bot.core.errors import BadImage
from bot.core.text.translation import gettext as _
from bot.core.validation import same_shape
from bot.images import kinds
from bot.images.colour import highest, lowest
from bot.images.writing import encoded

_HALF = 128
_DARK, _LIGHT = 64, 192
_MOST_GREY = 0.2
"""The share of pixels between black and white that soft edges have; a photograph has more."""
_PREVIEW = 256


def mask_of(image: pyvips.Image, size: tuple[int, int] | None) -> tuple[pyvips.Image, bool]:
    """RGBA, transparent where the picture may change, at `size`; and whether it came as white on black.

    Raises BadImage (with a small picture of what was understood) for one that would change nothing.
    """
    drawn = not (image.hasalpha() and lowest(image[3]) < 255)
    area = _white(image) if drawn else image[3] <= _HALF
    area = _at(area, size or (image.width, image.height))
    if highest(area) == 0:
        raise _changes_nothing(area)
    alpha = area.invert()
    black = pyvips.Image.black(area.width, area.height)
    return black.bandjoin([black, black, alpha]).copy(interpretation="srgb"), drawn


def _white(image: pyvips.Image) -> pyvips.Image:
    grey = image[:3].colourspace("b-w")[0]
    between = ((grey > _DARK) & (grey < _LIGHT)).avg() / 255
    if between > _MOST_GREY:
        raise BadImage(
            _(
                "The mask is neither transparent anywhere nor white on black. Make the part that may change"
                " transparent, or white on black. Nothing was charged."
            ),
            field="mask",
            picture=_preview(grey >= _HALF),
        )
    return grey >= _HALF


def _at(area: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    width, height = size
    if (area.width, area.height) == size:
        return area
    if not same_shape((area.width, area.height), size):
        raise BadImage(
            _("The mask is {mask} pixels and the picture {picture}; they must have the same shape.").format(
                mask=f"{area.width}×{area.height}", picture=f"{width}×{height}"
            ),
            field="mask",
            picture=_preview(area),
        )
    scaled = area.resize(width / area.width, vscale=height / area.height, kernel="nearest")
    return scaled.gravity("north-west", width, height, extend="copy")


def _changes_nothing(area: pyvips.Image) -> BadImage:
    return BadImage(
        _(
            "The mask would change nothing. Make the part that may change transparent, or white on black."
            " Nothing was charged."
        ),
        field="mask",
        picture=_preview(area),
    )


def _preview(area: pyvips.Image) -> bytes:
    """White where the picture would change, dark grey elsewhere."""
    small = area.thumbnail_image(_PREVIEW, height=_PREVIEW, size="down")
    shown = (small >= _HALF).ifthenelse(255, 48).cast("uchar").copy(interpretation="b-w")
    return encoded(shown.colourspace("srgb"), kinds.PNG, 100)
