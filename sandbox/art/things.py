"""Machines, buildings, vessels and plants, each drawn with a lit and a shadowed side."""

from __future__ import annotations

import random

from sandbox.art.canvas import RGB, mix, shade, smooth
from sandbox.art.mood import Mood
from sandbox.art.pen import Pen


def robot(pen: Pen, body: RGB, mood: Mood) -> None:
    steel = mix(body, (176, 188, 200), 0.65)
    dark, glow = shade(steel, 0.62), mood.palette.accent
    pen.line([(0.5, 0.14), (0.5, 0.04)], 0.014, dark)
    pen.oval(0.5, 0.04, 0.026, 0.026, glow)
    for x in (0.36, 0.54):
        pen.bar(x, 0.78, x + 0.1, 0.95, dark, round_by=0.02)
        pen.bar(x - 0.02, 0.92, x + 0.12, 0.98, shade(steel, 0.8), round_by=0.03)
    pen.bar(0.16, 0.5, 0.26, 0.78, dark, round_by=0.05)
    pen.bar(0.74, 0.5, 0.84, 0.78, shade(steel, 0.8), round_by=0.05)
    pen.bar(0.28, 0.46, 0.72, 0.82, steel, round_by=0.06)
    pen.bar(0.6, 0.46, 0.72, 0.82, shade(steel, 0.84), round_by=0.06)
    pen.bar(0.38, 0.55, 0.62, 0.7, (28, 34, 44), round_by=0.02)
    pen.line([(0.41, 0.63), (0.46, 0.63), (0.49, 0.58), (0.53, 0.67), (0.55, 0.63), (0.59, 0.63)], 0.01, glow)
    pen.bar(0.26, 0.13, 0.74, 0.43, steel, round_by=0.09)
    pen.bar(0.62, 0.13, 0.74, 0.43, shade(steel, 0.84), round_by=0.09)
    pen.bar(0.32, 0.2, 0.68, 0.35, (24, 30, 40), round_by=0.07)
    for x in (0.42, 0.58):
        pen.oval(x, 0.275, 0.042, 0.042, glow)
        pen.oval(x - 0.012, 0.262, 0.012, 0.012, (255, 255, 255))


def rocket(pen: Pen, body: RGB, mood: Mood) -> None:
    hull, accent = mix(body, (240, 240, 244), 0.8), mood.palette.accent
    pen.blob(
        [(0.42, 0.72), (0.5, 0.7), (0.58, 0.72), (0.56, 0.86), (0.5, 0.99), (0.44, 0.86)], (255, 150, 40)
    )
    pen.blob(
        [(0.46, 0.72), (0.5, 0.71), (0.54, 0.72), (0.52, 0.82), (0.5, 0.9), (0.48, 0.82)], (255, 236, 150)
    )
    pen.poly([(0.38, 0.5), (0.24, 0.7), (0.27, 0.78), (0.4, 0.7)], accent)
    pen.poly([(0.62, 0.5), (0.76, 0.7), (0.73, 0.78), (0.6, 0.7)], shade(accent, 0.75))
    pen.blob([(0.5, 0.03), (0.6, 0.18), (0.635, 0.4), (0.61, 0.62), (0.56, 0.73), (0.44, 0.73), (0.39, 0.62),
              (0.365, 0.4), (0.4, 0.18)], hull)  # fmt: skip
    pen.blob(
        [(0.5, 0.03), (0.6, 0.18), (0.635, 0.4), (0.61, 0.62), (0.56, 0.73), (0.53, 0.73), (0.56, 0.4)],
        shade(hull, 0.8),
    )
    pen.blob([(0.5, 0.03), (0.575, 0.13), (0.59, 0.19), (0.5, 0.17), (0.41, 0.19), (0.425, 0.13)], accent)
    pen.oval(0.5, 0.34, 0.075, 0.075, shade(hull, 0.6))
    pen.oval(0.5, 0.34, 0.055, 0.055, (60, 140, 200))
    pen.oval(0.482, 0.32, 0.02, 0.016, (190, 230, 250))


