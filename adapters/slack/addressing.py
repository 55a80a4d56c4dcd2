"""Where an answer belongs: the `ReplyTo` of this adapter, as JSON in the request's row.

It holds all that is needed to deliver after a restart: which workspace's token, the conversation and its
thread, who asked, and the response_url with the moment it dies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from bot.core.request import ReplyTo

RESPONSE_URL_LIFE_S = 29 * 60
"""Slack keeps a response_url for thirty minutes (Slack docs, Handling user interaction)."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """`thread_ts` is always a thread's parent, a string, or empty for the conversation itself.

    `in_thread`: the person wrote inside that thread, so what only they may see is seen there.
    `response_until` in UTC microseconds. `marks` are Slack's for the channels that the message named, by
    their names; none for people, whom Slack would notify.
    """

    team: str = ""
    user: str = ""
    enterprise: str = ""
    channel: str = ""
    thread_ts: str = ""
    ts: str = ""
    in_thread: bool = False
    response_url: str = field(default="", repr=False)
    response_until: int = 0
    marks: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def is_direct(self) -> bool:
        """True in a direct conversation with the bot."""
        return self.channel.startswith("D")

    @property
    def unseen_thread(self) -> str:
        """The thread for words that only one person sees: none, unless they have it open."""
        return self.thread_ts if self.in_thread or self.is_direct else ""

    def to_json(self) -> ReplyTo:
        return {name: value for name, value in asdict(self).items() if value}


_NAMES = frozenset(one.name for one in fields(Address))


def address_of(reply_to: ReplyTo) -> Address:
    """Read what `to_json` wrote; unknown fields of other versions are passed over."""
    return Address(**{name: value for name, value in reply_to.items() if name in _NAMES})
