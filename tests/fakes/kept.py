"""What an earlier version left behind, put up again: its database, its platforms, and the bot of today on it.

    async with kept_bot(tmp_path, old_database, speed=30.0) as kept:
        rows = await kept.ended()

The fixture is copied before it is opened. The core's clock goes on where the fixture's stopped; the platforms
run on the wall's time, and what they measure in seconds is moved there.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import time
import zipfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from adapters.discord.app import DiscordApp
from adapters.slack.app import SlackApp
from adapters.web.app import Playground
from adapters.web.server import WebServer
from bot.core.request import Request
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import discord_settings
from tests.fakes.gateway import client_of
from tests.fakes.kept_discord import discord_again
from tests.fakes.kept_slack import slack_again
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_fixtures import serving
from tests.fakes.slack_many import oauth_settings
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Team
from tests.fakes.stack import Stack, running_stack
from tests.fakes.trial import WarpedSandboxClock

FIXTURES = Path(__file__).parents[1] / "fixtures"
RESTART_S = 5.0
"""Seconds between the moment of the fixture and the start of today's bot."""
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """The files of one version."""

    folder: Path

    def json(self, name: str) -> Json:
        path = self.folder / name
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return json.loads(text)

    @property
    def recorded(self) -> Json:
        return self.json("recorded.json")

    def rows(self) -> list[Json]:
        """Every request as the version that wrote it read it."""
        return self.json("rows.json.gz")["requests"]

    def unpack(self, data_dir: Path) -> None:
        """The SQLite file and the media as a data folder."""
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / "lumenfall.db").write_bytes(gzip.decompress((self.folder / "sqlite.db.gz").read_bytes()))
        with zipfile.ZipFile(self.folder / "media.zip") as packed:
            packed.extractall(data_dir)

    async def restore(self, url: str) -> None:
        """The dump into an empty schema of PostgreSQL."""
        import asyncpg

        connection = await asyncpg.connect(url)
        await connection.execute(gzip.decompress((self.folder / "postgres.sql.gz").read_bytes()).decode())
        await connection.close()


V0_1_0 = Fixture(folder=FIXTURES / "v0.1.0")


@pytest.fixture
async def old_database(database: Json, tmp_path: Path) -> Json:
    """Settings of a copy of the fixture's database, on SQLite and on PostgreSQL."""
    V0_1_0.unpack(tmp_path)
    if "database_url" in database:
        await V0_1_0.restore(database["database_url"].get_secret_value())
    return database


@dataclass(kw_only=True)
class Kept:
    """The running parts, with what was recorded of them."""

    fixture: Fixture
    server: DiscordServer
    slack: SlackServer
    team: Team
    stack: Stack
    site: WebServer
    clock: WarpClock
    ids: list[str]
    """Of the fixture's requests."""
    discord_people: dict[str, Any] = field(default_factory=dict[str, Any])
    slack_people: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def store(self) -> Any:
        return self.stack.core.store

    async def rows(self) -> list[Request]:
        """Every request of the fixture as it is now."""
        found = [await self.store.get(one) for one in self.ids]
        assert None not in found
        return found

    async def ended(self, timeout: float = 240) -> list[Request]:
        """The fixture's requests once none of them has anything left to do."""
        left: list[Request] = []
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            left = [row for row in await self.rows() if row.due_at is not None]
            if not left and not self.stack.core.worker.carrying:
                return await self.rows()
            self._skip_a_rest(left)
            self.stack.core.worker.wake()
            await asyncio.sleep(0.1)
        raise AssertionError("\n".join(f"{one.id} {one.capability} {one.state}" for one in left))

    def _skip_a_rest(self, left: list[Request]) -> None:
        """Go to the moment when the next is due; a result that could not be posted rests for an hour."""
        if not left or self.stack.core.worker.carrying:
            return
        rest = (min(row.due_at or 0 for row in left) - self.clock.now()) / 1_000_000
        if rest > 60:
            self.clock.jump(rest)


