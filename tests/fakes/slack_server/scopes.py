"""Which scope a call needs: read from the published method list, narrowed by the kind of conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.webapi import Call

_PREFIX = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
_TYPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def needed_scope(core: Core, call: Call) -> list[str]:
    """The scopes of which one is needed; empty when none is."""
    described = core.judge.method(call.method) or {}
    named: list[str] = list((described.get("scope") or {}).get("bot") or [])
    if len(named) < 2:
        return named
    return _narrowed(call, named)


def _narrowed(call: Call, named: list[str]) -> list[str]:
    if call.method == "conversations.open":
        return ["mpim:write" if "," in call.text("users") else "im:write"]
    if call.method in ("users.conversations", "conversations.list"):
        kinds = (call.text("types") or "public_channel").split(",")
        wanted = {f"{_TYPES[kind]}:read" for kind in kinds if kind in _TYPES}
        missing = sorted(wanted - call.team_scopes)
        return missing[:1] or named
    channel = call.team.channels.get(call.text("channel"))
    if channel is None:
        return named
    verb = named[0].partition(":")[2]
    exact = f"{_PREFIX[channel.kind]}:{verb}"
    return [exact] if exact in named else named
