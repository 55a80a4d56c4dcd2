"""A message of Discord's as what was said: the words, and everything that came with them, seen or named.

What came along is looked for in this order: the message itself, what it forwards, what it replies to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from adapters.common.intake import unread_texts
from adapters.common.intake.documents import PICTURES_MOST, AttachedFile, FilesRead
from adapters.common.intake.file_kinds import FileKind
from adapters.common.intake.plain_words import name_of
from adapters.discord.intake.attachments import Pictures, Source, source_of
from adapters.discord.intake.marks import Names, plain_words
from adapters.discord.views import texts
from bot.core.said import Quoted, Said

QUOTED_MOST = 10_000
"""Characters that are taken of one message that came along."""
Shown = discord.Message | discord.MessageSnapshot


async def said_of(message: discord.Message, *, client: discord.Client, pictures: Pictures) -> Said[Source]:
    """What a message says that is meant for the bot. Fetches and reads documents, not pictures.

    Where nothing is attached, the pictures are those of what it forwards or replies to.
    """
    own, names = _files(message), names_in(message, client)
    forwarded = [item for snapshot in message.message_snapshots for item in _files(snapshot)]
    target, hidden = await _replied_to(message, client)
    read = await _read(pictures, [*own, *forwarded])
    quoted = [_quote(snapshot, "", names) for snapshot in message.message_snapshots]
    if target is not None:
        theirs = await _read(pictures, _files(target))
        read = read.plus(theirs if not read.pictures else replace(theirs, pictures=()))
        quoted += _replied_words(message, target, client)
    return Said(
        words=plain_words(message.content, names).strip(),
        pictures=read.pictures[:PICTURES_MOST],
        documents=read.documents,
        quoted=tuple(quote for quote in quoted if quote.words),
        unread=read.unread,
        hidden=hidden,
    )


@dataclass(frozen=True, kw_only=True)
class PointedAt:
    """A message that somebody points at: its words, and all its files, not yet fetched."""

    quoted: Sequence[Quoted]
    files: Sequence[AttachedFile[Source]]


def pointed_at(message: discord.Message, *, client: discord.Client, speaker: int) -> PointedAt:
    """All of a message, as `speaker` points at it. Asks nobody."""
    names = names_in(message, client)
    own = _quote(message, message.author.display_name, names)
    quoted = [replace(own, own=message.author.id == speaker)]
    quoted += [_quote(one, "", names) for one in message.message_snapshots]
    files = [*_files(message), *(item for one in message.message_snapshots for item in _files(one))]
    return PointedAt(quoted=[quote for quote in quoted if quote.words], files=files)


async def said_about(pointed: PointedAt, words: str, pictures: Pictures) -> Said[Source]:
    """The words of somebody about a message that they point at. Fetches and reads documents."""
    read = await _read(pictures, pointed.files)
    return Said(
        words=words,
        pictures=read.pictures[:PICTURES_MOST],
        documents=read.documents,
        quoted=tuple(pointed.quoted),
        unread=read.unread,
    )


def names_of(interaction: discord.Interaction[Any]) -> Names:
    """How those are called who are mentioned in what somebody typed into a command or a form."""
    resolved: Mapping[str, Any] = (interaction.data or {}).get("resolved") or {}
    members: Mapping[str, Any] = resolved.get("members") or {}
    people = {
        int(number): (members.get(number) or {}).get("nick")
        or user.get("global_name")
        or user.get("username")
        for number, user in (resolved.get("users") or {}).items()
    }

    def role(number: int) -> str:
        found = interaction.guild.get_role(number) if interaction.guild else None
        return found.name if found else ""

    return Names(
        user=lambda number: people.get(number) or "",
        role=role,
        channel=lambda number: _channel_name(interaction.guild, number),
    )


def _channel_name(guild: discord.Guild | None, number: int) -> str:
    found = guild.get_channel_or_thread(number) if guild else None
    return found.name if found else ""


def names_in(message: discord.Message, client: discord.Client) -> Names:
    """How people, roles and channels are called in a message. The bot's own mentions vanish."""
    guild, me = message.guild, client.user
    people = {person.id: person.display_name for person in message.mentions}
    roles = {role.id: role.name for role in (guild.roles if guild else ())}
    own = {
        role.id for role in (guild.roles if guild else ()) if me and role.tags and role.tags.bot_id == me.id
    }
    return Names(
        user=lambda number: people.get(number, ""),
        role=lambda number: roles.get(number, ""),
        channel=partial(_channel_name, guild),
        ignored=frozenset({*own, *([me.id] if me else [])}),
    )


def marks_in(message: discord.Message, client: discord.Client) -> dict[str, str]:
    """Discord's marks for the people and channels that a message names; names that two share are left out."""
    me = client.user.id if client.user else 0
    pairs = [(f"@{name_of(one.display_name, '')}", one.mention) for one in message.mentions if one.id != me]
    pairs += [(f"#{name_of(one.name, '')}", one.mention) for one in message.channel_mentions]
    names = [name for name, _mark in pairs]
    return {name: mark for name, mark in pairs if len(name) > 1 and names.count(name) == 1}


