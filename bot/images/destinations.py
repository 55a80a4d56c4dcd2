"""What a picture may be where it is sent: pixels, bytes and formats by capability and by family of model.

The gateway publishes no limits of its own (Lumenfall API, edits: PNG, WebP and JPEG, "size cap per model"),
and its catalogue names none. So these are what the vendors' pages say, and for a model of no known family the
narrowest that is common among them. Where a vendor counts base64, the file may have three quarters of that.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.capability import Capability
from bot.images import kinds

_ALL = (kinds.PNG, kinds.JPEG, kinds.WEBP)
_OLD = (kinds.PNG, kinds.JPEG)
"""For references of videos no page of the gateway names the formats; every vendor takes these."""
_ANY_SIDE = 16_000
_ANY_PIXELS = 300_000_000


@dataclass(frozen=True, kw_only=True)
class Destination:
    """`longest` in pixels on the longest side, `pixels` in all, `max_bytes` of the file."""

    longest: int = _ANY_SIDE
    pixels: int = _ANY_PIXELS
    max_bytes: int
    formats: tuple[str, ...] = _ALL

    def within(self, pixels: int) -> Destination:
        """The same with at most so many pixels."""
        return Destination(
            longest=self.longest,
            pixels=min(self.pixels, pixels),
            max_bytes=self.max_bytes,
            formats=self.formats,
        )


_ANTHROPIC = Destination(longest=8_000, max_bytes=3_750_000)
"""8,000 pixels a side and 5 MB as base64 (platform.claude.com/docs, Vision; API error 413 and 400)."""
_GOOGLE = Destination(max_bytes=14_000_000)
"""20 MB for a whole request with inline data; pixels are scaled there (firebase.google.com/docs/ai-logic,
Supported input files and requirements).
"""
_OPENAI = Destination(max_bytes=20_000_000)
"""PNG, WebP or JPEG below 25 MB each (platform.openai.com/docs/api-reference/images/createEdit); the gateway
adds what a form needs.
"""
_BLACK_FOREST = Destination(pixels=16_000_000, max_bytes=14_000_000)
"""16 megapixels, 20 MB as base64 (docs.comfy.org, bfl/flux-3-image, from the vendor's schema)."""
_BYTEDANCE = Destination(longest=6_000, pixels=36_000_000, max_bytes=9_000_000, formats=_OLD)
"""JPEG or PNG of at most 10 MB (vercel.com/ai-gateway/models/bytedance/seedream-4.0, input image formats and
size). No page that was read names a side; its largest output is 4,096 pixels, so that 6,000 loses nothing.
"""
_XAI = Destination(max_bytes=7_500_000, formats=_OLD)
"""JPEG or PNG of at most 10 MiB (docs.x.ai, Image Understanding), sent as base64."""
_RECRAFT = Destination(longest=4_096, pixels=16_000_000, max_bytes=4_500_000)
"""16 megapixels, 5,800 pixels a side (recraft.ai/docs, Size limits and supported formats of imported images).
That is its studio; of its API no page that was read names bytes or a side, so these are a narrower guess.
"""
_UNKNOWN = Destination(longest=8_000, pixels=16_000_000, max_bytes=7_500_000)
"""For pictures that are edited: the narrowest pixels and bytes of those above but Recraft's."""
_FAMILIES = (
    (("claude",), _ANTHROPIC),
    (("gemini", "nano-banana", "imagen"), _GOOGLE),
    (("gpt", "dall-e", "chatgpt"), _OPENAI),
    (("flux",), _BLACK_FOREST),
    (("seedream", "seededit"), _BYTEDANCE),
    (("grok",), _XAI),
    (("recraft",), _RECRAFT),
)
"""Beginnings of models' names, without the vendor's name before the slash."""


def destination(capability: Capability | None, pixels: int, model: str = "") -> Destination:
    """Where a picture of this capability goes; `pixels` is the operator's limit, and `model` empty where it
    is not known yet. No capability: to any of them.
    """
    known = _family(model)
    match capability:
        case Capability.VIDEO:
            return Destination(longest=8_000, max_bytes=10_000_000, formats=_OLD).within(pixels)
        case Capability.CHAT:
            return (known or _ANTHROPIC).within(pixels)
        case Capability.EDIT | Capability.GENERATE:
            return (known or _UNKNOWN).within(pixels)
        case Capability.UPSCALE | None:
            # What is enlarged is not made smaller first: 20 MB is the least that a whole call may have.
            return (known or Destination(max_bytes=20_000_000)).within(pixels)


def _family(model: str) -> Destination | None:
    name = model.rpartition("/")[2].lower()
    return next((limits for names, limits in _FAMILIES if name.startswith(names)), None)