def lighthouse(pen: Pen, body: RGB, mood: Mood) -> None:
    del body
    white, red = mix((244, 240, 232), mood.palette.near, 0.25 if mood.palette.dark else 0.0), (196, 52, 48)
    if mood.palette.dark:
        red = shade(red, 0.7)
    pen.blob(
        [(0.12, 0.98), (0.2, 0.9), (0.36, 0.84), (0.6, 0.83), (0.8, 0.88), (0.92, 0.98)],
        shade(mood.palette.near, 0.9),
    )
    for k in range(5):
        top, low = 0.28 + k * 0.118, 0.28 + (k + 1) * 0.118
        half, wider = 0.07 + k * 0.014, 0.07 + (k + 1) * 0.014
        colour = red if k % 2 else white
        pen.poly([(0.5 - half, top), (0.5 + half, top), (0.5 + wider, low), (0.5 - wider, low)], colour)
        pen.poly(
            [(0.5 + half * 0.3, top), (0.5 + half, top), (0.5 + wider, low), (0.5 + wider * 0.3, low)],
            shade(colour, 0.78),
        )
    pen.bar(0.405, 0.262, 0.595, 0.285, (50, 50, 58))
    pen.bar(0.448, 0.19, 0.552, 0.265, (255, 236, 160))
    for x in (0.448, 0.498, 0.545):
        pen.bar(x, 0.19, x + 0.008, 0.265, (50, 50, 58))
    pen.blob([(0.43, 0.195), (0.46, 0.15), (0.5, 0.125), (0.54, 0.15), (0.57, 0.195)], red)
    pen.bar(0.475, 0.8, 0.525, 0.87, (50, 40, 44), round_by=0.02)


def boat(pen: Pen, body: RGB, mood: Mood) -> None:
    sail = mix((250, 246, 236), mood.palette.light, 0.4)
    pen.line([(0.5, 0.08), (0.5, 0.82)], 0.012, shade(body, 0.5))
    pen.blob([(0.515, 0.1), (0.66, 0.36), (0.8, 0.7), (0.66, 0.735), (0.515, 0.74)], sail)
    pen.blob([(0.485, 0.14), (0.4, 0.4), (0.24, 0.7), (0.36, 0.73), (0.485, 0.72)], shade(sail, 0.84))
    pen.poly([(0.5, 0.05), (0.5, 0.1), (0.58, 0.08)], mood.palette.accent)
    pen.blob(
        [(0.14, 0.79), (0.5, 0.82), (0.88, 0.78), (0.8, 0.93), (0.66, 0.975), (0.36, 0.975), (0.22, 0.93)],
        body,
    )
    pen.blob(
        [(0.14, 0.79), (0.5, 0.82), (0.88, 0.78), (0.85, 0.84), (0.5, 0.87), (0.17, 0.84)], shade(body, 1.35)
    )


def balloon(pen: Pen, body: RGB, mood: Mood) -> None:
    colours = (mood.palette.accent, (250, 240, 220), shade(mood.palette.accent, 0.72))
    pen.line([(0.36, 0.62), (0.445, 0.82)], 0.008, shade(body, 0.5))
    pen.line([(0.64, 0.62), (0.555, 0.82)], 0.008, shade(body, 0.5))
    for k, (width, colour) in enumerate(((0.36, 0), (0.27, 1), (0.17, 0), (0.065, 1))):
        fill = shade(colours[colour], 1 - 0.05 * k)
        pen.blob([(0.5, 0.04), (0.5 + width * 0.75, 0.12), (0.5 + width, 0.32), (0.5 + width * 0.72, 0.54),
                  (0.5 + width * 0.3, 0.68), (0.5 - width * 0.3, 0.68), (0.5 - width * 0.72, 0.54),
                  (0.5 - width, 0.32), (0.5 - width * 0.75, 0.12)], fill)  # fmt: skip
    pen.bar(0.435, 0.82, 0.565, 0.93, (126, 82, 46), round_by=0.02)
    pen.bar(0.435, 0.82, 0.565, 0.845, (170, 120, 70), round_by=0.01)


def house(pen: Pen, body: RGB, mood: Mood) -> None:
    wall = mix((214, 188, 154), mood.palette.near, 0.5 if mood.palette.dark else 0.1)
    roof, lit = mix((130, 52, 40), mood.palette.near, 0.3), (255, 214, 120)
    del body
    pen.bar(0.68, 0.22, 0.76, 0.46, shade(roof, 0.6))
    pen.poly([(0.2, 0.5), (0.2, 0.98), (0.8, 0.98), (0.8, 0.5), (0.5, 0.28)], wall)
    pen.poly([(0.56, 0.5), (0.56, 0.98), (0.8, 0.98), (0.8, 0.5)], shade(wall, 0.82))
    pen.poly([(0.1, 0.56), (0.5, 0.2), (0.9, 0.56), (0.84, 0.6), (0.5, 0.3), (0.16, 0.6)], roof)
    pen.bar(0.28, 0.62, 0.46, 0.78, shade(wall, 0.5))
    pen.bar(0.295, 0.635, 0.445, 0.765, lit)
    pen.bar(0.365, 0.635, 0.375, 0.765, shade(wall, 0.5))
    pen.bar(0.6, 0.66, 0.72, 0.98, shade(wall, 0.42), round_by=0.01)
    pen.oval(0.7, 0.83, 0.01, 0.01, lit)
    pen.oval(0.5, 0.45, 0.045, 0.045, lit)


