"""The figure that a prompt names, standing in its scene."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from sandbox.art import creatures, things
from sandbox.art.canvas import RGB, mix, shade, tone
from sandbox.art.mood import Mood
from sandbox.art.pen import Pen

Drawer = Callable[[Pen, RGB, Mood], None]

# drawer, natural colour, height as a share of the picture's, where its feet stand (share of the height)
SUBJECTS: dict[str, tuple[Drawer, RGB, float, float]] = {
    "capybara": (creatures.capybara, (158, 104, 62), 0.44, 0.92),
    "cat": (creatures.cat, (196, 132, 76), 0.5, 0.95),
    "fox": (creatures.fox, (222, 106, 40), 0.48, 0.95),
    "robot": (things.robot, (150, 170, 190), 0.56, 0.96),
    "rocket": (things.rocket, (236, 236, 240), 0.56, 0.82),
    "lighthouse": (things.lighthouse, (240, 236, 228), 0.6, 0.86),
    "boat": (things.boat, (128, 62, 44), 0.4, 0.84),
    "balloon": (things.balloon, (150, 100, 60), 0.42, 0.6),
    "house": (things.house, (200, 170, 140), 0.34, 0.86),
    "castle": (things.castle, (170, 160, 150), 0.46, 0.82),
    "person": (creatures.person, (150, 96, 70), 0.86, 1.02),
    "fish": (creatures.fish, (246, 140, 60), 0.46, 0.74),
    "tree": (things.tree, (110, 74, 48), 0.62, 0.95),
    "flower": (things.flower, (120, 160, 80), 0.6, 1.0),
}


def subject_layer(
    name: str, size: tuple[int, int], mood: Mood, *, at: float, scale: float = 1.0, feet: float | None = None
) -> Image.Image:
    """The subject standing in a transparent layer, its middle at `at` (0–1 across)."""
    draw, colour, height, stand = SUBJECTS[name]
    side = max(16, round(min(size[1] * height, size[0] * max(0.6, height)) * scale))
    pen = Pen(side)
    draw(pen, _in_light(colour, mood), mood)
    figure = pen.layer()
    layer = Image.new("RGBA", size)
    foot = (feet if feet is not None else stand) * size[1]
    corner = (round(at * size[0] - side / 2), round(foot - side * 0.98))
    if name not in {"balloon", "rocket", "fish", "person"}:
        _shadow(layer, figure, corner, mood)
    layer.alpha_composite(
        figure, (max(0, corner[0]), max(0, corner[1])), (max(0, -corner[0]), max(0, -corner[1]))
    )
    return layer


def _in_light(colour: RGB, mood: Mood) -> RGB:
    named = (
        mood.palette.accent if mood.words & {"black", "white", "pink", "blue", "golden", "gold"} else colour
    )
    return mix(mix(colour, named, 0.7), mood.palette.near, 0.42 if mood.palette.dark else 0.08)


def _shadow(layer: Image.Image, figure: Image.Image, corner: tuple[int, int], mood: Mood) -> None:
    wide, high = figure.width, max(4, figure.height // 9)
    spot = Image.new("L", (wide + high * 2, high * 3))
    ImageDraw.Draw(spot).ellipse((high, high, wide + high, high * 2), fill=150)
    spot = tone(spot.filter(ImageFilter.GaussianBlur(high / 2.2)), lambda v: v * 0.8)
    place = (corner[0] - high, corner[1] + figure.height - round(high * 1.7))
    layer.paste((*shade(mood.palette.near, 0.5), 255), place, spot)


def silhouette(layer: Image.Image, colour: RGB, strength: float) -> Image.Image:
    """Sink a figure into the light behind it."""
    flat = Image.new("RGBA", layer.size, (*colour, 255))
    flat.putalpha(layer.getchannel("A"))
    return Image.blend(layer, flat, strength)
