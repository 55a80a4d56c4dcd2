"""How entities look as JSON, in REST answers and in gateway events alike."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_server import components
from tests.fakes.discord_server.base import Clock, Json, Snowflakes
from tests.fakes.discord_server.entities import DM, Attachment, Channel, Guild, Member, Message, Role, User


class Payloads:
    """The rendering half of World."""

    clock: Clock
    new_id: Snowflakes
    bot: User
    application_id: int
    attachments: dict[int, Attachment]
    privileged_intents: int

    def link(self, attachment: Attachment) -> str:
        raise NotImplementedError

    # people and places as JSON

    def user_json(self, user: User) -> Json:
        return {
            "id": str(user.id),
            "username": user.name,
            "avatar": None,
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
            "bot": user.bot,
            "global_name": None if user.bot else user.name,
            "primary_guild": None,
        }

    def member_json(self, member: Member, *, with_user: bool = True) -> Json:
        out: Json = {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "flags": 16 if member.guest else 0,
            "joined_at": member.joined_at,
            "nick": member.nick,
            "pending": False,
            "premium_since": None,
            "roles": [str(role.id) for role in member.roles],
            "mute": False,
            "deaf": False,
        }
        return out | ({"user": self.user_json(member.user)} if with_user else {})

    def role_json(self, role: Role) -> Json:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(role.permissions),
            "position": role.position,
            "color": role.color,
            "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": True,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
            **({"tags": {"bot_id": str(role.bot_id)}} if role.bot_id else {}),
        }

    def channel_json(self, channel: Channel) -> Json:
        last = next(reversed(channel.messages), None)
        out: Json = {
            "id": str(channel.id),
            "type": channel.type,
            "flags": 0,
            "last_message_id": str(last) if last else None,
        }
        if channel.type == DM:
            assert channel.recipient is not None
            return out | {"recipients": [self.user_json(channel.recipient)]}
        assert channel.guild is not None
        out |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": 0}
        out["parent_id"] = str(channel.parent.id) if channel.parent else None
        return out | (self._thread_json(channel) if channel.is_thread else self._place_json(channel))

    def _thread_json(self, channel: Channel) -> Json:
        stamp = self.clock.iso((channel.id >> 22) / 1000 + 1_420_070_400)
        count = len(channel.messages)
        return {
            "owner_id": str(channel.owner_id),
            "message_count": count,
            "member_count": len(channel.thread_members),
            "total_message_sent": count,
            "thread_metadata": {
                "archived": channel.archived,
                "archive_timestamp": stamp,
                "auto_archive_duration": 1440,
                "locked": channel.locked,
                "create_timestamp": stamp,
            },
        }

    def _place_json(self, channel: Channel) -> Json:
        assert channel.guild is not None
        roles = {channel.guild.everyone.id, *channel.guild.roles}
        return {
            "position": list(channel.guild.channels).index(channel.id),
            "nsfw": channel.nsfw,
            "topic": None,
            "permission_overwrites": [
                {"id": str(who), "type": 0 if who in roles else 1, "allow": str(allow), "deny": str(deny)}
                for who, (allow, deny) in channel.overwrites.items()
            ],
        }

    def guild_json(self, guild: Guild) -> Json:
        nothing = dict.fromkeys(
            "icon description home_header splash discovery_splash banner application_id afk_channel_id "
            "system_channel_id widget_channel_id max_presences vanity_url_code rules_channel_id "
            "safety_alerts_channel_id public_updates_channel_id incidents_data".split()
        )
        return nothing | {
            "id": str(guild.id),
            "name": guild.name,
            "features": [],
            "owner_id": str(guild.owner.id if guild.owner else self.bot.id),
            "region": "deprecated",
            "afk_timeout": 300,
            "system_channel_flags": 0,
            "widget_enabled": False,
            "verification_level": 0,
            "roles": [self.role_json(role) for role in (guild.everyone, *guild.roles.values())],
            "default_message_notifications": 0,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": guild.locale,
            "premium_progress_bar_enabled": False,
            "nsfw": False,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
        }

    def attachment_json(self, attachment: Attachment) -> Json:
        url = self.link(attachment)
        out: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size,
            "url": url,
            "proxy_url": url,
        }
        for name in ("content_type", "description", "width", "height"):
            if getattr(attachment, name) is not None:
                out[name] = getattr(attachment, name)
        return out | ({"ephemeral": True} if attachment.ephemeral else {})

    def media_json(self, media: Json) -> Json:
        attachment = self.attachments.get(media.get("attachment_id", 0))
        out: Json = {"id": str(attachment.id if attachment else self.new_id())}
        if attachment is None:
            return out | {"url": media["url"], "proxy_url": media["url"], "content_type": None}
        url = self.link(attachment)
        return out | {
            "url": url,
            "proxy_url": url,
            "width": attachment.width,
            "height": attachment.height,
            "content_type": attachment.content_type,
            "attachment_id": str(attachment.id),
        }

    def file_of(self, media: Json) -> Attachment | None:
        return self.attachments.get(media.get("attachment_id", 0))

    # messages

    def message_json(self, message: Message, *, content: bool = True) -> Json:
        """`content=False` is what a bot without the message-content intent gets."""
        out: Json = {
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "type": message.type,
            "author": self.user_json(message.author),
            "content": message.content if content else "",
            "mentions": [self.user_json(user) for user in message.mentions],
            "mention_roles": [str(role.id) for role in message.mention_roles],
            "mention_everyone": message.mention_everyone,
            "attachments": [self.attachment_json(item) for item in message.attachments] if content else [],
            "embeds": [{"type": "rich", **embed} for embed in message.embeds] if content else [],
            "components": self._components_json(message) if content else [],
            "timestamp": self.clock.iso(message.created),
            "edited_timestamp": self.clock.iso(message.edited) if message.edited else None,
            "flags": message.flags,
            "pinned": False,
            "tts": False,
        }
        if message.nonce is not None:
            out["nonce"] = message.nonce
        if message.reply_to is not None:
            out |= self._reply_json(message.reply_to)
        if message.forwarded is not None:
            out |= self._forward_json(message.forwarded, content=content)
        if message.thread is not None:
            out["thread"] = self.channel_json(message.thread)
        if message.interaction is not None:
            out |= {"application_id": str(self.application_id), "webhook_id": str(self.application_id)}
            out["interaction_metadata"] = message.interaction.metadata_json(self)
        return out

    def _components_json(self, message: Message) -> list[Any]:
        return components.show(message.components, self.media_json, self.file_of)

    def _forward_json(self, original: Message, *, content: bool) -> Json:
        """A forward has its reference, and what was said there (Discord docs, Message Snapshot)."""
        shown = self.message_json(original, content=content)
        names = "type content embeds attachments timestamp edited_timestamp flags components".split()
        names += ["mentions", "mention_roles"]
        reference = {"type": 1, "channel_id": str(original.channel.id), "message_id": str(original.id)}
        snapshot = {name: shown[name] for name in names}
        return {"message_reference": reference, "message_snapshots": [{"message": snapshot}]}

    def _reply_json(self, target: Message) -> Json:
        reference: Json = {"type": 0, "channel_id": str(target.channel.id), "message_id": str(target.id)}
        if target.channel.guild:
            reference["guild_id"] = str(target.channel.guild.id)
        if target.deleted:
            return {"message_reference": reference, "referenced_message": None}
        shown = self.message_json(target, content=self.content_visible(target))
        shown.pop("referenced_message", None)
        return {"message_reference": reference, "referenced_message": shown}

    def content_visible(self, message: Message, intents: int | None = None) -> bool:
        """Whether the bot sees the content: own, in a DM, when mentioned, or by the privileged intent."""
        granted = self.privileged_intents if intents is None else intents
        return (
            message.author is self.bot
            or message.channel.type == DM
            or self.bot in message.mentions
            or bool(granted & (1 << 15))
        )
