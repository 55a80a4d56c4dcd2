"""The operator's limits and the price question of `ask`, as they are typed."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.test_cli import COMMAND, ROOT, environment
from tests.fakes.commands import Commands, commands
from tests.fakes.sandbox import KEY, running_sandbox


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Commands]:
    async with commands(tmp_path / "said") as cli:
        yield cli


FOX = "/generate a fox --model seedream-4.5"
PLACE = "discord:123"


async def typed(answer: str, *args: str, **names: str) -> tuple[int, str]:
    """The exit code and all that was shown to somebody who answers the question with `answer`."""
    mine, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *args, cwd=ROOT, env=environment(**names), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, loop = b"", asyncio.get_running_loop()
    asked = False
    async with asyncio.timeout(120):
        while True:
            try:
                part = await loop.run_in_executor(None, os.read, mine, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
            if not asked and b"Go on?" in shown:
                os.write(mine, f"{answer}\n".encode())
                asked = True
        code = await process.wait()
    os.close(mine)
    return code, shown.decode()


async def test_ask_shows_the_price_first_and_runs_on_y(tmp_path: Path, cli: Commands) -> None:
    async with running_sandbox() as sandbox:
        names = {
            "DATA_DIR": str(tmp_path / "data"),
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": sandbox.base_url,
        }
        said = await cli("ask", FOX, expect=2, **names)
        assert "there is no terminal to answer" in said
        assert not (tmp_path / "data").exists(), "nothing was begun"
        code, shown = await typed("n", "ask", FOX, "--out", str(tmp_path), **names)
        assert "This costs about $0.04. Go on?" in shown
        assert code == 1
        assert sandbox.charged_micros == 0
        said = await cli("ask", FOX, "--yes", "--max", "$0.01", "--out", str(tmp_path), expect=1, **names)
        assert "above --max $0.01" in said
        assert sandbox.charged_micros == 0
        code, shown = await typed("y", "ask", FOX, "--max", "0.10", "--out", str(tmp_path), **names)
        assert code == 0
        assert "Charged" in shown
        assert sandbox.charged_micros == 40_000
        said = await cli("ask", FOX, "--max", "lots", expect=2, **names)
        assert "is not an amount" in said


async def test_the_operator_gives_trusts_and_explains(tmp_path: Path, cli: Commands) -> None:
    names = {
        "DATA_DIR": str(tmp_path),
        "STARTER_PLACE": "20",
        "STARTER_PERSON": "1",
        "INSTALLATION_LIMIT": "100",
    }
    listed = await cli("budget", "list", "--new", "--tenant", PLACE, **names)
    assert "$20.00 a month for the whole server together" in listed
    assert "$100.00 a month for the whole bot" in listed
    said = await cli("budget", "set", "50", "--new", "--tenant", PLACE, **names)
    assert "looser than before: it takes the place of $20.00 a month" in said
    why = await cli("budget", "why", PLACE, "discord:42", **names)
    assert "$50.00 a month for the whole server together (given by the bot's operator): always counts" in why
    assert "their roles are not known" in why
    said = await cli("budget", "trust", PLACE, **names)
    assert "ended: $50.00 a month" in said
    assert "no limit for the whole server" in await cli("budget", "why", PLACE, "discord:42", **names)
    said = await cli("budget", "starter", PLACE, **names)
    assert "$20.00 a month for the whole server together" in said
    for wrong in (
        ("set", "5", "--tenant", "nonsense"),
        ("trust", "*"),
        ("trust", "discord:9"),
        ("remove", "nope"),
    ):
        await cli("budget", *wrong, expect=2, **names)
    doctor = await cli("doctor", expect=1, **names)
    assert "A new server or workspace begins with $20.00 a month together and $1.00 a day" in doctor
