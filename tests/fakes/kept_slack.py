"""A fake Slack put up again from the JSON in which a fixture keeps it."""

from __future__ import annotations

import base64
import itertools
from typing import Any

from tests.fakes.kept_discord import made
from tests.fakes.slack_server.files import Share, SlackFile
from tests.fakes.slack_server.hooks import Hook
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Grant, Message, Team, User, Usergroup
from tests.fakes.slack_server.views import View

Json = dict[str, Any]
NEW_IDS = 1000
"""Ids given from now on start here, far from the kept ones."""


class _Counters(dict[str, Any]):
    """Counters of ids that do not meet the kept ones."""

    def setdefault(self, prefix: str, default: Any = None) -> Any:
        if prefix not in self:
            self[prefix] = itertools.count(NEW_IDS)
        return self[prefix]


def slack_again(slack: SlackServer, kept: Json, *, later: float) -> Team:
    """Fill an empty server with a workspace and all in it; what is measured in seconds moves `later`."""
    slack.ids._counters = _Counters()
    team = slack.teams[kept["team"]["id"]] = made(Team, kept["team"], bot=None)
    for one in kept["users"]:
        team.users[one["id"]] = made(User, one, team=team, home=None, modals=[])
    team.bot = team.users[kept["team"]["bot"]]
    slack.grants[team.token] = Grant(token=team.token, team=team, user=team.bot, scopes=set(kept["scopes"]))
    for one in kept["usergroups"]:
        members = [team.users[number] for number in one["members"]]
        team.usergroups[one["id"]] = made(Usergroup, one, members=members)
    for one in kept["channels"]:
        members = [team.users[number] for number in one["members"]]
        team.channels[one["id"]] = made(Channel, one, team=team, members=members, wait=slack.wait_for)
    _files(slack, team, kept["files"])
    _messages(slack, team, kept["messages"])
    for one in kept["views"]:
        view = slack.views[one["id"]] = made(View, one, user=team.users[one["user"]])
        if view.type == "home":
            view.user.home = view
    _hooks(slack, team, kept["hooks"], later)
    return team


def _files(slack: SlackServer, team: Team, kept: list[Json]) -> None:
    for one in kept:
        content = base64.b64decode(one["content"])
        shares = [
            Share(channel=team.channels[share["channel"]], ts=share["ts"], thread_ts=share["thread_ts"])
            for share in one["shares"]
        ]
        slack.files[one["id"]] = made(
            SlackFile,
            one,
            team=team,
            user=team.users[one["user"]],
            content=content,
            head=content[:65536],
            shares=shares,
        )


def _messages(slack: SlackServer, team: Team, kept: list[Json]) -> None:
    for one in kept:
        channel = team.channels[one["channel"]]
        channel.messages.append(
            made(
                Message,
                one,
                channel=channel,
                user=team.users[one["user"]],
                files=[slack.files[number] for number in one["files"]],
                ephemeral_to=team.users.get(one["ephemeral_to"] or ""),
            )
        )


def _hooks(slack: SlackServer, team: Team, kept: list[Json], later: float) -> None:
    for one in kept:
        channel = team.channels[one["channel"]]
        slack.hooks[one["key"]] = Hook(
            url=f"{slack.base}/commands/{team.id}/{one['key']}",
            user=team.users[one["user"]],
            channel=channel,
            message=next((m for m in channel.messages if m.ts == one["message"]), None),
            created=one["created"] + later,
            uses=one["uses"],
        )
