"""What Discord sends is checked before anything else is done with it.

What is not of the shape below does not come from Discord and is left out, so that no later code has to ask
whether an id is a number. Fields that nobody here reads may hold anything (Discord adds some all the time),
and what people chose or typed is judged where it is used.

discord.py reads an event in the task that holds the connection, and an error there ends the client for good
(`discord.shard.Shard.worker`): one field of an unknown shape, on one message in one server, and the bot is
gone for everybody. So every reader is wrapped, and an event that cannot be read is left out. Only READY
stays as it is: without it there is no session to go on with.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import discord
import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

_SNOWFLAKE = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_TOKEN = re.compile(r"[!-.0-~]{1,500}")  # a part of a path
MOST_NESTED = 60
"""Deeper than Discord nests anything, and less than JSON encoders bear."""


def _is_snowflake(text: str) -> str:
    if _SNOWFLAKE.fullmatch(text) is None or int(text) >= 1 << 63:
        raise ValueError("an id is a number of 63 bits")
    return text


def _is_token(text: str) -> str:
    if _TOKEN.fullmatch(text) is None:
        raise ValueError("a token is of plain characters, and short")
    return text


Id = Annotated[str, AfterValidator(_is_snowflake)]
Text = str | None
Whole = int | None


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _User(_Part):
    """discord.py drops the author of a message where one of these keys is missing."""

    id: Id
    username: str
    discriminator: str
    avatar: Text
    global_name: Text = None


class _Member(_Part):
    user: _User | None = None
    nick: Text = None
    roles: list[Id] = []


class _Attachment(_Part):
    id: Id
    url: str
    size: int
    content_type: Text = None
    width: Whole = None
    height: Whole = None


class _Media(_Part):
    proxy_url: Text = None
    width: Whole = None
    height: Whole = None


class _Embed(_Part):
    image: _Media | None = None
    thumbnail: _Media | None = None


class _Reference(_Part):
    message_id: Id | None = None
    channel_id: Id | None = None


class _Message(_Part):
    id: Id
    channel_id: Id
    content: str = ""
    author: _User
    member: _Member | None = None
    webhook_id: Id | None = None
    mentions: list[_User] = []
    attachments: list[_Attachment] = []
    embeds: list[_Embed] = []
    message_reference: _Reference | None = None
    referenced_message: _Message | None = None


class _Resolved(_Part):
    users: dict[Id, _User] = {}
    members: dict[Id, _Member] = {}
    roles: dict[Id, Any] = {}
    channels: dict[Id, Any] = {}
    attachments: dict[Id, _Attachment] = {}
    messages: dict[Id, _Message] = {}


_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Option(_Part):
    name: str
    type: int
    value: str | int | _Number | bool | None = None
    options: list[_Option] = []


class _Field(_Part):
    """A field of a form, the label around one, or a row of them."""

    custom_id: Text = None
    value: str | bool | None = None
    values: list[str] = []
    component: _Field | None = None
    components: list[_Field] = []


class _Command(_Part):
    name: str
    options: list[_Option] = []
    resolved: _Resolved | None = None
    target_id: Id | None = None


class _Press(_Part):
    custom_id: str
    component_type: int
    values: list[str] = []
    resolved: _Resolved | None = None


class _Form(_Part):
    custom_id: str
    components: list[_Field]
    resolved: _Resolved | None = None


class _Channel(_Part):
    id: Id
    type: int


class _Interaction(_Part):
    id: Id
    type: int
    application_id: Id
    token: Annotated[str, AfterValidator(_is_token)]
    guild_id: Id | None = None
    channel: _Channel
    member: _Member | None = None
    user: _User | None = None
    message: _Message | None = None
    attachment_size_limit: Annotated[int, Field(ge=0)]
    data: Any = None


_DATA: Mapping[int, type[_Part]] = {2: _Command, 3: _Press, 4: _Command, 5: _Form}


def fault(event: str, body: Any) -> str:
    """What is wrong with an event, as the path of a field; "" where it has the shape of Discord's."""
    if event not in ("INTERACTION_CREATE", "MESSAGE_CREATE"):
        return ""
    if not _sound(body, MOST_NESTED):
        return "text"
    try:
        if event == "MESSAGE_CREATE":
            _Message.model_validate(body)
            return ""
        read = _Interaction.model_validate(body)
        if read.type in _DATA:
            _DATA[read.type].model_validate(read.data)
    except ValidationError as error:
        return ".".join(map(str, error.errors(include_input=False)[0]["loc"])) or "body"
    asker = read.user if read.guild_id is None else read.member and read.member.user
    return "" if asker else "user"


def _sound(node: Any, levels: int) -> bool:
    """Whether all of it can be encoded again: no half of a character, nothing nested without end."""
    if isinstance(node, str):
        return node.isascii() or not any("\ud800" <= character <= "\udfff" for character in node)
    if not isinstance(node, dict | list):
        return True
    if not levels:
        return False
    if isinstance(node, list):
        return all(_sound(child, levels - 1) for child in node)
    return all(_sound(name, 1) and _sound(child, levels - 1) for name, child in node.items())


log = structlog.get_logger(__name__)

Read = Callable[[Any], None]
_NEEDED = "READY"


def guard(client: discord.Client) -> None:
    """Wrap the client's readers, before it connects."""
    # The table that connections look events up in; the library offers no other place to stand between.
    readers: dict[str, Read] = client._connection.parsers  # noqa: SLF001
    for event, read in list(readers.items()):
        if event != _NEEDED:
            readers[event] = _guarded(event, read)


def _guarded(event: str, read: Read) -> Read:
    def look_first(body: Any) -> None:
        if wrong := fault(event, body):
            log.info("event_malformed", event_name=event, at=wrong)
            return
        try:
            read(body)
        except Exception as error:
            # Where and what, but not the error's words: they may be people's.
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{at.name}:{at.lineno}"
            log.warning("event_unreadable", event_name=event, error=type(error).__name__, at=where)

    return look_first
