"""The gateway of the published pages on Discord, Slack, the web and the command line.

No cost is named and no list has tags. On each surface each capability is delivered and charged at its
estimate, which is said to be one, before anybody looks into the log; what the gateway refuses ends within two
seconds, free, and in words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.request import State
from tests.fakes.bare_bench import ENDPOINTS, ESTIMATES
from tests.fakes.bare_gateway.dry_run import DryRunSwitches
from tests.fakes.bare_gateway.gateway import BareGateway
from tests.fakes.bare_gateway.media import ResultForm, data_uri, png
from tests.fakes.bare_gateway.wire import Endpoint, Reply, error_reply
from tests.fakes.bare_surfaces import MODEL, OPTIONS, SURFACES, Surface, running_surface

EACH = pytest.mark.parametrize("capability", list(Capability), ids=str)
ONE = pytest.mark.parametrize(
    "capability",
    [one if one is Capability.VIDEO else pytest.param(one, marks=pytest.mark.deep) for one in Capability],
    ids=str,
)
"""For tables that are the same for all; the others are tried in the deep run."""
NAMED = "(the estimate; the gateway named no price)"
AT_ONCE_S = 2.0


MOST = [pytest.param(name, marks=pytest.mark.deep) if name == "terminal" else name for name in SURFACES]
"""For tables of many rows: each command is a process of its own, which the deep run starts."""


@pytest.fixture(params=MOST)
async def surface(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Surface, None]:
    async with running_surface(request.param, tmp_path) as running:
        yield running


@pytest.fixture(params=SURFACES)
async def measured(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Surface, None]:
    """A surface on the wall's clock."""
    async with running_surface(request.param, tmp_path, speed=1) as running:
        yield running


@pytest.fixture(params=SURFACES)
async def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Surface, None]:
    """Every surface, the command line too."""
    async with running_surface(request.param, tmp_path) as running:
        yield running


@pytest.fixture(params=MOST)
async def tabled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Surface, None]:
    """As `measured`, for tables."""
    async with running_surface(request.param, tmp_path, speed=1) as running:
        yield running


async def free(surface: Surface, *states: State) -> None:
    """The newest request has ended, and nothing was charged or is held."""
    row = await surface.ended()
    assert row.state in (states or (State.FAILED, State.REFUSED)), row.state
    assert (row.charged or 0, row.hold) == (0, 0)
    assert await surface.differences() == []


# results


@EACH
async def test_it_is_delivered_at_its_estimate_before_any_look_into_a_log(
    everywhere: Surface, capability: Capability
) -> None:
    surface = everywhere
    surface.gateway.with_log(listed=True)
    shown_at_looks = surface.note_log_reads()

    await surface.ask(capability)
    shown = await surface.shows(NAMED)

    row = await surface.ended()
    assert (row.state, row.charged, row.estimate) == (
        State.DELIVERED,
        ESTIMATES[capability],
        ESTIMATES[capability],
    )
    if capability is Capability.CHAT:
        assert surface.gateway.chat.text is not None
        assert surface.gateway.chat.text in shown
    else:
        (made,) = await surface.files()
        assert made in [content for content, _ in surface.gateway.media.files.values()]
    assert len(surface.gateway.ran) == 1
    assert all(NAMED in shown for shown in shown_at_looks)
    assert await surface.differences() == []


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "terminal"])
async def test_the_log_is_asked_once_the_result_is_there(name: str, tmp_path: Path) -> None:
    """By the id that the answer's header named. A command's process has ended by then."""
    async with running_surface(name, tmp_path) as surface:
        surface.gateway.with_log()
        shown_at_looks = surface.note_log_reads()
        await surface.ask(Capability.GENERATE)
        async with asyncio.timeout(20):
            while not shown_at_looks:
                await asyncio.sleep(0.02)
        (ran,) = surface.gateway.ran
        assert surface.gateway.log_reads[0].path == f"/v1/requests/{ran.request_id}"
        assert NAMED in shown_at_looks[0]


# refusals


@dataclass(frozen=True)
class No:
    """A refusal of the paid call, and words of it that the person is shown."""

    reply: Reply
    said: tuple[str, ...]


