"""When a model or provider is left alone, for how long, and what closes it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.bounds.breakers import LONGEST_US, OPEN_US, WINDOW_US, Breakers
from bot.core.capability import Capability
from bot.core.catalog import Catalog, Model
from bot.core.errors.outside import GatewayAmbiguous, GatewayFinal, GatewayPassing
from bot.core.money import Micros
from bot.core.order_rules import Checks
from bot.core.request import Actor, GenerateOrder
from bot.core.tenant import Tenant
from bot.core.validation import OrderLimits

MODEL, PROVIDER = "hangs", "slow"
MIA, HERE = Actor(tenant="test:1", person="test:mia"), Tenant(id="test:1")


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breakers(time: Time) -> Breakers:
    return Breakers(time, 3)


def trouble(breakers: Breakers, count: int, model: str = MODEL, provider: str = "", start: int = 0) -> None:
    for number in range(start, start + count):
        breakers.troubled(f"req_{number}", model, provider)


def test_it_opens_after_trouble_of_several_requests_in_a_row(breakers: Breakers) -> None:
    for _ in range(5):
        breakers.troubled("req_1", MODEL)  # one request that is tried again and again
    trouble(breakers, 1, start=2)
    assert breakers.answers(MODEL)
    trouble(breakers, 1, start=3)
    assert not breakers.answers(MODEL)
    assert not breakers.enter("req_9", MODEL)
    assert breakers.answers("another")


def test_an_answer_in_between_and_old_trouble_do_not_count(breakers: Breakers, time: Time) -> None:
    trouble(breakers, 2)
    breakers.answered(MODEL)
    trouble(breakers, 2)
    assert breakers.answers(MODEL)
    time.now += WINDOW_US
    trouble(breakers, 2, start=10)
    assert breakers.answers(MODEL)


def test_one_request_probes_and_its_answer_closes_it(breakers: Breakers, time: Time) -> None:
    trouble(breakers, 3)
    time.now += OPEN_US - 1
    assert not breakers.enter("req_9", MODEL)
    time.now += 1
    assert breakers.enter("req_9", MODEL)
    assert breakers.answers(MODEL, request_id="req_9")
    assert not breakers.enter("req_10", MODEL)
    breakers.answered(MODEL)
    assert breakers.enter("req_10", MODEL)
    assert breakers.enter("req_11", MODEL)


def test_a_probe_that_fails_opens_it_for_longer_each_time(breakers: Breakers, time: Time) -> None:
    trouble(breakers, 3)
    opened = OPEN_US
    for number in range(6):
        time.now += opened
        assert breakers.enter(f"probe_{number}", MODEL)
        breakers.troubled(f"probe_{number}", MODEL)
        opened = min(LONGEST_US, 2 * opened)
        time.now += opened - 1
        assert not breakers.answers(MODEL)
        time.now -= opened - 1
    assert opened == LONGEST_US


def test_a_probe_that_tells_nothing_leaves_its_place(breakers: Breakers, time: Time) -> None:
    trouble(breakers, 3)
    time.now += OPEN_US
    assert breakers.enter("req_9", MODEL)
    breakers.left("req_8")
    assert not breakers.enter("req_10", MODEL)
    breakers.left("req_9")
    assert breakers.enter("req_10", MODEL)


def test_late_trouble_of_calls_from_before_does_not_keep_it_open(breakers: Breakers, time: Time) -> None:
    trouble(breakers, 3)
    time.now += OPEN_US - 1
    trouble(breakers, 9, start=20)
    time.now += 1
    assert breakers.enter("req_99", MODEL)


def test_a_provider_needs_trouble_with_two_models(breakers: Breakers) -> None:
    trouble(breakers, 5, "m1", PROVIDER)
    assert breakers.answers("m2", PROVIDER)
    trouble(breakers, 1, "m2", PROVIDER, start=50)
    assert not breakers.answers("m3", PROVIDER)
    assert breakers.answers("m3", "another")
    breakers.answered("m3", PROVIDER)
    assert breakers.answers("m3", PROVIDER)
    assert not breakers.answers("m1")


def test_it_can_be_switched_off(time: Time) -> None:
    never = Breakers(time, 0)
    trouble(never, 50)
    assert never.answers(MODEL)


def test_it_remembers_a_bounded_number_of_names(breakers: Breakers) -> None:
    trouble(breakers, 3)
    for number in range(2000):
        breakers.troubled("req_1", f"typed-{number}")
    assert len(breakers._kept) <= 500
    assert not breakers.answers(MODEL)


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (GatewayPassing("no connection"), True),
        (GatewayPassing("unavailable", status=503), True),
        (GatewayPassing("busy", status=429), False),
        (GatewayAmbiguous("broke", status=0), True),
        (GatewayAmbiguous("timeout", status=408), True),
        (GatewayAmbiguous("conflict", status=409), False),
        (GatewayFinal("content", status=400), False),
        (GatewayFinal("key", status=401), False),
    ],
)
def test_only_silence_is_trouble(
    error: GatewayPassing | GatewayAmbiguous | GatewayFinal, silent: bool
) -> None:
    assert error.silent is silent


def listed(name: str, price: int | None) -> Model:
    cost = None if price is None else Micros(price)
    return Model(id=name, name=name, capabilities=frozenset({Capability.GENERATE}), starting_price=cost)


def test_the_nearest_in_price_that_answer_are_named(breakers: Breakers) -> None:
    models = [listed(MODEL, 40), listed("near", 50), listed("far", 900), listed("unknown", None)]
    models += [listed("denied", 40), listed("silent", 41), listed("cheap", 10)]
    checks = Checks(Catalog(models), OrderLimits())
    here = replace(HERE, denied_models=("denied",))
    trouble(breakers, 3)
    trouble(breakers, 3, "silent")
    order = GenerateOrder(model=MODEL, prompt="a cat")
    refusal = breakers.instead(checks, MIA, here, order)
    assert refusal.suggestions == ("near", "cheap", "far")
    assert "not answering" in refusal.message
    assert "Nothing was charged" in refusal.message
    assert "near or cheap or far" in refusal.message
    trouble(breakers, 3, "third")
    assert breakers.instead(checks, MIA, here, order).suggestions == ()
