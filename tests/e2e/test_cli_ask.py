"""`lumenfall-bot ask` takes plain words, commands, files and conversations; nothing is spent unasked."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.cli import privacy
from adapters.cli.asking.agreement import Agreement
from adapters.cli.asking.command import _named
from adapters.cli.asking.screen import Screen
from adapters.cli.asking.session import Session, Where
from adapters.cli.asking.terminal import Keyboard, Terminal
from bot.core.money import Micros, dollars
from bot.core.request import Actor
from bot.core.said import Said
from sandbox import Sandbox
from tests.e2e.test_core import picture
from tests.fakes.commands import Commands, commands
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.stack import Stack, running_stack

ANA = Actor(tenant="cli:local", person="cli:ana", name="ana", is_admin=True)
FOX = ("generate", {"prompt": "a fox", "model": "seedream-4.5"})


class Typist(Keyboard):
    """Types the answers it was given, and remembers that it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def line(self) -> str:
        return self.answers.pop(0)


@dataclass
class Asking:
    """A terminal on a running core; each line is a command of its own, as it is for a person."""

    stack: Stack
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    async def ask(
        self, text: str, *answers: str, files: tuple[Path, ...] = (), name: str = "c", **flags: Any
    ) -> bool:
        terminal = Terminal()
        self.stack.core.notifiers["cli"] = terminal.notifier
        screen = Screen(as_json=flags.pop("as_json", False))
        typist = Typist(*answers)
        session = Session(
            self.stack.core,
            terminal,
            Where(actor=ANA, conversation=name, out=self.folder),
            agreed=Agreement(**flags),
            screen=screen,
            keyboard=None if flags else typist,
        )
        done = await session.line(text, files, None)
        screen.close(done=done, spent=session.spending.total)
        assert not typist.answers, "all that was typed was asked for"
        self.facts = {**screen.facts, "spent": session.spending.total}
        return done

    @property
    def sandbox(self) -> Sandbox:
        return self.stack.sandbox

    def kinds(self) -> list[str]:
        return [row.kind for row in self.sandbox.paid_calls]


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    async with running_stack(tmp_path / "data") as stack:
        stack.core.notifiers["cli"] = Terminal().notifier  # whoever sits here
        yield Asking(stack, tmp_path / "out")


