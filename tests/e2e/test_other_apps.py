"""An app that mentions the bot gets no answer; whoever set it up is told once, in private."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.discord_stage import staged
from tests.fakes.slack_world import slack_world


async def test_an_app_on_slack_is_not_answered_and_an_admin_is_told_once(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        slack, art = world.slack, world.art
        reports = slack.user(world.team, "reports", other_bot=True)
        art.members.append(reports)
        for words in ("draw a fox", "draw a hare"):
            await slack.mention(reports, art, words)
        told = await slack.direct(world.boss).wait_for_text("I answer people only")
        assert "Reports" in told.rendered
        assert "#art" in told.rendered
        await world.stack.settled()
        assert [m for m in slack.direct(world.boss).messages if "people only" in m.rendered] == [told]
        assert [m for m in art.messages if m.user is world.team.bot] == []
        assert await world.requests() == []


async def test_an_app_on_discord_is_not_answered_and_the_owner_is_told_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, guild = stage.server, stage.guild
        reports = server.add_user("reports")
        reports.bot = True
        server.add_member(guild, reports)
        assert guild.owner is not None
        owner = guild.owner.user
        for words in ("draw a fox", "draw a hare"):
            await server.mention(reports, stage.art, words)
        private = await server.wait_for(lambda: owner.dm)
        told = await server.wait_message(private, "I answer people only")
        assert "reports" in server.render(told)
        await stage.stack.settled()
        assert len([m for m in private.messages.values() if m.author is server.world.bot]) == 1
        assert [m for m in stage.art.messages.values() if m.author is server.world.bot] == []
        assert await stage.rows() == []
