"""A paid result arrives: dead tokens, missing messages, closed doors, full attachments, broken lines."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import NotAllowed, NotFound
from bot.core.money import Micros
from bot.core.request import State
from tests.fakes.discord_server.base import form_error
from tests.fakes.discord_server.entities import bits
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import CHEAP, staged

SLOW = {"sandbox_options": {"image_seconds": 2.5}}
AFTER_THE_TOKEN = 16 * 60


async def asked(stage, **options):
    """A picture that is being made."""
    handle = await stage.slash("generate", prompt="a fox", model=CHEAP, **options)
    await handle.message("Working on it", timeout=30)
    return handle


async def test_after_fifteen_minutes_the_same_message_is_edited_by_the_bot(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        stage.server.clock.advance(AFTER_THE_TOKEN)
        message = await handle.message("charged **", timeout=30)
        assert message is handle.original
        assert stage.server.requests("50027") == []
        assert any("PATCH /channels/" in line for line in stage.server.requests("200"))
        assert await stage.charged() == 40_000


async def test_a_deleted_placeholder_gets_its_result_as_a_new_message(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        assert handle.original is not None
        stage.server.delete_message(handle.original)
        posted = await stage.server.wait_message(stage.art, "charged **", timeout=30)
        assert "for @mira" in stage.server.render(posted)
        assert await stage.charged() == 40_000


async def test_where_the_bot_may_no_longer_speak_the_asker_is_told_directly(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        stage.server.clock.advance(AFTER_THE_TOKEN)
        stage.server.delete_channel(stage.art)
        direct = await stage.server.wait_message(
            stage.server.dm_channel(stage.mira), "charged **", timeout=30
        )
        assert "cannot post there" in stage.server.render(direct)
        assert direct.attachments
        assert handle.original is not None
        [row] = await stage.rows()
        assert row.state is State.DELIVERED
        assert row.delivery["message_id"] == direct.id


async def test_an_archived_thread_hands_over_to_a_direct_message(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        thread = stage.server.add_thread(stage.art, "old", stage.mira)
        handle = await stage.server.slash(stage.mira, thread, "generate", prompt="a fox", model=CHEAP)
        await handle.message("Working on it", timeout=30)
        stage.server.clock.advance(AFTER_THE_TOKEN)
        stage.server.archive(thread, locked=True)
        await stage.server.wait_message(stage.server.dm_channel(stage.mira), "charged **", timeout=30)
        assert await stage.charged() == 40_000


async def test_with_every_way_closed_the_result_is_kept_and_history_says_so(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        await asked(stage)
        stage.mira.user.accepts_dms = False
        stage.server.clock.advance(AFTER_THE_TOKEN)
        stage.server.delete_channel(stage.art)
        await stage.stack.settled()
        [row] = await stage.rows()
        assert row.state is State.FAILED
        assert row.charged == 40_000
        told = await stage.server.slash(stage.mira, stage.lounge, "history")
        assert "could not be posted" in stage.server.render(await told.message("Your requests"))


async def test_a_file_limit_that_lies_brings_a_smaller_copy(tmp_path):
    async with staged(tmp_path, sandbox_options={"image_seconds": 2.5, "sketch_edge": None}) as stage:
        stage.server.world.claimed_upload_limit = 500 << 20
        stage.server.world.upload_limit = 12 << 20
        handle = await asked(stage)
        stage.server.world.upload_limit = 300_000
        handle.record.size_limit = 300_000
        message = await handle.message("charged **", timeout=30)
        assert "in full size" in stage.server.render(message)
        assert 0 < message.attachments[0].size <= 300_000
        assert any("→ 413" in line or "→ 400" in line for line in stage.server.requests("PATCH"))
        assert await stage.charged() == 40_000


async def test_what_fits_nowhere_is_a_link_that_says_until_when(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        handle.record.size_limit = stage.server.world.upload_limit = 50
        message = await handle.message("charged **", timeout=30)
        shown = stage.server.render(message)
        assert message.attachments == () or message.attachments == []
        assert "](http" in shown
        assert "until <t:" in shown


async def test_a_video_too_large_for_the_channel_is_a_link(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        stage.server.world.upload_limit = 1000
        handle = await stage.slash("video", prompt="waves", seconds=4.0)
        message = await handle.message("charged **", timeout=30)
        shown = stage.server.render(message)
        assert "[Video" in shown
        assert "too large to attach here" in shown


@pytest.mark.parametrize(
    "trouble", [{"reset": True}, {"reset": True, "after": True}, {"status": 500, "after": True}]
)
async def test_a_broken_line_or_an_ill_discord_delays_the_result_and_never_doubles_it(tmp_path, trouble):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        fault = stage.server.faults.add(r"PATCH /webhooks/", times=2, **trouble)
        await handle.message("charged **", timeout=40)
        await stage.stack.settled()
        assert fault.hits == 2
        mine = [item for item in stage.art.messages.values() if item.author is stage.server.world.bot]
        assert mine == [handle.original]
        assert [row.state for row in await stage.rows()] == [State.DELIVERED]


async def test_a_new_message_is_not_doubled_by_an_answer_that_got_lost(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        assert handle.original is not None
        stage.server.delete_message(handle.original)
        stage.server.faults.add(r"POST /channels/\d+/messages", times=1, status=500, after=True)
        stage.server.faults.add(r"POST /channels/\d+/messages", times=1, reset=True, after=True)
        await stage.server.wait_message(stage.art, "charged **", timeout=40)
        await stage.stack.settled()
        mine = [item for item in stage.art.messages.values() if not item.deleted]
        assert len(mine) == 1


async def test_discord_down_for_a_while_only_postpones_the_result(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        stage.server.faults.add(r"(PATCH|POST) /(webhooks|channels)", times=3, status=503)
        await handle.message("charged **", timeout=60)
        assert await stage.charged() == 40_000


async def test_an_old_message_that_may_not_be_edited_any_more_gets_a_new_one(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        stage.server.clock.advance(2 * 3600)
        stage.server.world.old_edit_limit = 0
        posted = await stage.server.wait_message(
            stage.art, lambda message: message is not handle.original and message.attachments, timeout=30
        )
        assert "charged **" in stage.server.render(posted)


async def test_a_person_who_installed_the_bot_for_themselves_is_served_anywhere(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        elsewhere = server.add_guild("Elsewhere", bot=False)
        square = server.add_channel(elsewhere, "square")
        wanda = server.add_member(elsewhere, "wanda")
        wanda.user.app_installed = True
        await stage.home(server.add_member(stage.guild, wanda.user))
        handle = await server.slash(wanda, square, "generate", prompt="a fox", model=CHEAP)
        message = await handle.message("charged **", timeout=30)
        assert message.attachments
        alone = stage.actor(wanda, tenant=f"discord:dm:{wanda.user.id}")
        assert len(await stage.stack.core.service.history(alone)) == 1


async def test_an_answer_that_discord_makes_private_against_our_wish_still_arrives(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        server = stage.server
        elsewhere = server.add_guild("Elsewhere", bot=False)
        elsewhere.everyone.permissions &= ~bits("use_external_apps")
        square = server.add_channel(elsewhere, "square")
        wanda = server.add_member(elsewhere, "wanda")
        wanda.user.app_installed = True
        await stage.home(server.add_member(stage.guild, wanda.user))
        handle = await server.slash(wanda, square, "generate", prompt="a fox", model=CHEAP)
        await handle.message("Working on it", timeout=30)
        assert handle.ephemeral
        await handle.message("charged **", timeout=30)
        late = await server.slash(wanda, square, "generate", prompt="a hare", model=CHEAP)
        await late.message("Working on it", timeout=30)
        server.clock.advance(AFTER_THE_TOKEN)
        await server.wait_message(server.dm_channel(wanda), "charged **", timeout=30)


async def test_a_video_is_refused_unpaid_where_it_could_not_be_posted_later(tmp_path):
    async with staged(tmp_path) as stage:
        quiet = stage.server.add_guild("Quiet", bot_permissions=0)
        quiet.everyone.permissions &= ~bits("attach_files")
        hall = stage.server.add_channel(quiet, "hall")
        noor = stage.server.add_member(quiet, "noor")
        handle = await stage.server.slash(noor, hall, "video", prompt="waves", seconds=4.0)
        refused = await handle.message("Not this time")
        assert "Attach Files" in stage.server.render(refused)
        assert handle.ephemeral
        assert await stage.charged() == 0


async def test_a_message_discord_finds_wrong_still_ends_in_words(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        handle = await asked(stage)
        wrong = form_error("components.0", "BASE_TYPE_BAD", "no")
        stage.server.faults.add(r"PATCH /webhooks/", times=1, status=400, body=wrong.body)
        await stage.stack.settled()
        [row] = await stage.rows()
        assert row.state is State.DELIVERED
        assert handle.original is not None


async def unposted(stage) -> None:
    """A paid picture of Mira's that Discord took nowhere."""
    await asked(stage)
    stage.mira.user.accepts_dms = False
    stage.server.clock.advance(AFTER_THE_TOKEN)
    stage.server.delete_channel(stage.art)
    await stage.stack.settled()


