"""The two platforms from the side of somebody whose bot dies again and again: say, press, read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.base import Clock as DiscordClock
from tests.fakes.discord_server.entities import Channel, Member, Message
from tests.fakes.discord_server.handles import controls
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import discord_settings, peopled, upload
from tests.fakes.slack_server.fields import find
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel as SlackChannel
from tests.fakes.slack_server.state import Message as SlackMessage
from tests.fakes.slack_server.state import Timings, User
from tests.fakes.slack_world import credentials
from tests.fakes.slack_world import picture as attached

Anchor = Any
"""Where a person spoke or pressed: what is later than this is the answer."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message of the bot's as everybody sees it, and the platform's own."""

    text: str
    message: Any


class Platform(Protocol):
    """What the story needs of a platform."""

    NAME: str
    tenant: str
    person: str
    settings: dict[str, Any]

    async def connected(self) -> None:
        """Wait until a bot listens."""
        ...

    async def gone(self) -> None:
        """Wait until none does."""
        ...

    async def say(self, words: str, *, picture: bool) -> Anchor: ...

    async def press(self, shown: Shown, button: str) -> Anchor: ...

    def after(self, anchor: Anchor | None) -> list[Shown]:
        """What the bot has posted since, in order; None: from the beginning."""
        ...

    def delivered(self) -> bool:
        """Whether the platform has nothing left to hand to the bot."""
        ...


class WarpedDiscordClock(DiscordClock):
    """Discord's clock, when it is to run as fast as the bot's."""

    def __init__(self, clock: WarpClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> float:
        return self._clock.now() / 1e6


@dataclass(kw_only=True)
class OnDiscord:
    """A thread of Mira's on the fake Discord."""

    NAME = "discord"
    server: DiscordServer
    thread: Channel
    mira: Member
    tenant: str
    person: str
    settings: dict[str, Any]

    async def connected(self) -> None:
        await self.server.gateway.wait_connected(1, timeout=30)

    async def gone(self) -> None:
        gateway = self.server.gateway
        await gateway.changed.wait_for(lambda: not gateway.connected(), 10, lambda: "a dead connection")

    async def say(self, words: str, *, picture: bool) -> Message:
        files = [upload()] if picture else []
        return await self.server.mention(self.mira, self.thread, words, files)

    async def press(self, shown: Shown, button: str) -> Message:
        label = self._label(shown.message, button)
        if label is None:
            await self._behind_more(shown.message, button)
        else:
            await self.server.click(self.mira, shown.message, label)
        return max(self.thread.messages.values(), key=lambda one: one.id)

    async def _behind_more(self, message: Message, button: str) -> None:
        more = await self.server.click(self.mira, message, "More")
        try:
            opened = await more.message("Request", timeout=3)
        except TimeoutError:  # the bot died of it
            return
        label = self._label(opened, button)
        assert label, self.server.render(opened)
        await self.server.click(self.mira, opened, label)

    def _label(self, message: Message, button: str) -> str | None:
        labels = [str(one.get("label") or "") for one in controls(message)]
        return next((label for label in labels if label.startswith(button)), None)

    def after(self, anchor: Message | None) -> list[Shown]:
        since = anchor.id if anchor else 0
        found = [
            one
            for one in self.thread.messages.values()
            if one.author is self.server.world.bot and one.id > since and not one.deleted
        ]
        public = [one for one in found if not one.ephemeral]
        return [Shown(text=self.server.render(one), message=one) for one in public]

    def delivered(self) -> bool:
        return True


@dataclass(kw_only=True)
class OnSlack:
    """A thread of Ana's on the fake Slack."""

    NAME = "slack"
    server: SlackServer
    art: SlackChannel
    ana: User
    tenant: str
    person: str
    settings: dict[str, Any]
    root: SlackMessage | None = None
    """What was said first: the rest stands under it."""

    async def connected(self) -> None:
        await self.server.wait_for(lambda: self.server.sockets.usable, 30)

    async def gone(self) -> None:
        await self.server.wait_for(lambda: not self.server.sockets.open, 10)

    async def say(self, words: str, *, picture: bool) -> SlackMessage:
        files = [attached()] if picture else []
        said = await self.server.mention(self.ana, self.art, words, thread_ts=self.root, files=files)
        self.root = self.root or said
        return said

    async def press(self, shown: Shown, button: str) -> SlackMessage:
        if f"[{button}" in shown.text or "pick_more" not in repr(shown.message.blocks):
            await self.server.click(self.ana, shown.message, button)
        else:
            _, element = find(shown.message.blocks, "pick_more")
            texts = [one["text"]["text"] for one in element["options"]]
            chosen = next(one for one in texts if one.startswith(button))
            await self.server.select(self.ana, shown.message, "pick_more", chosen)
        return max(self.art.messages, key=lambda one: float(one.ts))

    def after(self, anchor: SlackMessage | None) -> list[Shown]:
        since = float(anchor.ts) if anchor else 0.0
        found = [
            one
            for one in self.art.messages
            if one.is_bot and not one.deleted and one.ephemeral_to is None and float(one.ts) > since
        ]
        return [Shown(text=one.rendered, message=one) for one in found]

    def delivered(self) -> bool:
        return all(one.first or one.given_up for one in self.server.deliveries)


@asynccontextmanager
async def on_discord(clock: WarpClock) -> AsyncGenerator[OnDiscord, None]:
    server = await DiscordServer.start(WarpedDiscordClock(clock))
    server.world.ack_seconds *= clock.speed
    try:
        world = await peopled(server)
        guild, mira = world["guild"], world["mira"]
        settings = discord_settings(server)
        yield OnDiscord(
            server=server,
            thread=server.add_thread(world["art"], "foxes", mira),
            mira=mira,
            tenant=f"discord:{guild.id}",
            person=f"discord:{mira.user.id}",
            settings=settings,
        )
        assert not server.violations, "\n".join(server.violations)
    finally:
        await asyncio.sleep(0)
        await server.stop()


@asynccontextmanager
async def on_slack(clock: WarpClock) -> AsyncGenerator[OnSlack, None]:
    timings = Timings(retry_delays=(0.0, 0.5, 1.0, 2.0))
    async with await SlackServer.start(timings=timings) as server:
        server.clock.now = lambda: clock.now() / 1e6  # type: ignore[method-assign]
        team = server.add_team("acme")
        ana, boss = server.user(team, "ana"), server.user(team, "boss", is_admin=True)
        art = server.channel(team, "art", members=[ana, boss])
        yield OnSlack(
            server=server,
            art=art,
            ana=ana,
            tenant=f"slack:{team.id}",
            person=f"slack:{ana.id}",
            settings=credentials(server, team, "socket"),
        )
        assert not server.violations, "\n".join(server.violations)


PLATFORMS = {"discord": on_discord, "slack": on_slack}