async def _read(pictures: Pictures, files: Sequence[AttachedFile[Source]]) -> FilesRead[Source]:
    """Pictures beyond the tenth are named."""
    seen = dict.fromkeys(file.source.url for file in files)
    unique = [next(file for file in files if file.source.url == url) for url in seen]
    read = await pictures.files.read(unique, pictures.fetch_beginning)
    late = read.pictures[PICTURES_MOST:]
    if not late:
        return read
    named = tuple(source.name for source in late)
    return replace(read, unread=(*read.unread, unread_texts.too_many_pictures(named, PICTURES_MOST)))


async def _replied_to(message: discord.Message, client: discord.Client) -> tuple[discord.Message | None, str]:
    """The message replied to; or a sentence where Discord does not show it."""
    reference = message.reference
    forward = discord.MessageReferenceType.forward
    if reference is None or reference.message_id is None or reference.type is forward:
        return None, ""
    target: Any = reference.resolved
    if target is None:
        try:
            channel = client.get_partial_messageable(reference.channel_id)
            target = await channel.fetch_message(reference.message_id)
        except (discord.NotFound, discord.Forbidden):
            return None, texts.reply_not_shown()
    if not isinstance(target, discord.Message):
        return None, texts.reply_deleted()
    shown = (target.content, target.components, target.embeds, target.attachments, target.message_snapshots)
    return (target, "") if any(shown) or target.stickers else (None, texts.reply_not_shown())


def _replied_words(
    message: discord.Message, target: discord.Message, client: discord.Client
) -> Iterator[Quoted]:
    """The words of the message replied to; the bot's own are in its record already."""
    if client.user is not None and target.author.id == client.user.id:
        return
    own = target.author.id == message.author.id
    quote = _quote(target, target.author.display_name, names_in(target, client))
    yield replace(quote, own=own and not target.message_snapshots)
    for snapshot in target.message_snapshots:
        yield _quote(snapshot, "", names_in(target, client))


def _quote(shown: Shown, author: str, names: Names) -> Quoted:
    words = "\n".join(part for part in (shown.content, *_embedded(shown), *_component_words(shown)) if part)
    return Quoted(author=author, words=plain_words(words, names).strip()[:QUOTED_MOST])


def _embedded(shown: Shown) -> Iterator[str]:
    for embed in shown.embeds:
        parts = [embed.author.name, embed.title, embed.description]
        parts += [f"{item.name}: {item.value}" for item in embed.fields]
        yield "\n".join(part for part in (*parts, embed.footer.text) if part)


def _components(parts: Iterable[Any]) -> Iterator[Any]:
    """All components of a message of another app, whatever they stand in."""
    for part in parts:
        yield part
        yield from _components(getattr(part, "children", None) or ())
        if (beside := getattr(part, "accessory", None)) is not None:
            yield beside


def _component_words(shown: Shown) -> Iterator[str]:
    for part in _components(shown.components):
        if isinstance(part, discord.TextDisplay):
            yield part.content


def _files(shown: Shown) -> list[AttachedFile[Source]]:
    """Attachments first, then what embeds and galleries show, then stickers."""
    found = [_attached(item) for item in shown.attachments]
    for embed in shown.embeds:
        found += [_shown_picture(one) for one in (embed.image, embed.thumbnail) if one.proxy_url]
    for part in _components(shown.components):
        found += [_media(item, hidden=hidden) for item, hidden in _media_of(part)]
    return found


def _attached(item: discord.Attachment) -> AttachedFile[Source]:
    kind = FileKind.SOUND if item.is_voice_message() else None
    if kind is None and item.width and not item.content_type:
        kind = FileKind.PICTURE
    return AttachedFile(
        name=item.filename,
        source=source_of(item),
        content_type=item.content_type or "",
        size=item.size,
        kind=kind,
    )


def _shown_picture(picture: Any) -> AttachedFile[Source]:
    source = Source(url=picture.proxy_url, width=picture.width or 0, height=picture.height or 0)
    return AttachedFile(name="", source=source, kind=FileKind.PICTURE)


def _media_of(part: Any) -> list[tuple[discord.UnfurledMediaItem, bool]]:
    """Each with whether it is a spoiler."""
    if isinstance(part, discord.MediaGalleryComponent):
        return [(item.media, item.spoiler) for item in part.items]
    one = isinstance(part, discord.ThumbnailComponent | discord.FileComponent)
    return [(part.media, part.spoiler)] if one else []


def _media(item: discord.UnfurledMediaItem, *, hidden: bool) -> AttachedFile[Source]:
    source = Source(
        url=item.proxy_url or item.url,
        content_type=item.content_type or "",
        width=item.width or 0,
        height=item.height or 0,
        hidden=hidden,
    )
    return AttachedFile(
        name=(item.url.partition("?")[0]).rpartition("/")[2],
        source=source,
        content_type=item.content_type or "",
    )
