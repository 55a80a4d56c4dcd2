"""The few brushes that every scene is painted with: gradients, glows, clouds of noise, smooth shapes.

Masks are drawn at twice the size and reduced, which is all the antialiasing a silhouette needs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

RGB = tuple[int, int, int]
Point = tuple[float, float]
Size = tuple[int, int]

_SUPER = 2
# What Pillow's radial gradient reads at the middle of an edge.
_RIM = 181


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """The colour `share` (0–1) of the way from `a` to `b`."""
    r, g, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, blue


def shade(colour: RGB, factor: float) -> RGB:
    """Darker below 1, lighter above, clipped."""
    r, g, b = (max(0, min(255, round(part * factor))) for part in colour)
    return r, g, b


def ramp(size: Size, stops: Sequence[RGB], *, lift: float = 1.0) -> Image.Image:
    """A vertical gradient through `stops`; `lift` below 1 keeps the upper colours longer."""
    steps = 256
    strip = Image.new("RGB", (1, steps))
    for y in range(steps):
        place = (y / (steps - 1)) ** (1 / lift) * (len(stops) - 1)
        low = min(int(place), len(stops) - 2)
        strip.putpixel((0, y), mix(stops[low], stops[low + 1], place - low))
    return strip.resize(size, Image.Resampling.BICUBIC)


@cache
def _falloff(power: float) -> Image.Image:
    """White in the middle, black at the rim of the inscribed circle."""
    return tone(Image.radial_gradient("L"), lambda v: 255 * max(0.0, 1 - v / _RIM) ** power)


def glow(
    canvas: Image.Image, at: Point, radius: float, colour: RGB, *, power: float = 2, alpha: float = 1
) -> None:
    """A soft light on `canvas`, brightest at `at`."""
    side = max(2, round(radius * 2))
    spot = _falloff(power).resize((side, side), Image.Resampling.BILINEAR)
    if alpha < 1:
        spot = tone(spot, lambda v: v * alpha)
    corner = (round(at[0] - radius), round(at[1] - radius))
    canvas.paste(Image.new("RGB", (side, side), colour), corner, spot)


def tone(image: Image.Image, curve: Callable[[int], float]) -> Image.Image:
    """Every value of a mask through `curve`, rounded and clipped to 0…255."""
    return image.point([max(0, min(255, round(curve(value)))) for value in range(256)])


def stencil(size: Size, paint: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
    """A mask painted by `paint(draw, factor)`, which multiplies its coordinates by `factor`."""
    large = Image.new("L", (size[0] * _SUPER, size[1] * _SUPER))
    paint(ImageDraw.Draw(large), float(_SUPER))
    return large.reduce(_SUPER)


def shape(size: Size, *outlines: Iterable[Point]) -> Image.Image:
    """The mask of filled polygons."""

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for outline in outlines:
            draw.polygon([(x * factor, y * factor) for x, y in outline], fill=255)

    return stencil(size, paint)


def filled(mask: Image.Image, fill: Image.Image | RGB) -> Image.Image:
    """An RGBA layer of `fill` where the mask is."""
    layer = fill.copy() if isinstance(fill, Image.Image) else Image.new("RGB", mask.size, fill)
    layer.putalpha(mask)
    return layer


def fbm(rng: random.Random, size: Size, *, cells: Size, octaves: int = 4) -> Image.Image:
    """Cloudy noise in L: `cells` blobs across and down, then finer octaves at half the weight."""
    work = (max(8, size[0] // 3), max(8, size[1] // 3))
    total = Image.new("L", work, 128)
    for octave in range(octaves):
        wide, high = cells[0] << octave, cells[1] << octave
        dots = Image.frombytes("L", (wide, high), rng.randbytes(wide * high))
        layer = dots.resize(work, Image.Resampling.BICUBIC)
        total = layer if octave == 0 else Image.blend(total, layer, 0.5 ** (octave + 0.35))
    return total.resize(size, Image.Resampling.BICUBIC)


def contrast(noise: Image.Image, low: int, high: int) -> Image.Image:
    """Stretch `low`…`high` to 0…255."""
    return tone(noise, lambda v: (v - low) * 255 / (high - low))


def fade(size: Size, *stops: tuple[float, int]) -> Image.Image:
    """A vertical mask through (place 0–1, value 0–255) stops."""
    strip = Image.new("L", (1, 256))
    for y in range(256):
        place = y / 255
        before = max((stop for stop in stops if stop[0] <= place), default=stops[0])
        after = min((stop for stop in stops if stop[0] >= place), default=stops[-1])
        share = 0.0 if after[0] == before[0] else (place - before[0]) / (after[0] - before[0])
        strip.putpixel((0, y), round(before[1] + (after[1] - before[1]) * share))
    return strip.resize(size, Image.Resampling.BILINEAR)


def times(a: Image.Image, b: Image.Image) -> Image.Image:
    return ImageChops.multiply(a, b)


def smooth(points: Sequence[Point], *, steps: int = 8, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count = len(points)
    found: list[Point] = []
    for i in range(count if closed else count - 1):
        p0, p1, p2, p3 = (
            points[(i + k) % count] if closed else points[max(0, min(count - 1, i + k))]
            for k in (-1, 0, 1, 2)
        )
        found += [_spline(p0, p1, p2, p3, s / steps) for s in range(steps)]
    return found if closed else [*found, points[-1]]


def _spline(p0: Point, p1: Point, p2: Point, p3: Point, t: float) -> Point:
    def axis(k: int) -> float:
        a, b, c, d = p0[k], p1[k], p2[k], p3[k]
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
        )

    return axis(0), axis(1)


def jagged(rng: random.Random, *, rough: float, detail: int = 7) -> list[float]:
    """Heights (about -1 to 1) of a ridge by midpoint displacement: 2^detail + 1 of them."""
    line = [rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)]
    swing = 1.0
    for _ in range(detail):
        middles = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in pairwise(line)]
        line = [height for pair in zip(line, middles, strict=False) for height in pair] + [line[-1]]
        swing *= rough
    return line


def ridged(rng: random.Random) -> list[float]:
    """Heights (about -0.5 to 0.5) of a range: pointed peaks, round valleys."""
    return [0.5 - min(1.2, abs(height)) ** 0.8 for height in jagged(rng, rough=0.52)]


def rolling(rng: random.Random, count: int, *, waves: int = 3) -> list[float]:
    """Heights (about -1 to 1) of soft hills: a few sines."""
    parts = [(rng.uniform(0.6, 1.6) * (k + 1), rng.uniform(0, math.tau), 1 / (k + 1)) for k in range(waves)]
    return [
        sum(math.sin(i / count * math.tau * f + p) * a for f, p, a in parts) / 1.6 for i in range(count + 1)
    ]


def grain(picture: Image.Image, rng: random.Random, strength: int = 5) -> Image.Image:
    """A little film grain, which also hides the steps of long gradients."""
    tile = Image.frombytes("L", (256, 256), rng.randbytes(65536))
    tile = tone(tile, lambda v: 128 + (v - 128) * strength / 128)
    sheet = Image.new("L", picture.size)
    for x in range(0, picture.width, 256):
        for y in range(0, picture.height, 256):
            sheet.paste(tile, (x, y))
    return ImageChops.add(picture, Image.merge("RGB", (sheet, sheet, sheet)), 1, -128)
