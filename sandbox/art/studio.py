"""Scenes without a horizon: flowing shapes, space, under water, and a plain studio."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.art.canvas import (
    RGB,
    Size,
    contrast,
    fbm,
    filled,
    glow,
    mix,
    ramp,
    shade,
    shape,
    smooth,
    stencil,
    times,
    tone,
)
from sandbox.art.mood import Mood
from sandbox.art.subjects import silhouette, subject_layer

Layer = tuple[Image.Image, float]


def flow(rng: random.Random, size: Size, mood: Mood) -> list[Layer]:
    """Ribbons that fold over each other, each with a lit edge and a shadow on the one behind."""
    palette = mood.palette
    colours = [*palette.sky, palette.far, palette.accent, palette.light, palette.near]
    back = ramp(size, (shade(palette.sky[0], 0.8), palette.sky[-1]))
    glow(back, (size[0] * rng.uniform(0.2, 0.8), size[1] * 0.3), size[1] * 0.7, palette.light, alpha=0.5)
    layers: list[Layer] = [(back.convert("RGBA"), 0.0)]
    tilt = rng.uniform(-0.25, 0.25)
    for k in range(9):
        share = k / 8
        base, swing = size[1] * (0.12 + 0.86 * share), size[1] * rng.uniform(0.07, 0.14)
        waves = (
            rng.uniform(0.7, 1.5),
            rng.uniform(0, math.tau),
            rng.uniform(1.6, 2.6),
            rng.uniform(0, math.tau),
        )
        line = [_wave(x / 40, size, base, swing, tilt, waves) for x in range(41)]
        colour = colours[(k + len(mood.words)) % len(colours)]
        layers.append((_ribbon(size, line, colour, mood), 0.1 + 0.9 * share))
    return _with_subject(layers, size, mood, at=0.5)


def _ribbon(size: Size, line: list[tuple[float, float]], colour: RGB, mood: Mood) -> Image.Image:
    near = mood.palette.near
    mask = shape(size, [*smooth(line, steps=4, closed=False), size, (0, size[1])])
    cast = ImageChops.offset(mask, 0, -size[1] // 70).filter(ImageFilter.GaussianBlur(size[1] / 60))
    layer = filled(tone(cast, lambda v: v * 0.35), shade(near, 0.6))
    layer.alpha_composite(filled(mask, ramp(size, (shade(colour, 1.18), mix(colour, near, 0.35)))))
    edge = ImageChops.subtract(mask, ImageChops.offset(mask, 0, max(1, size[1] // 300)))
    lit = shade(mix(colour, mood.palette.light, 0.6), 1.1)
    layer.alpha_composite(filled(tone(edge, lambda v: v * 0.6), lit))
    return layer


def _wave(
    share: float, size: Size, base: float, swing: float, tilt: float, waves: tuple[float, float, float, float]
) -> tuple[float, float]:
    f1, p1, f2, p2 = waves
    height = math.sin(share * math.tau * f1 + p1) + 0.4 * math.sin(share * math.tau * f2 + p2)
    return share * size[0], base + swing * height + (share - 0.5) * tilt * size[1]


def space(rng: random.Random, size: Size, mood: Mood) -> list[Layer]:
    """Nebulae, stars, a ringed planet with its night side, and a moon."""
    palette = mood.palette
    back = ramp(size, palette.sky)
    for colour, low in ((palette.accent, 128), ((70, 120, 240), 118), ((190, 90, 240), 138)):
        cloud = times(
            contrast(fbm(rng, size, cells=(2, 2), octaves=5), low, 255),
            fbm(rng, size, cells=(3, 3), octaves=4),
        )
        back.paste(colour, (0, 0), tone(cloud, lambda v: v * 0.75))
    back.paste((255, 255, 250), (0, 0), _star_field(rng, size))
    layers: list[Layer] = [(back.convert("RGBA"), 0.0)]
    side = rng.choice([0.3, 0.7])
    radius = min(size) * rng.uniform(0.2, 0.27)
    layers.append((_planet(rng, size, (size[0] * side, size[1] * 0.46), radius, mood, ring=True), 0.35))
    layers.append(
        (_planet(rng, size, (size[0] * (1.05 - side), size[1] * 0.2), radius * 0.24, mood, ring=False), 0.2)
    )
    if mood.subject in {"rocket", "robot", "person", "cat", "capybara"}:
        figure = subject_layer(mood.subject, size, mood, at=1 - side, scale=0.8, feet=0.9)
        layers.append((figure, 0.8))
    return layers


def _star_field(rng: random.Random, size: Size) -> Image.Image:
    unit = max(size) / 1024

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(520):
            x, y = rng.uniform(0, size[0]) * factor, rng.uniform(0, size[1]) * factor
            r = rng.choice([0.5, 0.7, 0.9, 1.2, 2.0]) * unit * factor
            draw.ellipse((x - r, y - r, x + r, y + r), fill=rng.randint(80, 255))

    return stencil(size, paint)


def _planet(
    rng: random.Random, size: Size, at: tuple[float, float], radius: float, mood: Mood, *, ring: bool
) -> Image.Image:
    x, y = at
    side = max(8, round(radius * 2))
    box = (side, side)
    base: RGB = rng.choice([(214, 150, 96), (96, 150, 196), (196, 110, 110), mood.palette.accent])
    bands = contrast(fbm(rng, box, cells=(2, 11), octaves=3), 60, 200)
    ball = Image.composite(
        Image.new("RGB", box, shade(base, 1.2)), Image.new("RGB", box, shade(base, 0.7)), bands
    )
    light = tone(Image.radial_gradient("L").resize((side * 2, side * 2)), lambda v: 255 - v * 1.25)
    light = light.crop(
        (round(side * 0.72), round(side * 0.68), round(side * 1.72), round(side * 1.68))
    ).resize(box)
    ball = ImageChops.multiply(ball, Image.merge("RGB", (light, light, light)))
    disc = stencil(box, lambda draw, f: draw.ellipse((1, 1, side * f - 2, side * f - 2), fill=255))
    layer = Image.new("RGBA", size)
    if ring:
        layer.alpha_composite(_ring(size, at, radius, base, back=True))
    layer.paste(ball, (round(x - radius), round(y - radius)), disc)
    if ring:
        layer.alpha_composite(_ring(size, at, radius, base, back=False))
    return layer


def _ring(size: Size, at: tuple[float, float], radius: float, colour: RGB, *, back: bool) -> Image.Image:
    """The half of the ring behind or in front of the planet."""
    span = (180, 360) if back else (0, 180)
    layer = Image.new("RGBA", size)
    for inner, alpha, tint in ((1.4, 150, 1.3), (1.58, 210, 1.1), (1.78, 120, 1.4), (1.95, 80, 0.9)):

        def paint(draw: ImageDraw.ImageDraw, f: float, k: float = inner, a: int = alpha) -> None:
            rx, ry = radius * k, radius * k * 0.24
            box = ((at[0] - rx) * f, (at[1] - ry) * f, (at[0] + rx) * f, (at[1] + ry) * f)
            draw.arc(box, *span, fill=a, width=max(1, round(radius * 0.055 * f)))

        layer.alpha_composite(filled(stencil(size, paint), shade(colour, tint)))
    return layer


def underwater(rng: random.Random, size: Size, mood: Mood) -> list[Layer]:
    """Light from above, a reef below, weed, bubbles and a few fish."""
    palette = mood.palette
    layers: list[Layer] = [(ramp(size, palette.sky).convert("RGBA"), 0.0), (_rays(rng, size, mood), 0.1)]
    for k in range(3):
        share = k / 2
        line = [
            (i * size[0] / 12, size[1] * (0.78 + 0.08 * share + rng.uniform(-0.05, 0.05)))
            for i in range(-1, 14)
        ]
        weeds = [_weed(rng, size, share) for _ in range(14)]
        mask = shape(size, [*smooth(line, closed=False), size, (0, size[1])], *weeds)
        top = mix(palette.far, palette.near, 0.2 + 0.75 * share)
        layers.append((filled(mask, mix(top, palette.accent, 0.12 * (1 - share))), 0.3 + 0.5 * share))
    small = subject_layer("fish", size, mood, at=0.22, scale=0.28, feet=0.42)
    layers.append((silhouette(small, palette.far, 0.45), 0.5))
    small = subject_layer("fish", size, mood, at=0.8, scale=0.2, feet=0.3)
    layers.append((silhouette(small.transpose(Image.Transpose.FLIP_LEFT_RIGHT), palette.far, 0.6), 0.4))
    layers = _with_subject(layers, size, mood, at=0.52, feet=0.72)
    return [*layers, (_bubbles(rng, size), 1.0)]


def _rays(rng: random.Random, size: Size, mood: Mood) -> Image.Image:
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for _ in range(9):
        x, lean = rng.uniform(0, size[0]), size[0] * rng.uniform(-0.16, 0.16)
        wide = size[0] * rng.uniform(0.02, 0.07)
        foot, low = x + lean, size[1] * 0.85
        beam = [(x, -10), (x + wide * 0.5, -10), (foot + wide * 1.6, low), (foot - wide, low)]
        draw.polygon(beam, fill=rng.randint(50, 110))
    soft = mask.filter(ImageFilter.GaussianBlur(size[0] / 60))
    fadeout = Image.linear_gradient("L").resize(size).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return filled(times(soft, fadeout), mood.palette.light)


def _weed(rng: random.Random, size: Size, share: float) -> list[tuple[float, float]]:
    x, foot = rng.uniform(0, size[0]), size[1] * (0.84 + 0.08 * share)
    tall, wide = size[1] * rng.uniform(0.08, 0.26), size[0] * 0.009
    sway = rng.uniform(-1, 1)
    spine = [(x + math.sin(k * 0.9 + sway * 3) * wide * 1.6, foot - tall * k / 6) for k in range(7)]
    left = [(px - wide * (1 - k / 6.5), py) for k, (px, py) in enumerate(spine)]
    right = [(px + wide * (1 - k / 6.5), py) for k, (px, py) in enumerate(spine)]
    return smooth([*left, *reversed(right)], steps=4)


def _bubbles(rng: random.Random, size: Size) -> Image.Image:
    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(36):
            x, y = rng.uniform(0, size[0]) * factor, rng.uniform(0, size[1]) * factor
            r = size[1] * rng.uniform(0.003, 0.013) * factor
            draw.ellipse((x - r, y - r, x + r, y + r), outline=170, width=max(1, round(r / 5)))
            draw.ellipse((x - r * 0.5, y - r * 0.6, x - r * 0.1, y - r * 0.2), fill=230)

    return filled(stencil(size, paint), (235, 255, 255))


def backdrop(rng: random.Random, size: Size, mood: Mood) -> list[Layer]:
    """A painted wall with a soft light, for portraits."""
    palette = mood.palette
    wall = ramp(size, (mix(palette.sky[0], palette.far, 0.4), mix(palette.sky[-1], palette.far, 0.3)))
    strokes = contrast(fbm(rng, size, cells=(3, 3), octaves=5), 70, 200)
    wall = Image.composite(wall, tone_down(wall, 0.86), strokes)
    glow(wall, (size[0] * 0.5, size[1] * 0.38), size[1] * 0.6, palette.light, power=2, alpha=0.65)
    return _with_subject([(wall.convert("RGBA"), 0.0)], size, mood, at=0.5, default="person")


def tone_down(picture: Image.Image, factor: float) -> Image.Image:
    return picture.point([round(value * factor) for value in range(256)] * 3)


def _with_subject(
    layers: list[Layer],
    size: Size,
    mood: Mood,
    *,
    at: float,
    feet: float | None = None,
    default: str | None = None,
) -> list[Layer]:
    name = mood.subject or default
    return [*layers, (subject_layer(name, size, mood, at=at, feet=feet), 0.8)] if name else layers
