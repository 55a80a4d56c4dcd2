"""Everything below the horizon: ridges, forests, seas, dunes, cities, meadows."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.art.canvas import (
    RGB,
    Point,
    Size,
    fade,
    filled,
    mix,
    ramp,
    ridged,
    rolling,
    shade,
    shape,
    stencil,
    times,
    tone,
)
from sandbox.art.mood import Mood

Layer = tuple[Image.Image, float]


def line_of(heights: Sequence[float], size: Size, base: float, swing: float) -> list[Point]:
    step = size[0] / (len(heights) - 1)
    return [(i * step, base - height * swing) for i, height in enumerate(heights)]


def _below(line: list[Point], size: Size) -> list[Point]:
    return [*line, (size[0], size[1]), (0, size[1])]


def body(size: Size, line: list[Point], top: RGB, low: RGB) -> Image.Image:
    """Colour from `top` at the crest to `low` at the foot, so that each layer stands in its own haze."""
    crest = max(0, round(min(y for _, y in line)))
    sheet = Image.new("RGB", size, low)
    sheet.paste(ramp((size[0], max(2, round((size[1] - crest) * 0.6))), (top, low)), (0, crest))
    return sheet


def mountains(rng: random.Random, size: Size, mood: Mood, horizon: float, *, count: int = 4) -> list[Layer]:
    """Ridges from far and pale to near and dark; the far ones carry snow and a lit side."""
    palette = mood.palette
    layers: list[Layer] = []
    for k in range(count):
        share = k / max(1, count - 1)
        base = horizon - size[1] * 0.06 + (size[1] - horizon) * share * 0.72
        line = line_of(ridged(rng), size, base, size[1] * (0.3 - 0.13 * share))
        top = mix(mix(palette.far, palette.sky[-1], 0.25), palette.near, share**1.1)
        layer = filled(
            shape(size, _below(line, size)),
            body(size, line, top, mix(top, palette.sky[-1], 0.42 * (1 - share * 0.8))),
        )
        if share < 0.6:
            _facets(rng, layer, line, size, mood, snowy=share < 0.4)
        layers.append((layer, 0.15 + 0.5 * share))
    return layers


def _facets(
    rng: random.Random, layer: Image.Image, line: list[Point], size: Size, mood: Mood, *, snowy: bool
) -> None:
    """A shadow side under every peak, and a snow cap that follows the crest."""
    peaks = [
        i for i in range(4, len(line) - 4)
        if line[i][1] == min(y for _, y in line[i - 4 : i + 5])
    ]  # fmt: skip
    shadows: list[list[Point]] = []
    for i in peaks:
        ridge = [line[j] for j in range(i, min(len(line), i + rng.randint(9, 16)))]
        shadows.append([*ridge, *_spine(rng, ridge[0], ridge[-1], size)])
    alpha = layer.getchannel("A")
    if snowy:
        cap = _line_shift(rng, line, size)
        white = mix((255, 255, 255), mood.palette.light, 0.3)
        white = mix(white, mood.palette.sky[0], 0.45 if mood.palette.dark else 0.0)
        layer.paste(white, (0, 0), times(ImageChops.subtract(alpha, shape(size, _below(cap, size))), alpha))
    if shadows:
        crest = min(y for _, y in line) / size[1]
        depth = fade(size, (0, 255), (crest, 255), (min(1.0, crest + 0.24), 0), (1, 0))
        dark = tone(times(times(shape(size, *shadows), alpha), depth), lambda v: v * 0.45)
        layer.paste((*shade(mood.palette.near, 0.9), 255), (0, 0), dark)
    layer.putalpha(alpha)


def _spine(rng: random.Random, peak: Point, end: Point, size: Size) -> list[Point]:
    """From the end of the shadowed slope back up to the peak, in zigzag."""
    (x, y), dx = peak, end[0] - peak[0]
    dy = max(end[1] - peak[1], 0.1 * size[1])
    steps = ((1.0, 1.2), (0.6, 1.5), (0.2, 2.2), (0.02, 1.6), (0.2, 1.05), (-0.03, 0.75), (0.12, 0.4))
    wobble = 0.05 * size[0] / 20
    return [(x + dx * fx + rng.uniform(-wobble, wobble), y + dy * fy) for fx, fy in steps]


def _line_shift(rng: random.Random, line: list[Point], size: Size) -> list[Point]:
    """The lower edge of the snow: only high crests are deep in it."""
    low, high = max(y for _, y in line), min(y for _, y in line)
    reach = max(1.0, low - high)
    return [
        (x, y + max(0.0, (low - y) / reach - 0.45) * size[1] * 0.14 + rng.uniform(-0.006, 0.008) * size[1])
        for x, y in line
    ]


def forest(rng: random.Random, size: Size, mood: Mood, horizon: float) -> list[Layer]:
    """Rows of firs; the nearer, the taller and darker."""
    layers: list[Layer] = []
    for k in range(3):
        share = k / 2
        base = horizon + (size[1] - horizon) * (0.08 + 0.38 * share)
        colour = mix(mix(mood.palette.far, mood.palette.near, 0.35), shade(mood.palette.near, 0.8), share)
        row = firs(rng, size, base, size[1] * (0.09 + 0.2 * share), colour, count=round(70 - 40 * share))
        layers.append((row, 0.4 + 0.45 * share))
    return layers


def firs(rng: random.Random, size: Size, base: float, tall: float, colour: RGB, *, count: int) -> Image.Image:
    """One row of firs on a soft line at `base`."""
    line = line_of(rolling(rng, 60), size, base, size[1] * 0.035)
    trees = [_fir(rng, line, size, tall) for _ in range(count)]
    mask = shape(
        size,
        _below([(x, y - tall * 0.08) for x, y in line], size),
        *[part for tree in trees for part in tree],
    )
    ground = [(0.0, base - tall), (float(size[0]), base)]
    return filled(mask, body(size, ground, colour, shade(colour, 1.15)))


def frame(rng: random.Random, size: Size, mood: Mood) -> Image.Image:
    """Dark firs at both edges, close to the eye."""
    edge = [(x, size[1] * 1.06) for x in (0.0, size[0] * 0.05, size[0] * 0.95, float(size[0]))]
    trees = [_fir(rng, edge, size, size[1] * rng.uniform(0.55, 0.95)) for _ in range(6)]
    return filled(shape(size, *[part for tree in trees for part in tree]), shade(mood.palette.near, 0.62))


def _fir(rng: random.Random, line: list[Point], size: Size, tall: float) -> list[list[Point]]:
    x, y = rng.choice(line)
    x += rng.uniform(-0.02, 0.02) * size[0]
    height = tall * rng.uniform(0.55, 1.25)
    wide = height * rng.uniform(0.16, 0.22)
    parts: list[list[Point]] = []
    for level in range(5):
        top = y - height * (1 - level * 0.17)
        foot = y - height * (0.72 - level * 0.18)
        span = wide * (0.45 + level * 0.16)
        droop = height * 0.025
        parts.append([(x, top), (x + span, foot + droop), (x, foot - droop), (x - span, foot + droop)])
    parts.append(
        [
            (x - wide * 0.1, y - height * 0.1),
            (x + wide * 0.1, y - height * 0.1),
            (x + wide * 0.1, y + tall * 0.1),
            (x - wide * 0.1, y + tall * 0.1),
        ]
    )
    return parts


def dunes(rng: random.Random, size: Size, mood: Mood, horizon: float) -> list[Layer]:
    """Smooth crests, each with a lit and a shadowed flank."""
    layers: list[Layer] = []
    palette = mood.palette
    for k in range(5):
        share = k / 4
        base = horizon + (size[1] - horizon) * share * 0.8
        line = line_of(rolling(rng, 120, waves=2), size, base, size[1] * (0.03 + 0.05 * share))
        lit = mix(mix(palette.far, palette.sky[-1], 0.35), mix(palette.far, palette.near, 0.35), share)
        layer = filled(shape(size, _below(line, size)), body(size, line, shade(lit, 1.06), shade(lit, 0.86)))
        crest = max(range(10, len(line) - 30), key=lambda i, at=line: -at[i][1])
        ridge = line[crest : crest + 60]
        foot = [
            (x - size[0] * 0.02 + (x - line[crest][0]) * 0.2, y + (i + 2) * size[1] * 0.0042)
            for i, (x, y) in enumerate(ridge)
        ]
        flank = shape(size, [*ridge, *reversed(foot)]).filter(ImageFilter.GaussianBlur(size[0] / 700))
        shadow = mix(palette.near, lit, 0.35)
        alpha = layer.getchannel("A")
        layer.paste((*shadow, 255), (0, 0), tone(times(flank, alpha), lambda v: v * 0.75))
        layer.putalpha(alpha)
        layers.append((layer, 0.2 + 0.6 * share))
    return layers


def meadow(rng: random.Random, size: Size, mood: Mood, horizon: float) -> list[Layer]:
    """Hills with fields; flowers in the nearest one."""
    palette = mood.palette
    green = mix((96, 150, 74), palette.near, 0.45 if palette.dark else 0.12)
    if {"lavender", "purple", "violet"} & mood.words:
        green = mix((120, 84, 170), palette.near, 0.2)
    layers: list[Layer] = []
    for k in range(4):
        share = k / 3
        base = horizon + (size[1] - horizon) * share * 0.62
        line = line_of(rolling(rng, 80), size, base, size[1] * 0.05)
        top = mix(mix(palette.far, green, 0.45), shade(green, 0.75), share)
        layer = filled(shape(size, _below(line, size)), body(size, line, shade(top, 1.1), shade(top, 0.7)))
        if k == 3:
            alpha = layer.getchannel("A")
            for colour in (palette.accent, (255, 244, 214), mix(palette.accent, (255, 210, 90), 0.6)):
                layer.paste((*colour, 255), (0, 0), times(_blossoms(rng, size, base), alpha))
            layer.putalpha(alpha)
        layers.append((layer, 0.25 + 0.6 * share))
    return layers


def _blossoms(rng: random.Random, size: Size, top: float) -> Image.Image:
    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(220):
            share = rng.random()
            x, y = rng.uniform(0, size[0]) * factor, (top + (size[1] - top) * share**0.8) * factor
            r = size[1] * (0.0016 + 0.0065 * share**2) * factor
            draw.ellipse((x - r, y - r * 0.8, x + r, y + r * 0.8), fill=rng.randint(150, 255))

    return stencil(size, paint)
