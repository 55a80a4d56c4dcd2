"""chat.* and reactions.*: posting, changing and deleting, under Slack's rules of membership and length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.events import announce, announce_change
from tests.fakes.slack_server.files import file_object
from tests.fakes.slack_server.payloads import message_object
from tests.fakes.slack_server.rules import blocks_error
from tests.fakes.slack_server.views import number_blocks
from tests.fakes.slack_server.webapi import Call, SlackError, method

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel, Message, User

_TRUNCATED, _UPDATE_LIMIT, _MARKDOWN_LIMIT = 40_000, 4_000, 12_000


def destination(core: Core, call: Call) -> Channel:
    """Where a message goes: a conversation, or a person's direct messages by user id. Raises SlackError."""
    call.need("channel")
    wanted = call.text("channel")
    if wanted in call.team.users:
        return core.direct(call.team.users[wanted])
    if wanted.startswith("#"):
        named = next((c for c in call.team.channels.values() if c.name == wanted[1:]), None)
        if named is None:
            raise SlackError("channel_not_found")
        call.args["channel"] = named.id
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def require_member(call: Call, channel: Channel, *, public_scope: bool) -> None:
    """Raises SlackError not_in_channel, unless chat:write.public lets the app speak anyway."""
    if channel.has(call.bot) or (public_scope and "chat:write.public" in call.team_scopes):
        return
    raise SlackError("not_in_channel")


def check_content(core: Core, call: Call, limit: int | None) -> dict[str, Any]:
    """The message's content, judged. Longer texts than `limit` are refused (None: cut). Raises SlackError."""
    if call.args.get("markdown_text"):
        if call.args.get("text") or call.args.get("blocks"):
            core.violate(f"{call.method}: markdown_text next to text or blocks")
            raise SlackError("markdown_text_conflict")
        if len(call.text("markdown_text")) > _MARKDOWN_LIMIT:
            core.violate(f"{call.method}: markdown_text is longer than {_MARKDOWN_LIMIT}")
            raise SlackError("msg_too_long")
    if error := blocks_error(core, call.team, call.args, call.method):
        raise SlackError(error)
    text = call.text("markdown_text") or call.text("text")
    if limit is not None and len(text) > max(limit, len(call.text("markdown_text"))):
        raise SlackError("msg_too_long")
    if not (text or call.args.get("blocks") or call.args.get("attachments") or call.args.get("file_ids")):
        raise SlackError("no_text")
    return {
        "text": text[:_TRUNCATED],
        "blocks": number_blocks(call.args.get("blocks") or [], core.ids),
        "attachments": call.args.get("attachments") or [],
    }


def check_thread(core: Core, call: Call, channel: Channel) -> str | None:
    """The thread named, having complained when it is none: replies hang on a root's timestamp only."""
    ts = call.args.get("thread_ts")
    if ts is None or ts == "":
        return None
    if not isinstance(ts, str):
        core.violate(f"{call.method}: thread_ts is no string: {ts!r}")
    root = channel.find(str(ts))
    if root is None:
        core.violate(f"{call.method}: thread_ts {ts} names no message in {channel.name}")
        raise SlackError("thread_not_found")
    if root.thread_ts and root.thread_ts != root.ts:
        core.violate(f"{call.method}: thread_ts {ts} is a reply's, not its parent's")
    return str(ts)


@method("chat.postMessage")
async def post_message(core: Core, call: Call) -> dict[str, Any]:
    channel = destination(core, call)
    require_member(call, channel, public_scope=True)
    content = check_content(core, call, None)
    thread_ts = check_thread(core, call, channel)
    message = core.post(
        channel,
        call.bot,
        **content,
        thread_ts=thread_ts,
        metadata=call.args.get("metadata"),
        unfurls=call.args.get("unfurl_links") is not False,
    )
    clear_status(channel, thread_ts)
    announce(core, message)
    return {"channel": channel.id, "ts": message.ts, "message": message_object(core, message)}


@method("chat.postEphemeral")
async def post_ephemeral(core: Core, call: Call) -> dict[str, Any]:
    call.need("user")
    channel = destination(core, call)
    require_member(call, channel, public_scope=True)
    user = call.team.users.get(call.text("user"))
    if user is None or not channel.has(user):
        raise SlackError("user_not_in_channel")
    content = check_content(core, call, _TRUNCATED)
    message = core.post(
        channel, call.bot, **content, thread_ts=check_thread(core, call, channel), ephemeral_to=user
    )
    return {"message_ts": message.ts}


@method("chat.update")
async def update(core: Core, call: Call) -> dict[str, Any]:
    channel, message = call.channel(), call.message()
    own(call, message, "cant_update_message")
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    given = {key for key in ("text", "blocks", "attachments", "markdown_text") if key in call.args}
    content = check_content(core, call, _UPDATE_LIMIT)
    core.revise(message)
    before = message_object(core, message)
    message.text = content["text"]
    # Slack docs, chat.update: blocks and attachments left out stay, and an empty array removes them.
    if given & {"blocks", "markdown_text"}:
        message.blocks = content["blocks"]
    if "attachments" in given:
        message.attachments = content["attachments"]
    if "file_ids" in call.args:
        message.files = [f for f in map(core.files.get, call.args["file_ids"]) if f]
    message.edited_ts = core.clock.ts()
    clear_status(channel, message.thread_ts)
    announce_change(core, message, before)
    core.touch()
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_object(core, message),
    }


@method("chat.delete")
async def delete(core: Core, call: Call) -> dict[str, Any]:
    channel, message = call.channel(), call.message()
    own(call, message, "cant_delete_message")
    core.revise(message)
    message.deleted = True
    core.touch()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
async def permalink(core: Core, call: Call) -> dict[str, Any]:
    channel, message = call.channel(), call.message("message_ts")
    link = f"https://{call.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add")
async def react(core: Core, call: Call) -> dict[str, Any]:
    call.need("name")
    users = call.message("timestamp").reactions.setdefault(call.text("name"), [])
    if call.bot in users:
        raise SlackError("already_reacted")
    users.append(call.bot)
    core.touch()
    return {}


@method("reactions.remove")
async def unreact(core: Core, call: Call) -> dict[str, Any]:
    call.need("name")
    message = call.message("timestamp")
    if call.bot not in message.reactions.get(call.text("name"), []):
        raise SlackError("no_reaction")
    message.reactions[call.text("name")].remove(call.bot)
    core.touch()
    return {}


def own(call: Call, message: Message, error: str) -> None:
    """Raises SlackError: apps change their own messages only."""
    if message.user is not call.bot:
        raise SlackError(error)


def clear_status(channel: Channel, thread_ts: str | None) -> None:
    """An app's reply ends the status it had set."""
    channel.statuses.pop(thread_ts or "", None)


def share_files(core: Core, channel: Channel, user: User, **fields: Any) -> Message:
    """The message by which completed uploads appear in a conversation."""
    message = core.post(channel, user, subtype=None, **fields)
    clear_status(channel, message.thread_ts)
    announce(core, message)
    return message


__all__ = [
    "check_content",
    "check_thread",
    "destination",
    "file_object",
    "own",
    "require_member",
    "share_files",
]
