"""What a request costs, in whole micro-dollars, from a provider's price components.

The dry run and the run ask the same function with their own provider and their own quantities, so that
an estimate and an effective cost differ only for the reasons they differ at the real gateway: another
provider, another number of pictures, other token counts (Lumenfall API, cost estimation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.models import Model, Offer, Rate

# Image models bill a "megapixel" as 1024², so that 1024×1024 is exactly one.
_MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Everything a price component may count. `pixels` is per picture, `inputs` the pixels of each input."""

    images: int = 0
    pixels: int = _MEGAPIXEL
    inputs: tuple[int, ...] = ()
    seconds: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    resolution: str | None = None
    quality: str | None = None
    shape: str | None = None


@dataclass(frozen=True, kw_only=True)
class Component:
    rate: Rate
    quantity: int

    @property
    def total(self) -> int:
        """Micro-dollars, a broken micro counted as a whole one."""
        return -(-self.quantity * self.rate.micros // self.rate.per)

    def wire(self) -> dict[str, Any]:
        return {
            "type": self.rate.direction,
            "metric": self.rate.metric,
            "quantity": self.quantity,
            "billable_quantity": self.quantity,
            "unit_price": float(Decimal(self.rate.micros) / self.rate.per / 1_000_000),
            "total_cost": self.total,
        }


@dataclass(frozen=True, kw_only=True)
class Quote:
    components: tuple[Component, ...]

    @property
    def total(self) -> int:
        return sum(component.total for component in self.components)


def _megapixels(pixels: int) -> int:
    return max(1, -(-pixels // _MEGAPIXEL))


def image_tokens(model: Model, quality: str | None, pixels: int) -> int:
    """Output tokens of one picture: the model's figure for 1024², in proportion to the area."""
    at_1k = model.image_tokens.get(quality or model.default_quality or "", 1290)
    return max(1, round(at_1k * pixels / _MEGAPIXEL))


def _quantity(model: Model, rate: Rate, usage: Usage) -> int:
    incoming = rate.direction == "input"
    match rate.metric:
        case "image":
            return len(usage.inputs) if incoming else usage.images
        case "megapixel":
            if incoming:
                return sum(_megapixels(pixels) for pixels in usage.inputs)
            return usage.images * _megapixels(usage.pixels)
        case "second":
            return usage.seconds
        case "token" | "token_text":
            return usage.prompt_tokens if incoming else usage.output_tokens
        case "token_image":
            if incoming:
                return sum(1024 * _megapixels(pixels) for pixels in usage.inputs)
            return usage.images * image_tokens(model, usage.quality, usage.pixels)


def _applies(rate: Rate, usage: Usage) -> bool:
    facts = {"resolution": usage.resolution, "quality": usage.quality, "shape": usage.shape}
    return all(facts.get(key) == value for key, value in rate.when.items())


def quote(model: Model, offer: Offer, usage: Usage, prices: Mapping[str, int] | None = None) -> Quote:
    """Price `usage` at `offer`. `prices` may replace a model's components by one flat price per unit."""
    if prices and model.slug in prices:
        flat = Rate(metric="second" if usage.seconds else "image", micros=prices[model.slug])
        return Quote(components=(Component(rate=flat, quantity=usage.seconds or usage.images or 1),))
    rates = [rate for rate in offer.rates if _applies(rate, usage)]
    components = [Component(rate=rate, quantity=_quantity(model, rate, usage)) for rate in rates]
    return Quote(components=tuple(c for c in components if c.quantity))


def scaled(micros: int, factor: Decimal) -> int:
    return int((micros * factor).to_integral_value(ROUND_HALF_UP))


def usd(micros: int) -> float:
    """Dollars as the float that the real gateway puts into JSON."""
    return float(Decimal(micros) / 1_000_000)


def text_tokens(text: str) -> int:
    """About four characters to a token."""
    return -(-len(text) // 4)
