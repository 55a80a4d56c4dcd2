"""From a prompt to a picture: a list of layers from the sky to the foreground, flattened.

Films move the same layers against each other; a layer's depth (0 far, 1 near) says how much.
"""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFilter

from sandbox.art import land, lettering, sky, studio, town, water
from sandbox.art.canvas import Point, Size, fade, fbm, filled, glow, grain, mix, shade, times, tone
from sandbox.art.mood import Mood, read_mood
from sandbox.art.subjects import silhouette, subject_layer

Layer = tuple[Image.Image, float]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """RGBA layers of one size with their depths, the farthest first; `falling` is in front of them."""

    layers: tuple[Layer, ...]
    falling: Image.Image | None = None

    def merged(self) -> Image.Image:
        """All layers on one RGBA sheet, without what falls."""
        canvas = self.layers[0][0].convert("RGBA")
        for layer, _ in self.layers[1:]:
            canvas.alpha_composite(layer)
        return canvas

    def flat(self) -> Image.Image:
        canvas = self.merged()
        if self.falling is not None:
            canvas.alpha_composite(self.falling)
        canvas.alpha_composite(_vignette(canvas.size))
        return canvas.convert("RGB")


def seeded(prompt: str, seed: int) -> random.Random:
    return random.Random(hashlib.sha256(f"{prompt}|{seed}".encode()).digest())


def paint(prompt: str, width: int, height: int, *, seed: int = 0, cap: int = 1_200_000) -> Image.Image:
    """A picture for the prompt; the same prompt, size, seed and cap give the same pixels.

    No more than `cap` pixels are painted; a larger picture is enlarged from them.
    """
    shrink = min(1.0, math.sqrt(cap / (width * height)))
    work = (max(16, round(width * shrink)), max(16, round(height * shrink)))
    picture = compose(prompt, work, seed=seed).flat()
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    return grain(picture, seeded(prompt, seed))


def compose(prompt: str, size: Size, *, seed: int = 0) -> Scene:
    """The layers of the picture."""
    rng = seeded(prompt, seed)
    mood = read_mood(prompt, rng)
    makers = {
        "abstract": studio.flow,
        "space": studio.space,
        "underwater": studio.underwater,
        "studio": studio.backdrop,
    }
    maker = makers.get(mood.place, _outdoors)
    if not mood.drawn:
        alone = replace(mood, subject=None)
        behind = maker(rng, size, alone) if mood.named and mood.place != "studio" else []
        return Scene(layers=tuple(lettering.poster(rng, size, prompt, mood.palette, behind)))
    layers = tuple(maker(rng, size, mood))
    return Scene(layers=layers, falling=None if mood.place in makers else sky.falling(rng, size, mood))


def _outdoors(rng: random.Random, size: Size, mood: Mood) -> list[Layer]:
    horizon = size[1] * {"sea": 0.56, "desert": 0.6, "city": 0.62, "meadow": 0.58}.get(mood.place, 0.62)
    side = rng.choice([0.3, 0.68])
    high = 0.3 if mood.palette.dark else rng.uniform(0.42, 0.62)
    sun = (size[0] * side, horizon * high)
    layers: list[Layer] = [(sky.paint_sky(rng, size, mood, horizon, sun).convert("RGBA"), 0.0)]
    if "aurora" in mood.air:
        layers.append((sky.aurora(rng, size, mood, horizon), 0.04))
    layers.append((sky.clouds(rng, size, mood, horizon), 0.08))
    if "birds" in mood.air or (mood.place in {"sea", "mountains"} and not mood.palette.dark):
        layers.append(
            (sky.birds(rng, size, mix(mood.palette.near, mood.palette.sky[-1], 0.25), horizon), 0.2)
        )
    layers += _ground(rng, size, mood, horizon, sun, layers)
    layers += _haze(rng, size, mood, horizon)
    if mood.subject:
        layers += _figure(rng, size, mood, 1 - side)
    return layers


def _ground(
    rng: random.Random, size: Size, mood: Mood, horizon: float, sun: Point, above: list[Layer]
) -> list[Layer]:
    match mood.place:
        case "sea":
            far = land.mountains(rng, size, mood, horizon - size[1] * 0.0, count=2)[:1]
            behind = Scene(layers=(*above, *far)).merged()
            return [*far, (water.sea(rng, behind, mood, horizon, sun), 0.35)]
        case "desert":
            return land.dunes(rng, size, mood, horizon)
        case "city":
            return town.city(rng, size, mood, horizon)
        case "meadow":
            return [
                *land.mountains(rng, size, mood, horizon, count=2)[:1],
                *land.meadow(rng, size, mood, horizon),
            ]
        case "forest":
            return [
                *land.mountains(rng, size, mood, horizon, count=3)[:2],
                *land.forest(rng, size, mood, horizon),
            ]
        case _:
            near = shade(mood.palette.near, 0.72)
            row = land.firs(rng, size, size[1] * 0.92, size[1] * 0.16, near, count=34)
            return [*land.mountains(rng, size, mood, horizon), (row, 0.8)]


def _haze(rng: random.Random, size: Size, mood: Mood, horizon: float) -> list[Layer]:
    """A low bank of mist where the land begins; thick when the prompt asks for it."""
    thick = 0.75 if mood.air & {"fog", "steam", "rain"} else 0.22
    noise = fbm(rng, size, cells=(3, 5), octaves=3)
    centre = horizon / size[1]
    band = fade(
        size, (0, 0), (max(0.0, centre - 0.14), 0), (centre + 0.06, 255), (min(1.0, centre + 0.3), 0), (1, 0)
    )
    mask = tone(times(noise, band), lambda v: v * thick * 1.3)
    return [(filled(mask, mix(mood.palette.sky[-1], mood.palette.light, 0.2)), 0.45)]


