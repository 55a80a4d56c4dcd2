"""Cities: rows of buildings with lit windows."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from sandbox.art.canvas import Point, Size, filled, mix, shade, shape, stencil, times, tone
from sandbox.art.land import body
from sandbox.art.mood import Mood

Layer = tuple[Image.Image, float]


def city(rng: random.Random, size: Size, mood: Mood, horizon: float) -> list[Layer]:
    """Three rows of buildings with lit windows."""
    palette = mood.palette
    layers: list[Layer] = []
    for k in range(3):
        share = k / 2
        foot = horizon + (size[1] - horizon) * (0.12 + 0.7 * share)
        colour = mix(mix(palette.far, palette.sky[-1], 0.2), shade(palette.near, 0.8), 0.15 + 0.85 * share)
        blocks = _blocks(rng, size, foot, size[1] * (0.46 - 0.12 * share), 0.028 + 0.03 * share)
        mask = shape(
            size, *[outline for outline, _ in blocks], [(0, foot), (size[0], foot), size, (0, size[1])]
        )
        top = min(y for outline, _ in blocks for _, y in outline)
        layer = filled(
            mask,
            body(size, [(0, top), (size[0], foot)], colour, mix(colour, palette.sky[-1], 0.3 * (1 - share))),
        )
        bright = 1.0 if palette.dark else 0.35
        for tint in (palette.accent, (255, 226, 160)):
            lights = times(_windows(rng, size, [box for _, box in blocks], share), mask)
            layer.paste((*tint, 255), (0, 0), tone(lights, lambda v, b=bright: v * b))
        layer.putalpha(mask)
        layers.append((layer, 0.3 + 0.4 * share))
    return layers


Box = tuple[float, float, float, float]


def _blocks(
    rng: random.Random, size: Size, foot: float, tall: float, wide: float
) -> list[tuple[list[Point], Box]]:
    found: list[tuple[list[Point], Box]] = []
    x = -0.02 * size[0]
    while x < size[0]:
        width = size[0] * wide * rng.uniform(0.7, 1.7)
        height = tall * (0.25 + 0.75 * rng.random() ** 1.8)
        top = foot - height
        outline = [(x, foot), (x, top), (x + width, top), (x + width, foot)]
        if rng.random() < 0.3:
            middle = x + width / 2
            left, right, crown = x + width * 0.3, x + width * 0.7, top - height * 0.07
            outline[2:2] = [
                (left, top),
                (left, crown),
                (middle - 1, crown - 2),
                (middle, top - height * 0.22),
                (middle + 1, crown - 2),
                (right, crown),
                (right, top),
            ]
        found.append((outline, (x, top, x + width, foot)))
        x += width * rng.uniform(0.85, 1.25)
    return found


def _windows(rng: random.Random, size: Size, boxes: list[Box], share: float) -> Image.Image:
    step = size[1] * (0.011 + 0.009 * share)

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for left, top, right, foot in boxes:
            y = top + step
            while y < foot - step:
                x = left + step * 0.6
                while x < right - step * 0.8:
                    if rng.random() < 0.22:
                        box = (x * factor, y * factor, (x + step * 0.45) * factor, (y + step * 0.55) * factor)
                        draw.rectangle(box, fill=rng.randint(110, 255))
                    x += step
                y += step

    return stencil(size, paint)
