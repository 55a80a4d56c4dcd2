"""What is hidden stays hidden: spoilers on Discord, direct messages on Slack, a cover on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.core.money import Micros
from tests.fakes.discord_server.entities import Message
from tests.fakes.discord_stage import CHEAP, staged, upload
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world

GALLERY, CONTAINER = 12, 17


def parts(components: Any) -> list[dict[str, Any]]:
    """Every component of a message, however deep."""
    found: list[dict[str, Any]] = []
    for one in components:
        found += [one, *parts(one.get("components") or [])]
    return found


def covered(message: Message) -> bool:
    """Whether every file and every gallery entry of a message is a spoiler; False where there is none."""
    items = [item for part in parts(message.components) for item in part.get("items") or []]
    files = [file.filename.startswith("SPOILER_") for file in message.attachments]
    return bool(files) and all(files) and bool(items) and all(item["spoiler"] for item in items)


async def test_an_option_hides_a_result_and_all_that_is_made_from_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        asked = await stage.slash("generate", prompt="a surprise", model=CHEAP, hidden=True)
        result = await asked.message("charged **", timeout=30)
        assert covered(result)
        more = await (await stage.server.click(stage.mira, result, "More")).message("Revised")
        for where, button in ((result, "Upscale"), (result, "Vary"), (more, "Again")):
            pressed = await stage.server.click(stage.mira, where, button)
            assert covered(await pressed.message("charged **", timeout=30)), button
        open_form = await stage.server.click(stage.mira, result, "Edit")
        sent = await stage.server.submit_modal(open_form, {"What should change?": "add a hat"})
        assert covered(await sent.message("charged **", timeout=30))
        rows = await stage.rows()
        assert [row.order.hidden for row in rows] == [True] * 5
        chosen = await stage.slash("upscale", result=f"{rows[-1].id}:1", scale=4.0)
        assert covered(await chosen.message("charged **", timeout=30))
        assert not covered(await stage.result("no surprise"))


async def test_what_is_made_from_a_spoiler_is_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        secret = upload("SPOILER_photo.png")
        asked = await stage.slash("edit", prompt="make it night", image=secret, model=CHEAP)
        assert covered(await asked.message("charged **", timeout=30))
        asked = await stage.slash("edit", prompt="make it night", image=upload("photo.png"), model=CHEAP)
        assert not covered(await asked.message("charged **", timeout=30))
        said = await stage.slash("chat", prompt="what is it?", image=secret)
        answer = await said.message("charged **", timeout=30)
        covers = [part for part in parts(answer.components) if part["type"] == CONTAINER]
        assert [part["spoiler"] for part in covers] == [True]


async def test_slack_has_no_cover_so_it_goes_to_the_asker_directly(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        line = f"/generate a surprise --hidden --model {CHEAP}"
        await world.slack.mention(world.ana, world.art, line)
        direct = world.slack.direct(world.ana)
        shown = await world.result(direct, "surprise")
        told = await world.art.wait_for_text("Slack cannot cover")
        assert told.ephemeral_to is world.ana
        await world.stack.settled()
        assert [said for said in world.art.messages if said.is_bot and not said.ephemeral_to] == []
        await world.slack.click(world.ana, shown, "Upscale")
        await direct.wait_for(lambda m: m.is_bot and m.files and "Upscale*" in m.rendered, 20)
        assert [row.order.hidden for row in await world.requests()] == [True, True]


async def test_the_page_is_told_what_is_hidden(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        first = await site.run(f"/generate a surprise --hidden on --model {CHEAP}")
        assert first["hidden"]
        assert "--hidden on" in first["command"]
        made = await site.post(f"/api/requests/{first['id']}/upscale", {"index": 0})
        assert (await site.ended(made["request_id"]))["hidden"]
        assert not (await site.run(f"/generate no surprise --model {CHEAP}"))["hidden"]
        sent = [call for call in site.stack.sandbox.calls if "hidden" in str(call)]
        assert sent == [], "the gateway is not told"
