"""Making, changing and deleting messages by Discord's rules, whoever asks: the bot or a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tests.fakes.discord_server import components
from tests.fakes.discord_server.base import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SILENT,
    SUPPRESS_EMBEDS,
    ApiError,
    Json,
    form_error,
)
from tests.fakes.discord_server.entities import Attachment, Channel, Message, Role, Upload, User
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.world import World

_USER_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE_MENTION = re.compile(r"<@&(\d+)>")
HOUR = 3600.0
NONCE_LIFE = 300.0


@dataclass(kw_only=True)
class Body:
    """A request body, JSON part and files apart; files by their number in `files[n]`."""

    json: Json = field(default_factory=dict)
    files: dict[int, Upload] = field(default_factory=dict)


class Messages:
    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self._old_edits: dict[int, list[float]] = {}

    def create(
        self,
        channel: Channel,
        author: User,
        body: Body,
        *,
        kind: int = 0,
        interaction: Any = None,
        reply_to: Message | None = None,
        forwarded: Message | None = None,
        size_limit: int | None = None,
        everyone: bool = False,
    ) -> Message:
        """Raises ApiError as Discord would; no message is kept then."""
        data = body.json
        flags = data.get("flags") or 0
        self._check_text(data, v2=bool(flags & COMPONENTS_V2))
        files = self._take_files(channel, body, [], size_limit, ephemeral=bool(flags & EPHEMERAL))
        parts = self._take_components(data.get("components") or [], files, v2=bool(flags & COMPONENTS_V2))
        given = [
            data.get("content"),
            data.get("embeds"),
            data.get("poll"),
            parts,
            files,
            flags & LOADING,
            forwarded,
        ]
        if not any(given):
            raise components.empty_message()
        message = Message(id=self.world.new_id(), channel=channel, author=author, type=kind)
        message.content, message.embeds = data.get("content") or "", data.get("embeds") or []
        message.components, message.attachments = parts, files
        message.flags = flags & (EPHEMERAL | LOADING | SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2)
        message.nonce = None if data.get("nonce") is None else str(data["nonce"])
        message.created = self.world.clock.now()
        message.interaction, message.reply_to, message.forwarded = interaction, reply_to, forwarded
        self._resolve_mentions(message, data, everyone=everyone)
        channel.messages[message.id] = message
        self.changed(message, "MESSAGE_CREATE")
        return message

    def same_nonce(self, channel: Channel, author: User, data: Json) -> Message | None:
        """The message already made with this nonce in the last minutes, when `enforce_nonce` asks for it."""
        if not data.get("enforce_nonce") or data.get("nonce") is None:
            return None
        since = self.world.clock.now() - NONCE_LIFE
        for message in reversed(channel.messages.values()):
            if message.created < since:
                return None
            if message.author is author and message.nonce == str(data["nonce"]):
                return message
        return None

    def edit(self, message: Message, body: Body, *, size_limit: int | None = None) -> None:
        """PATCH: what the body does not name stays as it is. Raises ApiError as Discord would."""
        data = body.json
        wanted = data.get("flags") or 0
        v2 = message.v2 or bool(wanted & COMPONENTS_V2)
        self._check_text(data, v2=v2)
        content = (data["content"] or "") if "content" in data else message.content
        embeds = (data["embeds"] or []) if "embeds" in data else message.embeds
        if v2:
            components.reject_legacy_fields({"content": content, "embeds": embeds})
        kept = self._kept_files(message, data)
        files = self._take_files(message.channel, body, kept, size_limit, ephemeral=message.ephemeral)
        parts = message.components
        if "components" in data:
            parts = self._take_components(data["components"] or [], files, v2=v2)
        if not (content or embeds or parts or files):
            raise components.empty_message()
        self._allow_old_edit(message)
        message.content, message.embeds, message.components, message.attachments = (
            content,
            embeds,
            parts,
            files,
        )
        was_loading = message.loading
        message.flags = (message.flags & ~LOADING) | (wanted & (COMPONENTS_V2 | SUPPRESS_EMBEDS))
        if not was_loading:
            message.edited = self.world.clock.now()
        self._resolve_mentions(message, data, everyone=False)
        self.changed(message, "MESSAGE_UPDATE")

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        if not message.ephemeral:
            self.gateway.dispatch_deletion(message)
        self._fire(message)

    def changed(self, message: Message, event: str) -> None:
        message.remember(self.world.clock.now())
        if not message.ephemeral:
            self.gateway.dispatch_message(event, message)
        self._fire(message)

    def _fire(self, message: Message) -> None:
        message.changed.fire()
        message.channel.changed.fire()
        if message.interaction is not None:
            message.interaction.changed.fire()
        self.world.changed.fire()

    # rules

    @staticmethod
    def _check_text(data: Json, *, v2: bool) -> None:
        if v2:
            components.reject_legacy_fields(data)
        if len(data.get("content") or "") > 2000:
            raise form_error("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
        embeds: Sequence[Json] = data.get("embeds") or []
        if len(embeds) > 10:
            raise form_error("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        if sum(_embed_size(embed) for embed in embeds) > 6000:
            raise form_error("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")

    def _take_components(self, parts: list[Json], files: list[Attachment], *, v2: bool) -> list[Json]:
        components.check_message(parts, v2=v2)
        return components.store(parts, files, self.world.own_link)

    @staticmethod
    def _kept_files(message: Message, data: Json) -> list[Attachment]:
        if data.get("attachments") is None:
            return list(message.attachments)
        named = {str(item["id"]) for item in data["attachments"]}
        return [item for item in message.attachments if str(item.id) in named]

    def _take_files(
        self, channel: Channel, body: Body, kept: list[Attachment], size_limit: int | None, *, ephemeral: bool
    ) -> list[Attachment]:
        limit = self.world.upload_limit if size_limit is None else size_limit
        if any(len(upload.data) > limit for upload in body.files.values()):
            raise ApiError(413, 40005, "Request entity too large")
        if len(kept) + len(body.files) > 10:
            raise form_error("attachments", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        described = {str(item["id"]): item for item in body.json.get("attachments") or []}
        fresh = []
        for number, upload in sorted(body.files.items()):
            about = described.get(str(number), {})
            upload.filename = about.get("filename") or upload.filename
            upload.description = about.get("description")
            fresh.append(self.world.keep_file(upload, channel=channel, ephemeral=ephemeral))
        for number in described:
            if int(number) >= 100 and all(str(item.id) != number for item in kept):
                raise form_error(
                    "attachments", "ATTACHMENT_NOT_FOUND", f"No attachment {number} on the message."
                )
            if int(number) < 100 and int(number) not in body.files:
                raise form_error("attachments", "ATTACHMENT_NOT_FOUND", f"No files[{number}] in the request.")
        return kept + fresh

    def _allow_old_edit(self, message: Message) -> None:
        now = self.world.clock.now()
        if now - message.created < HOUR:
            return
        recent = [moment for moment in self._old_edits.get(message.channel.id, []) if now - moment < HOUR]
        if len(recent) >= self.world.old_edit_limit:
            text = "Maximum number of edits to messages older than 1 hour reached. Try again later."
            raise ApiError(429, 30046, text, retry_after=0.05)
        self._old_edits[message.channel.id] = [*recent, now]

    def _resolve_mentions(self, message: Message, data: Json, *, everyone: bool) -> None:
        """Who is pinged, by `allowed_mentions` when the body carries it, else by everything in the text."""
        text = _readable(message)
        allowed = data.get("allowed_mentions")
        parse = ("users", "roles", "everyone") if allowed is None else allowed.get("parse", ())
        chosen = {
            kind: {str(item) for item in (allowed or {}).get(kind) or ()} for kind in ("users", "roles")
        }
        guild = message.channel.guild
        users: list[User] = self._named(_USER_MENTION, text, self.world.users)
        roles: list[Role] = self._named(_ROLE_MENTION, text, guild.roles if guild else {})
        users = [user for user in users if "users" in parse or str(user.id) in chosen["users"]]
        message.mention_roles = [
            role for role in roles if "roles" in parse or str(role.id) in chosen["roles"]
        ]
        target = message.reply_to.author if message.reply_to else None
        if target not in (None, message.author) and (allowed is None or allowed.get("replied_user")):
            users.append(cast(User, target))
        message.mentions = list(dict.fromkeys(users))
        named = bool(re.search("@everyone|@here", text))
        message.mention_everyone = everyone and "everyone" in parse and named

    @staticmethod
    def _named(pattern: re.Pattern[str], text: str, known: dict[int, Any]) -> list[Any]:
        return [known[int(found)] for found in pattern.findall(text) if int(found) in known]


def _readable(message: Message) -> str:
    found = [
        item for _, item in components.walk(message.components) if item["type"] == components.TEXT_DISPLAY
    ]
    return "\n".join([message.content, *(item["content"] for item in found)])


def _embed_size(embed: Json) -> int:
    fields = embed.get("fields") or []
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    texts += [(embed.get("author") or {}).get("name")] + [
        field[key] for field in fields for key in ("name", "value")
    ]
    return sum(len(text or "") for text in texts)
