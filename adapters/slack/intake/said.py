"""A message of Slack's as what was said: the words, and everything that came with them, seen or named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.common.intake import unread_texts
from adapters.common.intake.documents import PICTURES_MOST, AttachedFile, FilesRead
from adapters.common.intake.file_kinds import FileKind
from adapters.slack.addressing import Address
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import File, gone_because
from adapters.slack.intake.attachments import Pictures
from adapters.slack.intake.marks import Names, mentions_groups, people_in, plain_words
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import texts
from bot.core.errors import Refusal
from bot.core.said import Quoted, Said

QUOTED_MOST = 10_000
"""Characters that are taken of one message that came along."""
_Json = Mapping[str, Any]


async def said_of(inbound: Inbound, *, adapter: AdapterContext, pictures: Pictures) -> Said[File]:
    """What a mention or a direct message says. Fetches and reads documents, not pictures.

    Where nothing is attached, the pictures are those of what it forwards.
    """
    event = inbound.event
    names = await names_in(inbound, event, adapter=adapter)
    own, forwarded = _files(event), [item for one in _forwarded(event) for item in _files(one)]
    read = await _read([*own, *forwarded], inbound.address, adapter, pictures)
    return Said(
        words=plain_words(str(event.get("text") or ""), names),
        pictures=read.pictures[:PICTURES_MOST],
        documents=read.documents,
        quoted=tuple(_quotes(event, names, inbound.user)),
        unread=read.unread,
    )


async def said_in(
    inbound: Inbound, message: _Json, *, adapter: AdapterContext, pictures: Pictures
) -> Said[File]:
    """A message that somebody points at: all of its words are quoted, and its own files are taken."""
    names = await names_in(inbound, message, adapter=adapter)
    files = [*_files(message), *(item for one in _forwarded(message) for item in _files(one))]
    read = await _read([*files, *_block_files(message)], inbound.address, adapter, pictures)
    elsewhere = (texts.pictures_elsewhere(),) if _shows_elsewhere(message) else ()
    words = plain_words(_words_of(message), names)[:QUOTED_MOST]
    user = str(message.get("user") or "")
    author = names.users.get(user, "") or str(message.get("username") or "")
    own = Quoted(author=author, words=words, own=bool(user) and user == inbound.user)
    return Said(
        words="",
        pictures=read.pictures[:PICTURES_MOST],
        documents=read.documents,
        quoted=tuple(one for one in (own, *_quotes(message, names, inbound.user)) if one.words),
        unread=(*read.unread, *elsewhere),
    )


async def words_of(inbound: Inbound, text: str, *, adapter: AdapterContext) -> str:
    """A text that somebody typed, with names for its mentions."""
    return plain_words(text, await names_in(inbound, {"text": text}, adapter=adapter))


async def names_in(inbound: Inbound, message: _Json, *, adapter: AdapterContext) -> Names:
    """How the people and groups that a message mentions are called. The bot's own mentions vanish."""
    installation = await adapter.api.installation(inbound.address)
    said = "\n".join((_words_of(message), *(_words_of(one) for one in message.get("attachments") or ())))
    writer = [str(message["user"])] if message.get("user") and message.get("user") != inbound.user else []
    asked = [user for user in (*people_in(said), *writer) if user != installation.bot_user]
    return Names(
        users=await adapter.people.names(inbound, asked) if asked else {},
        groups=await adapter.people.groups(inbound) if mentions_groups(said) else {},
        ignored=frozenset({installation.bot_user}),
    )


async def _read(
    files: Sequence[File], where: Address, adapter: AdapterContext, pictures: Pictures
) -> FilesRead[File]:
    """Pictures beyond the tenth are named."""
    known = [await _attached(file, where, adapter) for file in files]

    async def fetch(file: File, most: int) -> bytes:
        return await adapter.files.fetch_beginning(where, file, most=most)

    read = await pictures.reader.read(known, fetch)
    late = tuple(_name(file) for file in read.pictures[PICTURES_MOST:])
    if not late:
        return read
    return replace(read, unread=(*read.unread, unread_texts.too_many_pictures(late, PICTURES_MOST)))


async def _attached(file: File, where: Address, adapter: AdapterContext) -> AttachedFile[File]:
    gone = ""
    try:
        file = await adapter.files.described(where, file)
    except Refusal as refusal:
        gone = refusal.message
    voice = FileKind.SOUND if file.get("subtype") == "slack_audio" else None
    return AttachedFile(
        name=_name(file),
        source=file,
        content_type=str(file.get("mimetype") or ""),
        size=int(file.get("size") or 0),
        kind=voice,
        gone=gone or gone_because(file),
    )


def _name(file: File) -> str:
    return str(file.get("name") or file.get("title") or "")


def _files(message: _Json) -> list[File]:
    return [file for file in message.get("files") or () if file.get("id")]


def _forwarded(message: _Json) -> Iterator[_Json]:
    """Messages that were shared into this one (Slack docs, message attachments)."""
    for one in message.get("attachments") or ():
        if one.get("is_msg_unfurl") or one.get("is_share") or one.get("message_blocks"):
            yield one


def _quotes(message: _Json, names: Names, speaker: str) -> Iterator[Quoted]:
    """Shared messages, and what other apps and links show."""
    shared = list(_forwarded(message))
    for one in message.get("attachments") or ():
        words = plain_words(_words_of(one), names)[:QUOTED_MOST]
        author = str(one.get("author_name") or one.get("service_name") or "")
        own = any(one is other for other in shared) and one.get("author_id") == speaker
        if words:
            yield Quoted(author=author, words=words, own=own and bool(speaker))


def _words_of(message: _Json) -> str:
    """The text of a message or of an attachment; of blocks where there is none."""
    parts = [str(message.get(name) or "") for name in ("pretext", "title", "text")]
    parts += [f"{field.get('title', '')}: {field.get('value', '')}" for field in message.get("fields") or ()]
    if not any(parts):
        parts = list(_block_words(message.get("blocks") or ()))
        for one in message.get("message_blocks") or ():
            parts += _block_words((one.get("message") or {}).get("blocks") or ())
    return "\n".join(part for part in parts if part) or str(message.get("fallback") or "")


def _block_words(blocks: Any) -> Iterator[str]:
    """The texts in Block Kit, in order: the objects whose `text` is a string, and what they stand in."""
    if isinstance(blocks, list | tuple):
        yield from (words for block in blocks for words in _block_words(block))
    elif isinstance(blocks, Mapping):
        text = blocks.get("text")
        if isinstance(text, str):
            yield text
        yield from _block_words([value for value in blocks.values() if not isinstance(value, str)])


def _block_files(message: _Json) -> list[File]:
    """Pictures in blocks that are files of Slack's (Slack docs, image block)."""
    images = [block for block in message.get("blocks") or () if block.get("type") == "image"]
    files = [block.get("slack_file") or {} for block in images]
    return [{"id": file["id"], "mimetype": "image/png"} for file in files if file.get("id")]


def _shows_elsewhere(message: _Json) -> bool:
    """True where another app shows a picture that is not stored in Slack."""
    images = [block for block in message.get("blocks") or () if block.get("type") == "image"]
    return any(block.get("image_url") for block in (*images, *(message.get("attachments") or ())))
