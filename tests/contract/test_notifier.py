"""What every `Notifier` promises the worker, held against each platform with its real library.

The worker tells an end again after a failure or a restart, and progress may come late: neither may be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.web.identity import DEMO
from bot.core.events import AwaitingConfirmation, Cancelled, Delivered, Failed, Final, Progressed, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.ports.for_adapters import Notifier
from bot.core.request import Actor, ReplyTo
from bot.core.windows import Window
from tests.fakes.discord_stage import staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world
from tests.fakes.stack import Stack

CHEAP = "seedream-4.5"


@dataclass(kw_only=True)
class Told:
    """A notifier that keeps what it was given and what it answered."""

    real: Notifier
    asked: list[tuple[ReplyTo, AwaitingConfirmation]] = field(
        default_factory=list[tuple[ReplyTo, AwaitingConfirmation]]
    )
    ended: list[tuple[ReplyTo, Final, ReplyTo]] = field(default_factory=list[tuple[ReplyTo, Final, ReplyTo]])

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        await self.real.progress(reply_to, event)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        await self.real.ask(reply_to, event)
        self.asked.append((reply_to, event))

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        went = await self.real.finish(reply_to, event)
        self.ended.append((reply_to, event, went))
        return went


@dataclass(kw_only=True)
class Place:
    """A platform with one member in it. `say` a verb and its words; `seen` is all that stands there."""

    stack: Stack
    tenant: str
    person: str
    say: Callable[[str, str], Awaitable[object]]
    seen: Callable[[], Awaitable[list[str]]]
    told: Told

    async def run(self, verb: str, words: str) -> tuple[ReplyTo, Final, ReplyTo]:
        """Ask for something, and wait until its end has been told."""
        self.told.ended.clear()
        await self.say(verb, words)
        await until(lambda: self.told.ended)
        await self.stack.settled()
        return self.told.ended[-1]


async def until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not look():
            await asyncio.sleep(0.02)


def place(stack: Stack, origin: str, **fields: Any) -> Place:
    """Put a note-taker between the worker and the platform's notifier."""
    told = Told(real=stack.core.notifiers[origin])
    stack.core.notifiers[origin] = told
    return Place(stack=stack, told=told, **fields)


@asynccontextmanager
async def slack(folder: Path) -> AsyncGenerator[Place, None]:
    async with slack_world(folder) as world:

        async def say(verb: str, words: str) -> None:
            model = f" --model {CHEAP}" if verb == "generate" else ""
            await world.slack.mention(world.ana, world.art, f"/{verb} {words}{model}")

        async def seen() -> list[str]:
            return [m.rendered for m in world.art.messages if not m.deleted]

        who = {"tenant": f"slack:{world.team.id}", "person": f"slack:{world.ana.id}"}
        yield place(world.stack, "slack", say=say, seen=seen, **who)


@asynccontextmanager
async def discord(folder: Path) -> AsyncGenerator[Place, None]:
    async with staged(folder) as stage:

        async def say(verb: str, words: str) -> None:
            model: dict[str, Any] = {"model": CHEAP} if verb == "generate" else {}
            await stage.slash(verb, prompt=words, **model)

        async def seen() -> list[str]:
            return [stage.server.render(message) for message in stage.art.messages.values()]

        mira = stage.actor(stage.mira)
        yield place(stage.stack, "discord", say=say, seen=seen, tenant=mira.tenant, person=mira.person)


@asynccontextmanager
async def web(folder: Path) -> AsyncGenerator[Place, None]:
    async with running_playground(folder) as site:

        async def say(verb: str, words: str) -> None:
            model = f" --model {CHEAP}" if verb == "generate" else ""
            await site.order(f"/{verb} {words}{model}")

        async def seen() -> list[str]:
            return [str(message) for message in (await site.get("/api/channel"))["messages"]]

        mia = DEMO.actor(DEMO.people[0])
        yield place(site.stack, "web", say=say, seen=seen, tenant=mia.tenant, person=mia.person)


PLATFORMS = {"slack": slack, "discord": discord, "web": web}


@pytest.fixture(params=sorted(PLATFORMS))
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with PLATFORMS[request.param](tmp_path) as found:
        yield found


def admin_of(here: Place) -> Actor:
    return Actor(tenant=here.tenant, person="x", is_admin=True)


async def again(here: Place, end: tuple[ReplyTo, Final, ReplyTo]) -> None:
    """Tell an end once more, and progress after it: the same answer, and nothing new to be seen."""
    reply_to, event, went = end
    before = await here.seen()
    assert await here.told.real.finish(reply_to, event) == went
    await here.told.real.progress(reply_to, Progressed(request=event.request, percent=50, elapsed_s=9))
    assert await here.seen() == before


async def test_a_result_and_an_answer_are_told_once_however_often(here: Place) -> None:
    for verb, words in (("generate", "a fox"), ("chat", "what is a fox?")):
        end = await here.run(verb, words)
        assert isinstance(end[1], Delivered)
        await again(here, end)


async def test_a_failure_is_told_once_however_often(here: Place) -> None:
    here.stack.sandbox.fail("content_policy")
    end = await here.run("generate", "a fox")
    assert isinstance(end[1], Failed)
    await again(here, end)


async def test_a_refusal_is_told_once_however_often(here: Place) -> None:
    admin = here.stack.core.admin
    await admin.set_budget(admin_of(here), Scope.PERSON, here.person, Window.TOTAL, Micros(0))
    end = await here.run("generate", "a fox")
    assert isinstance(end[1], Refused)
    await again(here, end)


async def test_a_price_is_asked_once_and_its_cancellation_told_once(here: Place) -> None:
    await here.stack.core.admin.change(admin_of(here), threshold=Micros(1))
    await here.say("generate", "a fox")
    await until(lambda: here.told.asked)
    reply_to, event = here.told.asked[-1]
    before = await here.seen()
    await here.told.real.ask(reply_to, event)
    assert await here.seen() == before
    await here.stack.core.service.cancel(event.request.actor, event.request.id)
    await here.stack.settled()
    end = here.told.ended[-1]
    assert isinstance(end[1], Cancelled)
    await again(here, end)
