"""Colours as a colour-managed viewer shows them: everything ends as sRGB of eight bits.

A profile is believed for what it says and not for its name. Where there is none, the codes of ITU-T H.273
(`nclx` in HEIC and AVIF, `cICP` in PNG) are read; without either the numbers are sRGB.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pyvips

from bot.images import kinds

MOST_ICC = 16_000_000
"""Profiles of photographs have up to a few megabytes; what is longer is not read."""
SIZES = {"uchar": 1, "char": 1, "ushort": 2, "short": 2, "uint": 4, "int": 4, "float": 4, "double": 8}
"""Bytes of one number, by libvips' names of formats."""
_SAME = 1
"""Levels of 255 by which a profile may differ from sRGB and still be it: rounding."""
_PROFILE = "icc-profile-data"

Rows = list[list[float]]
_P3: Rows = [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]
_BT2020: Rows = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
_PRIMARIES = {9: _BT2020, 11: _P3, 12: _P3}
"""Linear colours of other primaries as those of sRGB (H.273 table 2; white is D65)."""
_WHITE_NITS = 203.0
"""What HDR calls white (ITU-R BT.2408)."""
_BRIGHTEST = 1000.0 / _WHITE_NITS
"""The brightest that keeps a tone of its own."""


@dataclass(frozen=True, kw_only=True)
class Coded:
    """Colour primaries and transfer by the numbers of H.273."""

    primaries: int
    transfer: int

    @property
    def plain(self) -> bool:
        """True where the numbers are as good as sRGB's."""
        return self.primaries not in _PRIMARIES and self.transfer not in _TRANSFERS


def lowest(image: pyvips.Image) -> float:
    """The least number in the image."""
    return cast(float, image.min())


def highest(image: pyvips.Image) -> float:
    """The greatest number in the image."""
    return cast(float, image.max())


def coded_in(kind: str, head: bytes) -> Coded | None:
    """The codes in a file's first bytes: a `colr` box of the kind `nclx`, or the chunk `cICP`."""
    if kind in (kinds.HEIF, kinds.AVIF) and (at := head.find(b"colrnclx")) >= 0:
        numbers = head[at + 8 : at + 12]
        return Coded(primaries=int.from_bytes(numbers[:2]), transfer=int.from_bytes(numbers[2:]))
    if kind == kinds.PNG and 0 <= (at := head.find(b"cICP")) < head.find(b"IDAT"):
        return Coded(primaries=head[at + 4], transfer=head[at + 5])
    return None


def is_bare(image: pyvips.Image) -> bool:
    """True without a profile that can be read."""
    return not _profile(image)


def is_plain(image: pyvips.Image, coded: Coded | None) -> bool:
    """True where the numbers are already sRGB of eight bits, whatever the profile is called."""
    if image.format != "uchar" or image.interpretation not in ("srgb", "b-w"):
        return False
    if not _profile(image):
        return coded is None or coded.plain
    colours = [[level] * image.bands for level in range(0, 256, 5)]
    if image.bands >= 3:
        levels = range(0, 256, 51)
        colours = [[red, green, blue] for red in levels for green in levels for blue in levels]
    bands = 1 if image.bands < 3 else 3
    numbers = bytes(number for colour in colours for number in colour[:bands])
    patch = pyvips.Image.new_from_memory(numbers, len(colours), 1, bands, "uchar")
    patch = _with_profile(patch.copy(interpretation=image.interpretation), _profile(image))
    converted = _by_profile(patch)
    return converted is not None and highest((converted - patch).abs()) <= _SAME


def _with_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    keep: Any = image.set_type
    keep(pyvips.GValue.blob_type, _PROFILE, profile)
    return image


def _profile(image: pyvips.Image) -> bytes:
    profile: Any = image.get(_PROFILE) if image.get_typeof(_PROFILE) else b""
    return profile if len(profile) <= MOST_ICC else b""


def to_srgb(image: pyvips.Image, coded: Coded | None = None) -> pyvips.Image:
    """The image as RGB or RGBA of eight bits. A profile that cannot be read costs nothing but itself."""
    return _eight_bits(_by_profile(image) or _by_codes(image, coded) or _as_it_says(image))


