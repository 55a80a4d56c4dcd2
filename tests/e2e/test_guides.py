"""Every command line of the guides does what it says: typed against the sandbox and a Discord of our own."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shlex
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition import open_storage
from bot.core.audit.entries import OPERATOR
from bot.core.ledger import Budget, Scope, budget_id
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.request import Request, State
from bot.core.windows import Window
from bot.settings import Settings
from tests.contract.store_world import a_request, go, reserve
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY, running_sandbox

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINE = re.compile(r"^ {4}(.*lumenfall-bot [a-z-].*)$", re.MULTILINE)
PLACE, PERSON, REQUEST = "discord:123", "discord:123456789", "req_01m8j7r0gxtt6cfze4t8"
SERVES = {"run", "sandbox", "demo"}
"""They serve until they are stopped: `test_cli.py` and `test_run.py` start and stop them."""
FAILS = {"doctor": "no platform answers here but Discord", "reconcile": "the log has no such requests"}
"""Commands that may end with 1, since they report."""


@dataclass(frozen=True)
class Typed:
    """A line of a guide, as the shell would see it."""

    guide: str
    line: str
    words: list[str] = field(default_factory=list[str])
    stdin: str = ""


def typed_lines() -> Iterator[Typed]:
    for path in GUIDES:
        for line in LINE.findall(path.read_text()):
            if line.startswith("docker") and " exec " not in line:
                continue  # the image's own name
            words = shlex.split(line, comments=True)
            at = next((number for number, word in enumerate(words) if word.endswith("lumenfall-bot")), None)
            if at is None or words[at + 1] in SERVES:
                continue
            words = [word for word in words[at + 1 :] if word != "&"]
            stdin = words[words.index("<") + 1] if "<" in words else ""
            for sign in ("<", ">"):
                words = words[: words.index(sign)] if sign in words else words
            yield Typed(path.name, line, words, stdin)


LINES = list(typed_lines())


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data that knows the place, the person and the request of the guides."""
    folder = tmp_path_factory.mktemp("guides")
    asyncio.run(seed(folder / "data"))
    Image.new("RGB", (512, 512), "orange").save(folder / "fox.png")
    (folder / "question.txt").write_text("/chat what is a fox?")
    said = [{"say": "draw a fox", "means": "generate"}]
    (folder / "sentences.json").write_text(json.dumps(said))
    return folder


async def known(store: Store) -> Request:
    found = await store.get(REQUEST)
    assert found is not None
    return found


async def seed(data: Path) -> None:
    async with open_storage(Settings(data_dir=data)) as store:
        await store.accept(a_request(PERSON, tenant=PLACE, id=REQUEST), {})
        await store.accept(a_request("slack:U1", tenant="slack:T123", origin="slack"), {})
        ident = budget_id(PLACE, Scope.TENANT, "", Window.MONTH)
        budget = Budget(
            id=ident,
            tenant=PLACE,
            scope=Scope.TENANT,
            subject="",
            window=Window.MONTH,
            limit=Micros(9_000_000),
        )
        await store.set_budget(budget, by=replace(OPERATOR, tenant=PLACE))


@pytest.fixture
async def environment(tmp_path: Path, seeded: Path) -> AsyncIterator[dict[str, str]]:
    shutil.copytree(seeded, tmp_path, dirs_exist_ok=True)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    discord = await DiscordServer.start()
    try:
        async with running_sandbox() as sandbox:
            yield {
                **bare(),
                "DATA_DIR": str(tmp_path / "data"),
                "LUMENFALL_API_KEY": KEY,
                "LUMENFALL_BASE_URL": sandbox.base_url,
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.api_url,
                "DISCORD_GATEWAY_URL": discord.gateway_url,
                "TOKEN_KEYS": "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
            }
    finally:
        await discord.stop()
        root.handlers[:] = handlers
        root.setLevel(level)


def test_the_guides_have_commands():
    assert len(LINES) >= 40


@pytest.mark.parametrize("one", LINES, ids=lambda one: f"{one.guide}: {' '.join(one.words)[:50]}")
async def test_a_command_of_a_guide_runs(one, environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [word.replace("/data/", f"{tmp_path}/") for word in one.words]
    if words[0] == "restore":
        assert (await invoke(["backup", words[1]], environment))[0] == 0
    if {"--settle", "--release"} & set(words):
        async with open_storage(Settings(data_dir=tmp_path / "data")) as store:
            priced = await go(store, await known(store), State.PRICED)
            held = await reserve(store, priced, 40_000)
            await go(store, held, State.SUBMITTED, State.AMBIGUOUS)
    if words[0] == "erase":
        assert (await invoke(["requests", REQUEST, "--end"], environment))[0] == 0
        async with open_storage(Settings(data_dir=tmp_path / "data")) as store:  # as if the bot had said it
            await store.move(REQUEST, lambda row: replace(row, notified=row.state, due_at=None))
    if words[0] == "ask" and "--yes" not in words:
        words.append("--yes")  # nobody is there to be asked
    code, said = await invoke(words, environment, (tmp_path / one.stdin).read_text() if one.stdin else "")
    assert code in ((0, 1) if words[0] in FAILS else (0,)), f"{one.line}\n{said}"


async def invoke(words: list[str], environment: dict[str, str], stdin: str = "") -> tuple[int, str]:
    """The exit code and what was said; beside the servers' loop, since a command has a loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, words, input=stdin, env=environment)
    return done.exit_code, done.output + (repr(done.exception) if done.exception else "")
