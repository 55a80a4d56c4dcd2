"""In direct messages and personal installations the server that a person has chosen pays, by its rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.homes import KEPT_S
from bot.core.capability import Capability
from bot.core.errors import NotAllowed
from bot.core.identity import Via
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.tenant import Elsewhere
from bot.core.windows import Window
from tests.fakes.clocks import WarpClock
from tests.fakes.discord_server.handles import InteractionHandle, labels
from tests.fakes.discord_server.server import Member
from tests.fakes.discord_stage import CHEAP, Stage, staged

DAY = Window.DAY
CENT = 10_000
PRICE = 40_000
"""What a picture of the cheap model costs, in micro-dollars; a quarter more is held."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


async def draw(stage: Stage, *, by: Member | None = None, where: Any = None) -> InteractionHandle:
    """A picture asked for in the direct messages, or elsewhere."""
    who = by or stage.mira
    place = where or stage.server.dm_channel(who)
    return await stage.server.slash(who, place, "generate", prompt="a secret fox", model=CHEAP)


async def refused(stage: Stage, handle: InteractionHandle) -> str:
    return stage.server.render(await handle.message("Not this time", timeout=30))


async def limit(stage: Stage, cents: int, scope: Scope = Scope.PERSON, subject: str = EVERYONE) -> None:
    actor, amount = stage.actor(stage.ada), Micros(cents * CENT)
    await stage.stack.core.admin.set_budget(actor, scope, subject, DAY, amount)


# choosing


async def test_without_a_home_nothing_runs_and_the_answer_leads_to_one(stage: Stage) -> None:
    other = stage.server.add_guild("Foundry")
    stage.server.add_guild("Strangers")
    stage.server.add_member(other, stage.mira.user)
    handle = await draw(stage)
    assert "Nobody pays for you here yet" in await refused(stage, handle)
    assert handle.original is not None
    asked = await stage.server.click(stage.mira, handle.original, "Who pays here?")
    offered = await asked.message("Who pays here?")
    assert asked.ephemeral
    assert labels(offered) == ["Atelier", "Foundry"]
    chosen = await stage.server.click(stage.mira, offered, "Atelier")
    await chosen.message("**Atelier** pays for you")
    await (await draw(stage)).message("charged **", timeout=30)
    await stage.stack.settled()
    [row] = await stage.stack.core.store.history(f"discord:{stage.guild.id}")
    assert (row.actor.tenant, row.actor.place, row.charged) == (
        f"discord:{stage.guild.id}",
        f"discord:dm:{stage.mira.id}",
        PRICE,
    )
    late = await stage.server.click(stage.mira, offered, "Foundry")
    assert "once a day" in await refused(stage, late)
    home = await stage.stack.core.service.homes.of(f"discord:{stage.mira.id}")
    assert home is not None
    assert home.tenant == f"discord:{stage.guild.id}"


async def test_a_message_without_a_home_is_answered_with_the_same_button(stage: Stage) -> None:
    said = await stage.server.dm(stage.mira, "hello there")
    told = await stage.server.wait_message(stage.server.dm_channel(stage.mira), "Nobody pays", after=said)
    assert labels(told) == ["Who pays here?"]
    assert await stage.charged() == 0
    asked = await stage.server.click(stage.mira, told, "Who pays here?")
    offered = await asked.message("Who pays here?")
    await (await stage.server.click(stage.mira, offered, "Atelier")).message("pays for you")
    again = await stage.server.dm(stage.mira, "hello there")
    await stage.server.wait_message(
        stage.server.dm_channel(stage.mira), "charged **", after=again, timeout=30
    )


async def test_a_server_is_chosen_from_inside_it(stage: Stage) -> None:
    asked = await stage.slash("home")
    offered = await asked.message("pay for you in direct messages?")
    chosen = await stage.server.click(stage.mira, offered, "Yes, this server pays")
    await chosen.message("pays for you")
    again = await stage.slash("home")
    assert labels(await again.message("pays for you in direct messages.")) == []


