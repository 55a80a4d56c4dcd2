"""What the request log says after the end, on a gateway that names no cost; refusals, models and links."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.errors import Refusal
from bot.core.events import Delivered, Failed, Refused
from bot.core.money import Micros
from tests.fakes.bare_bench import ENDPOINTS, ESTIMATES, Bench, running_bench, said
from tests.fakes.bare_gateway.dry_run import DryRunSwitches
from tests.fakes.bare_gateway.gateway import BareGateway
from tests.fakes.bare_gateway.media import ResultForm
from tests.fakes.bare_gateway.models import MODELS
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.stack import ADA

EACH = pytest.mark.parametrize("capability", list(Capability), ids=str)


@pytest.fixture
async def gateway() -> AsyncGenerator[BareGateway, None]:
    async with running_bare_gateway() as running:
        running.models.listed = tuple(MODELS)
        yield running


@pytest.fixture
async def bench(tmp_path: Path, gateway: BareGateway) -> AsyncGenerator[Bench, None]:
    async with running_bench(tmp_path, gateway) as running:
        yield running


def reprice(gateway: BareGateway, dollars: float) -> None:
    """The log knows better than the dry run did."""
    for row in gateway.log.rows.values():
        row["cost"] = dollars


# costs


@pytest.mark.parametrize("dollars", [0.031, 0.9], ids=["down", "up"])
@pytest.mark.parametrize("listed", [False, True], ids=["by id", "by trace id"])
async def test_an_estimate_is_corrected_and_its_person_told(
    bench: Bench, gateway: BareGateway, dollars: float, listed: bool
) -> None:
    final = await bench.delivered(Capability.GENERATE)
    assert final.receipt.source == "estimate"
    reprice(gateway, dollars)
    gateway.with_log(listed=listed)
    gateway.log.by_id = not listed

    told = await bench.stack.test.corrected_to(final.request.id)

    assert (told.before, told.receipt.charged, told.receipt.source) == (40_000, dollars * 1_000_000, "log")
    row = await bench.stack.row(final.request.id)
    assert (row.charged, row.charged_from) == (dollars * 1_000_000, "log")
    assert await bench.stack.core.store.verify() == []


async def test_an_estimate_that_was_right_is_confirmed_in_silence(bench: Bench, gateway: BareGateway) -> None:
    gateway.with_log()
    final = await bench.delivered(Capability.GENERATE)
    await bench.stack.settled()
    assert (await bench.stack.row(final.request.id)).charged_from == "log"
    assert bench.stack.test.corrected == []


async def test_the_question_of_the_cost_survives_a_restart(tmp_path: Path, gateway: BareGateway) -> None:
    async with running_bench(tmp_path, gateway, speed=1) as bench:
        final = await bench.delivered(Capability.CHAT)
    reprice(gateway, 0.5)
    gateway.with_log()
    async with running_bench(tmp_path, gateway) as bench:
        told = await bench.stack.test.corrected_to(final.request.id)
    assert told.receipt.charged == 500_000


async def test_a_person_who_is_erased_meanwhile_is_erased_at_once_and_charged_right_later(
    tmp_path: Path, gateway: BareGateway
) -> None:
    async with running_bench(tmp_path, gateway, speed=1) as bench:
        final = await bench.delivered(Capability.CHAT)
        assert (await bench.stack.told(final.request.id)).due_at is not None
        erased = await bench.stack.core.store.erase(final.request.actor.person)
    assert (list(erased.requests), erased.unfinished) == ([final.request.id], 0)
    reprice(gateway, 0.5)
    gateway.with_log()
    async with running_bench(tmp_path, gateway) as bench:
        told = await bench.stack.test.corrected_to(final.request.id)
        row = await bench.stack.row(final.request.id)
        assert await bench.stack.core.store.verify() == []
    assert (told.receipt.charged, row.charged) == (500_000, 500_000)
    assert (row.text, row.order.prompt, row.actor.name) == ("", "", "")


async def test_a_refusal_that_cost_something_after_all_is_charged_when_the_log_says_so(
    bench: Bench, gateway: BareGateway
) -> None:
    gateway.fail("INVALID_REQUEST", to=ENDPOINTS[Capability.GENERATE])
    final = await bench.refused_free(Capability.GENERATE)
    (call,) = gateway.paid
    gateway.log.note(call, "gemini-3-pro-image", 7_000)
    gateway.log.rows[call.request_id]["status"] = "upstream_failure"
    gateway.with_log(listed=True)

    told = await bench.stack.test.corrected_to(final.request.id)

    assert (told.before, told.receipt.charged) == (0, 7_000)
    assert await bench.stack.core.store.verify() == []


async def test_the_nightly_comparison_corrects_what_the_looks_missed(
    bench: Bench, gateway: BareGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.corrections.LOOKS_S", (1.0,))
    final = await bench.delivered(Capability.GENERATE)
    await bench.stack.settled()
    assert (await bench.stack.row(final.request.id)).charged_from == "estimate"
    reprice(gateway, 0.06)
    gateway.with_log(listed=True)
    for row in gateway.log.rows.values():
        del row["created_at"]
    bench.stack.core.clock.jump(2 * 3600)  # pyright: ignore[reportAttributeAccessIssue]

    done = await bench.stack.core.maintenance.compare()

    assert [one.corrected for one in done.mismatches] == [True]
    told = await bench.stack.test.corrected_to(final.request.id)
    assert told.receipt.charged == 60_000


# a definite no


@EACH
async def test_a_refusal_is_terminal_within_two_seconds(
    tmp_path: Path, gateway: BareGateway, capability: Capability
) -> None:
    async with running_bench(tmp_path, gateway, speed=1) as bench:
        order = await bench.order(capability)
        gateway.fail("INVALID_REQUEST", "no", to=ENDPOINTS[capability], times=9)
        request = await bench.stack.submit(order, pictures=bench.pictures)
        final = await bench.stack.ended(request.id, 2)
    assert isinstance(final, Failed)
    assert (final.receipt.charged, final.request.hold) == (0, 0)


@EACH
@pytest.mark.parametrize("code", ["AUTHENTICATION_FAILED", "INSUFFICIENT_BALANCE"])
async def test_the_operators_trouble_is_not_the_members_fault(
    bench: Bench, gateway: BareGateway, capability: Capability, code: str
) -> None:
    gateway.fail(code, to=ENDPOINTS[capability], times=9)
    assert "not your fault" in said(await bench.refused_free(capability))


# models and prices


async def test_a_model_that_nobody_knows_is_refused_with_the_nearest(
    bench: Bench, gateway: BareGateway
) -> None:
    final = await bench.run(Capability.GENERATE, model="gemini-3-pro-imag")
    assert isinstance(final, Refused)
    assert "gemini-3-pro-image" in final.refusal.message
    assert gateway.paid == []


async def test_a_listed_model_does_what_the_gateway_prices(bench: Bench, gateway: BareGateway) -> None:
    """Its name says that it makes videos; the gateway says that it draws too."""
    gateway.models.known["wan-2.6"] = gateway.models.known["gemini-3-pro-image"]
    gateway.models.listed = ("wan-2.6",)
    await bench.stack.core.maintenance.refresh_catalog()
    await bench.delivered(Capability.GENERATE, model="wan-2.6")


async def test_policy_is_asked_of_the_model_that_the_dry_run_names(
    bench: Bench, gateway: BareGateway
) -> None:
    await bench.stack.core.admin.change(ADA, denied_models=("gpt-image*",))
    gateway.dry_run = DryRunSwitches(changed={"model": "gpt-image-1.5"})
    final = await bench.run(Capability.GENERATE)
    assert isinstance(final, Refused)
    assert final.refusal.code == "not_allowed"
    assert gateway.paid == []


async def test_a_price_of_nothing_is_unknown_unless_the_model_is_free(
    bench: Bench, gateway: BareGateway
) -> None:
    gateway.dry_run = DryRunSwitches(changed={"total_cost_micros": 0})
    final = await bench.run(Capability.GENERATE)
    assert isinstance(final, Refused)
    assert final.refusal.code == "price_unknown"
    gateway.models.details = {"gemini-3-pro-image": {"free": True}}
    gateway.models.details_listed = True
    await bench.stack.core.maintenance.refresh_catalog()
    assert isinstance(await bench.run(Capability.GENERATE), Delivered)


@EACH
@pytest.mark.parametrize("listed", [tuple(MODELS), ()], ids=["listed", "not listed"])
async def test_there_is_a_default_model_whatever_is_listed(
    tmp_path: Path, gateway: BareGateway, capability: Capability, listed: tuple[str, ...]
) -> None:
    gateway.models.listed = listed
    async with running_bench(tmp_path, gateway, chat_models=()) as bench:
        order = await bench.order(capability, **({"model": ""} if _takes_model(capability) else {}))
        checked = bench.stack.core.service.checks.check(
            ADA, await bench.stack.core.store.tenant(ADA.tenant), order
        )
        assert checked.model in MODELS


def _takes_model(capability: Capability) -> bool:
    return capability in (Capability.GENERATE, Capability.CHAT)


async def test_the_operators_default_goes_before_the_catalogues(tmp_path: Path, gateway: BareGateway) -> None:
    async with running_bench(tmp_path, gateway, default_models="generate=flux.2-max") as bench:
        final = await bench.delivered(Capability.GENERATE, model="")
    assert final.request.order.model == "flux.2-max"


async def test_details_of_a_model_that_is_not_listed_are_asked_for(
    bench: Bench, gateway: BareGateway
) -> None:
    gateway.models.known["seedream-9"] = gateway.models.known["gemini-3-pro-image"]
    gateway.models.details["seedream-9"] = {
        "name": "Seedream Nine",
        "parameters": [{"name": "thinking", "type": "string", "enum": ["off", "on"]}],
    }
    (found,) = await bench.stack.core.service.models(ADA, "seedream-9", details=True)
    assert (found.name, found.choices["thinking_level"]) == ("Seedream Nine", ("off", "on"))
    with pytest.raises(Refusal, match="off, on"):
        await bench.run(Capability.GENERATE, model="seedream-9", thinking_level="high")


# results that cannot be fetched


async def test_a_result_at_an_unsafe_address_is_handed_over_as_a_link(
    bench: Bench, gateway: BareGateway
) -> None:
    gateway.media.form = ResultForm.OTHER_HOST
    final = await bench.delivered(Capability.GENERATE)
    (asset,) = final.request.assets
    assert (asset.link, asset.path) == (True, "")
    assert asset.url.startswith(gateway.media.other_origin)
    assert final.receipt.charged == Micros(ESTIMATES[Capability.GENERATE])


async def test_a_picture_that_came_as_bytes_is_not_kept_twice(bench: Bench, gateway: BareGateway) -> None:
    gateway.media.form = ResultForm.B64_JSON
    final = await bench.delivered(Capability.GENERATE)
    (asset,) = final.request.assets
    assert asset.path
    assert asset.url == ""
