"""Everything above the horizon, and what falls from it."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.art.canvas import (
    RGB,
    Point,
    Size,
    contrast,
    fade,
    fbm,
    filled,
    glow,
    mix,
    ramp,
    shade,
    smooth,
    stencil,
    times,
    tone,
)
from sandbox.art.mood import Mood


def paint_sky(rng: random.Random, size: Size, mood: Mood, horizon: float, sun: Point) -> Image.Image:
    """Gradient, stars, sun or moon; clouds come in a layer of their own."""
    palette = mood.palette
    sky = Image.new("RGB", size, palette.sky[-1])
    sky.paste(ramp((size[0], max(2, round(horizon))), palette.sky), (0, 0))
    if palette.dark and "rain" not in mood.air:
        _stars(rng, sky, horizon)
    reach = size[1] * (0.55 if palette.dark else 0.8)
    glow(sky, sun, reach, mix(palette.sky[-1], palette.light, 0.6), power=2.4, alpha=0.55)
    glow(sky, sun, reach * 0.35, palette.light, power=2.2, alpha=0.55)
    _disc(sky, sun, size[1] * rng.uniform(0.045, 0.075), mood)
    return sky


def _stars(rng: random.Random, sky: Image.Image, horizon: float) -> None:
    width, unit = sky.width, max(sky.size) / 1024
    haze = contrast(fbm(rng, (width, max(8, round(horizon))), cells=(3, 2)), 120, 255)
    band = tone(haze, lambda v: v * 0.22)
    sky.paste(Image.new("RGB", haze.size, (150, 170, 230)), (0, 0), band)

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(round(width / unit * 0.32)):
            x, y = rng.uniform(0, width), horizon * rng.random() ** 1.4
            size = rng.choice([0.5, 0.6, 0.8, 1.1, 1.5]) * unit * factor
            light = round(rng.uniform(90, 255) * (1 - y / horizon * 0.7))
            draw.ellipse(
                (x * factor - size, y * factor - size, x * factor + size, y * factor + size), fill=light
            )

    sky.paste((255, 255, 250), (0, 0), stencil(sky.size, paint))


def _disc(sky: Image.Image, at: Point, radius: float, mood: Mood) -> None:
    x, y = at

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        box = ((x - radius) * factor, (y - radius) * factor, (x + radius) * factor, (y + radius) * factor)
        draw.ellipse(box, fill=255)
        if mood.palette.dark and "moon" in mood.air and len(mood.words) % 2:
            shift = radius * 0.5
            box = tuple(side + (shift if i % 2 == 0 else -shift * 0.4) * factor for i, side in enumerate(box))
            draw.ellipse(box, fill=0)

    sky.paste(mood.palette.light, (0, 0), stencil(sky.size, paint))
    if mood.palette.dark:
        for dx, dy, r in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.3), (0.2, -0.4, 0.14)):
            spot = shade(mood.palette.light, 0.8)
            glow(sky, (x + dx * radius, y + dy * radius), r * radius, spot, power=1.2, alpha=0.35)


def clouds(rng: random.Random, size: Size, mood: Mood, horizon: float) -> Image.Image:
    """Drifting banks, lit from above: the same noise twice, a little apart."""
    palette = mood.palette
    noise = fbm(rng, size, cells=(3, 7), octaves=5)
    low, high = (104, 225) if mood.air & {"clouds", "rain"} else (132, 232)
    band = fade(
        size,
        (0, 60),
        (0.25, 230),
        (max(0.3, horizon / size[1] - 0.1), 200),
        (min(1, horizon / size[1]), 0),
        (1, 0),
    )
    mask = times(contrast(noise, low, high), band)
    lit = mix(palette.light, (255, 255, 255), 0.3)
    under = mix(palette.sky[min(1, len(palette.sky) - 1)], palette.far, 0.4)
    if palette.dark:
        lit, under = mix(palette.sky[-1], palette.light, 0.12), palette.sky[1]
    above = ImageChops.offset(mask, 0, max(1, size[1] // 60))
    edge = ImageChops.subtract(mask, above).filter(ImageFilter.GaussianBlur(max(1, size[0] / 300)))
    body = Image.composite(Image.new("RGB", size, lit), Image.new("RGB", size, under), contrast(edge, 0, 90))
    return filled(tone(mask, lambda v: v * 0.85), body)


def aurora(rng: random.Random, size: Size, mood: Mood, horizon: float) -> Image.Image:
    """Curtains of light: a bright lower hem that dissolves upwards."""
    width = size[0]
    layer = Image.new("RGB", size)
    for k in range(3):
        colour = (mood.palette.accent, (70, 220, 230), (170, 90, 230))[k]
        hem = smooth(
            [(width * i / 6, horizon * (0.35 + 0.16 * k + rng.uniform(-0.12, 0.12))) for i in range(-1, 8)],
            closed=False,
        )
        curtain = Image.new("L", size)
        draw = ImageDraw.Draw(curtain)
        for x, y in _dense(hem, width):
            tall = horizon * (0.22 + 0.16 * math.sin(x / width * 19 + k * 2) ** 2)
            for part in range(6):
                top = y - tall * (part + 1) / 6
                draw.line((x, top, x, y - tall * part / 6), fill=round(210 * (1 - part / 6) ** 1.6), width=2)
        soft = curtain.filter(ImageFilter.GaussianBlur(max(1, width / 150)))
        layer = ImageChops.add(
            layer, ImageChops.multiply(Image.merge("RGB", (soft, soft, soft)), Image.new("RGB", size, colour))
        )
    alpha = tone(layer.convert("L"), lambda v: min(235, v * 1.5))
    return filled(alpha, ImageChops.add(layer, Image.new("RGB", size, shade(mood.palette.accent, 0.25))))


def _dense(line: list[Point], width: int) -> list[Point]:
    found: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(line):
        steps = max(1, round(abs(x1 - x0)))
        found += [(x0 + (x1 - x0) * s / steps, y0 + (y1 - y0) * s / steps) for s in range(steps)]
    return [(x, y) for x, y in found if 0 <= x < width]


def birds(rng: random.Random, size: Size, colour: RGB, horizon: float) -> Image.Image:
    width, height = size
    unit = min(size) / 40

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        cx, cy = width * rng.uniform(0.25, 0.75), horizon * rng.uniform(0.3, 0.6)
        for _ in range(rng.randint(6, 11)):
            x, y = cx + rng.gauss(0, width * 0.12), cy + rng.gauss(0, height * 0.05)
            span = unit * rng.uniform(0.5, 1.1)
            lift = span * rng.uniform(0.3, 0.6)
            wing = smooth([(x - span, y - lift * 0.2), (x - span * 0.5, y - lift), (x, y),
                           (x + span * 0.5, y - lift), (x + span, y - lift * 0.2)], closed=False)  # fmt: skip
            under = [(px, py + span * 0.14) for px, py in reversed(wing[2:-2])]
            draw.polygon([(px * factor, py * factor) for px, py in wing + under], fill=255)

    return filled(stencil(size, paint), colour)


_HOW_MANY = {"rain": 420, "snow": 340, "petals": 70, "lanterns": 60}


def falling(rng: random.Random, size: Size, mood: Mood) -> Image.Image | None:
    """Snow, rain, petals or sparks in front of everything; None in clear air."""
    kind = next((k for k in _HOW_MANY if k in mood.air), None)
    if kind is None:
        return None
    unit = max(size) / 1024
    mask = stencil(size, lambda draw, factor: _drops(rng, draw, size, factor, kind))
    if kind != "lanterns":
        colours = {"rain": (210, 224, 236), "snow": (255, 255, 255), "petals": mood.palette.accent}
        return filled(mask, colours[kind])
    halo = tone(mask.filter(ImageFilter.GaussianBlur(6 * unit)), lambda v: v * 3)
    under = filled(halo, (255, 160, 60))
    under.alpha_composite(filled(mask, (255, 214, 120)))
    return under


def _drops(rng: random.Random, draw: ImageDraw.ImageDraw, size: Size, factor: float, kind: str) -> None:
    unit = max(size) / 1024 * factor
    for _ in range(_HOW_MANY[kind]):
        x, y = rng.uniform(0, size[0]) * factor, rng.uniform(0, size[1]) * factor
        r, light = rng.uniform(0.8, 3.2) * unit, rng.randint(90, 230)
        if kind == "rain":
            length = rng.uniform(14, 40) * unit
            draw.line((x, y, x - length * 0.18, y + length), fill=light // 2, width=max(1, round(unit)))
        elif kind == "petals":
            draw.ellipse((x - 2.2 * r, y - r, x + 2.2 * r, y + r), fill=light)
        else:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=light)
