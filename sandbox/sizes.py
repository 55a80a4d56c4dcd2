"""How a wish for a size becomes a size (Lumenfall API, size rules).

`size` is `WIDTHxHEIGHT` or `W:H`; the second is the same as `aspect_ratio`. A pair of pixels wins over
`aspect_ratio` and `resolution`. Whatever is asked is snapped to the nearest that the model makes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sandbox.errors import invalid

_PAIR = re.compile(r"(\d{1,5})\s*([x×:])\s*(\d{1,5})", re.IGNORECASE)

IMAGE_TIERS = {"0.5K": 512 * 512, "1K": 1024 * 1024, "2K": 2048 * 2048, "4K": 4096 * 4096}
VIDEO_TIERS = {"480p": 480, "720p": 720, "1080p": 1080}


@dataclass(frozen=True, kw_only=True)
class SizeRules:
    """What one model can make: a closed list (`fixed`), or any shape up to its highest tier."""

    tiers: tuple[str, ...] = ("1K",)
    default_tier: str = "1K"
    fixed: tuple[tuple[int, int], ...] = ()
    grid: int = 16


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The pixels that will come out, and the tier that prices them."""

    width: int
    height: int
    tier: str

    @property
    def pixels(self) -> int:
        return self.width * self.height


def parse_pair(text: str) -> tuple[int, int, bool]:
    """`1024x768` → (1024, 768, False); `16:9` → (16, 9, True). Raises ApiError 400."""
    match = _PAIR.fullmatch(text.strip())
    if not match or not int(match[1]) or not int(match[3]):
        raise invalid(f"Invalid size '{text[:40]}'. Use WIDTHxHEIGHT or W:H.")
    return int(match[1]), int(match[3]), match[2] == ":"


def nearest_tier(pixels: int, tiers: tuple[str, ...]) -> str:
    return min(tiers, key=lambda tier: abs(math.log(IMAGE_TIERS[tier] / pixels)))


def snap_tier(wanted: str | None, rules: SizeRules) -> str:
    """The nearest tier the model has; an unknown word is answered with the default one."""
    if wanted is None:
        return rules.default_tier
    known = {name.lower(): name for name in (*IMAGE_TIERS, *VIDEO_TIERS)}
    name = known.get(wanted.strip().lower())
    if name in rules.tiers:
        return name
    if name in IMAGE_TIERS and rules.tiers[0] in IMAGE_TIERS:
        return nearest_tier(IMAGE_TIERS[name], rules.tiers)
    if name in VIDEO_TIERS and rules.tiers[0] in VIDEO_TIERS:
        return min(rules.tiers, key=lambda tier: abs(VIDEO_TIERS[tier] - VIDEO_TIERS[name]))
    return rules.default_tier


def _closest(rules: SizeRules, width: int, height: int) -> tuple[int, int]:
    """The fixed size of the most similar shape; among equals the most similar area."""

    def distance(option: tuple[int, int]) -> tuple[float, float]:
        w, h = option
        return round(abs(math.log(w * height / (h * width))), 6), abs(w * h - width * height)

    return min(rules.fixed, key=distance)


def _grid(length: float, step: int) -> int:
    return max(step, round(length / step) * step)


def plan_image(rules: SizeRules, size: str | None, ratio: str | None, resolution: str | None) -> Plan:
    """Output pixels of a picture. Raises ApiError 400 on a size that cannot be read."""
    if size and size.strip().lower() != "auto":
        width, height, is_ratio = parse_pair(size)
        if not is_ratio:
            return _exact(rules, width, height)
        ratio = f"{width}:{height}"
    w, h = parse_pair(ratio)[:2] if ratio and ratio.strip().lower() != "auto" else (1, 1)
    tier = snap_tier(resolution, rules)
    area = IMAGE_TIERS[tier]
    if rules.fixed:
        width, height = _closest(rules, w, h) if w != h else _closest(rules, 1024, 1024)
        return Plan(width=width, height=height, tier=nearest_tier(width * height, rules.tiers))
    w, h = min(w, 4 * h), min(h, 4 * w)
    width = _grid(math.sqrt(area * w / h), rules.grid)
    return Plan(width=width, height=_grid(math.sqrt(area * h / w), rules.grid), tier=tier)


def _exact(rules: SizeRules, width: int, height: int) -> Plan:
    if rules.fixed:
        width, height = _closest(rules, width, height)
        return Plan(width=width, height=height, tier=nearest_tier(width * height, rules.tiers))
    ceiling = max(IMAGE_TIERS[tier] for tier in rules.tiers)
    if width * height > ceiling:
        shrink = math.sqrt(ceiling / (width * height))
        width, height = _grid(width * shrink, rules.grid), _grid(height * shrink, rules.grid)
    return Plan(width=max(64, width), height=max(64, height), tier=nearest_tier(width * height, rules.tiers))


def plan_video(rules: SizeRules, size: str | None, ratio: str | None, resolution: str | None) -> Plan:
    """Output pixels of a film; tiers name the shorter edge. Raises ApiError 400."""
    w, h, tier = 16, 9, snap_tier(resolution, rules)
    if size and size.strip().lower() != "auto":
        w, h, is_ratio = parse_pair(size)
        if not is_ratio:
            tier = min(rules.tiers, key=lambda name: abs(VIDEO_TIERS[name] - min(w, h)))
    elif ratio and ratio.strip().lower() != "auto":
        w, h = parse_pair(ratio)[:2]
    short = VIDEO_TIERS[tier]
    w, h = min(w, 3 * h), min(h, 3 * w)
    if w >= h:
        return Plan(width=_grid(short * w / h, 2), height=short, tier=tier)
    return Plan(width=short, height=_grid(short * h / w, 2), tier=tier)