OPERATORS = ("not your fault", "operator")
NOES = {
    "invalid parameter": No(
        error_reply("INVALID_REQUEST", "duration must be one of 4, 8, 12"),
        ("duration must be one of 4, 8, 12",),
    ),
    "blocked": No(error_reply("UPSTREAM_ERROR", "blocked: violence", 400), ("blocked: violence",)),
    "bad key": No(error_reply("AUTHENTICATION_FAILED"), OPERATORS),
    "no balance": No(error_reply("INSUFFICIENT_BALANCE"), OPERATORS),
    "forbidden": No(
        Reply(status=403, body=b"<html>no</html>", content_type="text/html"),
        OPERATORS,
    ),
    "model not found": No(error_reply("MODEL_NOT_FOUND"), ("does not know this model",)),
    "model disabled": No(error_reply("MODEL_DISABLED"), ("turned off",)),
    "unprocessable": No(
        error_reply("UPSTREAM_ERROR", "prompt is too long", 422),
        ("prompt is too long",),
    ),
}


@pytest.mark.parametrize("no", NOES)
async def test_a_refusal_ends_it_at_once_free_and_in_words(tabled: Surface, no: str) -> None:
    tabled.gateway.answer(NOES[no].reply, times=9)

    await tabled.ask(Capability.GENERATE)
    shown = await tabled.shows(NOES[no].said[0])

    (call,) = tabled.gateway.paid
    assert time.monotonic() - call.at < AT_ONCE_S
    assert all(words in shown for words in NOES[no].said)
    assert "othing was charged" in shown
    await free(tabled, State.FAILED)


@ONE
async def test_each_capability_can_be_refused(measured: Surface, capability: Capability) -> None:
    reason = "duration must be one of 4, 8, 12"
    measured.gateway.fail("INVALID_REQUEST", reason, to=ENDPOINTS[capability], times=9)

    await measured.ask(capability)
    shown = await measured.shows(reason)

    (call,) = measured.gateway.paid
    assert time.monotonic() - call.at < AT_ONCE_S
    assert "othing was charged" in shown
    await free(measured, State.FAILED)


async def test_a_refused_price_is_told_with_its_reason(measured: Surface) -> None:
    reason = "size must be one of 512x512, 1024x1024"
    measured.gateway.fail("INVALID_REQUEST", reason, dry=True, times=9)

    await measured.ask(Capability.GENERATE)
    await measured.shows(reason)

    assert measured.gateway.paid == []
    assert time.monotonic() - measured.gateway.calls[-1].at < AT_ONCE_S
    await free(measured, State.REFUSED)


async def test_a_misspelt_model_is_told_with_the_nearest(measured: Surface) -> None:
    await measured.ask(Capability.GENERATE, model="gemini-3-pro-imag")
    await measured.shows("Did you mean gemini-3-pro-image")

    assert measured.gateway.paid == []
    await free(measured, State.REFUSED)


@pytest.mark.parametrize("capability", [Capability.GENERATE, Capability.EDIT], ids=str)
@pytest.mark.parametrize("name", [name for name in SURFACES if name != "terminal"])
async def test_a_misspelt_model_is_mended_by_a_press(
    name: str, tmp_path: Path, capability: Capability
) -> None:
    """The refusal offers the nearest name; a press repeats the order with it, its picture and all."""
    right = MODEL[capability]
    async with running_surface(name, tmp_path) as surface:
        await surface.ask(capability, model=right[:-1])
        await surface.shows(f"Did you mean {right}")
        await surface.press(f"Use {right}")
        await surface.shows(NAMED)
        row = await surface.ended()
        assert (row.state, row.order.model, row.order.prompt) == (
            State.DELIVERED,
            right,
            OPTIONS[capability]["prompt"],
        )
        assert len(surface.gateway.ran) == 1


@pytest.mark.parametrize("status", ["failed", "error", "expired"])
async def test_a_film_that_failed_is_free_and_says_why(surface: Surface, status: str) -> None:
    surface.gateway.videos.status, surface.gateway.videos.error = status, "blocked: violence"

    await surface.ask(Capability.VIDEO)
    shown = await surface.shows("blocked: violence")

    assert "othing was charged" in shown
    assert surface.gateway.log_reads == []
    await free(surface, State.FAILED)


@pytest.mark.parametrize(("code", "status"), [("ALL_PROVIDERS_EXHAUSTED", 502), ("UPSTREAM_ERROR", 500)])
async def test_what_the_providers_said_is_passed_on(surface: Surface, code: str, status: int) -> None:
    """A log that can be read, and does not know the call, says that it never ran."""
    surface.gateway.with_log(listed=True)
    await surface.ask(Capability.GENERATE)
    await surface.shows(NAMED)
    await surface.ended()
    surface.gateway.fail(code, "blocked: violence", status=status, times=9)

    await surface.ask(Capability.GENERATE)
    shown = await surface.shows("blocked: violence")

    assert "othing was charged" in shown
    assert len(surface.gateway.paid) == 2
    await free(surface, State.FAILED)