def _by_profile(image: pyvips.Image) -> pyvips.Image | None:
    if not _profile(image):
        return None
    try:
        return image.icc_transform("srgb", embedded=True, intent="relative", black_point_compensation=True)
    except pyvips.Error:
        return None


def _as_it_says(image: pyvips.Image) -> pyvips.Image:
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", input_profile="cmyk", intent="relative")
    return with_eight_bits(image).colourspace("srgb")


def is_deep(image: pyvips.Image) -> bool:
    """True for numbers of more than eight bits that stand for levels, not for light or another space."""
    return image.format != "uchar" and image.interpretation in ("grey16", "rgb16", "b-w", "srgb", "multiband")


def with_eight_bits(image: pyvips.Image, most: float = 0.0) -> pyvips.Image:
    """A picture of sixteen bits with the upper eight of them; one of 32 bits or of floating numbers, whose
    highest is `most`, with the scale that this number means.
    """
    if image.interpretation in ("grey16", "rgb16") and image.format == "ushort":
        levels = image >> 8
    elif most:
        levels = image * (255.0 / _full_scale(image, most))
    else:
        return image
    return levels.cast("uchar").copy(interpretation="b-w" if image.bands < 3 else "srgb")


def _full_scale(image: pyvips.Image, most: float) -> float:
    """What white is: 1 where floating numbers go no further, else the least depth that holds the highest."""
    if image.format in ("float", "double") and most <= 1:
        return 1.0
    return next((full for full in (255.0, 65_535.0, 4_294_967_295.0) if most <= full), most)


def _by_codes(image: pyvips.Image, coded: Coded | None) -> pyvips.Image | None:
    if coded is None or coded.plain or image.interpretation not in ("srgb", "rgb16"):
        return None
    colour = image[:3]
    steps = 65536 if image.interpretation == "rgb16" else 256
    curve = _TRANSFERS.get(coded.transfer, _from_srgb)
    linear = colour.maplut(_table(curve, steps))
    if rows := _PRIMARIES.get(coded.primaries):
        linear = linear.recomb(pyvips.Image.new_from_array(rows))
    if coded.transfer in _HDR:
        linear = _tone_mapped(linear)
    shown = linear.copy(interpretation="scrgb").colourspace("srgb")
    if image.bands < 4:
        return shown
    alpha = image[3] if steps == 256 else (image[3] >> 8).cast("uchar")
    return shown.bandjoin(alpha).copy(interpretation="srgb")


def _tone_mapped(linear: pyvips.Image) -> pyvips.Image:
    """Reinhard's curve with a white point, on what is brighter than black."""
    light = (linear > 0).ifthenelse(linear, 0)
    return light * (light / (_BRIGHTEST**2) + 1) / (light + 1)


def _table(curve: Callable[[float], float], steps: int) -> pyvips.Image:
    return pyvips.Image.new_from_array([[curve(at / (steps - 1)) for at in range(steps)]]).cast("float")


def _from_srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _from_pq(value: float) -> float:
    """SMPTE ST 2084, relative to the white of HDR."""
    root = value ** (1 / 78.84375)
    light = (max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    return light * 10_000 / _WHITE_NITS


def _from_hlg(value: float) -> float:
    """ARIB STD-B67 with its system gamma of 1.2 for a screen of 1,000 nits."""
    scene = (
        value * value / 3 if value <= 0.5 else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    )
    return scene**1.2 * _BRIGHTEST


_HDR = frozenset({16, 18})
_TRANSFERS: dict[int, Callable[[float], float]] = {
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
    16: _from_pq,
    18: _from_hlg,
}


def _eight_bits(image: pyvips.Image) -> pyvips.Image:
    if image.format != "uchar":
        image = image.cast("uchar")
    if image.bands < 3:
        alpha = image[1:] if image.bands == 2 else None
        image = image[0].bandjoin([image[0], image[0]])
        image = image.bandjoin(alpha) if alpha is not None else image
    if image.bands > 4:
        image = image[:4]
    return image.copy(interpretation="srgb")