def castle(pen: Pen, body: RGB, mood: Mood) -> None:
    del body
    stone, roof = (
        mix((178, 166, 158), mood.palette.near, 0.55 if mood.palette.dark else 0.2),
        mood.palette.accent,
    )
    for x, top, half in ((0.5, 0.3, 0.085), (0.28, 0.44, 0.07), (0.72, 0.4, 0.07)):
        pen.bar(x - half, top, x + half, 0.98, stone)
        pen.bar(x + half * 0.35, top, x + half, 0.98, shade(stone, 0.78))
        pen.poly([(x - half * 1.35, top), (x, top - half * 3.1), (x + half * 1.35, top)], shade(roof, 0.8))
        pen.poly([(x + half * 0.3, top), (x, top - half * 3.1), (x + half * 1.35, top)], shade(roof, 0.6))
        pen.bar(x - 0.014, top + 0.09, x + 0.014, top + 0.16, (255, 220, 130), round_by=0.012)
    pen.bar(0.14, 0.68, 0.86, 0.98, shade(stone, 0.92))
    for k in range(9):
        pen.bar(0.14 + k * 0.082, 0.645, 0.185 + k * 0.082, 0.69, shade(stone, 0.92))
    pen.bar(0.44, 0.8, 0.56, 0.98, shade(stone, 0.35), round_by=0.05)


def tree(pen: Pen, body: RGB, mood: Mood) -> None:
    rng = random.Random(7)
    leaf = mix(mood.palette.accent if "petals" in mood.air else (66, 128, 62), mood.palette.near, 0.3)
    pen.blob(
        [(0.45, 0.98), (0.475, 0.75), (0.45, 0.5), (0.55, 0.5), (0.53, 0.75), (0.56, 0.98)], shade(body, 0.6)
    )
    pen.line([(0.5, 0.64), (0.33, 0.46)], 0.03, shade(body, 0.6))
    pen.line([(0.51, 0.6), (0.68, 0.44)], 0.03, shade(body, 0.6))
    for tint, lift in ((0.72, 0.03), (1.0, 0.0), (1.22, -0.045)):
        for _ in range(26):
            x, y = rng.gauss(0.5, 0.15), rng.gauss(0.34, 0.095)
            pen.oval(x + lift * 0.6, y + lift, 0.085, 0.075, shade(leaf, tint * rng.uniform(0.94, 1.06)))


def flower(pen: Pen, body: RGB, mood: Mood) -> None:
    petal = (250, 186, 36) if mood.words & {"sunflower", "sunflowers"} else mood.palette.accent
    stem = mix((70, 130, 60), mood.palette.near, 0.3)
    del body
    pen.line(smooth([(0.5, 0.4), (0.48, 0.7), (0.52, 0.99)], closed=False), 0.022, stem)
    pen.blob([(0.5, 0.8), (0.36, 0.7), (0.24, 0.7), (0.34, 0.82)], stem)
    pen.blob([(0.51, 0.74), (0.64, 0.62), (0.76, 0.62), (0.66, 0.75)], shade(stem, 0.85))
    for x, y in (
        (0.5, 0.15),
        (0.66, 0.23),
        (0.69, 0.4),
        (0.58, 0.52),
        (0.42, 0.52),
        (0.31, 0.4),
        (0.34, 0.23),
    ):
        pen.oval(x, y, 0.115, 0.115, shade(petal, 0.88 if y > 0.3 else 1.1))
    for x, y in ((0.5, 0.22), (0.6, 0.28), (0.62, 0.4), (0.5, 0.47), (0.38, 0.4), (0.4, 0.28)):
        pen.oval(x, y, 0.07, 0.07, shade(petal, 1.22))
    pen.oval(0.5, 0.34, 0.1, 0.1, (250, 204, 80))
    pen.oval(0.48, 0.325, 0.05, 0.045, (255, 232, 150))