async def test_what_nobody_can_know_is_said_with_the_reason(surface: Surface) -> None:
    """All providers failed, which may cost something, and there is no log: the one case that is a guess."""
    surface.gateway.fail("ALL_PROVIDERS_EXHAUSTED", "blocked: violence", times=9)

    await surface.ask(Capability.GENERATE)
    shown = await surface.shows("the amount set aside was charged")

    assert "blocked: violence" in shown
    row = await surface.ended()
    assert (row.state, row.charged_from, row.hold) == (State.FAILED, "hold", 0)
    assert len(surface.gateway.paid) == 1
    assert await surface.differences() == []


# odd answers


@pytest.mark.parametrize(
    ("ending", "said"), [("length", "reached its maximum length"), ("content_filter", "content filter")]
)
async def test_an_answer_that_was_cut_says_so(surface: Surface, ending: str, said: str) -> None:
    surface.gateway.chat.finish_reason = ending

    await surface.ask(Capability.CHAT)
    shown = await surface.shows(NAMED)

    assert said in shown
    assert str(surface.gateway.chat.text) in shown


async def test_an_answer_that_broke_off_is_kept_and_says_so(surface: Surface) -> None:
    surface.gateway.chat.breaks_with = {"message": "overloaded", "code": 502}

    await surface.ask(Capability.CHAT)
    shown = await surface.shows(NAMED)

    assert "broke off" in shown
    assert str(surface.gateway.chat.text) in shown


async def test_a_models_refusal_is_shown_as_one(surface: Surface) -> None:
    surface.gateway.chat.refusal = "I cannot help with that."

    await surface.ask(Capability.CHAT)
    shown = await surface.shows(NAMED)

    assert "I cannot help with that." in shown
    assert "The model refused to do this" in shown


async def test_a_dry_run_that_ran_is_not_said_to_have_cost_nothing(surface: Surface) -> None:
    surface.gateway.dry_run = DryRunSwitches(ignored=frozenset({Endpoint.GENERATE}))
    surface.gateway.names_cost = True

    await surface.ask(Capability.GENERATE)
    shown = await surface.shows("may have run this and charged for it")

    assert "was not run" not in shown
    assert "othing was charged" not in shown
    row = await surface.ended()
    assert (row.charged, row.charged_from) == (ESTIMATES[Capability.GENERATE], "gateway")
    assert await surface.differences() == []


async def test_words_that_were_spoken_are_shown_and_reasoning_is_not(surface: Surface) -> None:
    surface.gateway.chat.reasoning = "The person greets me."
    surface.gateway.chat.audio = {"id": "a", "transcript": "Good day.", "data": "UklGRg==", "expires_at": 1}

    await surface.ask(Capability.CHAT)
    shown = await surface.shows(NAMED)

    assert "Good day." in shown
    assert "greets" not in shown


@pytest.mark.parametrize("words", ["Here it is.", None])
async def test_pictures_in_an_answer_are_delivered(surface: Surface, words: str | None) -> None:
    surface.gateway.chat.text = words
    surface.gateway.chat.images = [data_uri(png((8, 8)), "image/png")]

    await surface.ask(Capability.CHAT)
    shown = await surface.shows(NAMED)

    await surface.ended()
    assert await surface.files() == [png((8, 8))]
    assert (words or "") in shown


async def test_a_result_that_is_not_safe_to_fetch_is_handed_over_as_a_link(surface: Surface) -> None:
    """It lies on another host, and not at an https address."""
    surface.gateway.media.form = ResultForm.OTHER_HOST

    await surface.ask(Capability.GENERATE)
    shown = await surface.shows(NAMED)

    assert f"{surface.gateway.media.other_origin}/media/" in shown
    assert surface.gateway.media_calls == []
    assert (await surface.ended()).charged == ESTIMATES[Capability.GENERATE]


@pytest.mark.parametrize("name", SURFACES)
async def test_the_default_model_is_found_without_a_list(name: str, tmp_path: Path) -> None:
    def without_list(gateway: BareGateway) -> None:
        gateway.models.whole = error_reply("INVALID_REQUEST", "Not found", 404)

    async with running_surface(name, tmp_path, prepare=without_list) as surface:
        await surface.ask(Capability.CHAT)
        await surface.shows(NAMED)
