"""Notices and digests on Discord: in private, to the admins, once each, and what people can switch off."""

from __future__ import annotations

from dataclasses import replace

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.notices.thresholds import NoticeOutcome
from bot.core.windows import Window
from tests.fakes.discord_stage import Stage, staged
from tests.fakes.golden import agrees
from tests.fakes.later import LaterClock


async def limit(stage: Stage, scope: Scope, subject: str, micros: int) -> None:
    await stage.stack.core.admin.set_budget(
        stage.actor(stage.ada), scope, subject, Window.DAY, Micros(micros)
    )


async def waited(stage: Stage, channel, words: str) -> str:
    """The message that shows these words, once it is there."""
    message = await stage.server.wait_message(channel, words)
    return stage.server.render(message)


def shown(stage: Stage, channel, words: str) -> int:
    return sum(words in stage.server.render(one) for one in channel.messages.values())


async def test_a_person_is_told_once_in_private_and_can_end_it(tmp_path):
    async with staged(tmp_path) as stage:
        server, direct = stage.server, stage.server.dm_channel(stage.mira)
        price = await stage.charged() or 0
        await limit(stage, Scope.PERSON, EVERYONE, 50_000)
        await stage.result("a fox")
        price = await stage.charged()
        assert 25_000 <= price < 50_000, "the rest of the test counts on it"
        told = await waited(stage, direct, "Your budget for today")
        assert "percent are used" in told
        agrees("discord_notices.txt", {"in private": told})
        await stage.stack.core.notices.tell_due()
        assert shown(stage, direct, "percent are used") == 1
        assert shown(stage, stage.art, "percent are used") == 0
        message = next(one for one in direct.messages.values() if "percent" in server.render(one))
        pressed = await server.click(stage.mira, message, "No more of these")
        assert "You get no more notices" in server.render(await pressed.message("no more notices"))
        on = await stage.slash("notices", on=True)
        assert "You are told in private" in server.render(await on.message("told in private"))


async def test_where_direct_messages_are_closed_it_is_said_beside_the_answer(tmp_path):
    async with staged(tmp_path) as stage:
        stage.mira.user.accepts_dms = False
        await limit(stage, Scope.PERSON, EVERYONE, 50_000)
        handle = await stage.slash("generate", prompt="a fox", model="seedream-4.5")
        followed = await handle.followup("percent are used", timeout=30)
        assert followed.flags & 64, "for the asker alone"


async def test_a_shared_limit_is_told_to_the_admins(tmp_path):
    async with staged(tmp_path) as stage:
        await limit(stage, Scope.CHANNEL, f"discord:{stage.art.id}", 50_000)
        await stage.result("a fox")
        direct = stage.server.dm_channel(stage.ada)
        assert "The budget of" in await waited(stage, direct, "percent are used")
        await stage.change(notice_channel=f"discord:{stage.lounge.id}")
        await limit(stage, Scope.TENANT, "", 100_000)
        await limit(stage, Scope.CHANNEL, f"discord:{stage.art.id}", 1_000_000)
        await stage.result("a wolf")
        assert "The budget of everyone here" in await waited(stage, stage.lounge, "everyone here")
        message = next(
            one for one in stage.lounge.messages.values() if "everyone here" in stage.server.render(one)
        )
        pressed = await stage.server.click(stage.mira, message, "No more of these")
        assert "Only admins" in stage.server.render(await pressed.message("Only admins"))
        pressed = await stage.server.click(stage.ada, message, "No more of these")
        await pressed.message("Nobody is told about shared limits here any more")
        assert not (await stage.stack.core.admin.tenant(stage.actor(stage.ada))).notices


async def test_what_was_posted_by_a_process_that_died_is_found(tmp_path):
    """Hours later, when Discord has long forgotten the nonce."""
    async with staged(tmp_path) as stage:
        await limit(stage, Scope.PERSON, EVERYONE, 50_000)
        await stage.result("a fox")
        direct = stage.server.dm_channel(stage.mira)
        await waited(stage, direct, "percent are used")
        for message in direct.messages.values():
            message.nonce = None
        person = stage.actor(stage.mira).person
        [notice] = await stage.stack.core.store.notices_of_person(person)
        await stage.stack.core.notices._tell(replace(notice, attempts=2, outcome=NoticeOutcome.WAITING))
        assert shown(stage, direct, "percent are used") == 1


async def test_a_digest_is_posted_once_with_a_chart_and_looked_at_by_admins(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.result("a fox")
        looked = await stage.admin("digest")
        preview = stage.server.render(await looked.message("Spent here"))
        assert "Only you see this." in preview
        assert "for 1 order" in preview
        await stage.change(digest_channel=f"discord:{stage.lounge.id}")
        core = stage.stack.core
        core.notices._clock = LaterClock.after(Window.MONTH, core.clock)
        await core.notices.post_due()
        posted = next(
            one
            for one in stage.lounge.messages.values()
            if not one.flags & 64 and "By person" in stage.server.render(one)
        )
        text = stage.server.render(posted)
        assert "mira" in text
        assert "a fox" not in text
        assert [one.filename for one in posted.attachments] == ["digest.png"]
        agrees("discord_digest.txt", {"a look": preview, "in its channel": text})
        core.notices._noted.clear()
        await core.notices.post_due()
        public = [one for one in stage.lounge.messages.values() if not one.flags & 64]
        assert sum("By person" in stage.server.render(one) for one in public) == 1
