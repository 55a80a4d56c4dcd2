"""From a prompt to a picture."""

from __future__ import annotations

import hashlib
import random

from PIL import Image


def paint(prompt: str, width: int, height: int, *, seed: int = 0, cap: int = 1_200_000) -> Image.Image:
    """A picture for the prompt; the same prompt, size and seed give the same pixels."""
    del cap
    rng = random.Random(hashlib.sha256(f"{prompt}|{seed}".encode()).digest())
    top = tuple(rng.randrange(256) for _ in range(3))
    low = tuple(rng.randrange(256) for _ in range(3))
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.composite(
        Image.new("RGB", (width, height), low), Image.new("RGB", (width, height), top), ramp
    )


def placeholder(width: int, height: int) -> Image.Image:
    """The grey stand-in of the mock mode."""
    return Image.new("RGB", (width, height), (160, 164, 172))
