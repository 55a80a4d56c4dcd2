"""What can be done with a result on Discord: buttons, context menus and forms, also across a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.request import State
from tests.fakes.discord_server.base import ClientRefused
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import CHEAP, peopled, png, staged, upload
from tests.fakes.sandbox import running_sandbox


async def test_every_button_of_a_result_does_what_it_says(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        server, mira = stage.server, stage.mira
        result = await stage.result("a fox", n=2)
        for button, title in (
            ("Upscale 2", "**Upscale**"),
            ("Vary", "**Picture**"),
            ("Again", "**Picture**"),
        ):
            pressed = await stage.press(mira, result, button)
            assert title in server.render(await pressed.message("charged **", timeout=30))
        upscaled, varied, repeated = (await stage.rows())[:3][::-1]
        original = (await stage.rows())[3]
        assert {upscaled.parent_id, varied.parent_id, repeated.parent_id} == {original.id}
        assert varied.order.seed is not None
        assert repeated.order == original.order
        told = await stage.press(mira, result, "More")
        assert original.id in server.render(await told.message("Prompt"))
        assert told.ephemeral


async def test_forms_vary_edit_and_animate_a_result(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        server, mira = stage.server, stage.mira
        result = await stage.result("a fox", n=2)
        opened = await stage.press(mira, result, "Vary with changes")
        sent = await server.submit_modal(opened, {"Prompt": "a red fox in snow"})
        assert "a red fox in snow" in server.render(await sent.message("charged **", timeout=30))
        opened = await stage.press(mira, result, "Edit")
        sent = await server.submit_modal(
            opened, {"What should change?": "add a hat", "Which picture?": "Picture 2"}
        )
        await sent.message("charged **", timeout=30)
        opened = await stage.press(mira, result, "Animate")
        sent = await server.submit_modal(opened, {"What should happen?": "it runs", "Seconds": "4"})
        assert (await sent.message("charged **", timeout=30)).attachments[0].filename.endswith(".mp4")
        assert [row.capability for row in (await stage.rows())[:3]] == [
            Capability.VIDEO,
            Capability.EDIT,
            Capability.GENERATE,
        ]


async def test_anyone_may_go_on_from_a_result_but_only_its_owner_and_admins_delete_it(tmp_path):
    async with staged(tmp_path) as stage:
        server, noor = stage.server, stage.server.add_member(stage.guild, "noor")
        result = await stage.result("a fox")
        refused = await stage.press(noor, result, "Delete")
        assert "Only the person who asked" in server.render(await refused.message("Not this time"))
        assert refused.ephemeral
        pressed = await stage.press(noor, result, "Vary")
        varied = await pressed.message("charged **", timeout=30)
        assert "for @noor" in server.render(varied)
        gone = await stage.press(stage.mira, result, "Delete")
        await gone.acknowledged()
        await server.wait_for(lambda: result.deleted)
        await stage.stack.settled()
        await stage.press(stage.ada, varied, "Delete")
        await server.wait_for(lambda: varied.deleted)


async def test_context_menus_work_on_anybodys_picture(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        server, mira = stage.server, stage.mira
        noor = server.add_member(stage.guild, "noor")
        post = await server.say(noor, stage.art, "look", [upload("cat.png"), upload("dog.png", color="red")])
        larger = await server.context_menu(mira, stage.art, "Upscale image", post)
        await larger.message("charged **", timeout=30)
        opened = await server.context_menu(mira, stage.art, "Edit image", post)
        values = {"What should change?": "night", "Which picture?": "Picture 2"}
        with pytest.raises(ClientRefused, match="is none of"):
            await server.submit_modal(opened, {**values, "Further pictures": upload("notes.txt")})
        values["Further pictures"] = upload("hat.png")
        await (await server.submit_modal(opened, values)).message("charged **", timeout=30)
        opened = await server.context_menu(mira, stage.art, "Animate image", post)
        await (await server.submit_modal(opened, {"Seconds": "4"})).message("charged **", timeout=30)
        opened = await server.context_menu(mira, stage.art, "Ask about this", post)
        await (await server.submit_modal(opened, {})).message("charged **", timeout=30)
        rows = await stage.rows()
        assert [row.capability for row in rows] == ["chat", "video", "edit", "upscale"]
        assert len(rows[2].order.images) == 2
        asked = "Describe this picture.\n\n----- message by noor -----\nlook\n"
        assert rows[0].order.prompt.startswith(asked)
        assert len(rows[0].order.images) == 2  # the whole message, not one picture of it


async def test_a_message_without_a_picture_is_refused_privately(tmp_path):
    async with staged(tmp_path) as stage:
        post = await stage.server.say(stage.ada, stage.art, "no picture here")
        asked = await stage.server.context_menu(stage.mira, stage.art, "Edit image", post)
        assert "no picture in that message" in stage.server.render(await asked.message("Not this time"))
        assert asked.ephemeral


async def test_buttons_and_open_forms_outlive_the_process(tmp_path):
    server = await DiscordServer.start()
    world = await peopled(server)
    async with running_sandbox() as sandbox:
        async with staged(tmp_path, server=server, world=world, sandbox=sandbox) as stage:
            result = await stage.result("a fox")
            on_result = await stage.press(stage.mira, result, "Edit")
            await on_result.shown_modal()
            post = await server.say(stage.ada, stage.art, "", [upload()])
            on_message = await server.context_menu(stage.mira, stage.art, "Edit image", post)
            await on_message.shown_modal()
            asked = await stage.slash("compare", capability="upscale", image=upload(), scale=2.0)
            prices = await asked.message("A press runs it")
        async with staged(tmp_path, server=server, world=world, sandbox=sandbox) as stage:
            pressed = await stage.press(stage.mira, result, "Vary")
            await pressed.message("charged **", timeout=30)
            for opened in (on_result, on_message):
                sent = await server.submit_modal(opened, {"What should change?": "add a hat"})
                await sent.message("charged **", timeout=30)
            pressed = await server.click(stage.mira, prices, labels(prices)[-1])
            await pressed.message("charged **", timeout=30)
            assert len(await stage.rows()) == 5
    await server.stop()


async def test_an_edit_is_repeated_when_discord_no_longer_has_its_picture(tmp_path):
    """Attachments of commands are removed after a while, and their addresses die within a day."""
    async with staged(tmp_path) as stage:
        asked = await stage.slash("edit", prompt="night", image=upload(), model=CHEAP)
        result = await asked.message("charged **", timeout=30)
        await stage.stack.settled()
        for attachment in stage.server.world.attachments.values():
            attachment.removed = True
        pressed = await stage.press(stage.mira, result, "Again")
        await pressed.message("charged **", timeout=30)


async def test_a_result_whose_copy_is_gone_is_taken_from_discord(tmp_path):
    async with staged(tmp_path) as stage:
        result = await stage.result("a fox")
        for path in (tmp_path / "media").rglob("*.png"):
            path.unlink()
        pressed = await stage.press(stage.mira, result, "Upscale")
        await pressed.message("charged **", timeout=30)
        assert [row.state for row in await stage.rows()] == [State.DELIVERED, State.DELIVERED]


async def test_a_price_above_the_threshold_waits_for_its_asker_alone(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(10_000))
        server = stage.server
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        waiting = await asked.message("can confirm it until", timeout=30)
        assert labels(waiting) == ["Run it for $0.04", "No, thanks"]
        stranger = await server.click(stage.ada, waiting, "Run it for $0.04")
        assert "Only the person who asked" in server.render(await stranger.followup("Not this time"))
        assert stage.stack.sandbox.charged_micros == 0
        pressed = await server.click(stage.mira, waiting, "Run it for $0.04")
        await pressed.acknowledged()
        await asked.message("charged **", timeout=30)
        assert await stage.charged() == 40_000
        with pytest.raises(ClientRefused):
            await server.click(stage.mira, waiting, "Run it for $0.04")


async def test_a_price_declined_or_left_too_long_costs_nothing(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(10_000))
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        waiting = await asked.message("can confirm it until", timeout=30)
        await stage.server.click(stage.mira, waiting, "No, thanks")
        assert "Nothing was charged" in stage.server.render(await asked.message("Cancelled", timeout=30))
        late = await stage.slash("generate", prompt="a hare", model=CHEAP)
        await late.message("can confirm it until", timeout=30)
        core = stage.stack.core
        [row] = await core.service.running(stage.actor(stage.mira))
        stage.server.clock.advance(16 * 60)  # the token is dead; the message must change all the same
        now = core.clock.now()
        await core.store.move(row.id, lambda row: replace(row, expires_at=now, due_at=now))
        expired = await late.message("not confirmed in time", timeout=30)
        assert labels(expired) == ["Ask again"]
        assert await stage.charged() == 0


async def test_a_budget_refusal_is_private_and_an_admin_can_grant_exactly_that_price(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.admin("budget set", amount="0.02", window="month")
        await stage.change(admin_channel=f"discord:{stage.lounge.id}")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        refused = await asked.message("Not this time", timeout=30)
        shown = server.render(refused)
        assert asked.ephemeral
        assert "Your budget for this month" in shown
        assert "$0.02 left" in shown
        assert "It resets" in shown
        await server.click(stage.mira, refused, "Ask an admin")
        card = await server.wait_message(stage.lounge, "asks for more")
        assert "$0.04" in server.render(card)
        sneaky = await server.click(stage.mira, card, "Approve")
        assert "Only admins" in server.render(await sneaky.followup("Not this time"))
        approved = await server.click(stage.ada, card, "Approve")
        await approved.acknowledged()
        result = await server.wait_message(stage.art, "charged", timeout=30)
        assert "for @mira" in server.render(result)
        assert await stage.charged() == 40_000
        again = await stage.slash("generate", prompt="another", model=CHEAP)
        assert "Not this time" in server.render(await again.message("Not this time", timeout=30))


async def test_a_refusal_that_only_the_price_reveals_replaces_the_public_placeholder(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="0.10", window="day")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP, n=10)
        private = await asked.followup("Not this time", timeout=30)
        assert private.ephemeral
        await asked.deleted()
        assert "$0.10" not in stage.server.transcript(stage.art, stage.ada)
        assert await stage.charged() == 0


async def test_a_denied_question_is_told_to_its_asker(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="0", window="month")
        await stage.change(admin_channel=f"discord:{stage.lounge.id}")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        refused = await asked.message("Not this time", timeout=30)
        await stage.server.click(stage.mira, refused, "Ask an admin")
        card = await stage.server.wait_message(stage.lounge, "asks for more")
        await stage.server.click(stage.ada, card, "Deny")
        told = await asked.followup("has declined")
        assert told.ephemeral
        late = await stage.server.click(stage.ada, card, "Deny", force=True) if labels(card) else None
        assert late is None
        assert await stage.charged() == 0


async def test_bad_attachments_are_refused_before_anything_is_promised(tmp_path):
    async with staged(tmp_path, max_image_bytes=2000) as stage:
        from tests.fakes.discord_server.server import Upload

        text = Upload(filename="notes.txt", data=b"hello")
        for command in ("edit", "upscale", "video", "chat"):
            with pytest.raises(ClientRefused, match="is none of"):
                await stage.slash(command, **{"prompt": "x"} if command != "upscale" else {}, image=text)
        stage.server.world.app_knows_file_types = False
        asked = await stage.slash("edit", prompt="x", image=text)
        assert "not a picture" in stage.server.render(await asked.message("Not this time"))
        large = Upload(filename="large.png", data=png(800, 800) + b"\0" * 4000)
        asked = await stage.slash("edit", prompt="x", image=large)
        assert "the most I can" in stage.server.render(await asked.message("Not this time"))
        liar = Upload(filename="liar.png", data=b"\x89PNG not really")
        asked = await stage.slash("edit", prompt="x", image=liar)
        assert "not a picture that I can read" in stage.server.render(await asked.followup("Not this time"))
        assert stage.server.transcript(stage.art, stage.ada).strip() == "═══ #art ═══"
        assert await stage.charged() == 0


@pytest.mark.parametrize("button", ["Again", "Vary", "Upscale"])
async def test_a_button_pressed_twice_is_one_order_and_the_second_press_is_told(tmp_path, button):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        server, mira = stage.server, stage.mira
        result = await stage.result("a fox")
        presses = [await stage.press(mira, result, button) for _ in range(2)]
        await server.wait_for(lambda: "Already on it." in presses[0].text() + presses[1].text())
        assert len(await stage.rows()) == 2
        noor = server.add_member(stage.guild, "noor")
        await (await stage.press(noor, result, button)).message("charged **", timeout=30)


async def test_a_price_pressed_twice_is_one_order(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP)
        card = await asked.message("would cost")
        presses = [await stage.server.click(stage.mira, card, "Run it for $0.04") for _ in range(2)]
        await stage.server.wait_for(lambda: "Already on it." in presses[0].text() + presses[1].text())
        assert len(await stage.rows()) == 1


async def test_a_press_with_other_words_is_another_order(tmp_path):
    async with staged(tmp_path) as stage:
        result = await stage.result("a fox")
        for words in ("a red fox", "a blue fox"):
            opened = await stage.press(stage.mira, result, "Vary with changes")
            sent = await stage.server.submit_modal(opened, {"Prompt": words})
            await sent.message("charged **", timeout=30)
        assert [row.order.prompt for row in await stage.rows()] == ["a blue fox", "a red fox", "a fox"]
