"""The JSON that Slack sends: events, commands, shortcuts, actions, views and option requests.

Shapes follow Slack docs (Events API, Interactivity payloads) and are held against Slack's published types
before they leave (`check_inbound`).
"""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.files import file_object

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel, Message, Team, User

_URL = re.compile(r"(?<![<|])https?://[^\s<>|]+")
_CHANNEL_TYPE = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}
_EVENT_TYPES = {
    "app_mention": "Ev_app_mention",
    "app_home_opened": "Ev_home",
    "file_shared": "Ev_file_shared",
}
_KINDS = {
    "block_actions": "In_action",
    "message_action": "In_shortcut",
    "view_submission": "In_view",
}
TYPES = (*_EVENT_TYPES.values(), *_KINDS.values(), "In_event", "In_slash", "Ev_file_share", "Ev_message")
"""Every type that `check_inbound` holds a payload against."""


def escaped(text: str) -> str:
    """Text as Slack sends what a person typed: &, < and > escaped, links bracketed, mentions untouched."""
    mentions = re.split(r"(<[@#!][^>]+>)", text)
    return "".join(part if i % 2 else _escape(part) for i, part in enumerate(mentions))


def _escape(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _URL.sub(lambda match: f"<{match.group()}>", safe)


def rich_text(text: str, ids: str) -> list[dict[str, Any]]:
    """The rich_text block that accompanies what a person typed."""
    elements: list[dict[str, Any]] = []
    for part in re.split(r"(<@\w+>)", text):
        if part.startswith("<@"):
            elements.append({"type": "user", "user_id": part[2:-1]})
        elif part:
            elements.append({"type": "text", "text": part})
    return [
        {
            "type": "rich_text",
            "block_id": ids,
            "elements": [{"type": "rich_text_section", "elements": elements}],
        }
    ]


def bot_profile(core: Core, bot: User) -> dict[str, Any]:
    return {
        "id": bot.bot_id,
        "deleted": False,
        "name": bot.real_name,
        "updated": 1_700_000_000,
        "app_id": bot.app_id,
        "icons": {f"image_{size}": f"{core.base}/icons/{size}.png" for size in (36, 48, 72)},
        "team_id": bot.team.id,
    }


def message_object(core: Core, message: Message) -> dict[str, Any]:
    """A message as conversations.history, message payloads and answers show it."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": message.user.id,
        "ts": message.ts,
        "text": message.text,
        "team": message.user.home_team_id,
    }
    if message.is_bot:
        shown |= {"bot_id": message.user.bot_id, "app_id": message.user.app_id}
        shown["bot_profile"] = bot_profile(core, message.user)
    optional: dict[str, Any] = {
        "subtype": message.subtype,
        "client_msg_id": message.client_msg_id,
        "thread_ts": message.thread_ts or (message.ts if message.replies else None),
        "blocks": message.blocks,
        "attachments": message.attachments,
        "metadata": message.metadata,
        "edited": {"user": message.user.id, "ts": message.edited_ts} if message.edited_ts else None,
        "reactions": _reactions(message),
        "files": [file_object(file, core.base) for file in message.files],
    }
    shown |= {key: value for key, value in optional.items() if value}
    if message.thread_ts and (root := message.channel.find(message.thread_ts)):
        shown["parent_user_id"] = root.user.id
    if message.replies:
        shown |= {"reply_count": len(message.replies), "latest_reply": message.replies[-1].ts}
    return shown


def _reactions(message: Message) -> list[dict[str, Any]]:
    return [
        {"name": name, "users": [u.id for u in users], "count": len(users)}
        for name, users in message.reactions.items()
        if users
    ]


def message_event(core: Core, message: Message, kind: str) -> dict[str, Any]:
    """The inner event of a new message: `message` or `app_mention`."""
    event = message_object(core, message)
    for key in ("reply_count", "latest_reply", "metadata", "reactions"):
        event.pop(key, None)
    event |= {"type": kind, "channel": message.channel.id, "event_ts": message.ts}
    if kind == "message":
        event["channel_type"] = _CHANNEL_TYPE[message.channel.kind]
    else:
        event.pop("parent_user_id", None)
        event.pop("subtype", None)
    if message.files and not message.is_bot:
        event["upload"] = False
        event["display_as_bot"] = False
        if kind == "message":
            event["subtype"] = "file_share"
    if message.user.is_external:
        event |= {"user_team": message.user.home_team_id, "source_team": message.user.home_team_id}
    return event


def envelope(core: Core, team: Team, event: dict[str, Any], channel: Channel | None = None) -> dict[str, Any]:
    """The outer Events API body, with a fresh event_id."""
    enterprise = {"enterprise_id": team.enterprise_id} if team.enterprise_id else {}
    return {
        "token": core.app.verification_token,
        "team_id": team.id,
        **enterprise,
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise_id,
        "api_app_id": core.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": core.ids.next("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": team.enterprise_id,
                "team_id": team.id,
                "user_id": team.bot.id,
                "is_bot": True,
                "is_enterprise_install": team.org_wide,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.is_shared),
        "event_context": f"4-{uuid.uuid4().hex}",
    }


def slash_payload(
    core: Core, user: User, channel: Channel, command: str, text: str, response_url: str, trigger_id: str
) -> dict[str, Any]:
    """A slash command's form fields: every value a string; the text raw, never a thread, never files."""
    seen = (
        channel.name
        if channel.kind == "channel"
        else {"im": "directmessage"}.get(channel.kind, "privategroup")
    )
    payload = {
        "token": core.app.verification_token,
        "team_id": user.team.id,
        "team_domain": user.team.domain,
        "channel_id": channel.id,
        "channel_name": seen,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": core.app.id,
        "is_enterprise_install": str(user.team.org_wide).lower(),
        "response_url": response_url,
        "trigger_id": trigger_id,
    }
    if user.team.enterprise_id:
        payload |= {"enterprise_id": user.team.enterprise_id, "enterprise_name": user.team.name}
    return payload


def interaction(core: Core, kind: str, user: User, **fields: Any) -> dict[str, Any]:
    """The fields all interactions share, and the given ones."""
    team = user.team
    enterprise = {"id": team.enterprise_id, "name": team.name} if team.enterprise_id else None
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.home_team_id}
    if kind == "view_submission":
        person.pop("username")
    app = {} if kind == "message_action" else {"api_app_id": core.app.id}
    return {
        "type": kind,
        "team": {"id": team.id, "domain": team.domain},
        "user": person,
        **app,
        "token": core.app.verification_token,
        "enterprise": enterprise,
        "is_enterprise_install": team.org_wide,
        **fields,
    }


def channel_stub(channel: Channel) -> dict[str, str]:
    return {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name}


def check_inbound(core: Core, payload: dict[str, Any]) -> None:
    """Hold what we are about to send against Slack's types; a complaint is this server's own fault."""
    problems: list[str] = []
    if payload.get("type") == "event_callback":
        plain = {k: v for k, v in payload.items() if v is not None}
        problems = core.judge.typed("In_event", plain)
        if kind := _event_type(payload["event"]):
            problems += core.judge.typed(kind, payload["event"])
    elif "command" in payload:
        problems = core.judge.typed("In_slash", payload)
    elif payload.get("type") in _KINDS:
        problems = core.judge.typed(_KINDS[payload["type"]], payload)
    for problem in problems:
        core.violate(f"the fake sends what Slack would not: {problem}")


def _event_type(event: dict[str, Any]) -> str:
    if event["type"] == "message":
        if event.get("subtype") == "file_share":
            return "Ev_file_share"
        return "" if event.get("subtype") else "Ev_message"
    return _EVENT_TYPES.get(event["type"], "")
