"""How long a price is valid, and which prices are believed."""

from __future__ import annotations

import pytest

from bot.core.capability import Capability
from bot.core.catalog import Catalog, Model
from bot.core.errors import PriceUnknown
from bot.core.money import ZERO, Micros
from bot.core.order_rules import Checks
from bot.core.prices.pricing import UNPRICED, Pricing
from bot.core.request import Actor, GenerateOrder
from bot.core.tenant import Tenant
from bot.core.validation import OrderLimits

NOW = 1_772_020_800_000_000
SECOND = 1_000_000
MIA = Actor(tenant="test:1", person="test:mia")


@pytest.mark.parametrize(
    ("age", "stale"), [(0, False), (60 * SECOND, False), (60 * SECOND + 1, True), (-61 * SECOND, True)]
)
def test_a_price_is_valid_for_a_minute_whichever_way_the_clock_goes(age: int, stale: bool) -> None:
    assert Pricing(at=NOW - age).is_stale(NOW) is stale


def test_what_was_never_priced_is_stale() -> None:
    assert UNPRICED.is_stale(NOW)


def model(*, free: bool, price: int | None) -> Model:
    micros = None if price is None else Micros(price)
    return Model(
        id="a-model", capabilities=frozenset({Capability.GENERATE}), free=free, starting_price=micros
    )


@pytest.mark.parametrize(
    ("known", "believed"),
    [
        ((), False),
        ((model(free=False, price=None),), False),
        ((model(free=False, price=0),), False),
        ((model(free=True, price=1),), False),
        ((model(free=True, price=0),), True),
        ((model(free=True, price=None),), True),
    ],
)
def test_nothing_is_a_price_only_of_what_the_catalogue_calls_free(
    known: tuple[Model, ...], believed: bool
) -> None:
    checks = Checks(Catalog(known), OrderLimits(prompt=1000, max_tokens=1000))
    order = GenerateOrder(model="a-model", prompt="a fox")
    if believed:
        checks.check_price(MIA, Tenant(id="test:1"), order, ZERO, "")
    else:
        with pytest.raises(PriceUnknown):
            checks.check_price(MIA, Tenant(id="test:1"), order, ZERO, "")
    checks.check_price(MIA, Tenant(id="test:1"), order, Micros(1), "")
