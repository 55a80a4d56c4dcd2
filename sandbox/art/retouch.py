"""Edits and upscales: the picture that was sent stays recognisable, and visibly changes."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from sandbox.art.effects import EFFECTS, Effect, erase
from sandbox.art.lettering import captioned
from sandbox.art.mood import Mood, read_mood, words_of
from sandbox.art.scene import seeded
from sandbox.art.subjects import SUBJECTS, subject_layer

_MOST = 2
_ADDS = frozenset({"add", "put", "place", "insert", "with", "include", "draw", "replace", "turn"})


def enlarge(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A real upscale: Lanczos, then a light sharpening so that edges stay crisp."""
    large = picture.resize(size, Image.Resampling.LANCZOS)
    return large.filter(ImageFilter.UnsharpMask(radius=2, percent=60, threshold=2))


def retouch(
    pictures: Sequence[Image.Image],
    prompt: str,
    *,
    size: tuple[int, int],
    area: Image.Image | None = None,
    seed: int = 0,
) -> Image.Image:
    """Edit the first picture as the prompt says; the others come in as prints laid on it.

    `area` is white where it may change, and outside of it every pixel stays as it was. Another `size`
    crops to its shape. Transparency survives.
    """
    source = pictures[0] if pictures[0].size == size else ImageOps.fit(pictures[0], size)
    before = source.convert("RGB")
    rng = seeded(prompt, seed)
    mood = read_mood(prompt, rng)
    adds = mood.subject is not None and bool(words_of(prompt) & _ADDS)
    after = before
    effects = [one for one in _effects(prompt) if area is not None or one is not erase]
    for effect in effects:
        after = effect(after, rng)
    after = _lay(after, pictures[1:])
    if not effects and not adds:
        after = captioned(after, prompt)
    if adds:
        after = _with_subject(after, mood, area_box(area, pictures[0].size, size))
    if area is not None:
        after = Image.composite(after, before, area if area.size == size else ImageOps.fit(area, size))
    if source.mode == "RGBA":
        after.putalpha(source.getchannel("A"))
    return after


def _effects(prompt: str) -> list[Effect]:
    words = words_of(prompt)
    found = [effect for keys, effect in EFFECTS if words & set(keys.split())]
    return found[:_MOST]


def area_box(
    area: Image.Image | None, source: tuple[int, int], size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    """The bounding box of the area in shares of the picture."""
    box = area.getbbox() if area else None
    if box is None or source != size:
        return None
    return box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1]


def _with_subject(
    picture: Image.Image, mood: Mood, box: tuple[float, float, float, float] | None
) -> Image.Image:
    """Put what the prompt wants added into the area, or into the right third."""
    name = mood.subject or ""
    if box:
        at, feet = (box[0] + box[2]) / 2, box[3]
        scale = min((box[3] - box[1]) / 0.5, (box[2] - box[0]) * picture.width / (0.5 * picture.height))
    else:
        at, feet, scale = 0.72, min(0.96, SUBJECTS[name][3]), 0.95
    canvas = picture.convert("RGBA")
    canvas.alpha_composite(subject_layer(name, picture.size, mood, at=at, scale=scale, feet=feet))
    return canvas.convert("RGB")


def _lay(picture: Image.Image, others: Sequence[Image.Image]) -> Image.Image:
    """Prints with a white frame and a shadow, fanned out along the lower edge."""
    if not others:
        return picture
    canvas = picture.convert("RGBA")
    width = picture.width * min(0.36, 0.92 / len(others))
    for number, other in enumerate(others):
        card = _card(other.convert("RGB"), width, picture.height * 0.42, angle=(-5, 4, -3, 6)[number % 4])
        gap = (picture.width - width * 1.1 * len(others)) / 2
        corner = (round(gap + number * width * 1.1), round(picture.height * 0.96 - card.height))
        canvas.alpha_composite(card, (max(0, min(corner[0], picture.width - 1)), max(0, corner[1])))
    return canvas.convert("RGB")


def _card(picture: Image.Image, width: float, height: float, *, angle: float) -> Image.Image:
    small = ImageOps.contain(picture, (max(4, round(width)), max(4, round(height))), Image.Resampling.LANCZOS)
    rim, soft = max(1, small.width // 22), max(2, small.width // 14)
    framed = ImageOps.expand(small, rim, (250, 249, 245))
    sheet = Image.new("RGBA", (framed.width + soft * 2, framed.height + soft * 2))
    ImageDraw.Draw(sheet).rectangle(
        (soft, soft, soft + framed.width, soft + framed.height), fill=(0, 0, 0, 150)
    )
    sheet = sheet.filter(ImageFilter.GaussianBlur(soft / 2.5))
    sheet.paste(framed, (soft, soft))
    return sheet.rotate(angle, Image.Resampling.BICUBIC, expand=True)
