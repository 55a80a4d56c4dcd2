"""`lumenfall-bot understand`: what was understood, what it cost, the mistakes; never an order."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from adapters.cli.doctor.understanding import _picture
from adapters.composition import open_gateway
from bot.conversation.sentences import Sentence
from bot.core.money import Micros
from bot.settings import Settings
from bot.use_cases.understanding import USER, Heard, Measurement
from sandbox import Sandbox
from tests.e2e.test_cli import cli
from tests.fakes.sandbox import KEY, sandbox_fixture  # noqa: F401

MODEL = "google/gemini-3-flash-preview"
SENTENCES = [
    Sentence(say="draw a fox", means="generate"),
    Sentence(say="what is the capital of Mongolia?", means="chat"),
    Sentence(say="remove the background", means="edit", attached=True),
    Sentence(say="make it move", means="video", thread="picture"),
    Sentence(say="ok do it", means="confirm", thread="awaiting price"),
]


@asynccontextmanager
async def measuring(sandbox: Sandbox) -> AsyncIterator[Measurement]:
    settings = Settings(lumenfall_api_key=KEY, lumenfall_base_url=sandbox.base_url)  # type: ignore[arg-type]
    async with open_gateway(settings) as gateway:
        yield Measurement(gateway, model=MODEL, max_tokens=300, picture=_picture(), defaults={})


async def measured(sandbox: Sandbox, most: int | None = None) -> list[Heard]:
    async with measuring(sandbox) as measurement:
        price = await measurement.price(SENTENCES)
        assert sandbox.charged_micros == 0
        heard = list[Heard]()
        found = await measurement.run(
            SENTENCES, most=price if most is None else Micros(most), done=heard.append
        )
        assert len(heard) == len(found)
        assert sandbox.charged_micros <= price
        return found


async def test_readings_are_paid_and_nothing_is_ordered(sandbox: Sandbox) -> None:
    found = await measured(sandbox)
    assert [one.sentence for one in found] == SENTENCES
    assert all(one.right for one in found), found
    assert sum(one.cost for one in found) == sandbox.charged_micros > 0
    assert [row.kind for row in sandbox.paid_calls] == ["chat"] * 4
    assert {row.user for row in sandbox.paid_calls} == {USER}


async def test_a_mistake_is_priced_and_not_made(sandbox: Sandbox) -> None:
    sandbox.script("capital", ("video", {"prompt": "Mongolia", "model": "sora-2", "seconds": 4}))
    found = await measured(sandbox)
    [wrong] = [one for one in found if not one.right]
    assert wrong.became == "video"
    dry = [call for call in sandbox.calls if call.endpoint == "video"]
    assert [call.dry_run for call in dry] == [True]
    assert wrong.order is not None
    assert wrong.order > 100_000
    assert {row.kind for row in sandbox.paid_calls} == {"chat"}


@pytest.mark.parametrize("fault", ["tools_broken", "tools_unknown"])
async def test_a_broken_call_is_a_mistake_that_costs_nothing_more(sandbox: Sandbox, fault: str) -> None:
    sandbox.fail(fault, times=None)
    found = await measured(sandbox)
    assert [one.became for one in found] == ["not understood"] * 4 + ["confirm"]
    assert all(one.order == 0 for one in found)


async def test_a_model_without_tools_is_asked_once(sandbox: Sandbox) -> None:
    sandbox.fail("tools_refused", times=None)
    [first] = await measured(sandbox)
    assert first.problem
    assert first.cost == sandbox.charged_micros == 0
    assert len([call for call in sandbox.calls if call.endpoint == "chat" and not call.dry_run]) == 1


async def test_what_is_lost_is_not_asked_again_and_counts_at_its_estimate(sandbox: Sandbox) -> None:
    async with measuring(sandbox) as measurement:
        price = await measurement.price(SENTENCES)
        read = [await measurement.run(SENTENCES[:1], most=price, done=lambda _one: None)]
        sandbox.fail("reset_after_charge", endpoint="chat")
        read.append(await measurement.run(SENTENCES[1:2], most=price, done=lambda _one: None))
    lost = read[1][0]
    assert not lost.right
    assert lost.problem
    assert lost.cost > 0
    assert lost.guessed
    assert len(sandbox.paid_calls) == 2


async def test_no_more_is_spent_than_was_agreed_to(sandbox: Sandbox) -> None:
    async with measuring(sandbox) as measurement:
        price = await measurement.price(SENTENCES)
    found = await measured(sandbox, most=price // 3)
    unread = [one for one in found if one.problem]
    assert unread
    assert sandbox.charged_micros <= price // 3
    assert len(sandbox.paid_calls) == 4 - len(unread)


async def test_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "sentences.json"
    rows = [{"say": "draw a fox", "means": "generate"}, {"say": "draw up a contract", "means": "generate"}]
    file.write_text(json.dumps(rows))
    where = {"LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
    said = await cli("understand", str(file), "--yes", "--max", "0.000001", expect=1, **where)
    assert "above --max. Nothing was sent." in said
    assert sandbox.charged_micros == 0
    said = await cli("understand", str(file), "--yes", **where)
    assert "2 sentences on" in said
    assert "“draw up a contract” means generate, became chat\n" in said
    assert "understood 1 of 2 (50.0%)" in said
    charged = sandbox.charged_micros
    said = await cli("understand", str(file), "--yes", "--json", "--model", "openai/gpt-5-mini", **where)
    facts = json.loads(said[said.index("{") :])
    assert (facts["model"], facts["understood"], facts["sentences"]) == ("openai/gpt-5-mini", 1, 2)
    assert facts["cost_micros"] == sandbox.charged_micros - charged
    assert [one["became"] for one in facts["mistakes"]] == ["chat"]


def test_the_picture_of_the_sentences_is_one() -> None:
    stand_in = _picture()
    assert Image.open(io.BytesIO(stand_in.data)).size == (stand_in.upload.width, stand_in.upload.height)