async def test_only_a_member_who_is_not_blocked_can_choose(stage: Stage) -> None:
    server, mira = stage.server, stage.mira
    direct = server.dm_channel(mira)
    offered = await (await server.slash(mira, direct, "home")).message("Who pays here?")
    assert labels(offered) == ["Atelier"]
    await stage.change(blocked_people=(f"discord:{mira.id}",))
    assert "blocked there" in await refused(stage, await server.click(mira, offered, "Atelier"))
    assert labels(await (await server.slash(mira, direct, "home")).message("no server")) == []
    await stage.change(blocked_people=(), direct_messages=Elsewhere.NEVER, personal_installs=Elsewhere.NEVER)
    assert "outside of it" in await refused(stage, await server.click(mira, offered, "Atelier"))
    await stage.change(direct_messages=Elsewhere.ALWAYS)
    del stage.guild.members[mira.id]
    assert "not a member" in await refused(stage, await server.click(mira, offered, "Atelier"))
    assert await stage.stack.core.service.homes.of(f"discord:{mira.id}") is None


# the home's rules


async def test_one_allowance_in_the_server_and_in_direct_messages(stage: Stage) -> None:
    await limit(stage, 20)
    await stage.home(stage.mira)
    for number in range(2):
        await stage.result(f"fox {number}")
    for _ in range(3):
        await (await draw(stage)).message("charged **", timeout=30)
        await stage.stack.settled()
    told = await refused(stage, await draw(stage))
    assert "Your budget for today has $0.00 left" in told
    balance = await stage.server.slash(stage.mira, stage.server.dm_channel(stage.mira), "balance")
    shown = stage.server.render(await balance.message("pays for you here"))
    assert "**Atelier** pays for you here" in shown
    assert "$0.00 of $0.20 left" in shown
    here = await stage.slash("generate", prompt="a fox", model=CHEAP)
    assert "$0.00 left" in await refused(stage, here)
    assert await stage.charged() == 5 * PRICE


async def test_blocked_and_paused_hold_in_direct_messages(stage: Stage) -> None:
    await stage.home(stage.mira)
    await stage.change(blocked_people=(f"discord:{stage.mira.id}",))
    assert "has blocked you" in await refused(stage, await draw(stage))
    await stage.change(blocked_people=(), paused=True)
    assert "has paused" in await refused(stage, await draw(stage))
    said = await stage.server.dm(stage.mira, "hello there")
    await stage.server.wait_message(stage.server.dm_channel(stage.mira), "has paused", after=said)
    await stage.change(paused=False, denied_capabilities=(Capability.GENERATE,))
    assert "turned off generate" in await refused(stage, await draw(stage))
    assert await stage.charged() == 0


async def test_a_roles_limit_is_kept_and_ends_with_the_role(tmp_path: Path) -> None:
    clock = WarpClock()
    async with staged(tmp_path, clock=clock) as stage:
        artists = stage.server.add_role(stage.guild, "Artists")
        stage.mira.roles.append(artists)
        await limit(stage, 2)
        await limit(stage, 6, Scope.ROLE, f"discord:{artists.id}")
        await stage.home(stage.mira)
        await (await draw(stage)).message("charged **", timeout=30)
        await stage.stack.settled()
        assert "Your role's budget for today has $0.02 left" in await refused(stage, await draw(stage))
        stage.mira.roles.clear()
        assert "Your role's budget" in await refused(stage, await draw(stage)), "known for five minutes"
        clock.jump(KEPT_S + 1)
        assert "Your budget for today is $0.02 over" in await refused(stage, await draw(stage))
        assert await stage.charged() == PRICE


@pytest.mark.parametrize(
    "trouble",
    [{"status": 503}, {"reset": True}, {"status": 403, "body": {"message": "no", "code": 0}}],
    ids=["unavailable", "cut", "forbidden"],
)
async def test_a_look_up_that_fails_gives_no_roles_and_no_exemption(
    stage: Stage, trouble: dict[str, Any]
) -> None:
    staff = stage.server.add_role(stage.guild, "Staff")
    stage.mira.roles.append(staff)
    await stage.change(exempt_roles=(f"discord:{staff.id}",))
    await limit(stage, 0)
    await stage.home(stage.mira)
    fault = stage.server.faults.add(r"GET /guilds/\d+/members/", times=9, **trouble)
    assert "Your budget for today" in await refused(stage, await draw(stage))
    assert fault.hits
    fault.times = fault.hits
    await (await draw(stage)).message("charged **", timeout=30)


async def test_a_discord_that_does_not_answer_is_not_waited_for(stage: Stage) -> None:
    await stage.home(stage.mira)
    fault = stage.server.faults.add(r"GET /guilds/\d+/members/", times=1, hold=True)
    handle = await draw(stage)
    await handle.message("charged **", timeout=30)
    fault.release()
    [row] = await stage.stack.core.store.history(f"discord:{stage.guild.id}")
    assert row.actor.roles == ()


