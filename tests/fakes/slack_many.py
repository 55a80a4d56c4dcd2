"""Several workspaces and one bot that is installed in them by OAuth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import SecretStr

from adapters.slack.app import SlackApp
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Team, User
from tests.fakes.slack_world import adapter_running
from tests.fakes.stack import Stack

KEY = Fernet.generate_key().decode()


@dataclass(kw_only=True)
class Place:
    """A workspace, its admin and a channel."""

    team: Team
    boss: User
    room: Channel


@dataclass(kw_only=True)
class Many:
    """The bot, and two workspaces that may install it."""

    slack: SlackServer
    stack: Stack
    app: SlackApp
    url: str
    acme: Place
    bolt: Place


def place(slack: SlackServer, name: str, **fields: Any) -> Place:
    """A workspace without the app; `fields` of the team."""
    team = slack.add_team(name, installed=False, **fields)
    boss = slack.user(team, f"{name}-boss", is_admin=True)
    return Place(team=team, boss=boss, room=slack.channel(team, "art", members=[boss]))


def oauth_settings(slack: SlackServer, *keys: str) -> dict[str, Any]:
    """Settings by which workspaces may install the app."""
    return {
        "slack_client_id": slack.app.client_id,
        "slack_client_secret": SecretStr(slack.app.client_secret),
        "token_keys": keys or (KEY,),
    }


@asynccontextmanager
async def running(data_dir: Path, *, enterprise: str | None = None, **changes: Any) -> AsyncIterator[Many]:
    """Two workspaces; of an `enterprise`, acme installs for the whole of it. `changes` are settings."""
    async with await SlackServer.start() as slack:
        acme = place(slack, "acme", enterprise_id=enterprise, org_wide=bool(enterprise))
        bolt = place(slack, "bolt", enterprise_id=enterprise)
        settings = {**oauth_settings(slack), **changes}
        async with adapter_running(slack, data_dir, "http", team=None, **settings) as (stack, app, url):
            yield Many(slack=slack, stack=stack, app=app, url=url, acme=acme, bolt=bolt)
        assert slack.violations == []


async def install(many: Many, where: Place) -> None:
    """An admin walks through Slack's consent page."""
    status, page = await many.slack.install(where.team, where.boss, many.url)
    assert status == 200, page