@pytest.mark.parametrize("label", ["Post it here", "Send it to me"])
async def test_what_could_not_be_posted_is_posted_again_after_a_restart_at_no_cost(tmp_path, label):
    server = await DiscordServer.start()
    try:
        async with staged(tmp_path, server=server, **SLOW) as stage:
            await unposted(stage)
            world = {name: getattr(stage, name) for name in ("guild", "art", "lounge", "mira", "ada")}
        # Another gateway: where the result lay before, there is nothing any more.
        async with staged(tmp_path, server=server, world=world) as stage:
            await posts_again(stage, label)
    finally:
        await server.stop()


async def posts_again(stage, label: str) -> None:
    mira, server = stage.mira, stage.server
    told = await server.slash(mira, stage.lounge, "history")
    opened = await server.click(mira, await told.message("Your requests"), "Not posted: a fox")
    details = await opened.message("Prompt: a fox")
    pressed = await server.click(mira, details, label)
    if label == "Post it here":
        posted = await server.wait_message(stage.lounge, "charged **", timeout=30)
        assert "for @mira" in server.render(posted)
        await pressed.message("Here it is")
    else:  # she takes no direct messages, so it is shown where only she sees it
        posted = await pressed.message("charged **", timeout=30)
    assert posted.attachments
    async with asyncio.timeout(10):
        while (row := (await stage.rows())[0]).failure.code != "posted_again":
            await asyncio.sleep(0.02)
    assert (row.state, row.charged) == (State.FAILED, 40_000)
    assert stage.stack.sandbox.charged_micros == 0
    twice = await server.click(mira, details, label)
    assert "posted already" in server.render(await twice.message("posted already"))


async def test_only_who_asked_and_admins_post_it_again(tmp_path, monkeypatch):
    async with staged(tmp_path, **SLOW) as stage:
        await unposted(stage)
        [row] = await stage.rows()
        posting, other = stage.stack.core.service.posting, stage.server.add_member(stage.guild, "olga")
        with pytest.raises(NotAllowed):
            await posting.result(stage.actor(other), row.id)
        with pytest.raises(NotFound):
            await posting.result(stage.actor(stage.mira, tenant="discord:1"), row.id)
        assert (await posting.result(stage.actor(stage.ada), row.id)).request == row
        monkeypatch.setattr("bot.core.order_rules.restricted", lambda _: True)
        with pytest.raises(NotAllowed, match="age-restricted"):
            await posting.result(stage.actor(stage.mira), row.id)


async def test_when_nothing_is_left_it_is_said(tmp_path):
    async with staged(tmp_path, **SLOW) as stage:
        await unposted(stage)
        [row] = await stage.rows()
        await stage.stack.core.media.delete(row.id)
        with pytest.raises(NotFound, match="Nothing of this result is kept any more"):
            await stage.stack.core.service.posting.result(stage.actor(stage.mira), row.id)
