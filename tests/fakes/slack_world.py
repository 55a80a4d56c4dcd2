"""The Slack adapter in its world: our own Slack, the real Bolt app, the real core, SQLite and the sandbox.

    async with slack_world(tmp_path, transport) as world:
        said = await world.slack.mention(world.ana, world.art, "/generate a red fox")
        await world.art.wait_for_text("red fox")

Leaving it checks that nobody broke Slack's rules.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image
from pydantic import SecretStr

from adapters.composition import Core
from adapters.slack.app import SlackApp
from bot.core.audit.entries import OPERATOR
from bot.core.request import Request
from tests.fakes.slack_fixtures import serving
from tests.fakes.slack_server.files import Upload
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Message, Team, User
from tests.fakes.stack import Stack, running_stack

TRANSPORTS = ("socket", "http")


@dataclass(kw_only=True)
class World:
    """One workspace with a member, an admin, two channels, and the bot in them."""

    slack: SlackServer
    team: Team
    ana: User
    boss: User
    art: Channel
    stack: Stack
    app: SlackApp
    url: str = ""

    @property
    def core(self) -> Core:
        return self.stack.core

    async def result(self, place: Channel, text: str = "", timeout: float = 20) -> Message:
        """The first message of the bot that carries files (and shows `text`)."""
        return await place.wait_for(lambda m: m.is_bot and m.files and text in m.rendered, timeout)

    async def press(self, user: User, shown: Message, button: str) -> None:
        """Press a button of a result, or choose it behind its dots; "Delete" stands with the details."""
        if button == "Delete":
            await self.slack.select(user, shown, "pick_more", "Details")
            told = await self.art.wait_for(lambda m: "[Delete]" in m.rendered and m.ephemeral_to is user)
            await self.slack.click(user, told, button)
        elif f"[{button}]" in shown.rendered:
            await self.slack.click(user, shown, button)
        else:
            await self.slack.select(user, shown, "pick_more", button)

    async def requests(self) -> list[Request]:
        """Everything this workspace has asked for, newest first."""
        return await self.core.store.history(f"slack:{self.team.id}", limit=2000)

    async def policy(self, **changes: Any) -> None:
        """Change the policy of the workspace."""
        await self.core.store.change_tenant(
            f"slack:{self.team.id}", lambda now: replace(now, **changes), by=OPERATOR
        )


def picture(name: str = "photo.png", kind: str = "PNG", side: int = 96) -> Upload:
    """A small picture a person attaches; `kind` is Pillow's name of a format."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 90, 30)).save(out, kind)
    return Upload(name=name, content=out.getvalue())


def credentials(slack: SlackServer, team: Team | None, transport: str) -> dict[str, Any]:
    """Settings by which the adapter reaches this server."""
    given: dict[str, Any] = {"slack_api_url": slack.api_url}
    if team is not None:
        given["slack_bot_token"] = SecretStr(team.token)
    if transport == "socket":
        given["slack_app_token"] = SecretStr(slack.app.app_token)
    else:
        given["slack_signing_secret"] = SecretStr(slack.app.signing_secret)
    return given


@asynccontextmanager
async def adapter_running(
    slack: SlackServer, data_dir: Path, transport: str, *, team: Team | None, sockets: int = 1, **changes: Any
) -> AsyncGenerator[tuple[Stack, SlackApp, str], None]:
    """The whole bot against a Slack, on either transport; its base URL over HTTP."""
    built: list[SlackApp] = []

    def build(core: Core) -> SlackApp:
        built.append(
            SlackApp(
                service=core.service,
                talk=core.talk,
                admin=core.admin,
                settings=core.settings,
                clock=core.clock,
                sockets=sockets,
            )
        )
        return built[-1]

    async with AsyncExitStack() as exits:
        settings = {**credentials(slack, team, transport), **changes}
        stack = await exits.enter_async_context(running_stack(data_dir, adapters=[build], **settings))
        app, url = built[0], ""
        if transport == "http":
            application = web.Application()
            application.add_routes(app.routes())
            url = await exits.enter_async_context(serving(application))
            slack.requests.targets.append(f"{url}/slack/events")
            exits.callback(slack.requests.targets.clear)
        else:
            await slack.wait_for(lambda: slack.sockets.opened >= sockets)
        yield stack, app, url


@asynccontextmanager
async def slack_world(
    data_dir: Path, transport: str = "socket", *, strict: bool = True, **changes: Any
) -> AsyncGenerator[World, None]:
    """A workspace and the bot in it; `changes` are settings."""
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana, boss = slack.user(team, "ana"), slack.user(team, "boss", is_admin=True)
        art = slack.channel(team, "art", members=[ana, boss])
        async with adapter_running(slack, data_dir, transport, team=team, **changes) as (stack, app, url):
            yield World(slack=slack, team=team, ana=ana, boss=boss, art=art, stack=stack, app=app, url=url)
        if strict:
            assert not slack.violations, "\n".join(slack.violations)
