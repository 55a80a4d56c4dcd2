"""One running bot on both of Slack's transports, and a way to change payloads on the wire.

The people act by the fake Slack's own hands, so every payload begins as a good one with fresh ids; what then
becomes of it is the test's business. Trouble is any error in any log, but for what
Slack itself has said.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from pydantic import SecretStr

from adapters.slack.app import SlackApp
from bot.core.audit.entries import OPERATOR
from tests.fakes.clocks import WarpClock
from tests.fakes.fuzzing import PATIENCE_S, Errors, FuzzedBot
from tests.fakes.slack_server.delivery import Attempt, Delivery
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Message, Timings
from tests.fakes.slack_server.views import View
from tests.fakes.slack_world import World, adapter_running

_EXPECTED = frozenset({"token_dead"})
"""Errors that are true: Slack said that the token is gone, if only because a test put it into its mouth."""
CHEAP = "--model seedream-4.5"


@dataclass(kw_only=True, repr=False, eq=False)
class Fuzz(FuzzedBot):
    """The world, and what went wrong in it."""

    world: World
    result: Message
    form: View
    settings_form: View
    budget_form: View
    by_socket: bool = False
    statuses: list[int | str] = field(default_factory=list[int | str])

    @property
    def slack(self) -> SlackServer:
        return self.world.slack

    # on the wire

    async def transmit(self, delivery: Delivery, attempt: Attempt) -> None:
        """Deliver once, changed, and note the answer."""
        attempt.no_retry = True
        payload = copy.deepcopy(delivery.payload)
        if self.change is not None:
            self.change(payload)
        if self.by_socket:
            sent = Delivery(core=self.slack, kind=delivery.kind, payload=payload, team=delivery.team)
            await self.slack.sockets.transmit(sent, attempt)
            self.statuses.append(200 if attempt.ok else attempt.error or "?")
            return
        body, content_type = encoded(delivery.kind, payload)
        try:
            status, _, _ = await self.slack.requests.post(body, content_type)
        except (TimeoutError, aiohttp.ClientError) as error:
            self.statuses.append(repr(error))
            attempt.error = "http_error"
            return
        self.statuses.append(status)
        if status == 200:
            attempt.acked_at = 1.0
        else:
            attempt.error = "http_error"

    async def act(self, act: Callable[[Fuzz], Awaitable[Any]]) -> list[int | str]:
        """Let a person act, wait until all of it is over, and answer what Slack was answered."""
        self.statuses.clear()
        async with asyncio.timeout(PATIENCE_S):
            seen = len(self.slack.deliveries)
            await act(self)
            sent = self.slack.deliveries[seen:]
            await self.slack.wait_for(lambda: all(one.first or one.given_up for one in sent), PATIENCE_S)
            await self.idle()
        self.restore()
        return list(self.statuses)

    def handling(self) -> bool:
        return bool(self.world.app._tasks)

    def restore(self) -> None:
        """A payload may have said that the app was removed."""
        installs = self.world.app._installations
        if installs._single is not None and installs._single.dead:
            installs.serve_one(replace(installs._single, dead=False))
        self.slack.requests.targets[:] = self.slack.requests.targets[:1]

    # at the end

    async def still_works(self) -> None:
        self.change, self.by_socket = None, False
        tenant = f"slack:{self.world.team.id}"
        for line in await self.world.core.store.budgets(tenant):
            await self.world.core.store.remove_budget(line.budget.id, by=OPERATOR)
        await self.world.policy(
            paused=False, allowed_models=(), denied_models=(), cap=None, threshold=10**9, admin_channel=""
        )
        self.world.app._router._adapter.people.forget()
        seen = len(self.world.art.messages)
        await self.act(
            lambda fuzz: fuzz.slack.mention(self.world.ana, self.world.art, f"/generate owl {CHEAP}")
        )
        assert [m for m in self.world.art.messages[seen:] if m.is_bot and m.files], self.trouble()

    async def accepted(self) -> list[str]:
        return [row.id for row in await self.world.requests()]


def encoded(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """(body, content type) as Slack sends it, for values of any type."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = {"payload": json.dumps(payload)}
    if kind == "slash_commands":
        form = {
            str(name): value if isinstance(value, str) else json.dumps(value)
            for name, value in payload.items()
        }
    return urlencode(form, errors="replace"), "application/x-www-form-urlencoded"


@asynccontextmanager
async def fuzzing(data_dir: Path, **changes: Any) -> AsyncGenerator[Fuzz, None]:
    """Everything started, a picture delivered, three forms open. `changes` are settings."""
    async with AsyncExitStack() as exits:
        errors = exits.enter_context(Errors(expected=_EXPECTED).listening())
        slack = await exits.enter_async_context(
            await SlackServer.start(timings=Timings(trigger_life=10**9, response_url_uses=10**9))
        )
        team = slack.add_team("acme")
        ana, boss = slack.user(team, "ana"), slack.user(team, "boss", is_admin=True)
        art = slack.channel(team, "art", members=[ana, boss])
        running = adapter_running(
            slack,
            data_dir,
            "http",
            team=team,
            slack_app_token=SecretStr(slack.app.app_token),
            database_pool=4,
            **changes,
        )
        stack, app, url = await exits.enter_async_context(running)
        hurry(app)
        world = World(slack=slack, team=team, ana=ana, boss=boss, art=art, stack=stack, app=app, url=url)
        await world.policy(threshold=10**9)
        fuzz = await _prepared(world, errors)
        await fuzz.idle()
        fuzz.tasks = fuzz.busy()
        yield fuzz


def hurry(app: SlackApp) -> None:
    """Slack's pace of a message a second is kept in a quicker time."""
    clock = WarpClock(speed=200)
    app._api._rate_limits._clock = clock
    app.notifier._progress._clock = clock
    app._router._adapter.files._clock = clock


async def _prepared(world: World, errors: Errors) -> Fuzz:
    slack, ana, boss, art = world.slack, world.ana, world.boss, world.art
    await slack.mention(ana, art, f"/generate a red fox {CHEAP}")
    result = await world.result(art, "red fox")
    await world.stack.settled()
    await slack.slash(ana, art, "/lumen")
    form = await slack.wait_for_modal(ana, "What you would like")
    await slack.open_home(boss)
    home = await slack.wait_for_home(boss, "For admins: budgets")
    await slack.click(boss, home, "settings_form")
    settings_form = await slack.wait_for_modal(boss, "Time zone")
    await slack.click(boss, home, "budget_form")
    budget_form = await slack.wait_for_modal(boss, "Dollars")
    await slack.open_home(ana)
    await slack.wait_for_home(ana, "Recent")
    fuzz = Fuzz(
        stack=world.stack,
        errors=errors,
        world=world,
        result=result,
        form=form,
        settings_form=settings_form,
        budget_form=budget_form,
    )
    slack.transmit = fuzz.transmit  # type: ignore[method-assign]
    return fuzz
