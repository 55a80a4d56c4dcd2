"""What exists in the fake Discord: people, servers, channels, messages, files; and who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.discord_server.base import COMPONENTS_V2, EPHEMERAL, LOADING, Json, Signal

PERMISSIONS = {
    "create_instant_invite": 0,
    "kick_members": 1,
    "ban_members": 2,
    "administrator": 3,
    "manage_channels": 4,
    "manage_guild": 5,
    "add_reactions": 6,
    "view_channel": 10,
    "send_messages": 11,
    "manage_messages": 13,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "mention_everyone": 17,
    "manage_roles": 28,
    "use_application_commands": 31,
    "manage_threads": 34,
    "create_public_threads": 35,
    "create_private_threads": 36,
    "send_messages_in_threads": 38,
    "use_external_apps": 50,
}
TEXT, DM, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 4, 11, 12, 15
MIB = 1024 * 1024


def bits(*names: str) -> int:
    """The permission integer of Discord's documented names."""
    return sum(1 << PERMISSIONS[name] for name in set(names))


ALL_PERMISSIONS = bits(*PERMISSIONS)
EVERYONE_DEFAULT = bits(
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
    "use_application_commands",
    "create_public_threads",
    "add_reactions",
    "use_external_apps",
)


@dataclass(eq=False, kw_only=True)
class User:
    id: int
    name: str
    bot: bool = False
    accepts_dms: bool = True
    upload_limit: int = 0  # bytes that a Nitro subscription grants, 0 without one
    locale: str = "en-US"
    app_installed: bool = False  # "Add to my apps"
    dm: Channel | None = None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False, kw_only=True)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    bot_id: int = 0
    """Whose own role it is, for the role that Discord makes for a bot."""

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(eq=False, kw_only=True)
class Member:
    user: User
    guild: Guild
    roles: list[Role] = field(default_factory=list)
    extra: int = 0  # permissions given to this person alone
    nick: str | None = None
    guest: bool = False  # let into a voice channel, no more
    joined_at: str = "2024-01-01T00:00:00+00:00"

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention

    def base_permissions(self) -> int:
        total = self.guild.everyone.permissions | self.extra
        for role in self.roles:
            total |= role.permissions
        owner = self.guild.owner is not None and self.guild.owner.user is self.user
        return ALL_PERMISSIONS if owner or total & bits("administrator") else total


@dataclass(eq=False, kw_only=True)
class Guild:
    id: int
    name: str
    everyone: Role
    owner: Member | None = None
    has_bot: bool = True
    boost_upload_limit: int = 0
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class Channel:
    id: int
    type: int
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    owner_id: int = 0
    nsfw: bool = False
    archived: bool = False
    locked: bool = False
    refuse_bot: tuple[int, int, str] | None = (
        None  # (status, code, message) given to whatever the bot does here
    )
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    thread_members: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    typing: list[float] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)

    @property
    def is_thread(self) -> bool:
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def allow(self, who: Role | Member, *names: str) -> None:
        allowed, denied = self.overwrites.get(who.id, (0, 0))
        self.overwrites[who.id] = (allowed | bits(*names), denied & ~bits(*names))

    def deny(self, who: Role | Member, *names: str) -> None:
        allowed, denied = self.overwrites.get(who.id, (0, 0))
        self.overwrites[who.id] = (allowed & ~bits(*names), denied | bits(*names))

    def permissions_of(self, member: Member) -> int:
        """Discord's own order: base, @everyone, roles together, then the member; a thread asks its parent."""
        total = member.base_permissions()
        if total & bits("administrator") or self.guild is None:
            return total
        source = self.parent.overwrites if self.is_thread and self.parent else self.overwrites
        total = _apply(total, [source.get(self.guild.everyone.id, (0, 0))])
        total = _apply(total, [source.get(role.id, (0, 0)) for role in member.roles])
        return _apply(total, [source.get(member.id, (0, 0))])


def _apply(total: int, overwrites: Iterable[tuple[int, int]]) -> int:
    pairs = list(overwrites)
    for _, denied in pairs:
        total &= ~denied
    for allowed, _ in pairs:
        total |= allowed
    return total


@dataclass(kw_only=True)
class Upload:
    """A file as a person or the bot sends it."""

    filename: str
    data: bytes
    description: str | None = None

    @classmethod
    def of(cls, path: str | Path) -> Upload:
        path = Path(path)
        return cls(filename=path.name, data=path.read_bytes())


@dataclass(eq=False, kw_only=True)
class Attachment:
    id: int
    filename: str
    data: bytes
    content_type: str | None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    ephemeral: bool = False
    channel_id: int = 0
    removed: bool = False

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a message looked like after one change."""

    at: float
    content: str
    embeds: list[Json]
    components: list[Json]
    attachments: tuple[Attachment, ...]
    flags: int


@dataclass(eq=False, kw_only=True)
class Message:
    id: int
    channel: Channel
    author: User
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    created: float = 0.0
    edited: float | None = None
    deleted: bool = False
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    reply_to: Message | None = None
    forwarded: Message | None = None
    interaction: Any = None  # the interactions.Record that made it
    thread: Channel | None = None
    versions: list[Version] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def pings(self) -> list[str]:
        """Who is notified: names of people and roles, or "@everyone"."""
        everyone = ["@everyone"] if self.mention_everyone else []
        return everyone + [user.name for user in self.mentions] + [role.name for role in self.mention_roles]

    def remember(self, at: float) -> None:
        self.versions.append(
            Version(
                at=at,
                content=self.content,
                embeds=self.embeds,
                components=self.components,
                attachments=tuple(self.attachments),
                flags=self.flags,
            )
        )
