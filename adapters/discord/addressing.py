"""Where an answer belongs: the `ReplyTo` of this adapter.

Stored with the request the moment Discord has shown the placeholder, because the interaction's token
dies after 15 minutes and dies at once with the process that forgot it, while a message can be edited by
its channel and id for as long as it exists (Discord docs, Receiving and Responding).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

ORIGIN = "discord"
TOKEN_LIFE_S = 15 * 60
TOKEN_MARGIN_S = 30
"""A token is not used in its last half minute: an upload may take that long."""
DEFAULT_FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of one attachment that every channel takes (Discord docs, Uploading Files)."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One promised message. Ids are snowflakes; `token_until` UTC microseconds, 0 without a token.

    `ephemeral`: only the asker sees it, and only the token can edit it. `private`: a direct message, where
    nothing has to be hidden. `reachable`: the bot may be able to post there by itself; false where only
    the person has installed it. `file_limit` in bytes of one attachment. `marks` are Discord's for the names
    in what was said, such as `@Ada`.
    """

    channel_id: int
    message_id: int = 0
    guild_id: int = 0
    user_id: int = 0
    application_id: int = 0
    token: str = field(default="", repr=False)
    token_until: int = 0
    ephemeral: bool = False
    private: bool = False
    reachable: bool = True
    file_limit: int = DEFAULT_FILE_LIMIT
    marks: Mapping[str, str] = field(default_factory=dict[str, str])

    def to_json(self) -> dict[str, Any]:
        """As stored with the request."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Reply:
        """What `to_json` wrote; fields of other versions are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in body.items() if name in known})

    def token_alive(self, now: int) -> bool:
        """Whether the token can still be used at `now` (UTC microseconds)."""
        return bool(self.token) and now < self.token_until - TOKEN_MARGIN_S * 1_000_000

    def limit_at(self, now: int) -> int:
        """Bytes one attachment may have: the asker's own allowance dies with the token."""
        return self.file_limit if self.token_alive(now) else min(self.file_limit, DEFAULT_FILE_LIMIT)

    @property
    def key(self) -> tuple[int, int]:
        """Which message this is."""
        return self.channel_id, self.message_id

    @property
    def link(self) -> str:
        """The address of the message in every Discord client; empty while there is none."""
        if not self.message_id:
            return ""
        return f"https://discord.com/channels/{self.guild_id or '@me'}/{self.channel_id}/{self.message_id}"
