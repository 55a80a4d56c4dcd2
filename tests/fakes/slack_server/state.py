"""What a Slack workspace holds: people, conversations, messages, files, tokens and the clock they live by.

Plain mutable records; the rules live in the modules that act on them (`webapi_*`, `socket_mode`, `driver_*`).
Identifiers are counted, not random, so that a failing test reads the same twice.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack_server.files import SlackFile
    from tests.fakes.slack_server.views import View


class Clock:
    """Wall time plus an offset that tests move forward; never asked to run backwards."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._last_ts = 0

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    def ts(self) -> str:
        """A message timestamp: unique and increasing, as Slack's are within a conversation."""
        micros = max(int(self.now() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


class Ids:
    """Counted identifiers with Slack's prefixes: `T000000001`, `U000000002` …"""

    def __init__(self) -> None:
        self._counters: dict[str, itertools.count[int]] = {}

    def next(self, prefix: str) -> str:
        counter = self._counters.setdefault(prefix, itertools.count(1))
        return f"{prefix}{next(counter):09d}"


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Slack's own periods in seconds; tests shorten those they wait for and advance the clock for the others.

    `ack_timeout`, `retry_delays` and `share_delay` are waited for; the lives are compared with `Clock.now`.
    """

    ack_timeout: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    share_delay: float = 0.0
    stream_life: float = 300.0
    status_life: float = 120.0
    trigger_life: float = 3.0
    response_url_life: float = 1800.0
    response_url_uses: int = 5


BOT_SCOPES = frozenset(
    "app_mentions:read chat:write commands files:read files:write im:history im:read im:write users:read "
    "channels:history groups:history mpim:history channels:read groups:read mpim:read usergroups:read "
    "assistant:write reactions:write team:read".split()
)
SUBSCRIPTIONS = frozenset(
    "app_mention message.im app_home_opened app_uninstalled tokens_revoked team_access_revoked "
    "assistant_thread_started "
    "assistant_thread_context_changed app_context_changed".split()
)


@dataclass(eq=False, kw_only=True)
class App:
    """The app as registered with Slack. One per server; it may be installed in many teams."""

    id: str = "A000000001"
    name: str = "Lumenfall"
    client_id: str = "1111111111.2222222222"
    client_secret: str = "fake-client-secret"
    signing_secret: str = "fake-signing-secret"
    verification_token: str = "fake-verification-token"
    app_token: str = "xapp-1-A000000001-fake"
    scopes: frozenset[str] = BOT_SCOPES
    subscriptions: frozenset[str] = SUBSCRIPTIONS
    distributed: bool = False
    """Distributed outside the Marketplace: conversations.history and replies fall to 1 a minute."""


@dataclass(eq=False, kw_only=True)
class Grant:
    """A token and what it may do. `dead` is the error every later call gets."""

    token: str
    team: Team
    user: User
    scopes: set[str]
    dead: str | None = None


@dataclass(eq=False, kw_only=True)
class User:
    id: str
    name: str
    team: Team
    home_team_id: str
    real_name: str = ""
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    deleted: bool = False
    tz: str = "Europe/Vienna"
    locale: str = "en-US"
    modals: list[View] = field(default_factory=list)
    home: View | None = None

    @property
    def is_external(self) -> bool:
        return self.home_team_id != self.team.id

    @property
    def modal(self) -> View | None:
        """The modal on top of this person's screen, if any."""
        return self.modals[-1] if self.modals else None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False, kw_only=True)
class Usergroup:
    id: str
    handle: str
    name: str
    members: list[User]


@dataclass(eq=False, kw_only=True)
class Message:
    ts: str
    channel: Channel
    user: User
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    files: list[SlackFile] = field(default_factory=list)
    thread_ts: str | None = None
    ephemeral_to: User | None = None
    subtype: str | None = None
    username: str | None = None
    client_msg_id: str | None = None
    metadata: dict[str, Any] | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    edited_ts: str | None = None
    deleted: bool = False
    streaming: bool = False
    stream_ends: float = 0.0
    stream_state: str = ""
    unfurls: bool = True
    deliveries: list[Any] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    """The rendered text before each change, oldest first."""

    @property
    def is_bot(self) -> bool:
        return self.user.is_bot

    @property
    def root_ts(self) -> str:
        return self.thread_ts or self.ts

    @property
    def rendered(self) -> str:
        """All a reader sees of it, as text."""
        from tests.fakes.slack_server.rendering import render_message

        return render_message(self)

    @property
    def replies(self) -> list[Message]:
        return [m for m in self.channel.messages if m.thread_ts == self.ts and not m.deleted]

    def visible_to(self, user: User | None) -> bool:
        return not self.deleted and (self.ephemeral_to is None or user is None or self.ephemeral_to is user)


@dataclass(eq=False, kw_only=True)
class Channel:
    id: str
    name: str
    team: Team
    kind: str = "channel"
    """channel (public), group (private), im or mpim."""
    members: list[User] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    is_archived: bool = False
    is_shared: bool = False
    statuses: dict[str, AgentStatus] = field(default_factory=dict)
    prompts: dict[str | None, list[dict[str, str]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    context_team_id: str | None = None
    wait: Callable[..., Any] | None = field(default=None, repr=False)

    def find(self, ts: str) -> Message | None:
        return next((m for m in reversed(self.messages) if m.ts == ts and not m.deleted), None)

    def has(self, user: User) -> bool:
        return user in self.members

    @property
    def bot_messages(self) -> list[Message]:
        return [m for m in self.messages if m.is_bot and not m.deleted]

    async def wait_for(self, predicate: Callable[[Message], object], timeout: float = 5.0) -> Message:
        """The first message that fits (edits and ephemerals count); else AssertionError and a transcript."""
        assert self.wait is not None
        return await self.wait(
            lambda: next((m for m in self.messages if not m.deleted and predicate(m)), None), timeout, self
        )

    async def wait_for_text(self, text: str, timeout: float = 5.0) -> Message:
        """The first message of the bot that shows `text`."""
        return await self.wait_for(lambda m: m.is_bot and text in m.rendered, timeout)


@dataclass(frozen=True, kw_only=True)
class AgentStatus:
    text: str
    loading_messages: tuple[str, ...]
    until: float


@dataclass(eq=False, kw_only=True)
class Team:
    id: str
    name: str
    domain: str
    bot: User = None  # type: ignore[assignment]  # set by add_team: a bot needs its team first
    enterprise_id: str | None = None
    org_wide: bool = False
    """The app is installed in the whole organisation: its grant names no team."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    usergroups: dict[str, Usergroup] = field(default_factory=dict)
    installed: bool = False
    token: str = ""
    max_upload: int | None = None
    """Largest file an admin allows, in bytes; above it `file_upload_size_restricted`."""
    upload_error: str | None = None
    """Any documented refusal of files.getUploadURLExternal, e.g. `file_uploads_disabled`."""

    def direct(self, user: User) -> Channel | None:
        """The direct conversation between the app and a person."""
        return next(
            (c for c in self.channels.values() if c.kind == "im" and c.has(user) and c.has(self.bot)), None
        )
