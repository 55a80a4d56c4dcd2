"""Members use every capability on Discord: an unmodified discord.py against the fake server."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from adapters.cli import privacy
from bot.core.errors import NotAllowed
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import State
from bot.core.windows import Window
from tests.fakes.discord_server.handles import controls, labels
from tests.fakes.discord_stage import CHEAP, staged, upload


async def test_a_picture_comes_with_its_receipt_and_its_buttons(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash("generate", prompt="a fox at dusk", model=CHEAP, n=2)
        assert await asked.acknowledged() == 5
        assert not asked.ephemeral
        message = await asked.message("charged **$0.08**", timeout=30)
        shown = stage.server.render(message)
        assert "a fox at dusk" in shown
        assert "charged **$0.08**" in shown
        assert len(message.attachments) == 2
        assert labels(message) == ["Upscale 1", "Upscale 2", "More"]
        more = await (await stage.server.click(stage.mira, message, "More")).message("Request")
        assert more.ephemeral
        assert labels(more) == ["Edit", "Vary", "Animate", "Vary with changes", "Again", "Delete"]
        assert await stage.charged() == 80_000


async def test_every_capability_is_served_by_its_command(tmp_path):
    async with staged(tmp_path, history_turns=4) as stage:
        await stage.change(threshold=Micros(50_000_000))
        photo = upload()
        edited = await stage.slash("edit", prompt="make it night", image=photo, model=CHEAP)
        assert "**Edit**" in stage.server.render(await edited.message("charged **", timeout=30))
        larger = await stage.slash("upscale", image=photo, scale=2.0)
        assert "**Upscale**" in stage.server.render(await larger.message("charged **", timeout=30))
        moving = await stage.slash("video", prompt="waves", image=photo, seconds=4.0)
        film = await moving.message("charged **", timeout=30)
        assert film.attachments[0].filename.endswith(".mp4")
        assert "[video]" in stage.server.render(film)
        said = await stage.slash("chat", prompt="Say hello", image=photo)
        assert "charged" in stage.server.render(await said.message("charged **", timeout=30))
        assert await stage.charged() > 0


async def test_an_edit_takes_four_pictures_and_a_mask(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash(
            "edit",
            prompt="blend them",
            image=upload("one.png"),
            image2=upload("two.png", color="red"),
            image3=upload("three.png", color="blue"),
            image4=upload("four.png", color="green"),
            mask=upload("mask.png", mode="RGBA", color="#00000000"),
            model="gpt-image-1.5",
        )
        await asked.message("charged **", timeout=30)
        [row] = await stage.rows()
        assert len(row.order.images) == 4
        assert row.order.mask is not None


async def test_one_of_my_results_is_edited_upscaled_or_animated_by_choosing_it(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.result("a red fox")
        [choice] = await stage.server.autocomplete(stage.mira, stage.art, "upscale", "result", "fox")
        assert "a red fox" in choice["name"]
        larger = await stage.slash("upscale", result=choice["value"])
        await larger.message("charged **", timeout=30)
        rows = await stage.rows()
        assert rows[0].parent_id == rows[1].id


async def test_prices_are_named_without_spending(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP, n=4)
        shown = stage.server.render(await asked.message("would cost about"))
        assert asked.ephemeral
        assert "**$0.16**" in shown
        compared = await stage.slash(
            "compare", capability="generate", prompt="a fox", model=CHEAP, model2="gpt-image-1.5"
        )
        shown = stage.server.render(await compared.message("Nothing was charged"))
        assert shown.index("**$0.034** · `gpt-image-1.5`") < shown.index("**$0.04** · `seedream-4.5`")
        unsaid = await stage.slash("compare", capability="generate", model=CHEAP)
        bare = await unsaid.message("Give a `prompt` too")
        assert labels(bare) == []
        assert await stage.charged() == 0


async def test_nobody_is_told_that_a_price_was_free_when_its_question_may_have_run(tmp_path):
    async with staged(tmp_path) as stage:
        stage.stack.sandbox.fail("no_estimated", dry_run=True, times=None)
        asked = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP)
        shown = stage.server.render(await asked.message("may have run"))
        assert asked.ephemeral
        assert "Nothing was charged" not in shown


async def test_a_price_is_pressed_and_that_model_runs_what_was_asked(tmp_path):
    async with staged(tmp_path) as stage:
        server, mira = stage.server, stage.mira
        await stage.admin("budget set", amount="0.30", member=mira)
        names = {"model": CHEAP, "model2": "gpt-image-1.5", "model3": "no-such-model"}
        asked = await stage.slash("compare", capability="generate", prompt="a fox", n=2, **names)
        card = await asked.message("A press runs it")
        [(subject, offer)] = (await stage.stack.core.service.documents.documents("discord_offer")).items()
        assert offer["offer"]["prompt"] == "a fox"
        assert all("fox" not in item["custom_id"] for item in controls(card))
        prices = labels(card)
        assert prices == ["gpt-image-1.5 · $0.068", "seedream-4.5 · $0.08"]
        pressed = await server.click(mira, card, prices[-1])
        result = await pressed.message("charged **$0.08**", timeout=30)
        assert len(result.attachments) == 2
        assert not result.ephemeral
        with pytest.raises(NotAllowed):
            await stage.app.context.offers.recall(subject, stage.actor(stage.ada))
        estimated = await stage.slash(
            "estimate", capability="edit", prompt="night", image=upload(), model=CHEAP
        )
        pressed = await server.click(mira, await estimated.message("would cost"), "Run it for $0.04")
        assert "**Edit**" in server.render(await pressed.message("charged **$0.04**", timeout=30))
        assert [row.order.model for row in await stage.rows()] == [CHEAP, CHEAP]
        assert await stage.charged() == 120_000


async def test_a_price_from_long_ago_runs_nothing_and_its_words_are_forgotten(tmp_path):
    async with staged(tmp_path) as stage:
        documents = stage.stack.core.service.documents
        asked = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP)
        card = await asked.message("would cost")
        [(subject, body)] = (await documents.documents("discord_offer")).items()
        await documents.put_document("discord_offer", subject, {**body, "at": body["at"] - 3601 * 1_000_000})
        pressed = await stage.server.click(stage.mira, card, "Run it for $0.04")
        assert "are too old" in stage.server.render(await pressed.message("Not this time"))
        await stage.app.context.offers.delete_expired()
        assert await documents.documents("discord_offer") == {}
        assert await stage.charged() == 0


async def test_the_words_behind_a_price_go_when_its_asker_is_erased(tmp_path):
    async with staged(tmp_path) as stage:
        for who in (stage.mira, stage.ada):
            asked = await stage.slash("estimate", by=who, capability="generate", prompt="a fox", model=CHEAP)
            await asked.message("would cost")
        core = stage.stack.core
        await privacy.erase(core.store, core.media, core.settings, stage.actor(stage.mira).person)
        left = await core.service.documents.documents("discord_offer")
        assert [body["person"] for body in left.values()] == [stage.actor(stage.ada).person]


async def test_who_waits_sees_their_place_in_the_queue(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.worker.queue_positions.LOOK_S", 0.1)
    async with staged(tmp_path, per_person=1, sandbox_options={"image_seconds": 1.5}) as stage:
        handles = [await stage.slash("generate", prompt=f"fox {n}", model=CHEAP) for n in range(3)]
        for handle in handles:
            await handle.message("charged **", timeout=30)
        assert not any("in the queue" in seen for seen in handles[0].history)
        assert any("queue …\n┃ -# number 1 in the queue" in seen for seen in handles[1].history)
        assert any("number 2 in the queue" in seen for seen in handles[2].history)


async def test_a_pressed_price_goes_through_threshold_and_budget_like_any_order(tmp_path):
    async with staged(tmp_path) as stage:
        server, mira = stage.server, stage.mira
        await stage.change(threshold=Micros(10_000))
        asked = await stage.slash("compare", capability="generate", prompt="a fox", model=CHEAP)
        card = await asked.message("A press runs it")
        pressed = await server.click(mira, card, "seedream-4.5 · $0.04")
        assert labels(await pressed.message("can confirm it until", timeout=30)) == [
            "Run it for $0.04",
            "No, thanks",
        ]
        later = await stage.slash("compare", capability="generate", prompt="a fox", model=CHEAP)
        other = await later.message("A press runs it")
        await stage.admin("budget set", amount="0.01", member=mira)
        refused = await server.click(mira, other, "seedream-4.5 · $0.04")
        assert "Your budget" in server.render(await refused.message("Not this time", timeout=30))
        assert refused.ephemeral
        dear = await stage.slash("compare", capability="generate", prompt="a fox", model=CHEAP)
        assert labels(await dear.message("more than you have left")) == []
        assert stage.stack.sandbox.charged_micros == 0


async def test_an_estimate_for_an_attachment_prices_the_attachment(tmp_path):
    async with staged(tmp_path) as stage:
        asked = await stage.slash("estimate", capability="upscale", image=upload(), scale=2.0)
        await asked.message("would cost about")
        missing = await stage.slash("estimate", capability="edit", prompt="x")
        assert "Attach" in stage.server.render(await missing.message("Not this time"))


async def test_models_balance_history_help_and_forget_answer_the_asker_alone(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="5", window="day")
        await stage.result("a fox")
        models = await stage.slash("models", capability="video")
        assert "from $" in stage.server.render(await models.message("Models for video"))
        balance = await stage.slash("balance")
        assert "$4.96 of $5.00 left" in stage.server.render(await balance.message("left"))
        history = await stage.slash("history")
        shown = stage.server.render(await history.message("Your requests"))
        assert "a fox" in shown
        assert "https://discord.com/channels/" in shown
        told = await stage.slash("help")
        assert "Admins" not in stage.server.render(await told.message("Money"))
        forgot = await stage.slash("forget")
        await forgot.message("nothing to forget")
        assert all(item.ephemeral for item in (models, balance, history, told, forgot))


async def test_a_running_video_is_cancelled_by_command_and_by_button(tmp_path):
    async with staged(tmp_path, sandbox_options={"video_seconds": 30.0}) as stage:
        await stage.change(threshold=Micros(50_000_000))
        first = await stage.slash("video", prompt="waves", seconds=4.0)
        await first.message("Rendering", timeout=30)
        [choice] = await stage.server.autocomplete(stage.mira, stage.art, "cancel", "request")
        cancelled = await stage.slash("cancel", request=choice["value"])
        await cancelled.message("Stopping it")
        assert cancelled.ephemeral
        assert "Nothing was charged" in stage.server.render(await first.message("Cancelled", timeout=30))
        second = await stage.slash("video", prompt="clouds", seconds=4.0)
        running = await second.message("Rendering", timeout=30)
        pressed = await stage.server.click(stage.mira, running, "Cancel")
        await pressed.message("Stopping it")
        await second.message("Cancelled", timeout=30)
        assert await stage.charged() == 0


async def test_a_chat_remembers_what_was_said_in_this_channel_until_it_is_forgotten(tmp_path):
    async with staged(tmp_path) as stage:
        for words in ("My name is Mira", "What is my name?"):
            asked = await stage.slash("chat", prompt=words)
            await asked.message("charged **", timeout=30)
        rows = await stage.rows()
        assert [turn.content for turn in rows[0].order.history][:1] == ["My name is Mira"]
        forgot = await stage.slash("forget")
        await forgot.message("Forgotten: 4")


async def test_suggestions_come_well_within_a_third_of_a_second_while_others_are_served(tmp_path):
    async with staged(tmp_path) as stage:
        busy = [await stage.slash("chat", prompt=f"hello {number}") for number in range(20)]
        waits = []
        for text in ("", "s", "se", "seedream"):
            begun = time.perf_counter()
            await stage.server.autocomplete(stage.mira, stage.art, "generate", "model", text)
            await stage.server.autocomplete(stage.mira, stage.art, "cancel", "request", "")
            waits.append((time.perf_counter() - begun) / 2)
        assert sorted(waits)[len(waits) // 2] < 0.3
        for handle in busy:
            await handle.message("charged **", timeout=30)


async def test_suggestions_come_from_memory_and_a_broken_database_gives_none(tmp_path):
    async with staged(tmp_path) as stage:
        found = await stage.server.autocomplete(stage.mira, stage.art, "generate", "model", "seedream")
        assert found[0]["value"].startswith("seedream")
        assert "$" in found[0]["name"]
        assert len(await stage.server.autocomplete(stage.mira, stage.art, "generate", "model")) > 10
        sizes = await stage.server.autocomplete(stage.mira, stage.art, "generate", "size", "1024")
        assert "1024x1024" in [item["value"] for item in sizes]
        styles = await stage.server.autocomplete(stage.mira, stage.art, "generate", "style", "")
        assert [item["value"] for item in styles] == ["vivid", "natural"]
        await stage.stack.core.store.close()
        assert await stage.server.autocomplete(stage.mira, stage.art, "edit", "result", "") == []
        again = await stage.server.autocomplete(stage.mira, stage.art, "generate", "model", "zzz")
        assert again == []


async def test_direct_messages_work_like_a_server_of_ones_own(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.home(stage.mira)
        channel = stage.server.dm_channel(stage.mira)
        asked = await stage.server.slash(stage.mira, channel, "generate", prompt="a fox", model=CHEAP)
        await asked.message("charged **", timeout=30)
        await stage.stack.settled()
        alone = stage.actor(stage.mira, tenant=f"discord:dm:{stage.mira.user.id}")
        [row] = await stage.stack.core.service.history(alone)
        assert row.state is State.DELIVERED


async def test_an_edit_without_a_budget_is_refused_to_the_asker_alone_before_its_picture_is_fetched(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.stack.core.admin.set_budget(
            stage.actor(stage.ada), Scope.PERSON, "*", Window.DAY, Micros(0)
        )
        unreadable = replace(upload(), data=b"not a picture, as whoever fetches it will find")
        refused = await stage.slash("edit", prompt="make it night", image=unreadable, model=CHEAP)
        shown = stage.server.render(await refused.message("has nothing left"))
        assert refused.ephemeral
        assert "no admin can approve it as it is. Ask an admin for a higher limit" in shown
        assert "Nothing was charged" in shown
        assert await stage.rows() == []
        assert (await stage.stack.core.store.stored(stage.actor(stage.mira))).person == 0
