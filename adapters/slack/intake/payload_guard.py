"""The shape of what Slack sends, as far as anything here reads it: looked at before anything else is done.

What is not of this shape does not come from Slack and is turned away at the door, so that nothing behind it
has to ask whether an id is a text. Fields that nobody reads may hold anything (Slack adds some all the time).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, InstanceOf, ValidationError

_ID = re.compile(r"[!-~]{0,500}")
MOST_NESTED = 100
"""Deeper than Slack nests anything, and less than JSON encoders bear."""


def _is_id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise ValueError("an id is of plain characters, and short")
    return text


Text = InstanceOf[str] | None
"""What people write: anything, even halves of characters (see `mended`)."""
_MustId = Annotated[InstanceOf[str], AfterValidator(_is_id)]
Id = _MustId | None


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Named(_Part):
    id: Id = None
    team_id: Id = None


class _File(_Part):
    id: _MustId
    size: int | None = None
    mode: Text = None
    mimetype: Text = None
    name: Text = None
    title: Text = None
    file_access: Text = None
    url_private: Text = None
    url_private_download: Text = None


class _Message(_Part):
    ts: Id = None
    thread_ts: Id = None
    user: Id | _Named = None
    text: Text = None
    files: list[_File] | None = None


class _Tokens(_Part):
    bot: list[Any] | None = None


class _Thread(_Part):
    channel_id: Id = None
    thread_ts: Id = None
    user_id: Id = None


class _Event(_Message):
    type: _MustId
    subtype: Id = None
    channel: Id | _Named = None
    user_team: Id = None
    source_team: Id = None
    team: Id | _Named = None
    tab: Text = None
    assistant_thread: _Thread | None = None
    tokens: _Tokens | None = None
    team_ids: list[_MustId] | None = None
    message: _Message | None = None
    previous_message: _Message | None = None


class _Option(_Part):
    value: Text = None


class _Action(_Part):
    action_id: _MustId
    action_ts: Id = None
    block_id: Id = None
    value: Text = None
    selected_option: _Option | None = None


class _Answer(_Part):
    value: Text = None
    selected_option: _Option | None = None
    selected_conversation: Id = None
    selected_user: Id = None
    selected_channel: Id = None
    files: list[_File] | None = None


class _State(_Part):
    values: dict[str, dict[str, _Answer]] | None = None


class _Block(_Part):
    type: Id = None
    block_id: Id = None


class _View(_Part):
    id: Id = None
    hash: Id = None
    type: Id = None
    team_id: Id = None
    callback_id: Id = None
    app_installed_team_id: Id = None
    private_metadata: Text = None
    state: _State | None = None
    blocks: list[_Block] | None = None


class _Container(_Part):
    channel_id: Id = None
    message_ts: Id = None
    thread_ts: Id = None


class _Grant(_Part):
    team_id: Id = None
    enterprise_id: Id = None
    is_enterprise_install: bool | None = None


class _ResponseUrl(_Part):
    response_url: Id = None


class _Body(_Part):
    """An event, a command or an interaction: Slack's three kinds share names, and so they do here."""

    type: Id = None
    team: _Named | None = None
    enterprise: _Named | None = None
    user: _Named | None = None
    channel: _Named | None = None
    team_id: Id = None
    enterprise_id: Id = None
    user_id: Id = None
    channel_id: Id = None
    event_id: Id = None
    trigger_id: Id = None
    action_ts: Id = None
    action_id: Id = None
    block_id: Id = None
    callback_id: Id = None
    response_url: Id = None
    command: Text = None
    text: Text = None
    value: Text = None
    event: _Event | None = None
    message: _Message | None = None
    view: _View | None = None
    container: _Container | None = None
    actions: list[_Action] | None = None
    authorizations: list[_Grant] | None = None
    response_urls: list[_ResponseUrl] = []


_NEEDED = {
    "event_callback": ("event",),
    "block_actions": ("user", "actions"),
    "block_suggestion": ("user", "action_id"),
    "view_submission": ("user", "view"),
    "view_closed": ("user", "view"),
    "message_action": ("user", "callback_id"),
    "shortcut": ("user", "callback_id"),
}


def fault(body: Any) -> str:
    """What is wrong with a payload, as the path of a field; "" where it has the shape of Slack's."""
    try:
        read = _Body.model_validate(body)
    except ValidationError as error:
        return ".".join(map(str, error.errors()[0]["loc"])) or "body"
    if "event" in body and read.type != "event_callback":
        return "type"
    if "command" in body:
        return "" if read.command and read.user_id and not read.type else "command"
    for name in _NEEDED.get(read.type or "", ()):
        if not getattr(read, name):
            return name
    if read.view and read.type != "block_suggestion" and read.view.callback_id is None:
        return "view.callback_id"
    return "depth" if _deeper(body, MOST_NESTED) else ""


def mended(node: Any) -> Any:
    """The payload with question marks for halves of characters, which nobody downstream could encode."""
    if isinstance(node, str):
        return node if node.isascii() else node.encode("utf-8", "replace").decode()
    if isinstance(node, dict):
        return {mended(name): mended(child) for name, child in node.items()}
    return [mended(child) for child in node] if isinstance(node, list) else node


def _deeper(node: Any, levels: int) -> bool:
    if isinstance(node, Mapping):
        children: Any = node.values()
    elif isinstance(node, list):
        children = node
    else:
        return False
    return levels == 0 or any(_deeper(child, levels - 1) for child in children)
