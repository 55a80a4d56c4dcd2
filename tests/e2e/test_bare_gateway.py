"""The whole core on a gateway that has only what the published pages print.

No cost is named, there is no request log, and the model list has no tags: every capability must be delivered
all the same, at its estimate, and a definite no must end at once and cost nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bot.core.capability import Capability, about
from bot.core.events import Failed
from tests.fakes.bare_bench import ENDPOINTS, ESTIMATES, PATIENCE_S, Bench, running_bench, said
from tests.fakes.bare_gateway.dry_run import DryRunSwitches
from tests.fakes.bare_gateway.gateway import BareGateway
from tests.fakes.bare_gateway.media import ResultForm, data_uri, png
from tests.fakes.bare_gateway.models import MODELS
from tests.fakes.bare_gateway.server import running_bare_gateway
from tests.fakes.bare_gateway.wire import Endpoint, Reply, error_reply, json_reply
from tests.fakes.cutting_gateway import running_cutting_gateway

EACH = pytest.mark.parametrize("capability", list(Capability), ids=str)


@pytest.fixture
async def gateway() -> AsyncGenerator[BareGateway, None]:
    """It lists every model it has, except where a test says otherwise."""
    async with running_bare_gateway() as running:
        running.models.listed = tuple(MODELS)
        yield running


@pytest.fixture
async def bench(tmp_path: Path, gateway: BareGateway) -> AsyncGenerator[Bench, None]:
    async with running_bench(tmp_path, gateway) as running:
        yield running


# results and what they cost


@EACH
async def test_it_is_delivered_at_its_estimate(bench: Bench, capability: Capability) -> None:
    final = await bench.delivered(capability)

    assert final.receipt.estimate == ESTIMATES[capability]
    assert final.receipt.charged == ESTIMATES[capability]
    assert final.receipt.source == "estimate"
    assert len(bench.gateway.ran) == 1


@EACH
@pytest.mark.parametrize("log", ["readable", "forbidden", "missing"])
async def test_it_is_delivered_before_any_look_into_a_log(
    bench: Bench, capability: Capability, log: str
) -> None:
    if log == "readable":
        bench.gateway.with_log(listed=True)
    else:
        bench.gateway.without_log(403 if log == "forbidden" else 404)

    final = await bench.delivered(capability)

    assert bench.watcher.log_reads[final.request.id] == 0


@EACH
async def test_a_cost_that_is_named_is_charged(bench: Bench, capability: Capability) -> None:
    bench.gateway.names_cost = True

    final = await bench.delivered(capability)

    assert (final.receipt.charged, final.receipt.source) == (ESTIMATES[capability], "gateway")
    assert bench.watcher.log_reads[final.request.id] == 0


# refusals


@EACH
@pytest.mark.parametrize(
    "code",
    ["INVALID_REQUEST", "AUTHENTICATION_FAILED", "INSUFFICIENT_BALANCE", "MODEL_NOT_FOUND", "MODEL_DISABLED"],
)
async def test_a_refusal_ends_it_free(bench: Bench, capability: Capability, code: str) -> None:
    bench.gateway.fail(code, to=ENDPOINTS[capability], times=9)

    await bench.refused_free(capability)


@EACH
@pytest.mark.parametrize(
    ("code", "status"), [("INVALID_REQUEST", 400), ("UPSTREAM_ERROR", 400), ("UPSTREAM_ERROR", 422)]
)
@pytest.mark.parametrize("reason", ["duration must be one of 4, 8, 12", "blocked: violence"])
async def test_a_reason_reaches_the_person(
    bench: Bench, capability: Capability, code: str, status: int, reason: str
) -> None:
    bench.gateway.fail(code, reason, status=status, to=ENDPOINTS[capability], times=9)

    final = await bench.refused_free(capability)

    assert reason in said(final)


@EACH
async def test_a_refused_dry_run_sends_nothing(bench: Bench, capability: Capability) -> None:
    reason = "duration must be one of 4, 8, 12"
    bench.gateway.fail("INVALID_REQUEST", reason, to=ENDPOINTS[capability], dry=True, times=9)

    final = await bench.refused_free(capability, paid_calls=0)

    assert reason in said(final)


@EACH
async def test_a_busy_gateway_is_asked_again(bench: Bench, capability: Capability) -> None:
    bench.gateway.fail("RATE_LIMITED", to=ENDPOINTS[capability])

    final = await bench.delivered(capability)

    assert final.receipt.charged == ESTIMATES[capability]
    assert (len(bench.gateway.paid), len(bench.gateway.ran)) == (2, 1)


@EACH
async def test_a_reason_behind_exhausted_providers_reaches_the_person(
    bench: Bench, capability: Capability
) -> None:
    """A log that can be read and does not know the call says that it never ran."""
    bench.gateway.with_log(listed=True)
    await bench.delivered(Capability.GENERATE)
    bench.gateway.fail("ALL_PROVIDERS_EXHAUSTED", "blocked: violence", to=ENDPOINTS[capability], times=9)

    final = await bench.run(capability)

    assert isinstance(final, Failed)
    assert "blocked: violence" in said(final)
    row = await bench.stack.row(final.request.id)
    assert (row.charged or 0, row.hold) == (0, 0)


# videos


@pytest.mark.parametrize("status", ["completed", "succeeded", "done"])
@pytest.mark.parametrize("output", ["object", "string", "list"])
async def test_a_film_is_found_in_each_form(bench: Bench, status: str, output: Any) -> None:
    bench.gateway.videos.status, bench.gateway.videos.output = status, output

    final = await bench.delivered(Capability.VIDEO)

    assert final.request.assets


@pytest.mark.parametrize("status", ["failed", "error", "expired", "cancelled"])
@pytest.mark.parametrize("form", ["string", "object"])
async def test_a_film_that_failed_is_free_and_says_why(bench: Bench, status: str, form: str) -> None:
    reason = "blocked: violence"
    bench.gateway.videos.status = status
    bench.gateway.videos.error = reason if form == "string" else {"message": reason, "code": "blocked"}

    final = await bench.run(Capability.VIDEO)

    row = await bench.stack.row(final.request.id)
    assert (row.charged or 0, row.hold) == (0, 0)
    assert bench.watcher.log_reads[row.id] == 0
    if status != "cancelled":
        assert isinstance(final, Failed)
        assert reason in said(final)


async def test_a_film_that_a_lost_answer_hides_is_not_made_twice(tmp_path: Path) -> None:
    """Of the pages none knows an idempotency key, so a second submission is a second film."""
    async with running_cutting_gateway() as cutting:
        cutting.gateway.models.listed = tuple(MODELS)
        async with running_bench(tmp_path, cutting.gateway) as bench:
            cutting.cut(Endpoint.VIDEO, response_after=0)
            order = await bench.order(Capability.VIDEO)
            request = await bench.stack.submit(order, pictures=bench.pictures)
            await bench.stack.test.ended(request.id, PATIENCE_S)

            assert len(cutting.gateway.ran) == 1


# chat


@pytest.mark.parametrize("ending", ["length", "content_filter"])
async def test_a_chat_that_ends_early_keeps_its_words(bench: Bench, ending: str) -> None:
    bench.gateway.chat.finish_reason = ending

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == bench.gateway.chat.text
    assert final.receipt.charged == ESTIMATES[Capability.CHAT]


async def test_a_chat_that_breaks_after_words_delivers_them(bench: Bench) -> None:
    bench.gateway.chat.breaks_with = {"message": "overloaded", "code": 502}

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == bench.gateway.chat.text
    assert final.receipt.charged == ESTIMATES[Capability.CHAT]


async def test_a_chat_without_an_end_delivers_its_words(bench: Bench) -> None:
    bench.gateway.chat.without_done = True

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == bench.gateway.chat.text
    assert final.receipt.charged == ESTIMATES[Capability.CHAT]


async def test_a_refusal_in_words_is_shown_as_one(bench: Bench) -> None:
    bench.gateway.chat.refusal = "I cannot help with that."

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == "I cannot help with that."
    assert "The model refused" in final.request.cut
    assert final.receipt.charged == ESTIMATES[Capability.CHAT]


async def test_reasoning_is_not_part_of_the_answer(bench: Bench) -> None:
    bench.gateway.chat.reasoning = "The person greets me."

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == bench.gateway.chat.text


@pytest.mark.parametrize("words", ["Here it is.", None])
async def test_pictures_in_a_chat_are_delivered(bench: Bench, words: str | None) -> None:
    bench.gateway.chat.text = words
    bench.gateway.chat.images = [data_uri(png((8, 8)), "image/png")]

    final = await bench.delivered(Capability.CHAT)

    assert len(final.request.assets) == 1


async def test_the_words_of_a_spoken_answer_are_shown(bench: Bench) -> None:
    bench.gateway.chat.audio = {
        "id": "audio_1",
        "transcript": "Good day.",
        "data": "UklGRg==",
        "expires_at": 1,
    }

    final = await bench.delivered(Capability.CHAT)

    assert final.request.text == "Good day."


async def test_a_chat_asks_for_its_usage(bench: Bench) -> None:
    await bench.delivered(Capability.CHAT)

    (call,) = bench.gateway.ran
    assert call.body["stream_options"] == {"include_usage": True}


# how results are handed over


@pytest.mark.parametrize("form", list(ResultForm), ids=str)
async def test_a_picture_is_delivered_in_each_form(
    bench: Bench, gateway: BareGateway, form: ResultForm
) -> None:
    """What another host serves may be refused, but is paid for: its address is then delivered as it is."""
    gateway.media.form = form

    final = await bench.delivered(Capability.GENERATE)

    if form is not ResultForm.OTHER_HOST:
        kept = await bench.stack.core.service.result_file(final.request, 0)
        assert kept is not None
        assert kept.read_bytes() == png((1024, 1024))
    assert all("authorization" not in call.headers for call in gateway.media_calls)


# prices


@EACH
@pytest.mark.parametrize("written", [int, float, str])
async def test_micros_are_read_however_they_are_written(
    bench: Bench, capability: Capability, written: type[int] | type[float] | type[str]
) -> None:
    bench.gateway.dry_run = DryRunSwitches(micros_as=written)

    final = await bench.delivered(capability)

    assert final.receipt.estimate == ESTIMATES[capability]


@pytest.mark.parametrize("missing", ["estimated", "currency", "provider", "model"])
async def test_a_price_is_read_without_its_trimmings(bench: Bench, missing: str) -> None:
    """`estimated` alone tells a price from a result, and without it nothing is run."""
    bench.gateway.dry_run = DryRunSwitches(without=frozenset({missing}))

    if missing == "estimated":
        await bench.refused_free(Capability.GENERATE, paid_calls=0)
    else:
        await bench.delivered(Capability.GENERATE)


@EACH
async def test_without_a_dry_run_nothing_is_run(bench: Bench, capability: Capability) -> None:
    bench.gateway.dry_run = DryRunSwitches(absent=frozenset(Endpoint))

    await bench.refused_free(capability, paid_calls=0)


@EACH
async def test_a_dry_run_that_ran_is_not_asked_for_again(bench: Bench, capability: Capability) -> None:
    """The gateway did the work instead of pricing it. Asking once more would be charged once more."""
    bench.gateway.dry_run = DryRunSwitches(ignored=frozenset(Endpoint))

    final = await bench.run(capability)

    assert len(bench.gateway.ran) == 1
    assert isinstance(final, Failed)
    assert "may have run this and charged for it" in said(final)
    assert "not run" not in said(final)
    assert (final.receipt.charged, final.request.hold) == (0, 0)


@EACH
async def test_a_dry_run_that_ran_is_charged_what_its_answer_names(
    bench: Bench, capability: Capability
) -> None:
    bench.gateway.dry_run = DryRunSwitches(ignored=frozenset(Endpoint))
    bench.gateway.names_cost = True

    final = await bench.run(capability)

    assert isinstance(final, Failed)
    named = 0 if about(capability).job else ESTIMATES[capability]  # a job has not ended yet
    assert final.receipt.charged == named
    assert await bench.stack.core.store.verify() == []


@EACH
@pytest.mark.parametrize("listed", [False, True], ids=["by id", "by trace id"])
async def test_a_dry_run_that_ran_is_booked_as_the_log_says(
    bench: Bench, capability: Capability, listed: bool
) -> None:
    bench.gateway.dry_run = DryRunSwitches(ignored=frozenset(Endpoint))
    bench.gateway.with_log(listed=listed)
    bench.gateway.log.by_id = not listed

    final = await bench.run(capability)
    told = await bench.stack.test.corrected_to(final.request.id)

    assert told.receipt.charged == ESTIMATES[capability]
    assert (await bench.stack.row(final.request.id)).charged_from == "log"
    assert await bench.stack.core.store.verify() == []


# the list of models


@EACH
@pytest.mark.parametrize("listed", ["printed", "reversed", "empty", "missing", "unreadable"])
async def test_whatever_is_listed_the_dry_run_decides(
    tmp_path: Path, gateway: BareGateway, capability: Capability, listed: str
) -> None:
    match listed:
        case "printed":
            gateway.models.listed = ("gemini-3-pro-image", "gpt-image-1.5")
        case "reversed":
            gateway.models.listed = tuple(reversed(MODELS))
        case "empty":
            gateway.models.listed = ()
        case "missing":
            gateway.models.whole = error_reply("INVALID_REQUEST", "Not found", 404)
        case _:
            gateway.models.whole = Reply(status=200, body=b"<html>", content_type="text/html")
    async with running_bench(tmp_path, gateway) as bench:
        await bench.delivered(capability)


async def test_a_list_that_fails_only_with_schema_is_read_without(
    tmp_path: Path, gateway: BareGateway
) -> None:
    gateway.models.schema = json_reply({"error": {"message": "no schema", "code": "INVALID_REQUEST"}}, 400)
    async with running_bench(tmp_path, gateway) as bench:
        assert len(bench.stack.core.catalog) >= len(MODELS)
