"""Edits and upscales: the picture that was sent stays recognisable, and visibly changes."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageFilter, ImageOps


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
    """Edit the first picture; `area` is white where it may change."""
    del prompt, seed
    first = ImageOps.fit(pictures[0].convert("RGB"), size)
    edited = ImageOps.invert(first)
    for number, other in enumerate(pictures[1:]):
        edited.paste(other.convert("RGB").resize((size[0] // 4, size[1] // 4)), (number * size[0] // 4, 0))
    if area is None:
        return edited
    return Image.composite(edited, first, ImageOps.fit(area, size))
