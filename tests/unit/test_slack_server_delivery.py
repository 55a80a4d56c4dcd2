"""How our own Slack delivers: retries, duplicates, refreshes, signatures, bursts and OAuth."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_fixtures import TRANSPORTS, bolt_running, replicas, slack, slack_with
from tests.fakes.slack_server.sample_bot import bolt_app, people
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Timings

__all__ = ["slack"]

both = pytest.mark.parametrize("transport", TRANSPORTS)
QUICK = Timings(ack_timeout=0.3, retry_delays=(0.0, 0.05, 0.1))


@both
async def test_an_event_that_is_not_acknowledged_comes_again_with_marks(transport: str):
    async with slack_with(timings=QUICK) as slack:
        team, ana, art = people(slack)
        app = bolt_app(slack, team)
        marks: list[tuple[str | None, str | None]] = []

        @app.middleware
        async def flaky(req, next):  # noqa: A002 - Bolt's name
            headers = {name: values[0] for name, values in req.headers.items()}
            marks.append((headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")))
            if len(marks) < 3:
                raise ConnectionError("the database is away")
            await next()

        async with bolt_running(slack, app, transport):
            said = await slack.mention(ana, art, "hello")
            await said.deliveries[0].acked()
            await art.wait_for_text("heard")
        delivery = said.deliveries[0]
        assert [a.number for a in delivery.attempts] == [0, 1, 2]
        reason = "http_error" if transport == "http" else "timeout"
        assert [n for n, _ in marks] == [marks[0][0], "1", "2"]
        assert marks[1][1] == marks[2][1] == reason


async def test_commands_are_not_repeated_and_the_failure_shows(slack: SlackServer):
    slack.timings = QUICK
    team, ana, art = people(slack)
    app = bolt_app(slack, team)

    @app.command("/deaf")
    async def deaf():
        """Never acknowledges."""

    async with bolt_running(slack, app, "socket"):
        command = await slack.slash(ana, art, "/deaf")
        assert await command.failed() == "timeout"
        told = await art.wait_for(lambda m: m.ephemeral_to is ana)
        assert told.text == '/deaf failed with the error "operation_timeout"'
    assert len(command.attempts) == 1


@both
async def test_a_duplicate_goes_over_two_wires_at_once(slack: SlackServer, transport: str):
    team, ana, art = people(slack)
    apps = [bolt_app(slack, team), bolt_app(slack, team)]
    async with replicas(slack, apps, transport):
        slack.copies = 2
        said = await slack.mention(ana, art, "twice")
        await said.deliveries[0].all_acked(2)
        await slack.wait_for(lambda: len(art.bot_messages) == 2)
        assert len({attempt.via for attempt in said.deliveries[0].attempts}) == 2
        slack.copies = 1
        again = slack.redeliver(said.deliveries[0], number=1, reason="http_timeout")
        await slack.wait_for(lambda: again.ok)
    bodies = [app.seen for app in apps]
    assert {body["event_id"] for seen in bodies for body in seen} == {said.deliveries[0].event_id}
    assert sum(map(len, bodies)) == 3


async def test_a_socket_is_refreshed_and_dropped_without_losing_events(slack: SlackServer):
    team, ana, art = people(slack)
    async with bolt_running(slack, bolt_app(slack, team), "socket"):
        for number, hang_up in enumerate(
            (slack.sockets.disconnect, slack.sockets.disconnect, slack.sockets.drop)
        ):
            before = slack.sockets.opened
            await hang_up()
            said = await slack.mention(ana, art, f"number {number}")
            await slack.wait_for(lambda before=before: slack.sockets.opened > before, timeout=15)
            await art.wait_for_text(f"number {number}", timeout=15)
            await said.deliveries[0].acked(15)
    used = slack.calls_of("apps.connections.open")
    assert len(used) == len({call.answer["url"] for call in used}) == 4


async def test_no_more_than_ten_sockets(slack: SlackServer):
    team, _, _ = people(slack)
    client = AsyncWebClient(base_url=slack.api_url, token=team.token)
    sockets = []
    async with aiohttp.ClientSession() as session:
        for _ in range(11):
            url = (await client.apps_connections_open(app_token=slack.app.app_token))["url"]
            ws = await session.ws_connect(url)
            sockets.append((await ws.receive_json(), ws))
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(url)
        kinds = Counter(hello["type"] for hello, _ in sockets)
        assert kinds == {"hello": 10, "disconnect": 1}
        assert sockets[-1][0]["reason"] == "too_many_websockets"
        for _, ws in sockets:
            await ws.close()


async def test_forged_and_stale_requests_are_refused(slack: SlackServer):
    team, _, _ = people(slack)
    async with bolt_running(slack, bolt_app(slack, team), "http"):
        body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"})
        assert (await slack.requests.post(body))[0] == 200
        assert (await slack.requests.post(body, secret="guessed"))[0] == 401
        assert (await slack.requests.post(body, age=360))[0] == 401
        assert await slack.requests.verify_url()


@both
@pytest.mark.parametrize("in_flight", [None, 50])
async def test_events_in_a_burst_are_acknowledged(slack: SlackServer, transport: str, in_flight: int | None):
    slack.pace(in_flight)
    team, ana, art = people(slack)
    app = bolt_app(slack, team)
    async with bolt_running(slack, app, transport):
        await slack.mention(ana, art, "first")
        button = await art.wait_for_text("heard")
        for number in range(200):
            if number % 3 == 0:
                await slack.mention(ana, art, f"n{number}")
            elif number % 3 == 1:
                await slack.slash(ana, art, "/lumen", "help")
            else:
                await slack.click(ana, button, "Upscale")
        seconds = await slack.all_acked(60)
        await slack.wait_for(lambda: len(art.bot_messages) == 201, timeout=60)
    assert len(seconds) == 201
    assert max(seconds) < 3
    assert all(len(d.attempts) == 1 for d in slack.deliveries)


class Installations(AsyncInstallationStore):
    def __init__(self) -> None:
        self.by_team: dict = {}

    async def async_save(self, installation):
        self.by_team[installation.team_id] = installation

    async def async_find_installation(
        self, *, enterprise_id, team_id, user_id=None, is_enterprise_install=False
    ):
        return self.by_team.get(team_id)

    async def async_find_bot(self, *, enterprise_id, team_id, is_enterprise_install=False):
        found = self.by_team.get(team_id)
        return found.to_bot() if found else None

    async def async_delete_installation(self, *, enterprise_id, team_id, user_id=None):
        self.by_team.pop(team_id, None)

    async def async_delete_bot(self, *, enterprise_id, team_id):
        self.by_team.pop(team_id, None)


class States(AsyncOAuthStateStore):
    def __init__(self) -> None:
        self.open: set[str] = set()

    async def async_issue(self, *args, **kwargs):
        self.open.add(state := f"state{len(self.open)}")
        return state

    async def async_consume(self, state):
        known = state in self.open
        self.open.discard(state)
        return known


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # slack_sdk on aiohttp 3.14
async def test_two_workspaces_install_by_oauth_and_one_leaves(slack: SlackServer):
    one, two = slack.add_team("one", installed=False), slack.add_team("two", installed=False)
    ana, bob = slack.user(one, "ana"), slack.user(two, "bob")
    room, hall = slack.channel(one, "room", members=[ana]), slack.channel(two, "hall", members=[bob])
    store = Installations()
    settings = AsyncOAuthSettings(
        client_id=slack.app.client_id,
        client_secret=slack.app.client_secret,
        scopes=sorted(slack.app.scopes),
        installation_store=store,
        state_store=States(),
    )
    client = AsyncWebClient(base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.app.signing_secret, oauth_settings=settings)
    app.enable_token_revocation_listeners()

    @app.event("app_mention")
    async def mentioned(event, say, context):
        await say(text=f"in {context.team_id}")

    async with bolt_running(slack, app, "http") as url:
        assert (await slack.install(one, ana, url, with_cookie=False))[0] == 400
        assert (await slack.install(one, ana, url, state="forged"))[0] in (400, 401)
        assert (await slack.install(one, ana, url, denied=True))[0] == 200
        assert store.by_team == {}
        for team, user in ((one, ana), (two, bob)):
            assert (await slack.install(team, user, url))[0] == 200
        await slack.mention(ana, room, "hi")
        await slack.mention(bob, hall, "hi")
        await room.wait_for_text(f"in {one.id}")
        await hall.wait_for_text(f"in {two.id}")
        gone = await slack.uninstall(one)
        await asyncio.gather(*(delivery.acked() for delivery in gone))
        await slack.wait_for(lambda: list(store.by_team) == [two.id])
        assert (await slack.mention(ana, room, "still there?")).deliveries == []
        await slack.mention(bob, hall, "and you?")
        await slack.wait_for(lambda: len(hall.bot_messages) == 2)