async def test_who_has_left_the_server_has_no_home(tmp_path: Path) -> None:
    clock = WarpClock()
    async with staged(tmp_path, clock=clock) as stage:
        await stage.home(stage.mira)
        await (await draw(stage)).message("charged **", timeout=30)
        await stage.stack.settled()
        del stage.guild.members[stage.mira.id]
        clock.jump(KEPT_S + 1)
        assert "Nobody pays for you here yet" in await refused(stage, await draw(stage))
        balance = await stage.server.slash(stage.mira, stage.server.dm_channel(stage.mira), "balance")
        assert "Nobody pays" in await refused(stage, balance)
        assert await stage.charged() == PRICE


async def test_a_server_that_removed_the_bot_pays_no_more(stage: Stage) -> None:
    await stage.home(stage.mira)
    stage.server.remove_bot(stage.guild)
    assert "Nobody pays for you here yet" in await refused(stage, await draw(stage))


# switches


async def test_direct_messages_are_off_where_only_some_channels_are_allowed_unless_listed(
    stage: Stage,
) -> None:
    await stage.home(stage.mira)
    await stage.change(allowed_channels=(f"discord:{stage.art.id}",))
    assert "off in direct messages" in await refused(stage, await draw(stage))
    await stage.change(direct_messages=Elsewhere.ALWAYS)
    await (await draw(stage)).message("charged **", timeout=30)
    await stage.change(direct_messages=Elsewhere.NEVER, allowed_channels=())
    assert "off in direct messages" in await refused(stage, await draw(stage))
    await stage.result("a fox")


async def test_a_personal_installation_is_paid_by_the_home_and_can_be_switched_off(stage: Stage) -> None:
    elsewhere = stage.server.add_guild("Elsewhere", bot=False)
    square = stage.server.add_channel(elsewhere, "square")
    stage.server.add_member(elsewhere, stage.mira.user)
    stage.mira.user.app_installed = True
    visitor = elsewhere.members[stage.mira.id]
    assert "Nobody pays" in await refused(stage, await draw(stage, by=visitor, where=square))
    await stage.home(stage.mira)
    await limit(stage, 6)
    await (await draw(stage, by=visitor, where=square)).message("charged **", timeout=30)
    await stage.stack.settled()
    assert "$0.02 left" in await refused(stage, await draw(stage, by=visitor, where=square))
    await stage.change(personal_installs=Elsewhere.NEVER)
    assert "does not pay in other servers" in await refused(
        stage, await draw(stage, by=visitor, where=square)
    )


async def test_guests_can_be_switched_off(stage: Stage) -> None:
    visitor = stage.server.add_member(stage.guild, "gus")
    visitor.guest = True
    await (await stage.slash("generate", by=visitor, prompt="a fox", model=CHEAP)).message("charged **")
    await stage.change(guests=False)
    assert "for guests" in await refused(
        stage, await stage.slash("generate", by=visitor, prompt="a fox", model=CHEAP)
    )
    await stage.home(visitor)
    assert "for guests" in await refused(stage, await draw(stage, by=visitor))
    await stage.result("a fox")


async def test_the_operator_switches_all_of_it_off(tmp_path: Path) -> None:
    async with staged(tmp_path, direct_messages=False, personal_installs=False, guests=False) as stage:
        await stage.home(stage.mira)
        assert "operator of this bot has switched direct messages off" in await refused(
            stage, await draw(stage)
        )
        elsewhere = stage.server.add_guild("Elsewhere", bot=False)
        square = stage.server.add_channel(elsewhere, "square")
        visitor = stage.server.add_member(elsewhere, stage.mira.user)
        stage.mira.user.app_installed = True
        assert "personal installations off" in await refused(
            stage, await draw(stage, by=visitor, where=square)
        )
        guest = stage.server.add_member(stage.guild, "gus")
        guest.guest = True
        assert "does not serve guests" in await refused(
            stage, await stage.slash("generate", by=guest, prompt="a fox", model=CHEAP)
        )
        await stage.result("a fox")


async def test_the_operators_lists_of_servers_and_people(tmp_path: Path) -> None:
    async with staged(tmp_path, allowed_servers=("1",)) as stage:
        assert "not allowed it to be used here" in await refused(
            stage, await stage.slash("generate", prompt="a fox", model=CHEAP)
        )
        with pytest.raises(NotAllowed, match="operator"):
            await stage.home(stage.mira)
    async with staged(tmp_path / "people", allowed_people=("discord:1",)) as stage:
        assert "not allowed you to use it" in await refused(
            stage, await stage.slash("generate", prompt="a fox", model=CHEAP)
        )