async def _rebased(folder: Path, database: Json, moves: dict[str, str]) -> None:
    """Point the addresses of platforms and gateway in the copied database to where they are today."""
    changes = [
        f"UPDATE {table} SET {column} = replace({column}, '{old}', '{new}')"
        for old, new in moves.items()
        for table, column in (
            ("requests", "reply_to"),
            ("requests", "assets"),
            ("documents", "body"),
            ("inbox", "payload"),
        )
    ]
    if "database_url" in database:
        import asyncpg

        connection = await asyncpg.connect(database["database_url"].get_secret_value())
        for change in changes:
            await connection.execute(change)
        await connection.close()
        return
    with closing(sqlite3.connect(folder / "lumenfall.db")) as file, file:
        for change in changes:
            file.execute(change)


@asynccontextmanager
async def kept_bot(
    folder: Path,
    database: Json,
    *,
    speed: float = 1.0,
    film_s: float = 0.2,
    known: Any = None,
    **changes: Any,
) -> AsyncGenerator[Kept, None]:
    """Today's bot on the fixture's database and in its worlds; `changes` are settings.

    `film_s` is how long the gateway films, in seconds of the core's clock.
    `known(sandbox, client)` may put into the gateway what it knows of calls, before the bot starts.
    """
    fixture, recorded = V0_1_0, V0_1_0.recorded
    ahead = recorded["now"] / 1_000_000 - time.time() + RESTART_S
    clock = WarpClock(speed=speed, ahead=ahead)
    async with AsyncExitStack() as exits:
        server = await discord_again(fixture.json("discord.json.gz"), later=-ahead)
        exits.push_async_callback(server.stop)
        slack = await exits.enter_async_context(await SlackServer.start())
        team = slack_again(slack, fixture.json("slack.json.gz"), later=-ahead)
        sandbox = await exits.enter_async_context(
            running_sandbox(clock=WarpedSandboxClock(clock), video_seconds=film_s)
        )
        here = {"sandbox": sandbox.url, "discord": server.world.origin, "slack": slack.base}
        await _rebased(folder, database, {recorded["hosts"][name]: url for name, url in here.items()})
        if known is not None:
            async with client_of(sandbox) as client:
                await known(sandbox, client)
        apps: dict[str, Any] = {}
        settings = {
            "slack_api_url": slack.api_url,
            "slack_signing_secret": SecretStr(slack.app.signing_secret),
            "playground_password": SecretStr(recorded["password"]),
            "ambiguous_minutes": 1,
            **discord_settings(server),
            **oauth_settings(slack, recorded["token_key"]),
            **database,
            **changes,
        }
        builders = [
            _builder(apps, DiscordApp, guild_ready_s=0.05),
            _builder(apps, SlackApp),
            _builder(apps, Playground),
        ]
        stack = await exits.enter_async_context(
            running_stack(folder, adapters=builders, sandbox=sandbox, clock=clock, **settings)
        )
        await apps["DiscordApp"].wait_ready()
        application = web.Application()
        application.add_routes(apps["SlackApp"].routes())
        url = await exits.enter_async_context(serving(application))
        slack.requests.targets.append(f"{url}/slack/events")
        site = WebServer(host="127.0.0.1", port=0)
        site.mount(apps["Playground"].routes(), closing=apps["Playground"].close_streams)
        await site.start()
        exits.push_async_callback(site.stop)
        kept = Kept(
            fixture=fixture,
            server=server,
            slack=slack,
            team=team,
            stack=stack,
            site=site,
            clock=clock,
            ids=[one["id"] for one in fixture.rows()],
        )
        _people(kept)
        yield kept


def _builder(apps: dict[str, Any], kind: Any, **more: Any) -> Any:
    def build(core: Any) -> Any:
        speaks = {"talk": core.talk} if "talk" in signature(kind).parameters else {}
        apps[kind.__name__] = kind(
            service=core.service,
            admin=core.admin,
            settings=core.settings,
            clock=core.clock,
            **speaks,
            **more,
        )
        return apps[kind.__name__]

    return build


def _people(kept: Kept) -> None:
    discord = kept.fixture.json("discord.json.gz")["people"]
    [guild] = kept.server.world.guilds.values()
    for name, number in discord.items():
        kept.discord_people[name] = guild.members.get(number) or guild.channels[number]
    slack = kept.fixture.json("slack.json.gz")["people"]
    for name, number in slack.items():
        kept.slack_people[name] = kept.team.users.get(number) or kept.team.channels[number]
