"""A day of an operator on the command line, as it is read: tests/golden/operator.txt.

Typed against the sandbox and a Discord of our own. Somebody asked for two pictures in an earlier month.
What changes from day to day (ids, times, sizes, addresses) is written in angle brackets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.composition import open_storage
from bot import __version__
from bot.core.money import Micros
from bot.core.ports.changes import Settle
from bot.core.request import Actor, GenerateOrder, State
from bot.settings import Settings
from tests.contract.store_world import SteppedClock, a_request, go, reserve
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.golden import agrees
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.typed import Said, Typist, typist

NOW = datetime.now(UTC)
THIS_MONTH = f"{NOW:%Y-%m}"
THEN = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=45)
ANN = Actor(tenant="cli:local", person="cli:ann", name="ann", is_admin=True)
FOX = "/generate a fox --model seedream-4.5"
BUDGET = "budget:cli:local:tenant::month:operator"

DAY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Before the first start", ("doctor", "migrate", "version", "status")),
    (
        "What may be spent",
        (
            "budget list",
            "budget set 80",
            "budget set 15 --tenant cli:local",
            "budget set 1 --window day --everywhere cli:ann",
            "budget list --tenant cli:local",
            "settings set cli:local threshold 0.50",
        ),
    ),
    (
        "Somebody asks",
        (
            "ask '/estimate generate a fox --model seedream-4.5'",
            f"ask '{FOX}' --yes --out OUT",
            f"ask '{FOX}' --yes --max 0.01 --out OUT",
            f"ask '{FOX}' --out OUT",
            "budget why cli:local cli:ann",
        ),
    ),
    (
        "Who is there, and what they do",
        (
            "status",
            "places",
            "people list",
            "people list --json",
            "requests",
            "requests --state delivered --since 2020-01-01 --json",
        ),
    ),
    (
        "More, and nothing more",
        (
            f"grant {BUDGET} 2.50 --tenant cli:local",
            "pause cli:local",
            f"ask '{FOX}' --yes --out OUT",
            f"ask '{FOX}' --yes --out OUT --json",
            "resume cli:local",
            "grant budget:nobody 1",
            "grant budget:nobody 1 --json",
        ),
    ),
    ("Who changed what", ("audit", "audit --kind grant --json", "audit --since yesterday")),
    (
        "The end of a month",
        (
            f"statement create --tenant cli:local --month {THEN:%Y-%m}",
            "statement list --tenant cli:local",
            f"statement show --tenant cli:local --month {THEN:%Y-%m}",
            f"statement show --tenant cli:local --month {THEN:%Y-%m} --json",
            f"statement verify --tenant cli:local --month {THEN:%Y-%m} --ledger-only",
            f"reconcile --since {THIS_MONTH}-01",
            "ledger verify",
            "digest --tenant cli:local --span month",
            "notices cli:ann",
            "budget report --tenant cli:local --days 366",
        ),
    ),
    (
        "Copies, and what belongs to people",
        (
            "backup DATA/copy.db",
            "export-person cli:ann --out DATA/ann.zip",
            "erase cli:ann --yes",
            "people list",
            "restore DATA/copy.db",
            "restore DATA/copy.db --force",
            "ledger verify --json",
            "status --json",
        ),
    ),
)
CHANGING: Mapping[str, str] = {
    r"req_[0-9a-z]{20}": "<request>",
    r"http://127\.0\.0\.1:\d+\S*": "<address>",
    r"127\.0\.0\.1(:\d+)?": "<address>",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)": "<time>",
    r"\d{4}-\d\d-\d\d \d\d:\d\d( UTC)?": "<time>",
    r"(?!2026-01-31|2020-01-01)\d{4}-\d\d-\d\d": "<day>",
    rf"{THEN:%Y-%m}": "<that month>",
    rf"{THIS_MONTH}": "<this month>",
    r"\d{8}-\d{6}": "<stamp>",
    r"[\d,]+ bytes": "<n> bytes",
    r"(?m)^\S+ +disk: .*\n( +→ .*\n)?": "ok       disk: <n> GB free in DATA_DIR\n",
    r"(?m)^\S+ +volumes: .*\n( +→ .*\n)?": "ok       volumes: <where the database lies>\n",
    r"\d+ migrations": "<n> migrations",
    r"\b\d+(\.\d+)? s\b": "<n> s",
    r"\b1\d{15}\b": "<microseconds>",
    r"\"oldest_seconds\": \d+": '"oldest_seconds": <n>',
    r"Python \d+\.\d+\.\d+": "Python <version>",
    r"\"python\": \"[\d.]+\"": '"python": "<version>"',
    re.escape(__version__): "<version>",
    r"_ms\": \d+": '_ms": <n>',
    r"(trace_id|gateway_id|person|message_id)\": \"[0-9a-zA-Z_-]{16,}\"": r'\1": "<id>"',
}


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Typist]:
    await ordered_before(tmp_path / "data")
    discord = await DiscordServer.start()
    try:
        async with running_sandbox() as sandbox:
            environment = {
                "DATA_DIR": str(tmp_path / "data"),
                "LUMENFALL_API_KEY": KEY,
                "LUMENFALL_BASE_URL": sandbox.base_url,
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.api_url,
                "DISCORD_GATEWAY_URL": discord.gateway_url,
                "LOGNAME": "ann",
                "STARTER_PLACE": "20",
                "STARTER_PERSON": "1",
                "PORT": "1",
                "TZ": "UTC",
            }
            with typist(environment) as cli:
                yield cli
    finally:
        await discord.stop()


async def ordered_before(folder: Path) -> None:
    """Two pictures of ann's, 45 days before this month, which no list of 30 days shows."""
    clock = SteppedClock(int(THEN.timestamp()) * 1_000_000)
    async with open_storage(Settings(data_dir=folder), clock) as store:
        for number, cost in enumerate((40_000, 60_000)):
            order = GenerateOrder(model="flux.2-pro", prompt="a lighthouse")
            at = clock.now()
            row = a_request(actor=ANN, origin="cli", order=order, id=f"req_{number:020}", created_at=at)
            await store.accept(row, {})
            held = await reserve(store, await go(store, row, State.PRICED), cost)
            sent = await go(store, held, State.SUBMITTED, submitted_at=at)
            paid = await go(store, sent, State.SETTLED, posting=Settle(cost=Micros(cost)))
            told = {"notified": State.DELIVERED, "due_at": None, "finished_at": at}
            await go(store, paid, State.DELIVERED, **told)


