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


def send_message_event(core: Core, channel: Channel, event: dict[str, Any]) -> Delivery | None:
    """A message event of any subtype, if the app reads along in that conversation."""
    if not channel.has(channel.team.bot):
        return None
    return send_event(core, channel.team, event, channel, scope=_MESSAGE_EVENTS[channel.kind][1])


def announce(
    core: Core, message: Message, *, mention_files: bool = True, extra: dict[str, Any] | None = None
) -> list[Delivery]:
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
    sent.append(send_message_event(core, channel, message_event(core, message, "message") | (extra or {})))
    message.deliveries += [delivery for delivery in sent if delivery]
    return message.deliveries


def announce_change(core: Core, message: Message, before: dict[str, Any]) -> list[Delivery]:
    """Tell the app that a message was edited; a mention stays a message_changed."""
    channel = message.channel
    if message.ephemeral_to is not None:
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
    sent = send_message_event(core, channel, event)
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


def revoke(core: Core, team: Team, error: str) -> Delivery | None:
    """Kill the team's tokens: every later call gets `error`; the app hears tokens_revoked."""
    for grant in core.grants.values():
        if grant.team is team and not grant.dead:
            grant.dead = error
    tokens: dict[str, list[str]] = {"oauth": [], "bot": [team.bot.id]}
    return send_event(core, team, {"type": "tokens_revoked", "tokens": tokens, "event_ts": core.clock.ts()})


def remove_app(core: Core, team: Team) -> list[Delivery]:
    """Uninstall: tokens die at once, then tokens_revoked and app_uninstalled arrive."""
    sent = [revoke(core, team, "account_inactive")]
    sent.append(send_event(core, team, {"type": "app_uninstalled", "event_ts": core.clock.ts()}))
    team.installed, team.bot.deleted = False, True
    core.touch()
    return [delivery for delivery in sent if delivery]


def shut_out(core: Core, team: Team) -> Delivery:
    """Tell the app that the organisation's token does not serve this workspace any more."""
    body = envelope(core, team, {"type": "team_access_revoked", "team_ids": [team.id]})
    body["authorizations"][0]["team_id"] = None
    return send(core, "events_api", body, team)
