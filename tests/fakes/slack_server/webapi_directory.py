"""conversations.*, users.*, usergroups.*, team.* and bots.*: who and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.payloads import message_object
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel, Message, User

_TYPES = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}


def channel_object(channel: Channel) -> dict[str, Any]:
    bot = channel.team.bot
    shown: dict[str, Any] = {
        "id": channel.id,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_shared,
        "context_team_id": channel.team.id,
    }
    if channel.kind == "im":
        other = next((u for u in channel.members if u is not bot), bot)
        return shown | {"user": other.id, "is_user_deleted": other.deleted}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": channel.has(bot),
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def user_object(user: User) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": user.id,
        "team_id": user.home_team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": {"real_name": user.real_name, "display_name": user.name, "team": user.home_team_id},
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if user.is_external:
        return shown | {"is_stranger": True}
    if user.team.enterprise_id:
        shown["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": user.team.enterprise_id,
            "enterprise_name": user.team.name,
            "is_admin": False,
            "is_owner": False,
            "teams": [user.team.id],
        }
    return shown | {
        "tz": user.tz,
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "is_admin": user.is_admin or user.is_owner,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
    }


def page(
    call: Call, items: list[Any], default: int = 100, ceiling: int = 1000
) -> tuple[list[Any], dict[str, Any]]:
    """One page of a list and the metadata that leads to the next."""
    start = int(call.text("cursor") or 0)
    limit = min(int(float(call.text("limit") or default)), ceiling)
    following = str(start + limit) if start + limit < len(items) else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": following}}


@method("conversations.info")
async def info(core: Core, call: Call) -> dict[str, Any]:
    return {"channel": channel_object(call.channel())}


@method("conversations.open")
async def open_conversation(core: Core, call: Call) -> dict[str, Any]:
    if call.args.get("channel"):
        return {"channel": {"id": call.channel().id}}
    names = [name for name in call.text("users").split(",") if name]
    if not names:
        raise SlackError("users_list_not_supplied")
    people = [call.team.users.get(name) for name in names]
    if any(person is None for person in people):
        raise SlackError("user_not_found")
    known = [person for person in people if person]
    if any(person.deleted for person in known):
        raise SlackError("user_disabled")
    if len(known) == 1:
        fresh = call.team.direct(known[0]) is None
        channel = core.direct(known[0])
        return {"channel": {"id": channel.id}, "already_open": not fresh, "no_op": not fresh}
    return {"channel": {"id": core.channel(call.team, "mpdm", members=known, kind="mpim").id}}


@method("conversations.join")
async def join(core: Core, call: Call) -> dict[str, Any]:
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.has(call.bot):
        channel.members.append(call.bot)
    core.touch()
    return {"channel": channel_object(channel)}


@method("conversations.members")
async def members(core: Core, call: Call) -> dict[str, Any]:
    shown, more = page(call, [user.id for user in call.channel().members])
    return {"members": shown, **more}


@method("conversations.list", "users.conversations")
async def conversations(core: Core, call: Call) -> dict[str, Any]:
    wanted = (call.text("types") or "public_channel").split(",")
    member = call.team.users.get(call.text("user")) or call.bot
    found = [c for c in call.team.channels.values() if _TYPES[c.kind] in wanted]
    if call.method == "users.conversations":
        found = [c for c in found if c.has(member)]
    found = [c for c in found if (c.kind == "channel" or c.has(call.bot))]
    if call.flag("exclude_archived"):
        found = [c for c in found if not c.is_archived]
    shown, more = page(call, found)
    return {"channels": [channel_object(c) for c in shown], **more}


@method("conversations.history")
async def history(core: Core, call: Call) -> dict[str, Any]:
    channel = _readable(call)
    found = [m for m in channel.messages if m.thread_ts in (None, m.ts) and m.visible_to(call.bot)]
    return _messages(core, call, list(reversed(_between(call, found))))


@method("conversations.replies")
async def replies(core: Core, call: Call) -> dict[str, Any]:
    channel = _readable(call)
    asked = channel.find(call.text("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    root = asked.root_ts
    found = [m for m in channel.messages if m.root_ts == root and m.visible_to(call.bot)]
    first = [m for m in found if m.ts == root]
    return _messages(core, call, first + [m for m in _between(call, found) if m.ts != root])


def _readable(call: Call) -> Channel:
    channel = call.channel()
    if not channel.has(call.bot):
        raise SlackError("not_in_channel")
    return channel


def _between(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999"
    edge = call.flag("inclusive")
    return [
        m
        for m in messages
        if m.ephemeral_to is None and (oldest < m.ts < latest or (edge and m.ts in (oldest, latest)))
    ]


def _messages(core: Core, call: Call, found: list[Message]) -> dict[str, Any]:
    ceiling = 15 if core.app.distributed else 999
    shown, more = page(call, found, 15 if core.app.distributed else 100, ceiling)
    has_more = bool(more["response_metadata"]["next_cursor"])
    messages = [message_object(core, m) for m in shown]
    if not call.flag("include_all_metadata"):
        messages = [{name: value for name, value in m.items() if name != "metadata"} for m in messages]
    answer = {"messages": messages, "has_more": has_more}
    return answer | (more if has_more else {})


@method("users.info")
async def user_info(core: Core, call: Call) -> dict[str, Any]:
    call.need("user")
    user = call.team.users.get(call.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    locale = {"locale": user.locale} if call.flag("include_locale") else {}
    return {"user": user_object(user) | locale}


def _named(call: Call) -> None:
    """A token of a whole organisation says of which workspace it speaks."""
    if call.team.org_wide and call.text("team_id") != call.team.id:
        raise SlackError("missing_argument")


@method("users.list")
async def users(core: Core, call: Call) -> dict[str, Any]:
    _named(call)
    shown, more = page(call, list(call.team.users.values()))
    return {"members": [user_object(user) for user in shown], **more}


@method("usergroups.list")
async def usergroups(core: Core, call: Call) -> dict[str, Any]:
    _named(call)
    found = []
    for group in call.team.usergroups.values():
        entry: dict[str, Any] = {
            "id": group.id,
            "team_id": call.team.id,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "description": "",
            "date_delete": 0,
            "user_count": len(group.members),
        }
        if call.flag("include_users"):
            entry["users"] = [user.id for user in group.members]
        found.append(entry)
    return {"usergroups": found}


@method("usergroups.users.list")
async def usergroup_users(core: Core, call: Call) -> dict[str, Any]:
    group = call.team.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": [user.id for user in group.members]}


@method("team.info")
async def team_info(core: Core, call: Call) -> dict[str, Any]:
    team = call.team
    return {
        "team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}
        | ({"enterprise_id": team.enterprise_id} if team.enterprise_id else {})
    }


@method("bots.info")
async def bot_info(core: Core, call: Call) -> dict[str, Any]:
    wanted = call.text("bot")
    bot = next((u for u in call.team.users.values() if u.bot_id and u.bot_id == wanted), None)
    if bot is None:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": bot.bot_id,
            "deleted": False,
            "name": bot.real_name,
            "app_id": bot.app_id,
            "user_id": bot.id,
        }
    }
