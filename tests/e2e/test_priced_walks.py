"""Say it, see the price, press: the same three steps on both platforms, as the documentation shows them.

`UPDATE_GOLDEN=1` writes the transcripts again; `make pictures` draws the messages themselves.
"""

from __future__ import annotations

from pathlib import Path

from bot.core.money import Micros
from tests.e2e.test_discord_golden import Script
from tests.e2e.test_slack_golden import Diary
from tests.fakes.discord_stage import staged
from tests.fakes.recording import Recording, sandbox_options
from tests.fakes.slack_world import slack_world

ASKS_ABOVE = Micros(250_000)
DRAW = "draw a red fox in the snow"
ANIMATE = "make a four second video of it"


async def test_said_priced_and_pressed_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path, sandbox_options=sandbox_options()) as stage:
        server, mira, script = stage.server, stage.mira, Script(stage, None)
        kept = Recording("discord", {str(who.id): who.name for who in (mira, server.world.bot)})
        await stage.change(threshold=ASKS_ABOVE)
        script.does(f"mira mentions the bot: “{DRAW}”")
        said = await server.mention(mira, stage.art, DRAW)
        thread = await server.wait_for(lambda: server.world.channels.get(said.id))
        drawn = await server.wait_message(thread, "charged **", timeout=30)
        await stage.stack.settled()
        script.sees(drawn)
        kept.discord(said)
        kept.discord(drawn)
        script.does(f"mira says in the thread: “{ANIMATE}”")
        said = await server.mention(mira, thread, ANIMATE)
        asking = await server.wait_message(thread, "can confirm it until", after=said, timeout=30)
        script.sees(asking)
        kept.discord(said)
        kept.discord(asking)
        script.does("mira presses “Run it for $0.40”")
        await server.click(mira, asking, "Run it for $0.40")
        filmed = await server.wait_message(
            thread, lambda m: any(a.filename.endswith(".mp4") for a in m.attachments), timeout=30
        )
        await stage.stack.settled()
        script.sees(filmed)
        kept.discord(filmed)
        script.agrees("discord_priced.txt")


async def test_said_priced_and_pressed_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path, sandbox_options=sandbox_options()) as world:
        diary, slack, ana, art = Diary(), world.slack, world.ana, world.art
        kept = Recording("slack", {ana.id: ana.name, world.team.bot.id: world.team.bot.real_name})
        await world.policy(threshold=ASKS_ABOVE)
        root = await slack.mention(ana, art, DRAW)
        drawn = await art.wait_for(lambda m: m.is_bot and "charged" in m.rendered and m.files, 30)
        await world.stack.settled()
        kept.slack(root)
        kept.slack(drawn)
        said = await slack.mention(ana, art, ANIMATE, thread_ts=root)
        asking = await art.wait_for(lambda m: m.is_bot and "Run it for" in m.rendered, 30)
        diary.write("the price", asking.rendered)
        kept.slack(said)
        kept.slack(asking)
        await slack.click(ana, asking, "Run it for $0.40")
        filmed = await art.wait_for(lambda m: m.is_bot and any(f.name.endswith(".mp4") for f in m.files), 30)
        await world.stack.settled()
        kept.slack(filmed)
        diary.write("the thread", slack.transcript(root, as_seen_by=ana))
        diary.check("slack_priced.txt", world)
