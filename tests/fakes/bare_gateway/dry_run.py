"""Prices: what a request would cost, said before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.bare_gateway.models import Kind
from tests.fakes.bare_gateway.wire import Endpoint, Reply, error_reply, json_reply

MICROS: Mapping[Kind, int] = {Kind.IMAGE: 40_000, Kind.UPSCALE: 50_000, Kind.VIDEO: 100_000, Kind.CHAT: 1_200}
"""Micro-dollars: per picture (as printed), per second of video, per chat answer."""

PROVIDERS: Mapping[Kind, str] = {
    Kind.IMAGE: "vertex",
    Kind.UPSCALE: "fal",
    Kind.VIDEO: "openai",
    Kind.CHAT: "openrouter",
}


@dataclass
class DryRunSwitches:
    """How a price is written. `absent` endpoints refuse a dry run; `ignored` ones run it for real."""

    micros_as: type[int] | type[float] | type[str] = int
    without: frozenset[str] = frozenset()
    """Fields that the answer does not have, e.g. `estimated` or `currency`."""
    changed: dict[str, Any] = field(default_factory=dict)
    """Fields with another value than the page prints."""
    absent: frozenset[Endpoint] = frozenset()
    ignored: frozenset[Endpoint] = frozenset()

    def reply(self, endpoint: Endpoint, model: str, kind: Kind, micros: int) -> Reply:
        if endpoint in self.absent:
            return error_reply("INVALID_REQUEST", "dryRun is not supported on this endpoint")
        body = {
            "estimated": True,
            "model": model,
            "provider": PROVIDERS[kind],
            "total_cost_micros": self.micros_as(micros),
            "currency": "USD",
        } | self.changed
        return json_reply({name: value for name, value in body.items() if name not in self.without})


def price(kind: Kind, body: Mapping[str, Any]) -> int:
    """Micro-dollars of a request that was found valid."""
    many = int(body.get("n", 1))
    seconds = float(body.get("seconds", 5)) if kind is Kind.VIDEO else 1
    return round(MICROS[kind] * many * seconds)


PROVIDER_NAMES: Mapping[str, str] = {
    "vertex": "Google Vertex AI",
    "fal": "fal",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
}


def metadata(kind: Kind, model: str, micros: int, field_name: str = "cost") -> dict[str, Any]:
    """The `metadata` of the edit page, with the cost in dollars."""
    provider = PROVIDERS[kind]
    return {
        "model": model,
        "executed_model": f"{provider}/{model}",
        "provider": provider,
        "provider_name": PROVIDER_NAMES[provider],
        field_name: micros / 1_000_000,
        "cost_currency": "USD",
    }
