"""Lakes and seas, and the banks beside them."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw, ImageEnhance

from sandbox.art.canvas import Point, Size, contrast, fade, fbm, filled, mix, shade, shape, smooth, stencil
from sandbox.art.land import body
from sandbox.art.mood import Mood


def sea(rng: random.Random, above: Image.Image, mood: Mood, horizon: float, sun: Point) -> Image.Image:
    """Water that mirrors what is above it, with the light's path and long swells."""
    size = above.size
    depth = size[1] - round(horizon)
    strip = above.convert("RGB").crop((0, max(0, round(horizon) - depth), size[0], round(horizon)))
    mirror = strip.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((size[0], depth))
    mirror = mirror.resize((max(2, size[0] // 24), depth)).resize((size[0], depth), Image.Resampling.BICUBIC)
    deep = shade(mix(mood.palette.near, mood.palette.sky[0], 0.55), 0.85)
    dim = ImageEnhance.Brightness(mirror).enhance(0.82)
    water = Image.composite(Image.new("RGB", mirror.size, deep), dim, fade(mirror.size, (0, 40), (1, 190)))
    swell = contrast(fbm(rng, mirror.size, cells=(3, 26), octaves=3), 70, 190)
    water = Image.composite(
        ImageEnhance.Brightness(water).enhance(1.13), ImageEnhance.Brightness(water).enhance(0.88), swell
    )
    water.paste(mood.palette.light, (0, 0), _glitter(rng, mirror.size, sun[0], dark=mood.palette.dark))
    layer = Image.new("RGBA", size)
    layer.paste(water, (0, round(horizon)))
    return layer


def shore(rng: random.Random, size: Size, mood: Mood, at: float) -> Image.Image:
    """A grassy bank around `at` for what does not swim."""
    green = mix((86, 122, 70), mood.palette.near, 0.6 if mood.palette.dark else 0.3)
    width, height = size
    top = [0.99, 0.93, 0.885, 0.87, 0.885, 0.93, 0.97]
    line = [
        ((at + (i - 3) * 0.19) * width, (y + rng.uniform(-0.01, 0.01)) * height) for i, y in enumerate(top)
    ]
    crest = smooth(line, closed=False)
    outline = [*crest, (crest[-1][0], height * 1.1), (crest[0][0], height * 1.1)]
    return filled(shape(size, outline), body(size, crest, shade(green, 1.1), shade(green, 0.6)))


def _glitter(rng: random.Random, size: Size, x: float, *, dark: bool) -> Image.Image:
    width, height = size

    def paint(draw: ImageDraw.ImageDraw, factor: float) -> None:
        for _ in range(420):
            share = rng.random() ** 1.3
            spread = width * (0.025 + 0.1 * share)
            cx, cy = rng.gauss(x, spread) * factor, height * share * factor
            half = width * rng.uniform(0.004, 0.02) * (0.3 + share) * factor
            thick = max(0.7, height * 0.0035 * (0.3 + share * 1.6)) * factor
            light = round((150 if dark else 200) * (1 - 0.6 * share) * rng.uniform(0.4, 1))
            draw.ellipse((cx - half, cy - thick, cx + half, cy + thick), fill=light)

    return stencil(size, paint)