def _figure(rng: random.Random, size: Size, mood: Mood, at: float) -> list[Layer]:
    name = mood.subject or ""
    at = min(0.66, max(0.34, at + rng.uniform(-0.05, 0.05)))
    feet = None
    swims = mood.place == "sea" and name in {"boat", "capybara", "fish"}
    if mood.place == "sea":
        feet = {"boat": 0.8, "lighthouse": 0.82, "balloon": 0.5, "rocket": 0.7}.get(name, 0.93)
    layer = subject_layer(name, size, mood, at=at, feet=feet)
    if mood.palette.dark:
        layer = silhouette(layer, shade(mood.palette.near, 1.2), 0.3)
    layers: list[Layer] = []
    if name == "lighthouse":
        layers.append((_beam(size, at, mood), 0.7))
    if mood.place == "sea" and name not in {"boat", "capybara", "fish", "lighthouse", "balloon", "rocket"}:
        layers.append((water.shore(rng, size, mood, at), 0.78))
    layers.append((layer, 0.8))
    if mood.place == "forest":
        layers.append((land.frame(rng, size, mood), 1.0))
    if swims:
        layers.append((_waterline(rng, size, mood, at, feet or 0.93, name), 0.85))
    return layers


def _beam(size: Size, at: float, mood: Mood) -> Image.Image:
    """The light of a lighthouse, in the dark a cone and by day only a glow."""
    x, y = at * size[0], size[1] * (0.82 - 0.6 * 0.75)
    layer = Image.new("RGBA", size)
    if mood.palette.dark:
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for side in (-1, 1):
            draw.polygon(
                [(x, y), (x + side * size[0], y - size[1] * 0.16), (x + side * size[0], y + size[1] * 0.04)],
                fill=120,
            )
        mask = mask.filter(ImageFilter.GaussianBlur(size[0] / 120))
        cone = _radial(size, (x, y))
        layer = filled(times(mask, cone), (255, 240, 180))
    spot = Image.new("RGB", size)
    glow(spot, (x, y), size[1] * 0.1, (255, 240, 180), power=1.6)
    halo = filled(spot.convert("L"), (255, 240, 180))
    layer.alpha_composite(halo)
    return layer


def _radial(size: Size, at: Point) -> Image.Image:
    """White at a point, fading to black at the far edge."""
    canvas = Image.new("RGB", size)
    glow(canvas, at, size[0] * 0.75, (255, 255, 255), power=1.1)
    return canvas.convert("L")


def _waterline(rng: random.Random, size: Size, mood: Mood, at: float, feet: float, name: str) -> Image.Image:
    """The water in front of what swims, so that it is in it and not on it; steam where it is hot."""
    depth = 0.2 if name != "boat" else 0.035
    top = (feet - 0.44 * depth) * size[1]
    mask = Image.new("L", size)
    half = size[0] * 0.34
    ImageDraw.Draw(mask).ellipse(
        (at * size[0] - half, top, at * size[0] + half, top + size[1] * 0.2), fill=235
    )
    mask = mask.filter(ImageFilter.GaussianBlur(size[0] / 90))
    wet = mix(mood.palette.near, mood.palette.sky[0], 0.55)
    layer = filled(tone(mask, lambda v: v * 0.92), mix(wet, mood.palette.sky[-1], 0.25))
    for ring in range(3):
        line = Image.new("L", size)
        rx, ry = half * (0.72 + 0.16 * ring), size[1] * (0.022 + 0.012 * ring)
        box = (at * size[0] - rx, top + size[1] * 0.012 - ry, at * size[0] + rx, top + size[1] * 0.012 + ry)
        ImageDraw.Draw(line).arc(box, 10, 170, fill=150 - 40 * ring, width=max(1, size[1] // 260))
        layer.alpha_composite(filled(line.filter(ImageFilter.GaussianBlur(0.8)), mood.palette.light))
    if "steam" in mood.air:
        noise = fbm(rng, size, cells=(4, 4), octaves=4)
        band = fade(size, (0, 0), (max(0.0, feet - 0.6), 0), (feet - 0.15, 200), (1, 60))
        layer.alpha_composite(filled(tone(times(noise, band), lambda v: (v - 50) * 0.9), (255, 255, 255)))
    return layer


def _vignette(size: Size) -> Image.Image:
    edge = tone(Image.radial_gradient("L"), lambda v: max(0, v - 160) * 0.6).resize(
        size, Image.Resampling.BILINEAR
    )
    return filled(edge, (0, 0, 0))


def sketch(prompt: str, width: int, height: int, *, seed: int, edge: int) -> Image.Image:
    """One colour of the prompt's and seed's own in the right shape, its longer side at most `edge` pixels."""
    shrink = min(1.0, edge / max(width, height))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return Image.new("RGB", size, tuple(seeded(prompt, seed).randbytes(3)))


def placeholder(width: int, height: int) -> Image.Image:
    """The grey stand-in of the mock mode."""
    picture = Image.new("RGB", (width, height), (160, 164, 172))
    draw = ImageDraw.Draw(picture)
    draw.rectangle(
        (0, 0, width - 1, height - 1), outline=(120, 124, 132), width=max(1, min(width, height) // 64)
    )
    draw.line((0, 0, width, height), fill=(140, 144, 152), width=2)
    draw.line((0, height, width, 0), fill=(140, 144, 152), width=2)
    return picture
