"""People write messages, and tests wait for the bot's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.discord_server.entities import Channel, Message, Upload
from tests.fakes.discord_server.handles import PATIENCE, Wanted, matches
from tests.fakes.discord_server.messages import Body
from tests.fakes.discord_server.sending import Person, Sending, user_of


class Talking(Sending):
    """Messages of people."""

    # messages of people

    async def say(
        self,
        person: Person,
        channel: Channel,
        text: str = "",
        attachments: Sequence[Upload] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message, as a person does in Discord's app."""
        body = Body(json={"content": text}, files=dict(enumerate(attachments)))
        limit = self._size_limit(channel, user_of(person))
        kind = 19 if reply_to else 0
        return self.messages.create(
            channel, user_of(person), body, kind=kind, reply_to=reply_to, size_limit=limit
        )

    async def forward(self, person: Person, channel: Channel, original: Message) -> Message:
        """Forward a message; the app adds no words to it."""
        body = Body(json={"content": ""}, files={})
        return self.messages.create(channel, user_of(person), body, forwarded=original)

    async def mention(
        self,
        person: Person,
        channel: Channel,
        text: str = "",
        attachments: Sequence[Upload] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Write "@bot text", in a channel or in a thread."""
        return await self.say(
            person, channel, f"{self.world.bot.mention} {text}".strip(), attachments, reply_to
        )

    async def edit(self, message: Message, text: str) -> None:
        """Change the words of a message of one's own."""
        self.messages.edit(message, Body(json={"content": text}))

    async def wait_message(
        self,
        channel: Channel,
        wanted: Wanted = None,
        *,
        after: Message | None = None,
        timeout: float = PATIENCE,
    ) -> Message:
        """The bot's first message in the channel (later than `after`) that fits `wanted`."""
        start = after.id if after else 0

        def probe() -> Message | None:
            mine = (
                item
                for item in channel.messages.values()
                if item.author is self.world.bot and item.id > start
            )
            return next((item for item in mine if not item.loading and matches(item, wanted)), None)

        return await channel.changed.wait_for(
            probe, timeout, lambda: f"no message with {wanted!r} in:\n{self.renderer.channel(channel)}"
        )

    async def wait_until(self, message: Message, wanted: Wanted, timeout: float = PATIENCE) -> Message:
        """Wait until a message already known fits `wanted`."""
        return await message.changed.wait_for(
            lambda: message if matches(message, wanted) else None,
            timeout,
            lambda: f"no {wanted!r} in:\n{self.renderer.message(message)}",
        )

    async def wait_for(self, probe: Callable[[], Any], timeout: float = PATIENCE) -> Any:
        """Wait until `probe` is truthy, looked at after every change in the server."""
        return await self.world.changed.wait_for(probe, timeout, lambda: "a condition of the test")
