"""Words in pictures: the sandbox's mark, captions, and posters of what cannot be drawn."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sandbox.art.canvas import RGB, Size, glow, mix, ramp, shade
from sandbox.art.mood import Palette

Layer = tuple[Image.Image, float]
MARK = "sandbox"
NOTE = "set in words: the sandbox does not draw this"
_LONGEST = 110
"""Characters of a poster; more would be too small to read."""
_LINES = 6
_SMALLEST = 7
"""Pixels of the smallest letters that can be read."""
_FALLBACKS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "Arial Unicode.ttf")
"""Fonts that a machine may have, for letters that Pillow's own font lacks."""


@cache
def _font(size: int, name: str = "") -> Any:
    """Pillow's own font, or another one that the machine has. Raises OSError for one that it has not."""
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


@cache
def _blank(name: str) -> bytes:
    """What the font shows for a letter that it does not have."""
    return bytes(_font(24, name).getmask("\U000f1234"))


@cache
def _has(letter: str, name: str) -> bool:
    return letter.isspace() or bytes(_font(24, name).getmask(letter)) != _blank(name)


def _face(text: str) -> tuple[str, str]:
    """The font that has the most of these letters, and the text without those that it lacks."""
    best = ("", "".join(letter for letter in text if _has(letter, "")))
    if len(best[1]) == len(text):
        return best
    for name in _FALLBACKS:
        try:
            kept = "".join(letter for letter in text if _has(letter, name))
        except OSError:
            continue
        if len(kept) > len(best[1]):
            best = (name, kept)
    return best


def _balanced(words: Sequence[str], count: int) -> list[str]:
    """The words in at most `count` lines, the longest of them as short as can be."""
    for longest in range(max(map(len, words)), sum(len(word) + 1 for word in words) + 1):
        lines = [words[0]]
        for word in words[1:]:
            if len(lines[-1]) + 1 + len(word) <= longest:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        if len(lines) <= count:
            return lines
    return [" ".join(words)]


def _set(text: str, box: Size) -> tuple[list[str], int, str]:
    """Lines, size and font, as large as the box allows; a long word alone may make it small."""
    name, text = _face(text)
    words = text.split() or [MARK]
    best: tuple[list[str], int] = ([" ".join(words)], 6)
    for count in range(1, min(_LINES, len(words)) + 1):
        lines = _balanced(words, count)
        wide = max(_font(100, name).getlength(line) for line in lines)
        size = int(min(box[0] / wide * 100, box[1] / (len(lines) * 1.22)))
        if size > best[1]:
            best = (lines, size)
    return best[0], best[1], name


def poster(
    rng: random.Random, size: Size, prompt: str, palette: Palette, behind: Sequence[Layer]
) -> list[Layer]:
    """The prompt in words, over a softened scene if there is one, else over a plain light."""
    dark = palette.dark or rng.random() < 0.5
    ink: RGB = mix(palette.light, (255, 255, 255), 0.5) if dark else mix(palette.near, (0, 0, 0), 0.35)
    text = _short(prompt)
    sheet = _lettered(size, text[:1].upper() + text[1:], ink, mix(palette.accent, ink, 0.15))
    return [(_paper(rng, size, palette, behind, dark), 0.0), (sheet, 0.5)]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rstrip() + "…"


def _lettered(size: Size, text: str, ink: RGB, accent: RGB) -> Image.Image:
    """The text on a transparent sheet, under a short rule and over a small note."""
    box = (round(size[0] * 0.74), round(size[1] * (0.56 if size[1] <= size[0] else 0.48)))
    lines, height, name = _set(text, box)
    height = max(6, min(height, round(min(size) * 0.2)))
    font, step = _font(height, name), height * 1.22
    top = (size[1] - step * len(lines)) / 2
    left = (size[0] - max(font.getlength(line) for line in lines)) / 2
    sheet = Image.new("RGBA", size)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((left, top + number * step), line, font=font, fill=(*ink, 255))
    over, thick = top - step * 0.3, max(1, round(min(size) * 0.006))
    draw.rectangle((left, over, left + height * 1.4, over + thick), fill=(*accent, 255))
    small = round(min(size) * 0.026)
    if small >= _SMALLEST:
        foot = top + step * len(lines) + step * 0.2
        draw.text((left, foot), NOTE, font=_font(small), fill=(*ink, 170))
    return sheet


def _paper(
    rng: random.Random, size: Size, palette: Palette, behind: Sequence[Layer], dark: bool
) -> Image.Image:
    tint = shade(palette.near, 0.7) if dark else mix(palette.sky[-1], (255, 255, 255), 0.45)
    if behind:
        scene = behind[0][0].convert("RGBA")
        for layer, _depth in behind[1:]:
            scene.alpha_composite(layer)
        soft = scene.convert("RGB").filter(ImageFilter.GaussianBlur(min(size) / 60))
        return Image.blend(soft, Image.new("RGB", size, tint), 0.48).convert("RGBA")
    paper = ramp(size, (tint, mix(tint, palette.far, 0.35)))
    corner = (size[0] * rng.uniform(0.55, 0.95), size[1] * rng.uniform(0.05, 0.35))
    glow(paper, corner, max(size) * 0.6, mix(palette.accent, tint, 0.45), alpha=0.6)
    return paper.convert("RGBA")


def captioned(picture: Image.Image, text: str) -> Image.Image:
    """The picture with words in a band along its lower edge; a band that was there is covered."""
    width, height = picture.size
    band = max(8, round(height * 0.2))
    lines, size, name = _set(_short(text), (round(width * 0.86), round(band * 0.72)))
    size = min(size, max(6, round(band * 0.4)))
    canvas = picture.convert("RGB")
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, height - band, width, height), fill=(24, 26, 32))
    top = height - band + (band - len(lines) * size * 1.22) / 2
    for number, line in enumerate(lines):
        left = (width - _font(size, name).getlength(line)) / 2
        draw.text((left, top + number * size * 1.22), line, font=_font(size, name), fill=(246, 246, 240))
    return canvas


@cache
def _label(edge: int) -> Image.Image:
    """The mark for a picture whose shorter side has so many pixels: a small plate, or a dot on a tiny one."""
    size = max(7, round(edge * 0.026))
    if edge < 80:
        side = max(2, edge // 12)
        dot = Image.new("RGBA", (side, side), (20, 22, 28, 150))
        dot.putpixel((0, 0), (255, 255, 255, 200))
        return dot
    font = _font(size)
    pad = max(2, round(size * 0.45))
    wide, high = round(font.getlength(MARK)) + pad * 2, size + pad * 2
    plate = Image.new("RGBA", (wide, high))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((0, 0, wide - 1, high - 1), radius=high // 3, fill=(16, 18, 24, 120))
    draw.text((wide / 2, high / 2), MARK, font=font, fill=(255, 255, 255, 220), anchor="mm")
    return plate


def marked(picture: Image.Image) -> Image.Image:
    """The picture with the sandbox's mark in its lower right corner; its own transparency stays."""
    label = _label(min(picture.size))
    gap = max(1, round(min(picture.size) * 0.018))
    corner = (picture.width - label.width - gap, picture.height - label.height - gap)
    out = picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGB")
    out = out.copy()
    alpha = out.getchannel("A") if out.mode == "RGBA" else None
    out.paste(label.convert("RGB"), (max(0, corner[0]), max(0, corner[1])), label.getchannel("A"))
    if alpha is not None:
        out.putalpha(alpha)
    return out
