"""A pen for one figure: flat, smooth shapes in a unit square.

0,0 is the upper left corner; what stands has its feet at y = 0.98.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from sandbox.art.canvas import RGB, Point, smooth

_SUPER = 3


class Pen:
    """Draws in the unit square of one subject, at three times its size."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._large = Image.new("RGBA", (side * _SUPER, side * _SUPER))
        self._draw = ImageDraw.Draw(self._large)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        factor = self._side * _SUPER
        return [(x * factor, y * factor) for x, y in points]

    def poly(self, points: Sequence[Point], colour: RGB) -> None:
        self._draw.polygon(self._at(points), fill=(*colour, 255))

    def blob(self, points: Sequence[Point], colour: RGB) -> None:
        """A smooth closed curve through the points."""
        self.poly(smooth(points), colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: RGB) -> None:
        self._draw.ellipse([*self._at([(x - rx, y - ry), (x + rx, y + ry)])], fill=(*colour, 255))

    def bar(self, x0: float, y0: float, x1: float, y1: float, colour: RGB, *, round_by: float = 0.0) -> None:
        box = self._at([(x0, y0), (x1, y1)])
        radius = round_by * self._side * _SUPER
        self._draw.rounded_rectangle([*box], radius=radius, fill=(*colour, 255))

    def line(self, points: Sequence[Point], width: float, colour: RGB) -> None:
        self._draw.line(
            self._at(points),
            fill=(*colour, 255),
            width=max(1, round(width * self._side * _SUPER)),
            joint="curve",
        )

    def layer(self) -> Image.Image:
        return self._large.reduce(_SUPER)
