"""Guests and people of other organisations: admins say what they can ask for, and with which models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.core.audit.entries import OPERATOR
from bot.core.capability import Capability
from tests.fakes.discord_stage import staged
from tests.fakes.slack_many import install, running
from tests.fakes.slack_world import slack_world

CHEAPEST = "seedream-5-lite"
ONLY = "Guests can only ask for generate, upscale here. Nothing was charged."


async def test_on_discord_a_guest_gets_what_guests_can_have_and_nothing_else_is_priced(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        server = stage.server
        gus = server.add_member(stage.guild, "gus")
        gus.guest = True
        card = await (await stage.admin("settings")).message("Settings")
        form = await stage.press(stage.ada, card, "Places and people 2")
        given = {"guest_capabilities": ["generate", "upscale"], "guest_models": "seedream*"}
        await server.submit_modal(form, given)
        await server.wait_until(card, "What guests can ask for: `generate`, `upscale`")

        seen = len(stage.stack.sandbox.state.calls)
        asked = await stage.slash("video", by=gus, prompt="waves", model="kling-v3")
        assert ONLY in server.render(await asked.message("Not this time"))
        estimated = await stage.slash("estimate", by=gus, capability="chat", prompt="Hello")
        assert ONLY in server.render(await estimated.message("Not this time"))
        dear = await stage.slash("generate", by=gus, prompt="a fox", model="gpt-image-1.5")
        await dear.message("Guests can only use these models here: seedream\\*. Nothing was charged.")
        assert len(stage.stack.sandbox.state.calls) == seen, "no price was asked for"

        done = await stage.slash("generate", by=gus, prompt="a fox")
        await done.message("charged **", timeout=30)
        [row] = await stage.stack.core.service.history(stage.actor(gus), limit=5)
        assert row.order.model == CHEAPEST, "without a name, a model that guests can use"
        mine = await stage.slash("estimate", capability="chat", prompt="Hello")
        await mine.message("would cost")
        why = await (await stage.admin("budget why", member=gus)).message("is a guest here")
        assert "can only ask for generate, upscale" in server.render(why)
        log = server.render(await (await stage.admin("audit")).message("Who changed what"))
        assert "added `generate` to “What guests can ask for”" in log
        assert "added `seedream*` to “Models for guests”" in log


async def test_on_slack_guests_and_other_organisations_get_what_guests_can_have(tmp_path: Path) -> None:
    async with slack_world(tmp_path, slack_allow_external=True) as world:
        slack, art = world.slack, world.art
        for line in ("guest_capabilities generate, upscale", "guest_models seedream*"):
            await slack.slash(world.boss, art, "/lumen", f"settings {line}")
            await art.wait_for_text(
                "seedream*" if "models" in line else "What guests can ask for: `generate`"
            )
        single = slack.user(world.team, "sina", is_restricted=True)
        outside = slack.user(world.team, "gus", external=True)
        for guest in (single, outside):
            art.members.append(guest)
            seen = len(world.stack.sandbox.state.calls)
            await slack.slash(guest, art, "/lumen", "video waves --model kling-v3 --seconds 3")
            told = await art.wait_for(lambda m, guest=guest: m.ephemeral_to is guest and ONLY in m.rendered)
            await slack.slash(guest, art, "/lumen", "generate a fox --model gpt-image-1.5")
            await art.wait_for(lambda m, guest=guest: m.ephemeral_to is guest and "seedream*" in m.rendered)
            assert len(world.stack.sandbox.state.calls) == seen, "no price was asked for"
            del told
            await slack.mention(guest, art, "/generate a fox")
            await art.wait_for(
                lambda m, guest=guest: m.is_bot and m.files and f"<@{guest.id}>" in str(m.blocks), 30
            )
        rows = await world.requests()
        assert {(row.order.model, row.actor.guest) for row in rows} == {(CHEAPEST, True)}
        await slack.slash(world.boss, art, "/lumen", f"budget why <@{single.id}|sina>")
        await art.wait_for_text("is a guest here and can only ask for generate, upscale")


async def test_a_guest_s_sentence_is_read_with_the_tools_that_guests_can_have(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await world.policy(guest_capabilities=("chat", "generate"))
        single = world.slack.user(world.team, "sina", is_restricted=True)
        world.art.members.append(single)
        await world.slack.mention(single, world.art, "a red fox in the snow")
        await world.art.wait_for(lambda m: m.is_bot and "fox" in m.rendered, 30)
        await world.stack.settled()
        [reading] = [row.reading for row in await world.requests() if row.reading]
        assert set(reading.tools) == {Capability.CHAT, Capability.GENERATE}


async def test_somebody_whose_own_workspace_pays_is_no_guest_of_it(tmp_path: Path) -> None:
    async with running(tmp_path, slack_allow_external=True) as many:
        await install(many, many.acme)
        await install(many, many.bolt)
        visitor = many.slack.user(many.acme.team, "vera", external=True)
        visitor.home_team_id = many.bolt.team.id
        many.acme.room.members.append(visitor)
        store, theirs = many.stack.core.store, f"slack:{many.bolt.team.id}"
        await store.change_tenant(theirs, lambda now: replace(now, guests=False), by=OPERATOR)
        await many.slack.mention(visitor, many.acme.room, "/generate a fox")
        await many.acme.room.wait_for(lambda m: m.files, 20)
        [row] = await store.history(theirs)
        assert (row.actor.person, row.actor.guest) == (f"slack:{visitor.id}", False)
