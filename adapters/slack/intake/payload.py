"""One payload of Slack's, whatever its shape, as a value that can be stored and handled again.

Slack sends the same thing in five shapes, twice, late and from its own bots. `read` says what a payload
is and under which key it may happen only once; `is_noise` says what must never start anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from adapters.slack.addressing import RESPONSE_URL_LIFE_S, Address

Body = Mapping[str, Any]
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_UNSTORED = frozenset({"token"})


class Kind(StrEnum):
    """What kind of thing happened."""

    SAID = "said"
    SLASH = "slash"
    PRESSED = "pressed"
    SUBMITTED = "submitted"
    SHORTCUT = "shortcut"
    SUGGEST = "suggest"
    HOME = "home"
    THREAD = "thread"
    REMOVED = "removed"
    APP = "app"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """`key` is the same for every delivery of the same act. `at`: when we got it, UTC microseconds.

    `replayed`: taken up again after a restart, so its trigger is long gone.
    """

    kind: Kind
    key: str
    body: Body = field(repr=False)
    at: int
    team: str = ""
    enterprise: str = ""
    user: str = ""
    user_team: str = ""
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""
    trigger_id: str = ""
    response_url: str = field(default="", repr=False)
    replayed: bool = False

    @property
    def event(self) -> Body:
        """The inner event; empty for commands and presses."""
        return self.body.get("event") or {}

    @property
    def address(self) -> Address:
        """Where to answer: in the thread of what was said, or the conversation a command was typed in."""
        return Address(
            team=self.team,
            enterprise=self.enterprise,
            user=self.user,
            channel=self.channel,
            thread_ts=self.thread_ts or self.ts,
            ts=self.ts,
            in_thread=bool(self.thread_ts),
            response_url=self.response_url,
            response_until=self.at + RESPONSE_URL_LIFE_S * 1_000_000 if self.response_url else 0,
        )

    def stored(self) -> Body:
        """What is kept until it has been dealt with."""
        kept = {name: value for name, value in self.body.items() if name not in _UNSTORED}
        return {"at": self.at, "body": kept}


def restored(payload: Body) -> Inbound:
    """What `stored` kept, to be handled again."""
    return replace(read(payload["body"], at=payload["at"]), replayed=True)


def read(body: Body, *, at: int) -> Inbound:
    """Say what a payload is."""
    if body.get("event"):
        return _event(body, at)
    if body.get("command"):
        return _slash(body, at)
    return _interaction(body, at)


def _event(body: Body, at: int) -> Inbound:
    event: Body = body["event"]
    grant: Body = next(iter(body.get("authorizations") or ()), {})
    name, team = str(event.get("type", "")), grant.get("team_id") or body.get("team_id") or ""
    kind = {
        "app_mention": Kind.SAID,
        "message": Kind.SAID,
        "app_home_opened": Kind.HOME,
        "assistant_thread_started": Kind.THREAD,
        "app_uninstalled": Kind.REMOVED,
        "team_access_revoked": Kind.REMOVED,
        "tokens_revoked": Kind.REMOVED,
    }.get(name, Kind.OTHER)
    thread: Body = event.get("assistant_thread") or {}
    channel = str(event.get("channel") or thread.get("channel_id") or "")
    ts = str(event.get("ts") or thread.get("thread_ts") or "")
    if name == "app_mention" and _by_app(event):
        kind = Kind.APP
    # A mention arrives as app_mention and, where we listen, as message too: what was said is one thing.
    said = f"{team}:said:{channel}:{ts}"
    return Inbound(
        kind=kind,
        key=said if kind is Kind.SAID else f"{team}:event:{body.get('event_id')}",
        body=body,
        at=at,
        team=team,
        enterprise=grant.get("enterprise_id") or body.get("enterprise_id") or "",
        user=str(event.get("user") or thread.get("user_id") or ""),
        user_team=str(event.get("user_team") or event.get("source_team") or ""),
        channel=channel,
        ts=ts,
        thread_ts=str(event.get("thread_ts") or ""),
    )


def _slash(body: Body, at: int) -> Inbound:
    return Inbound(
        kind=Kind.SLASH,
        key=f"{body.get('team_id')}:command:{body.get('trigger_id')}",
        body=body,
        at=at,
        team=body.get("team_id") or "",
        enterprise=body.get("enterprise_id") or "",
        user=body.get("user_id") or "",
        channel=body.get("channel_id") or "",
        trigger_id=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
    )


_KINDS = {
    "block_actions": Kind.PRESSED,
    "view_submission": Kind.SUBMITTED,
    "message_action": Kind.SHORTCUT,
    "shortcut": Kind.SHORTCUT,
    "block_suggestion": Kind.SUGGEST,
}


def _interaction(body: Body, at: int) -> Inbound:
    view, container, user = (body.get(name) or {} for name in ("view", "container", "user"))
    message: Body = body.get("message") or {}
    team = (
        view.get("app_installed_team_id") or (body.get("team") or {}).get("id") or user.get("team_id") or ""
    )
    pressed = next(iter(body.get("actions") or ()), {})
    unique = body.get("trigger_id") or body.get("action_ts") or pressed.get("action_ts")
    return Inbound(
        kind=_KINDS.get(str(body.get("type")), Kind.OTHER),
        key=f"{team}:act:{unique}",
        body=body,
        at=at,
        team=team or "",
        enterprise=(body.get("enterprise") or {}).get("id") or "",
        user=user.get("id") or "",
        user_team=user.get("team_id") or "",
        channel=(body.get("channel") or {}).get("id") or container.get("channel_id") or "",
        ts=message.get("ts") or container.get("message_ts") or "",
        thread_ts=message.get("thread_ts") or container.get("thread_ts") or "",
        trigger_id=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
    )


def is_noise(inbound: Inbound) -> bool:
    """True for what must start nothing: bots (our own too), edits, deletions, joins, Slack's own notices.

    One that was edited counts where it mentions us only now: its key is that of the first time.
    Two bots never talk to each other.
    """
    if inbound.kind is not Kind.SAID:
        return False
    event = inbound.event
    if event.get("type") == "message" and not inbound.channel.startswith("D"):
        return True
    return bool(
        _by_app(event)
        or event.get("hidden")
        or (event.get("edited") and event.get("type") != "app_mention")
        or inbound.user in ("", "USLACKBOT")
        or str(event.get("subtype") or "") not in _SPOKEN
    )


def _by_app(event: Body) -> bool:
    """Whether an app or a workflow has said this: people's messages have a client's id."""
    from_app = bool(event.get("app_id")) and not event.get("client_msg_id")
    return bool(event.get("bot_id") or event.get("bot_profile") or from_app)
