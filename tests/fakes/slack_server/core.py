"""The server's heart: its records, its clock, its complaints, and a way to wait for change.

Everything else is either a rule of Slack's (`webapi_*`), a wire (`socket_mode`, `http_events`, `hosts`) or a
person's hand (`driver_*`); all of them act on a `Core`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tests.fakes.clocks import own_time
from tests.fakes.slack_server.state import (
    App,
    Channel,
    Clock,
    Grant,
    Ids,
    Message,
    Team,
    Timings,
    User,
    Usergroup,
)

if TYPE_CHECKING:
    from tests.fakes.slack_server.delivery import Attempt, Delivery
    from tests.fakes.slack_server.files import SlackFile, Upload
    from tests.fakes.slack_server.hooks import Hook, Trigger
    from tests.fakes.slack_server.limits import Faults, RateLimits
    from tests.fakes.slack_server.socket_mode import Sockets
    from tests.fakes.slack_server.validation import Judge
    from tests.fakes.slack_server.views import View
    from tests.fakes.slack_server.webapi import Call

T = TypeVar("T")


class Core:
    """State shared by every part of the server. Use `SlackServer`, which adds the wires and the people."""

    judge: Judge
    faults: Faults
    limits: RateLimits
    sockets: Sockets

    def __init__(self, *, app: App, timings: Timings) -> None:
        self.app = app
        self.timings = timings
        self.clock = Clock()
        self.ids = Ids()
        self.base = ""
        self.teams: dict[str, Team] = {}
        self.grants: dict[str, Grant] = {}
        self.files: dict[str, SlackFile] = {}
        self.views: dict[str, View] = {}
        self.hooks: dict[str, Hook] = {}
        self.triggers: dict[str, Trigger] = {}
        self.oauth_codes: dict[str, tuple[Team, User, list[str], str | None]] = {}
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.deliveries: list[Delivery] = []
        self.copies = 1
        """How often each payload is delivered, over different wires at once; 2 imitates duplicates."""
        self.downloads: list[str] = []
        self.reader: Callable[[Any], Any] | None = None
        """What the bot says goes through it."""
        self.hold_shares = False
        """While true, completed uploads stay unshared until `release_shares`."""
        self.held_shares: list[Callable[[], None]] = []
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- waiting ---------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something changed: wake everybody who waits."""
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0, where: object = None) -> T:
        """The first true value of `predicate`, looked at after each change.

        AssertionError after `timeout` seconds of `own_time`.
        """
        deadline = own_time() + timeout
        while not (found := predicate()):
            if (left := deadline - own_time()) <= 0:
                raise AssertionError(f"nothing fitting within {timeout} s\n{self._picture(where)}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
        return found

    def _picture(self, where: object) -> str:
        from tests.fakes.slack_server.rendering import render_channel

        shown = (
            [where]
            if isinstance(where, Channel)
            else [c for t in self.teams.values() for c in t.channels.values()]
        )
        lines = [render_channel(channel) for channel in shown if channel.messages]
        lines += [f"violation: {violation}" for violation in self.violations]
        lines += [f"failed call: {c}" for c in self.calls[-20:] if c.error]
        return "\n".join(lines) or "(the server saw nothing)"

    def spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def cancel_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def transmit(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send a payload over a wire and note in `attempt` what became of it."""
        raise NotImplementedError

    def violate(self, text: str) -> None:
        """Record that somebody broke Slack's rules; tests assert that `violations` stays empty."""
        if text not in self.violations:
            self.violations.append(text)

    def assert_no_violations(self) -> None:
        """AssertionError naming every rule that was broken."""
        assert not self.violations, "Slack's rules were broken:\n" + "\n".join(self.violations)

    # -- the workspace ---------------------------------------------------------------------------

    def add_team(
        self,
        name: str = "acme",
        *,
        installed: bool = True,
        scopes: frozenset[str] | None = None,
        enterprise_id: str | None = None,
        org_wide: bool = False,
    ) -> Team:
        """A workspace; `installed=False` leaves the app out until the OAuth walk lets it in."""
        team = Team(
            id=self.ids.next("T"),
            name=name,
            domain=name.lower(),
            enterprise_id=enterprise_id,
            org_wide=org_wide,
        )
        self.teams[team.id] = team
        team.bot = self._new_user(team, self.app.name.lower(), real_name=self.app.name, is_bot=True)
        team.bot.bot_id, team.bot.app_id = self.ids.next("B"), self.app.id
        if installed:
            self.grant(team, set(self.app.scopes if scopes is None else scopes))
        return team

    def grant(self, team: Team, scopes: set[str]) -> Grant:
        """Issue a fresh bot token; the team counts as installed."""
        number = self.ids.next("")
        grant = Grant(token=f"xoxb-{team.id}-{number}-fake", team=team, user=team.bot, scopes=scopes)
        self.grants[grant.token] = grant
        team.token, team.installed, team.bot.deleted = grant.token, True, False
        return grant

    def scopes_of(self, team: Team) -> set[str]:
        grant = self.grants.get(team.token)
        return grant.scopes if grant and not grant.dead else set()

    def _new_user(self, team: Team, name: str, **fields: Any) -> User:
        user_id = self.ids.next("W" if team.enterprise_id and not fields.get("is_bot") else "U")
        fields.setdefault("home_team_id", team.id)
        fields["real_name"] = fields.get("real_name") or name.capitalize()
        user = User(id=user_id, name=name, team=team, **fields)
        team.users[user_id] = user
        return user

    def user(
        self,
        team: Team,
        name: str,
        *,
        is_admin: bool = False,
        is_owner: bool = False,
        external: bool = False,
        is_restricted: bool = False,
        other_bot: bool = False,
    ) -> User:
        """A person (or another app's bot). `external`: from another company, here through Slack Connect."""
        person = self._new_user(
            team, name, is_admin=is_admin, is_owner=is_owner, is_restricted=is_restricted, is_bot=other_bot
        )
        if external:
            person.home_team_id = self.ids.next("TX")
        if other_bot:
            person.bot_id, person.app_id = self.ids.next("B"), self.ids.next("AX")
        return person

    def slackbot(self, team: Team) -> User:
        """Slack's own bot, who tells people that an app did not answer."""
        if "USLACKBOT" not in team.users:
            team.users["USLACKBOT"] = User(
                id="USLACKBOT", name="slackbot", real_name="Slackbot", team=team, home_team_id=team.id
            )
        return team.users["USLACKBOT"]

    def channel(
        self,
        team: Team,
        name: str,
        *,
        members: list[User] | None = None,
        kind: str = "channel",
        bot: bool = True,
        shared: bool = False,
    ) -> Channel:
        """A conversation; `bot=False` leaves the app out of it; `shared` is a Slack Connect channel."""
        prefix = {"channel": "C", "group": "G", "mpim": "G", "im": "D"}[kind]
        people = [*(members or []), *([team.bot] if bot else [])]
        channel = Channel(
            id=self.ids.next(prefix), name=name, team=team, kind=kind, members=people, is_shared=shared
        )
        channel.wait = self.wait_for
        team.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """The direct conversation of a person with the app, opened if need be."""
        return user.team.direct(user) or self.channel(user.team, f"dm-{user.name}", members=[user], kind="im")

    def usergroup(self, team: Team, handle: str, members: list[User]) -> Usergroup:
        group = Usergroup(id=self.ids.next("S"), handle=handle, name=handle.capitalize(), members=members)
        team.usergroups[group.id] = group
        return group

    # -- messages and files ----------------------------------------------------------------------

    def post(self, channel: Channel, user: User, **fields: Any) -> Message:
        """Put a message into a conversation. Says nothing to the app; see `events.announce`."""
        message = Message(ts=self.clock.ts(), channel=channel, user=user, **fields)
        channel.messages.append(message)
        self.touch()
        return message

    def revise(self, message: Message) -> None:
        """Call before changing a message, so that transcripts and tests see what it said before."""
        message.revisions.append(message.rendered)

    def keep_file(self, user: User, upload: Upload, *, state: str = "shared") -> SlackFile:
        """A file a person brought along, kept whole."""
        from tests.fakes.slack_server.files import Sink, SlackFile

        file = SlackFile(
            id=self.ids.next("F"),
            team=user.team,
            user=user,
            name=upload.name,
            title=upload.title or upload.name,
        )
        sink = Sink()
        sink.write(upload.content)
        file.take(sink)
        file.describe(upload.mimetype)
        file.content, file.state, file.created = upload.content, state, int(self.clock.now())
        self.files[file.id] = file
        return file