async def test_words_become_a_picture_after_its_price_and_it_can_be_talked_about(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    asking.sandbox.script("a fox in snow", FOX)
    assert not await asking.ask("a fox in snow please", "n")
    assert asking.kinds() == ["chat"]
    assert await asking.ask("a fox in snow please", "y")
    assert "This costs about $0.04. Go on?" in capsys.readouterr().err
    [made] = asking.folder.iterdir()
    assert made.name in str(asking.facts["requests"])
    assert await asking.ask("make it night", "y")
    edit = asking.facts["requests"][-1]
    assert (edit["capability"], edit["pictures"]) == ("edit", "p3, from p2")
    assert "in this conversation" in capsys.readouterr().err
    assert await asking.ask("undo that")
    assert "Back to p2" in capsys.readouterr().out
    assert await asking.ask("make it day", "y")
    assert asking.facts["requests"][-1]["pictures"] == "p4, from p2"
    assert asking.facts["spent"] == sum(row.cost_micros for row in asking.sandbox.paid_calls[-2:])


async def test_an_answer_streams_as_it_arrives(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.sandbox.set(chat_chunk_seconds=0.1)
    pieces = list[str]()
    with capture_logs():
        asked = asyncio.create_task(asking.ask("tell me a fun fact about foxes"))
        while not asked.done():
            pieces.append(capsys.readouterr().out)
            await asyncio.sleep(0.05)
        assert await asked
    pieces.append(capsys.readouterr().out)
    assert len([piece for piece in pieces if piece]) > 2
    assert "".join(pieces) == asking.facts["requests"][0]["text"] + "\n"


async def test_several_orders_have_one_price_and_one_answer(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    asking.sandbox.script("both", FOX, ("upscale", {}))
    assert not await asking.ask("both please", "n")
    assert asking.kinds() == ["chat"]
    assert await asking.ask("both please", "y")
    assert "2 orders, about $" in capsys.readouterr().err
    assert asking.kinds() == ["chat", "chat", "generate", "upscale"]


async def test_a_question_is_a_numbered_list(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.sandbox.script("something", ("ask", {"question": "What?", "choices": ["a fox, drawn", "a poem"]}))
    asking.sandbox.script("a fox, drawn", FOX)
    assert await asking.ask("something nice", "1", "y")
    assert "What?\n1. a fox, drawn\n2. a poem\n" in capsys.readouterr().out
    assert asking.kinds() == ["chat", "chat", "generate"]
    assert await asking.ask("something nice", "")
    assert asking.kinds() == ["chat", "chat", "generate", "chat"]


async def test_flags_bound_all_of_it(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.sandbox.script("a fox", FOX)
    assert not await asking.ask("a fox", yes=True, most=Micros(1))
    assert asking.kinds() == []
    assert not await asking.ask("a fox", yes=True, most=Micros(40_000))
    assert asking.kinds() == ["chat"], "the picture alone would fit, with what the reading cost it does not"
    assert "together with" in capsys.readouterr().err
    assert await asking.ask("a fox", yes=True, most=Micros(50_000))
    assert asking.kinds() == ["chat", "chat", "generate"]
    assert asking.facts["spent"] <= 50_000


async def test_a_yes_agrees_to_no_more_than_the_flag(asking: Asking) -> None:
    asking.sandbox.script("a fox", FOX)
    where = {"conversation": "c", "origin": "cli", "reply_to": {}}
    message = await asking.stack.core.talk.say(ANA, Said(words="a fox"), dedupe_key="k", asks=True, **where)
    orders = await _waiting(asking, message.id)
    assert not await asking.ask("yes", yes=True, most=Micros(39_999))
    assert asking.kinds() == ["chat"]
    assert await asking.ask("yes", yes=True, most=Micros(40_000))
    assert asking.facts["requests"][-1]["id"] == orders
    assert asking.kinds() == ["chat", "generate"]


async def _waiting(asking: Asking, message: str) -> str:
    async with asyncio.timeout(20):
        while True:
            for row in await asking.stack.core.talk.orders(ANA, message):
                if row.state == "awaiting_confirmation" and row.notified:
                    return row.id
            await asyncio.sleep(0.02)


async def test_files_come_along(asking: Asking, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes, photo, film = tmp_path / "notes.md", tmp_path / "a.png", tmp_path / "b.mp4"
    notes.write_text("The meeting is at nine.")
    photo.write_bytes(picture())
    film.write_bytes(b"\x00\x00\x00\x18ftypmp42")
    assert await asking.ask("when is it?", files=(notes,))
    assert "The meeting is at nine." in str(asking.sandbox.calls[-1].fields)
    assert await asking.ask(f"/edit make it night --image {photo}", "y", files=())
    assert await asking.ask("/chat what is this", "y", files=(photo, notes))
    assert "The meeting is at nine." in str(asking.sandbox.calls[-1].fields)
    before = asking.kinds()
    assert not await asking.ask("what happens here?", files=(film,))
    assert not await asking.ask("what is it?", files=(tmp_path / "gone.png",))
    assert "cannot be read" in capsys.readouterr().err
    assert asking.kinds() == before


async def test_where_no_model_may_read_there_are_prices_to_choose_from(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asking.ask("/settings --denied_capabilities chat")
    assert not await asking.ask("a fox in snow", "")
    assert asking.kinds() == []
    shown = capsys.readouterr().out.splitlines()
    [first] = [line for line in shown if line.startswith("1. generate · $")]
    assert await asking.ask("a fox in snow", "1")
    assert asking.kinds() == ["generate"]
    assert asking.facts["spent"] == asking.sandbox.charged_micros
    assert first.endswith(dollars(asking.facts["spent"]))


@pytest.mark.parametrize("fault", ["tools_broken", "tools_unknown"])
async def test_broken_calls_end_in_words(asking: Asking, fault: str) -> None:
    asking.sandbox.script("a fox", FOX)
    asking.sandbox.fail(fault, times=None)
    assert not await asking.ask("a fox", yes=True)
    assert asking.facts["messages"]
    assert asking.kinds() == ["chat"]


async def test_every_command_of_the_box_is_answered(
    asking: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    for line, says in (
        ("/help", "/generate"),
        ("/balance", "No limit binds you here."),
        ("/budget set $5 a day for everyone", "$5.00 a day"),
        ("/balance", "$5.00"),
        ("/budget", "What binds everybody here"),
        ("/budget why ana", "These limits bind"),
        ("/budget report", "spent"),
        ("/estimate generate a fox --model seedream-4.5", "About $0.04"),
        ("/compare generate a fox --models seedream-4.5,flux.2-pro", "/generate a fox --model flux.2-pro"),
        ("/models seedream", "seedream-4.5"),
        ("/history", ""),
        ("/settings", "threshold"),
        ("/forget", "Forgotten: 0 turns"),
    ):
        assert await asking.ask(line), line
        assert says in capsys.readouterr().out, line
    assert not await asking.ask("/cancel")
    assert not await asking.ask("/generat a fox")
    assert "Did you mean /generate?" in capsys.readouterr().err
    assert asking.kinds() == []


async def test_forget_makes_a_conversation_new(asking: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    asking.sandbox.script("a fox", FOX)
    assert await asking.ask("a fox", "y")
    assert await asking.ask("/forget")
    assert "Forgotten: 1 turns" in capsys.readouterr().out
    asking.sandbox.script("night", ("edit", {"prompt": "night"}))
    assert not await asking.ask("make it night"), "there is no picture any more"
    assert not await asking.ask("make it night", name="another")
    assert asking.kinds() == ["chat", "generate", "chat", "chat"]


async def test_no_words_are_in_the_log_and_erasing_takes_them(asking: Asking, tmp_path: Path) -> None:
    asking.sandbox.script(
        "surprise party", ("generate", {"prompt": "a surprise party", "model": "seedream-4.5"})
    )
    with capture_logs() as logs:
        assert await asking.ask("a surprise party please", "y", name=_named(ANA, "surprise for Ben"))
        assert not await asking.ask("/generate a surprise --model nonsense")
        assert await asking.ask("what is the surprise?")
    assert "surprise" not in repr([one for one in logs if one["log_level"] != "debug"])
    core = asking.stack.core
    exported = tmp_path / "person.zip"
    assert await privacy.export(core.store, core.media, "cli:ana", exported, retention_days=9) == 4
    with zipfile.ZipFile(exported) as archive:
        rows = json.loads(archive.read("data.json"))["requests"]
    assert "a surprise party please" in repr(rows)
    assert all(row["conversation"].startswith("cli:local/") for row in rows)
    assert "Ben" not in repr(rows), "the name of a conversation is never stored"
    assert (await core.store.erase("cli:ana")).unfinished == 0
    with sqlite3.connect(core.settings.database_path) as plain:
        kept = "\n".join(plain.iterdump())
    plain.close()
    assert "surprise" not in kept


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Commands]:
    async with commands(tmp_path / "said") as found:
        yield found


def last(said: str) -> dict[str, Any]:
    """The line of JSON that has all of it."""
    return json.loads(said.splitlines()[-1])


async def test_a_script_asks_without_a_terminal(tmp_path: Path, cli: Commands) -> None:
    async with running_sandbox() as sandbox:
        names = {
            "DATA_DIR": str(tmp_path / "data"),
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": sandbox.base_url,
        }
        sandbox.script("a fox", FOX)
        assert "no terminal to answer" in await cli("ask", "a fox", expect=2, **names)
        assert sandbox.charged_micros == 0
        flags = ("--yes", "--json", "--out", str(tmp_path / "out"), "--conversation", "Ana's secret party")
        events = [
            json.loads(line)
            for line in (await cli("ask", "a fox", *flags, "--max", "0.10", **names)).splitlines()
        ]
        assert [one["agreed"] for one in events if one["event"] == "price"] == [True, True]
        assert [one["state"] for one in events if one["event"] == "request"] == ["delivered"] * 2
        facts = events[-1]
        assert facts["event"] == "end"
        assert facts["done"]
        assert facts["charged_micros"] == sandbox.charged_micros
        assert [one["state"] for one in facts["requests"]] == ["delivered"] * 2
        assert Path(facts["requests"][1]["results"][0]).is_file()
        facts = last(await cli("ask", "make it night", *flags, **names))
        assert facts["requests"][1]["pictures"] == "p2, from p1", "another process knows what was said"
        before = sandbox.charged_micros
        facts = last(await cli("ask", "/balance", "--json", **names))
        assert facts["answer"]["kind"] == "balance"
        facts = last(await cli("ask", "make it day", *flags, "--max", "0.001", expect=1, **names))
        assert facts["charged_micros"] == sandbox.charged_micros - before < 1000
        with sqlite3.connect(tmp_path / "data" / "lumenfall.db") as plain:
            kept = "\n".join(plain.iterdump())
        plain.close()
        assert "secret party" not in kept, "the name of a conversation is never stored"
        assert "0 differ" in await cli("reconcile", "--since", "2020-01-01", **names)
        assert "sound" in await cli("ledger", "verify", **names)
