"""Short ways to write down what a provider charges."""

from __future__ import annotations

from sandbox.models import Metric, Offer, Rate

_NAMES = {
    "alibaba": "Alibaba Cloud",
    "byteplus": "BytePlus",
    "fal": "fal",
    "fireworks": "Fireworks AI",
    "gemini": "Google Gemini API",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
    "replicate": "Replicate",
    "runware": "Runware",
    "vertex": "Google Vertex AI",
    "xai": "xAI",
}


def offer(provider: str, path: str, *rates: Rate) -> Offer:
    return Offer(provider=provider, name=_NAMES[provider], path=path, rates=rates)


def flat(provider: str, path: str, micros: int, metric: Metric = "image") -> Offer:
    return offer(provider, path, Rate(metric=metric, micros=micros))


def tiers(provider: str, path: str, metric: Metric = "image", /, **micros: int) -> Offer:
    """Keywords are resolution tiers with `_` before a leading digit: `_1K=67_000`, `_720p=84_000`."""
    rates = [
        Rate(metric=metric, micros=price, when={"resolution": tier.strip("_").replace("half", "0.5K")})
        for tier, price in micros.items()
    ]
    return offer(provider, path, *rates)


def qualities(provider: str, path: str, square: dict[str, int], wide: dict[str, int]) -> Offer:
    rates = [
        Rate(metric="image", micros=p, when={"quality": q, "shape": "square"}) for q, p in square.items()
    ]
    rates += [Rate(metric="image", micros=p, when={"quality": q, "shape": "wide"}) for q, p in wide.items()]
    return offer(provider, path, *rates)
