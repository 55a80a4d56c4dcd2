"""`lumenfall-bot understand`: what was understood, what it cost, the mistakes; never an order."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from adapters.cli.asking.terminal import Terminal
from adapters.cli.doctor.understanding import _picture
from bot.conversation.sentences import SPEAKER, Sentence
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.windows import Window
from bot.use_cases.understanding import Heard, Measurement
from sandbox import Sandbox
from tests.fakes.commands import Commands, commands
from tests.fakes.sandbox import KEY, sandbox_fixture  # noqa: F401
from tests.fakes.stack import Stack, running_stack

MODEL = "google/gemini-3-flash-preview"
SENTENCES = [
    Sentence(say="draw a fox", means="generate"),
    Sentence(say="what is the capital of Mongolia?", means="chat"),
    Sentence(say="remove the background", means="edit", attached=True),
    Sentence(say="make it move", means="video", thread="picture"),
    Sentence(say="ok do it", means="confirm", thread="awaiting price"),
]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found, and the parts that found it."""

    stack: Stack
    price: Micros
    found: list[Heard]

    @property
    def sandbox(self) -> Sandbox:
        return self.stack.sandbox


@asynccontextmanager
async def measuring(
    sandbox: Sandbox, folder: Path, sentences: Sequence[Sentence] = SENTENCES, most: int | None = None
) -> AsyncIterator[Measured]:
    async with running_stack(folder, sandbox=sandbox) as stack:
        stack.core.notifiers["cli"] = Terminal().notifier
        measurement = Measurement(
            stack.core.gateway,
            stack.core.store,
            stack.core.clock,
            wake=stack.core.worker.wake,
            model=MODEL,
            max_tokens=300,
            picture=_picture(),
            defaults={},
        )
        price = await measurement.price(sentences)
        before, heard = sandbox.charged_micros, list[Heard]()
        found = await measurement.run(
            sentences, most=price if most is None else Micros(most), done=heard.append
        )
        assert len(heard) == len(found)
        spent = sandbox.charged_micros - before
        assert spent <= price
        entries = [entry async for entry in stack.core.store.entries()]
        booked = sum(entry.spent for entry in entries)
        assert booked == sum(one.cost for one in found), "all of it is in the ledger"
        assert booked == spent or any(one.guessed for one in found), "which explains the gateway's log"
        assert sum(entry.held for entry in entries) == 0
        yield Measured(stack=stack, price=price, found=found)


async def measured(sandbox: Sandbox, folder: Path, most: int | None = None) -> list[Heard]:
    async with measuring(sandbox, folder, most=most) as done:
        return done.found


async def test_readings_are_paid_and_nothing_is_ordered(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await measured(sandbox, tmp_path)
    assert [one.sentence for one in found] == SENTENCES
    assert all(one.right for one in found), found
    assert sum(one.cost for one in found) == sandbox.charged_micros > 0
    assert [row.kind for row in sandbox.paid_calls] == ["chat"] * 4
    assert len({row.user for row in sandbox.paid_calls}) == 1


async def test_a_mistake_is_priced_and_not_made(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.script("capital", ("video", {"prompt": "Mongolia", "model": "sora-2", "seconds": 4}))
    found = await measured(sandbox, tmp_path)
    [wrong] = [one for one in found if not one.right]
    assert wrong.became == "video"
    dry = [call for call in sandbox.calls if call.endpoint == "video"]
    assert [call.dry_run for call in dry] == [True]
    assert wrong.order is not None
    assert wrong.order > 100_000
    assert {row.kind for row in sandbox.paid_calls} == {"chat"}


@pytest.mark.parametrize("fault", ["tools_broken", "tools_unknown"])
async def test_a_broken_call_is_a_mistake_that_costs_nothing_more(
    sandbox: Sandbox, tmp_path: Path, fault: str
) -> None:
    sandbox.fail(fault, times=None)
    found = await measured(sandbox, tmp_path)
    assert [one.became for one in found] == ["not understood"] * 4 + ["confirm"]
    assert all(one.order == 0 for one in found)


async def test_a_model_without_tools_is_asked_once(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail("tools_refused", times=None)
    [first] = await measured(sandbox, tmp_path)
    assert first.problem
    assert first.cost == sandbox.charged_micros == 0
    assert len([call for call in sandbox.calls if call.endpoint == "chat" and not call.dry_run]) == 1


async def test_what_is_lost_is_not_asked_again_and_is_in_the_ledger(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail("reset_after_charge", endpoint="chat")
    async with measuring(sandbox, tmp_path, SENTENCES[1:2]) as done:
        [lost] = done.found
    assert not lost.right
    assert lost.problem
    assert lost.guessed
    assert lost.cost >= sandbox.charged_micros > 0, "until the log is asked"
    assert len(sandbox.paid_calls) == 1


async def test_no_more_is_spent_than_was_agreed_to(sandbox: Sandbox, tmp_path: Path) -> None:
    async with measuring(sandbox, tmp_path / "a") as done:
        price = done.price
    before, calls = sandbox.charged_micros, len(sandbox.paid_calls)
    async with measuring(sandbox, tmp_path / "b", most=price // 3) as done:
        unread = [one for one in done.found if one.problem]
    assert unread
    assert sandbox.charged_micros - before <= price // 3
    assert len(sandbox.paid_calls) - calls == 4 - len(unread)


async def test_limits_of_the_place_hold(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running_stack(tmp_path, sandbox=sandbox) as stack:
        await stack.core.admin.set_budget(SPEAKER, Scope.TENANT, "", Window.DAY, Micros(1))
    async with measuring(sandbox, tmp_path) as done:
        assert [one.problem != "" for one in done.found] == [True]
    assert sandbox.charged_micros == 0


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Commands]:
    async with commands(tmp_path / "said") as found:
        yield found


async def test_the_command(sandbox: Sandbox, tmp_path: Path, cli: Commands) -> None:
    file = tmp_path / "sentences.json"
    rows = [{"say": "draw a fox", "means": "generate"}, {"say": "draw up a contract", "means": "generate"}]
    file.write_text(json.dumps(rows))
    where = {
        "DATA_DIR": str(tmp_path / "data"),
        "LUMENFALL_API_KEY": KEY,
        "LUMENFALL_BASE_URL": sandbox.base_url,
    }
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
    assert "0 differ" in await cli("reconcile", "--since", "2020-01-01", **where)
    assert "sound" in await cli("ledger", "verify", **where)


def test_the_picture_of_the_sentences_is_one() -> None:
    stand_in = _picture()
    assert Image.open(io.BytesIO(stand_in.data)).size == (stand_in.upload.width, stand_in.upload.height)
