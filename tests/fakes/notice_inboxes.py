"""Where people of each platform read what they are told without having asked for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.discord.addressing import Reply
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.server import Channel as DiscordChannel
from tests.fakes.discord_server.server import DiscordServer, Member
from tests.fakes.discord_stage import discord_settings, peopled
from tests.fakes.killed_platforms import WarpedDiscordClock
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Team, User

_TOLD = re.compile(
    r"(your budget|the budget of everyone here) in total\W*(?:(50|80) percent| ?(is used up))", re.I
)
Inbox = Counter[tuple[str, int]]
"""Whose limit and which threshold each message of a conversation tells."""


def told(texts: Iterable[str]) -> Inbox:
    return Counter(
        (match[1].lower(), int(match[2] or 100)) for text in texts for match in _TOLD.finditer(text)
    )


@dataclass(kw_only=True)
class OnSlack:
    """A workspace: people are told in direct messages, admins in a channel."""

    server: SlackServer
    team: Team
    people: list[User]
    admins: Channel
    settings: dict[str, Any]
    ORIGIN = "slack"

    @property
    def tenant(self) -> str:
        return f"slack:{self.team.id}"

    @property
    def persons(self) -> list[str]:
        return [f"slack:{one.id}" for one in self.people]

    @property
    def notice_channel(self) -> str:
        return f"slack:{self.admins.id}"

    def where(self, number: int) -> tuple[str, dict[str, Any]]:
        """The channel where somebody asks, and how the answer finds it."""
        direct = self.server.direct(self.people[number])
        reply = {"team": self.team.id, "user": self.people[number].id, "channel": direct.id}
        return f"slack:{direct.id}", reply

    def of(self, number: int) -> Inbox:
        return self._told(self.server.direct(self.people[number]))

    def of_admins(self) -> Inbox:
        return self._told(self.admins)

    def _told(self, channel: Channel) -> Inbox:
        return told(one.rendered for one in channel.messages if one.is_bot and not one.deleted)


@dataclass(kw_only=True)
class OnDiscord:
    """A server: people ask in a channel and are told in direct messages, admins in a channel."""

    server: DiscordServer
    guild: Any
    art: DiscordChannel
    people: list[Member]
    admins: DiscordChannel
    settings: dict[str, Any]
    ORIGIN = "discord"

    @property
    def tenant(self) -> str:
        return f"discord:{self.guild.id}"

    @property
    def persons(self) -> list[str]:
        return [f"discord:{one.user.id}" for one in self.people]

    @property
    def notice_channel(self) -> str:
        return f"discord:{self.admins.id}"

    def where(self, number: int) -> tuple[str, dict[str, Any]]:
        """The channel where somebody asks, and how the answer finds it."""
        user = self.people[number].user.id
        reply = Reply(
            channel_id=self.art.id,
            guild_id=self.guild.id,
            user_id=user,
            application_id=self.server.world.application_id,
        )
        return f"discord:{self.art.id}", reply.to_json()

    def of(self, number: int) -> Inbox:
        return self._told(self.server.dm_channel(self.people[number]))

    def of_admins(self) -> Inbox:
        return self._told(self.admins)

    def _told(self, channel: DiscordChannel) -> Inbox:
        ours = [one for one in channel.messages.values() if one.author is self.server.world.bot]
        return told(self.server.render(one).replace("*", "") for one in ours if not one.deleted)


Inboxes = OnSlack | OnDiscord


@asynccontextmanager
async def on_slack(_clock: WarpClock, people: int) -> AsyncGenerator[OnSlack, None]:
    async with await SlackServer.start() as server:
        team = server.add_team("acme")
        members = [server.user(team, f"p{number}") for number in range(people)]
        settings = {
            "slack_bot_token": team.token,
            "slack_signing_secret": server.app.signing_secret,  # so that it opens no socket
            "slack_api_url": server.api_url,
        }
        admins = server.channel(team, "admins", members=members[:1])
        yield OnSlack(server=server, team=team, people=members, admins=admins, settings=settings)


@asynccontextmanager
async def on_discord(clock: WarpClock, people: int) -> AsyncGenerator[OnDiscord, None]:
    server = await DiscordServer.start(WarpedDiscordClock(clock))
    try:
        world = await peopled(server)
        guild = world["guild"]
        yield OnDiscord(
            server=server,
            guild=guild,
            art=world["art"],
            people=[server.add_member(guild, f"p{number}") for number in range(people)],
            admins=world["lounge"],
            settings=discord_settings(server),
        )
    finally:
        await server.stop()


INBOXES = {"slack": on_slack, "discord": on_discord}