async def test_the_day_of_an_operator(cli: Typist, tmp_path: Path) -> None:
    pages = {title: await typed(cli, lines, tmp_path) for title, lines in DAY}
    agrees("operator.txt", pages)


async def typed(cli: Typist, lines: tuple[str, ...], folder: Path) -> str:
    """What a terminal shows of these lines and their answers."""
    shown: list[str] = []
    for line in lines:
        real = line.replace("DATA/", f"{folder}/").replace("OUT", f"{folder}/out")
        said = await cli.any(*shlex.split(real))
        shown += [f"$ lumenfall-bot {line}", *answer(said), ""]
    return settled("\n".join(shown), folder)


def answer(said: Said) -> list[str]:
    """Both outputs, and the exit code where it is not 0."""
    lines = [line.rstrip() for line in f"{said.out}{said.beside}".splitlines()]
    return [*(line for line in lines if line), *([f"[exit {said.code}]"] if said.code else [])]


def settled(text: str, folder: Path) -> str:
    """The same on every machine and day."""
    text = text.replace(f"{folder}/out", "OUT").replace(str(folder), "DATA")
    lines = [in_table(line) if "│" in line else line for line in text.splitlines()]
    text = "\n".join(lines)
    for pattern, replacement in CHANGING.items():
        text = re.sub(pattern, replacement, text)
    return text


def in_table(line: str) -> str:
    """A line of a table or box, as wide as before."""
    for pattern, replacement in CHANGING.items():
        line = re.sub(pattern, lambda found, new=replacement: found.expand(new).ljust(len(found[0])), line)
    return line