# what admins see, and what they can do


async def test_the_homes_admin_sees_amounts_and_no_words(stage: Stage) -> None:
    await stage.home(stage.mira)
    await (await draw(stage)).message("charged **", timeout=30)
    await stage.stack.settled()
    listed = await stage.server.slash(stage.ada, stage.lounge, "history", everyone=True)
    shown = stage.server.render(await listed.message("$0.04"))
    assert CHEAP in shown
    assert stage.mira.name in shown
    assert "secret" not in shown
    report = await stage.admin("budget report", days=7)
    assert report.original is not None
    texts = stage.server.render(report.original)
    tables = [file for file in report.original.attachments if file.filename.endswith(".csv")]
    texts += "".join(file.data.decode() for file in tables)
    assert "$0.04" in texts
    assert "secret" not in texts
    [row] = await stage.stack.core.service.history(stage.actor(stage.ada), everyone=True)
    assert (row.order.prompt, row.text, row.assets, row.reply_to, row.delivery) == ("", "", (), {}, {})
    own = await stage.server.slash(stage.mira, stage.server.dm_channel(stage.mira), "history")
    assert "secret" in stage.server.render(await own.message("$0.04"))
    in_server = await stage.slash("history")
    assert "secret" not in stage.server.render(await in_server.message())


async def test_an_approval_is_asked_of_the_homes_admins_without_the_words(stage: Stage) -> None:
    await limit(stage, 1)
    await stage.change(admin_channel=f"discord:{stage.lounge.id}")
    await stage.home(stage.mira)
    handle = await draw(stage)
    note = await handle.message("Not this time", timeout=30)
    await stage.server.click(stage.mira, note, "Ask an admin")
    question = await stage.server.wait_message(stage.lounge, "asks for more")
    shown = stage.server.render(question)
    assert "secret" not in shown
    assert "$0.04" in shown
    await stage.server.click(stage.ada, question, "Approve")
    await stage.server.wait_message(stage.server.dm_channel(stage.mira), "charged **", timeout=30)
    assert "secret" not in stage.server.render(question)


async def test_nobody_administers_from_a_direct_message(stage: Stage) -> None:
    await stage.home(stage.ada)
    await stage.change(admin_people=(f"discord:{stage.ada.id}",))
    direct = stage.server.dm_channel(stage.ada)
    handle = await stage.server.slash(stage.ada, direct, "history", everyone=True)
    assert "Only admins" in await refused(stage, handle)
    place, ada = f"discord:dm:{stage.ada.id}", stage.actor(stage.ada)
    actor = await stage.app.context.payers.actor(replace(ada, tenant=place, via=Via.DIRECT, is_admin=True))
    assert (actor.tenant, actor.place) == (ada.tenant, place)
    for refusing in (
        stage.stack.core.admin.change(actor, paused=True),
        stage.stack.core.admin.budgets(actor),
        stage.stack.core.admin.report(actor, days=1),
        stage.stack.core.service.running(actor, everyone=True),
    ):
        with pytest.raises(NotAllowed, match="Only admins"):
            await refusing


# what waited


async def test_a_role_and_a_membership_are_asked_again_of_what_waited(tmp_path: Path) -> None:
    clock = WarpClock()
    async with staged(tmp_path, clock=clock) as stage:
        staff = stage.server.add_role(stage.guild, "Staff")
        for person in (stage.mira, stage.ada):
            person.roles.append(staff)
        await stage.change(exempt_roles=(f"discord:{staff.id}",))
        await limit(stage, 0)
        stage.stack.sandbox.fail("429", endpoint="generate", retry_after=3600, times=2)
        await stage.slash("generate", prompt="a fox", model=CHEAP)
        await stage.slash("generate", by=stage.ada, prompt="a hare", model=CHEAP)
        await stage.stack.resting(f"discord:{stage.guild.id}", 2)
        stage.mira.roles.clear()
        del stage.guild.members[stage.ada.id]
        clock.jump(3601)
        stage.stack.core.worker.wake()
        assert await stage.charged() == 0
        rows = await stage.stack.core.store.history(f"discord:{stage.guild.id}")
        told = {row.order.prompt: row.failure.message for row in rows if row.failure}
        assert "Your budget for today has $0.00 left" in told["a fox"]
        assert "no longer a member" in told["a hare"]
