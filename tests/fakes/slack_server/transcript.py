"""Transcripts: a conversation as one person sees it, stable enough for golden files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fakes.slack_server.rendering import render_message

if TYPE_CHECKING:
    from tests.fakes.slack_server.state import Channel, Message, User

_SIZE = re.compile(r"(📎 .*\(.*), \d+ (?:B|kB|MB)\)")


def transcript_of(
    channel: Channel,
    *,
    as_seen_by: User | None = None,
    thread: Message | None = None,
    revisions: bool = False,
    sizes: bool = True,
    replace: dict[str, str] | None = None,
) -> str:
    """The conversation, or one thread of it; `as_seen_by` hides what is ephemeral to others (None shows all).

    `revisions` shows what a message said before it was changed; `sizes=False` leaves out file sizes;
    `replace` maps regular expressions to replacements, applied last.
    """
    shown = [m for m in channel.messages if m.visible_to(as_seen_by)]
    if thread is not None:
        shown = [m for m in shown if m.root_ts == thread.root_ts]
    lines: list[str] = [_title(channel)]
    for message in shown:
        if message.thread_ts in (None, message.ts) or channel.find(message.thread_ts) is None:
            lines += _entry(message, "", revisions)
            replies = [m for m in shown if m.thread_ts == message.ts and m is not message]
            for reply in replies:
                lines += _entry(reply, "  ", revisions)
    text = "\n".join(lines) + "\n"
    if not sizes:
        text = without_sizes(text)
    for pattern, replacement in (replace or {}).items():
        text = re.sub(pattern, replacement, text)
    return text


def without_sizes(text: str) -> str:
    """Leave out how large files are: encoders differ from version to version."""
    return _SIZE.sub(r"\1)", text)


def _title(channel: Channel) -> str:
    if channel.kind == "im":
        return f"== direct: {', '.join(_name(u) for u in channel.members)} =="
    return f"== #{channel.name} =="


def _name(user: User) -> str:
    return f"{user.real_name} (app)" if user.is_bot else user.name


def _entry(message: Message, indent: str, revisions: bool) -> list[str]:
    marks = []
    if message.ephemeral_to:
        marks.append(f"only {message.ephemeral_to.name} sees this")
    if message.edited_ts:
        marks.append("edited")
    if message.streaming:
        marks.append("streaming")
    mark = f" ({', '.join(marks)})" if marks else ""
    body = []
    if revisions:
        for number, text in enumerate(message.revisions, 1):
            body += [f"~{number} {line}" for line in text.splitlines()]
    body += render_message(message).splitlines()
    return [f"{indent}{_name(message.user)}{mark}:", *(f"{indent}  {line}" for line in body)]
