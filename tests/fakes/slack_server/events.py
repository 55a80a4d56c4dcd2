"""Which events the app hears of: those it subscribed to, has the scope for, and is in the room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.delivery import Delivery, send
from tests.fakes.slack_server.payloads import envelope, message_event, message_object

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.files import SlackFile
    from tests.fakes.slack_server.state import Channel, Message, Team

_MESSAGE_EVENTS = {
    "channel": ("message.channels", "channels:history"),
    "group": ("message.groups", "groups:history"),
    "im": ("message.im", "im:history"),
    "mpim": ("message.mpim", "mpim:history"),
}


def send_event(
    core: Core, team: Team, event: dict[str, Any], channel: Channel | None = None, *, scope: str = ""
) -> Delivery | None:
    """Send one event, or None when the app would not get it."""
    name = (
        event["type"] if event["type"] != "message" else _MESSAGE_EVENTS[channel.kind][0] if channel else ""
    )
    if not team.installed or name not in core.app.subscriptions:
        return None
    if scope and scope not in core.scopes_of(team):
        return None
    return send(core, "events_api", envelope(core, team, event, channel), team)


def announce(core: Core, message: Message, *, mention_files: bool = True) -> list[Delivery]:
    """Tell the app of a new message: as a message where it listens, as a mention where it is named."""
    channel, bot = message.channel, message.channel.team.bot
    if message.ephemeral_to is not None:
        return []
    sent: list[Delivery | None] = []
    named = bot.mention in message.text and message.user is not bot
    if named and channel.kind != "im":
        event = message_event(core, message, "app_mention")
        if not mention_files:
            event.pop("files", None)
        sent.append(send_event(core, channel.team, event, channel, scope="app_mentions:read"))
    if channel.has(bot):
        event = message_event(core, message, "message")
        sent.append(send_event(core, channel.team, event, channel, scope=_MESSAGE_EVENTS[channel.kind][1]))
    message.deliveries += [delivery for delivery in sent if delivery]
    return message.deliveries


def announce_change(core: Core, message: Message, before: dict[str, Any]) -> list[Delivery]:
    """Tell the app that a message was edited; a mention stays a message_changed."""
    channel = message.channel
    if message.ephemeral_to is not None or not channel.has(channel.team.bot):
        return []
    event = {
        "type": "message",
        "subtype": "message_changed",
        "message": message_object(core, message),
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": core.clock.ts(),
        "event_ts": core.clock.ts(),
        "channel_type": channel.kind,
    }
    sent = send_event(core, channel.team, event, channel, scope=_MESSAGE_EVENTS[channel.kind][1])
    return [sent] if sent else []


def file_shared(core: Core, file: SlackFile, channel: Channel) -> None:
    event = {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": file.user.id,
        "file": {"id": file.id},
        "channel_id": channel.id,
        "event_ts": core.clock.ts(),
    }
    send_event(core, channel.team, event, channel, scope="files:read")
