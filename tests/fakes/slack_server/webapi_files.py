"""files.*: the three steps of an upload, what became of it, and its end."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.events import file_shared
from tests.fakes.slack_server.files import Share, SlackFile, file_object, with_shares
from tests.fakes.slack_server.rules import blocks_error
from tests.fakes.slack_server.views import number_blocks
from tests.fakes.slack_server.webapi import Call, SlackError, method
from tests.fakes.slack_server.webapi_chat import check_thread, share_files

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Channel


@method("files.getUploadURLExternal")
async def upload_url(core: Core, call: Call) -> dict[str, Any]:
    call.need("filename", "length")
    length = int(call.text("length"))
    if length < 1:
        core.violate("files.getUploadURLExternal: length must be at least 1")
        raise SlackError("invalid_arguments")
    if call.team.upload_error:
        raise SlackError(call.team.upload_error)
    if call.team.max_upload is not None and length > call.team.max_upload:
        raise SlackError("file_upload_size_restricted")
    if len(call.text("alt_txt")) > 1000:
        core.violate("files.getUploadURLExternal: alt_txt is longer than 1000")
        raise SlackError("alt_txt_too_large")
    file = SlackFile(
        id=core.ids.next("F"),
        team=call.team,
        user=call.bot,
        name=call.text("filename"),
        declared=length,
        alt_txt=call.args.get("alt_txt"),
        created=int(core.clock.now()),
    )
    core.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{core.base}/upload/v1/{file.id}"}


@method("files.completeUploadExternal")
async def complete(core: Core, call: Call) -> dict[str, Any]:
    call.need("files")
    files = _uploaded(core, call)
    channels = _channels(call)
    comment = call.text("initial_comment")
    blocks = [] if comment else call.args.get("blocks") or []
    if error := blocks_error(core, call.team, {"blocks": blocks}, call.method):
        raise SlackError(error)
    thread_ts = check_thread(core, call, channels[0]) if channels else None
    if call.args.get("thread_ts") and not channels:
        core.violate("files.completeUploadExternal: thread_ts without channel_id")
    for file in files:
        file.state = "complete"
    numbered = number_blocks(blocks, core.ids)
    if channels:
        job = partial(_share, core, files, channels, comment, numbered, thread_ts)
        _schedule(core, job)
    else:
        for file in files:
            file.state = "shared"
    return {"files": [with_shares(file, core.base) for file in files]}


def _uploaded(core: Core, call: Call) -> list[SlackFile]:
    files = []
    for entry in call.args["files"]:
        file = core.files.get(entry.get("id", ""))
        if file is None or file.team is not call.team or file.user is not call.bot:
            raise SlackError("file_not_found")
        if file.state != "uploaded":
            core.violate(f"files.completeUploadExternal: {file.id} is {file.state}, not uploaded")
            raise SlackError("file_update_failed" if file.state == "ticket" else "file_not_found")
        file.title = entry.get("title") or file.name
        files.append(file)
    return files


def _channels(call: Call) -> list[Channel]:
    wanted = [call.text("channel_id")] if call.args.get("channel_id") else []
    wanted += [c for c in call.text("channels").split(",") if c]
    found = []
    for name in wanted:
        channel = call.team.channels.get(name)
        if channel is None or (channel.kind != "channel" and not channel.has(call.bot)):
            raise SlackError("channel_not_found")
        if channel.is_archived:
            raise SlackError("posting_to_channel_denied")
        if not channel.has(call.bot):
            raise SlackError("not_in_channel")
        found.append(channel)
    return found


def _schedule(core: Core, job: partial[None]) -> None:
    """Slack answers first and shares afterwards."""
    if core.hold_shares:
        core.held_shares.append(job)
    elif core.timings.share_delay > 0:
        asyncio.get_running_loop().call_later(core.timings.share_delay, job)
    else:
        job()


def _share(
    core: Core,
    files: list[SlackFile],
    channels: list[Channel],
    comment: str,
    blocks: list[dict[str, Any]],
    thread_ts: str | None,
) -> None:
    for file in files:
        file.state = "shared"
    for channel in channels:
        message = share_files(
            core, channel, files[0].user, text=comment, blocks=blocks, files=files, thread_ts=thread_ts
        )
        for file in files:
            file.shares.append(Share(channel=channel, ts=message.ts, thread_ts=thread_ts))
            file_shared(core, file, channel)
    core.touch()


@method("files.info")
async def info(core: Core, call: Call) -> dict[str, Any]:
    file = _file(core, call)
    if file.deleted:
        raise SlackError("file_deleted")
    # A Slack Connect stub resolves here, and here only.
    file_access, file.file_access = file.file_access, "visible"
    described = with_shares(file, core.base)
    file.file_access = file_access
    return {"file": described, "comments": []}


@method("files.delete")
async def delete(core: Core, call: Call) -> dict[str, Any]:
    file = _file(core, call)
    if file.deleted:
        raise SlackError("file_deleted")
    if file.user is not call.bot:
        raise SlackError("cant_delete_file")
    file.deleted, file.content = True, None
    core.touch()
    return {}


def _file(core: Core, call: Call) -> SlackFile:
    call.need("file")
    file = core.files.get(call.text("file"))
    if file is None or file.team is not call.team or file.state == "ticket":
        raise SlackError("file_not_found")
    return file


__all__ = ["file_object"]
