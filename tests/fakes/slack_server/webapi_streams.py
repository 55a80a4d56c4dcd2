"""chat.startStream, appendStream and stopStream: text that grows, within its five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.events import announce
from tests.fakes.slack_server.payloads import message_object
from tests.fakes.slack_server.rules import blocks_error
from tests.fakes.slack_server.views import number_blocks
from tests.fakes.slack_server.webapi import Call, SlackError, method
from tests.fakes.slack_server.webapi_chat import check_thread, clear_status, own

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Message

_LIMIT = 12_000
_STATES = {"pending", "in_progress", "complete", "error"}


@method("chat.startStream")
async def start(core: Core, call: Call) -> dict[str, Any]:
    channel = call.channel()
    if not channel.has(call.bot):
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    call.need("thread_ts")
    if channel.kind != "im":
        _recipients(call)
    message = core.post(channel, call.bot, thread_ts=check_thread(core, call, channel), streaming=True)
    message.stream_state = "streaming"
    message.stream_ends = core.clock.now() + core.timings.stream_life
    clear_status(channel, message.thread_ts)
    _grow(core, call, message)
    return {"channel": channel.id, "ts": message.ts}


def _recipients(call: Call) -> None:
    for name in ("recipient_team_id", "recipient_user_id"):
        if not call.args.get(name):
            raise SlackError(f"missing_{name}")
    if call.text("recipient_user_id") not in call.team.users:
        raise SlackError("user_not_found")


@method("chat.appendStream")
async def append(core: Core, call: Call) -> dict[str, Any]:
    message = _streaming(core, call)
    if not call.args.get("markdown_text") and not call.args.get("chunks"):
        raise SlackError("no_text")
    _grow(core, call, message)
    return {"channel": message.channel.id, "ts": message.ts}


@method("chat.stopStream")
async def stop(core: Core, call: Call) -> dict[str, Any]:
    message = _streaming(core, call)
    _grow(core, call, message)
    if error := blocks_error(core, call.team, call.args, call.method):
        raise SlackError(error)
    message.blocks += number_blocks(call.args.get("blocks") or [], core.ids)
    message.metadata = call.args.get("metadata")
    message.streaming, message.stream_state = False, "stopped"
    announce(core, message)
    core.touch()
    return {"channel": message.channel.id, "ts": message.ts, "message": message_object(core, message)}


def _streaming(core: Core, call: Call) -> Message:
    message = call.message()
    own(call, message, "message_not_owned_by_app")
    if message.streaming and core.clock.now() > message.stream_ends:
        message.streaming, message.stream_state = False, "expired"
    if message.stream_state == "stopped_by_user":
        raise SlackError("stopped_by_user")
    if not message.streaming:
        raise SlackError("message_not_in_streaming_state")
    return message


def _grow(core: Core, call: Call, message: Message) -> None:
    """Append what came, or raise SlackError and leave the message as it was."""
    if call.args.get("markdown_text") and call.args.get("chunks"):
        raise SlackError("markdown_text_conflict")
    chunks = call.args.get("chunks") or []
    if call.args.get("markdown_text"):
        chunks = [{"type": "markdown_text", "text": call.text("markdown_text")}]
    if sum(len(c.get("text") or "") for c in chunks if c.get("type") == "markdown_text") > _LIMIT:
        core.violate(f"{call.method}: more than {_LIMIT} characters at once")
        raise SlackError("msg_too_long")
    for chunk in chunks:
        _apply(core, call, message, chunk)
    core.touch()


def _apply(core: Core, call: Call, message: Message, chunk: dict[str, Any]) -> None:
    kind = chunk.get("type")
    if kind == "markdown_text" and isinstance(chunk.get("text"), str):
        message.text += chunk["text"]
    elif kind == "task_update" and chunk.get("id") and chunk.get("title") and chunk.get("status") in _STATES:
        card = {"type": "task_card", "task_id": chunk["id"], "block_id": chunk["id"]}
        card |= {"title": chunk["title"], "status": chunk["status"]}
        message.blocks = [b for b in message.blocks if b.get("task_id") != chunk["id"]] + [card]
    elif kind == "plan_update" and chunk.get("title"):
        message.blocks = [b for b in message.blocks if b.get("type") != "plan"]
        message.blocks.insert(0, {"type": "plan", "block_id": "plan", "title": chunk["title"]})
    elif kind == "blocks":
        if error := blocks_error(core, call.team, chunk, call.method):
            raise SlackError(error)
        message.blocks += number_blocks(chunk["blocks"], core.ids)
    else:
        core.violate(f"{call.method}: chunk {chunk!r} is none Slack knows")
        raise SlackError("invalid_chunks")
