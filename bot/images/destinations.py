"""What a picture may be where it is sent: pixels, bytes and formats by capability.

The gateway publishes no limits of its own (Lumenfall API, edits: PNG, WebP and JPEG, "size cap per model"),
and its catalogue names none. So these are the vendors' narrowest among the models that people use.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.capability import Capability
from bot.images import kinds

_ALL = (kinds.PNG, kinds.JPEG, kinds.WEBP)
_OLD = (kinds.PNG, kinds.JPEG)
"""For references of videos no page of the gateway names the formats; every vendor takes these."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """`longest` in pixels on the longest side, `pixels` in all, `max_bytes` of the file."""

    longest: int
    pixels: int
    max_bytes: int
    formats: tuple[str, ...]


def destination(capability: Capability | None, pixels: int) -> Destination:
    """Where a picture of this capability goes; `pixels` is the operator's limit. None: to any of them."""
    match capability:
        case Capability.CHAT:
            # Anthropic's limits, the narrowest: 8,000 pixels a side and 5 MB as base64.
            return Destination(longest=8_000, pixels=pixels, max_bytes=3_750_000, formats=_ALL)
        case Capability.VIDEO:
            return Destination(longest=8_000, pixels=pixels, max_bytes=10_000_000, formats=_OLD)
        case Capability.EDIT | Capability.UPSCALE | Capability.GENERATE | None:
            # 20 MB is the least that vendors of image models take in one call (Gemini, inline data).
            return Destination(longest=16_000, pixels=pixels, max_bytes=20_000_000, formats=_ALL)
