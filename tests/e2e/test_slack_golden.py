"""The first ten minutes of a new member and of a new admin, as they see them.

`UPDATE_GOLDEN=1` writes the transcripts again; read the difference before it is kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.windows import Window
from tests.fakes.brackets import NAMES, SAID, Reader, speak_in_brackets
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import World, picture, slack_world

GOLDEN = Path(__file__).parents[1] / "golden"
FAST = "--model seedream-4.5"
NORMAL = {
    r"req_[0-9a-z]{20}": "req_…",
    r"-[0-9a-z]{8}-(\d+\.(png|mp4))": r"-…-\1",
    r"\d+[.,]\d s\b": "… s",
    r"\d{4}-\d\d-\d\d \d\d:\d\d UTC": "<date>",
    r"\d\d\.\d\d\.\d{4}, \d\d:\d\d UTC": "<date>",
    r"p\d{16}": "p<ts>",
    r"\d{10}\.\d{6}": "<ts>",
    r"Gateway's id: \S+": "Gateway's id: …",
    r"Kennung beim Gateway: \S+": "Kennung beim Gateway: …",
    r", \d+(\.\d+)? (B|kB|MB)\)": ")",
}


@pytest.fixture(params=["as it is", "in brackets"])
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """Every walk goes once more in a language of brackets: what stands outside of them is not marked."""
    reader = Reader() if request.param == "in brackets" else None
    if reader:
        speak_in_brackets(tmp_path, monkeypatch)
    async with slack_world(tmp_path, sandbox_options={"sketch_edge": None}) as world:
        world.slack.reader = reader
        yield world
        if reader:
            reader.finds_nothing_unmarked((*NAMES, *SAID))


class Diary:
    """What a person saw, in order."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def write(self, title: str, text: str) -> None:
        self.pages.append(f"--- {title}\n{text.strip()}\n")

    def check(self, name: str, world: World) -> None:
        if world.slack.reader:  # Brackets make texts longer, so other ones are cut short.
            return
        text = "\n".join(self.pages)
        for pattern, replacement in NORMAL.items():
            text = re.sub(pattern, replacement, text)
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text()


async def result_of(world: World, said: Message, text: str = "") -> Message:
    shown = await world.art.wait_for(
        lambda m: m.thread_ts == said.ts and m.is_bot and m.files and text in m.rendered, 30
    )
    await world.stack.settled()
    return shown


async def test_a_new_members_first_ten_minutes(world: World) -> None:
    diary, slack, ana = Diary(), world.slack, world.ana
    boss = Actor(tenant=f"slack:{world.team.id}", person="slack:x", is_admin=True)
    await world.core.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.TOTAL, Micros(150_000))

    await slack.open_home(ana)
    diary.write("Home, the first time", (await slack.wait_for_home(ana, "Recent")).rendered)
    await slack.dm(ana, "help")
    await slack.direct(ana).wait_for_text("generate a red fox")
    diary.write("asks for help", slack.transcript(slack.direct(ana), as_seen_by=ana))

    said = await slack.mention(ana, world.art, f"/generate a red fox in the snow {FAST}")
    first = await result_of(world, said)
    await world.press(ana, first, "Details")
    await world.art.wait_for_text("Asked by")
    await slack.mention(ana, world.art, f"/edit make it night {FAST}", thread_ts=said)
    await result_of(world, said, "make it night")
    diary.write("a picture, its details, and an edit", slack.transcript(said, as_seen_by=ana))

    photo = await slack.mention(ana, world.art, "", files=[picture()])
    asked = await world.art.wait_for_text("What should I do with the picture")
    diary.write("a picture without words", slack.transcript(photo, as_seen_by=ana))
    await slack.click(ana, asked, "Enlarge it")
    await result_of(world, photo)

    question = await slack.mention(ana, world.art, "why is the sky blue?")
    await world.art.wait_for(lambda m: m.thread_ts == question.ts and "charged" in m.rendered)
    await world.stack.settled()
    diary.write("a question", slack.transcript(question, as_seen_by=ana))

    await slack.slash(ana, world.art, "/lumen")
    form = await slack.wait_for_modal(ana, "What you would like to see")
    diary.write("the form", form.rendered)
    await slack.close_view(ana, form)

    again = await slack.mention(ana, world.art, f"/generate a whole zoo --n 4 {FAST}")
    refused = await world.art.wait_for_text("needs $0.20 set aside")
    diary.write("a refusal, for her eyes only", refused.rendered)
    await slack.click(ana, refused, "Ask an admin")
    card = await slack.direct(world.boss).wait_for_text("May this run?")
    await slack.click(world.boss, card, "Approve")
    await result_of(world, again)
    diary.write("an admin said yes", slack.transcript(again, as_seen_by=ana))

    before = len(world.art.messages)
    await slack.slash(ana, world.art, "/lumen", "balance")
    told = await world.art.wait_for(lambda m: m in world.art.messages[before:])
    diary.write("her balance", told.rendered)
    await slack.open_home(ana)
    diary.write("Home, ten minutes later", (await slack.wait_for_home(ana, "a whole zoo")).rendered)
    diary.check("slack_member.txt", world)


async def test_the_first_ten_minutes_of_somebody_who_just_talks(world: World) -> None:
    diary, slack, ana, art = Diary(), world.slack, world.ana, world.art
    root = await slack.mention(ana, art, "draw a red fox in the snow")
    for words, wanted in (
        ("", "p1, for"),
        ("make it night", "p2, from p1"),
        ("another one", "p3"),
        ("undo that", "Back to"),
        ("thanks!", "charged"),
    ):
        said = await slack.mention(ana, art, words, thread_ts=root) if words else root
        await art.wait_for(
            lambda m, said=said, wanted=wanted: m.is_bot and m.ts > said.ts and wanted in m.rendered, 30
        )
        await world.stack.settled()
    diary.write("talking in a thread", slack.transcript(root, as_seen_by=ana))
    diary.check("slack_talk.txt", world)


async def test_a_new_admins_first_ten_minutes(world: World) -> None:
    diary, slack, boss = Diary(), world.slack, world.boss

    async def command(text: str, shown: str) -> None:
        before = len(world.art.messages)
        await slack.slash(boss, world.art, "/lumen", text)
        told = await world.art.wait_for(
            lambda m: m in world.art.messages[before:] and m.is_bot and shown in m.rendered
        )
        diary.write(f"/lumen {text}", told.rendered)

    await slack.open_home(boss)
    home = await slack.wait_for_home(boss, "For admins: budgets")
    diary.write("Home, the first time", home.rendered)
    await slack.click(boss, home, "Set a budget")
    form = await slack.wait_for_modal(boss, "Dollars")
    diary.write("the form for a budget", form.rendered)
    await slack.submit_view(boss, form, {"limit": "0.05", "window": "In total"})
    home = await slack.wait_for_home(boss, "$0.05 in total* for")
    await slack.click(boss, home, "Change settings")
    settings = await slack.wait_for_modal(boss, "Time zone")
    diary.write("the form for settings", settings.rendered)
    await slack.submit_view(boss, settings, {"threshold": "0.50", "zone": "Europe/Vienna"})
    await slack.wait_for_home(boss, "Europe/Vienna")

    await command("budget workspace 20 month", "a month* for the whole workspace together")
    await command(f"budget <@{world.ana.id}|ana> 0.01 total", "in total* for @ana")
    await slack.mention(world.ana, world.art, f"/generate a red fox {FAST}")
    refused = await world.art.wait_for_text("Your budget has $0.01 left")
    await slack.click(world.ana, refused, "Ask an admin")
    card = await slack.direct(boss).wait_for_text("May this run?")
    diary.write("a member asks", slack.transcript(slack.direct(boss), as_seen_by=boss))
    await slack.click(boss, card, "Approve")
    await world.result(world.art)
    await world.stack.settled()
    await slack.direct(boss).wait_for(lambda m: m is card and "approved by" in m.rendered)
    diary.write("the same card afterwards", slack.transcript(slack.direct(boss), as_seen_by=boss))
    await command(f"budget grant <@{world.ana.id}|ana> 1", "$1.01 left")
    await command("settings denied_models sora*", "Models nobody may use: `sora*`")
    await command("history all", "a red fox")
    await command("report 7", "spent in 7 days")
    await slack.open_home(boss)
    diary.write("Home, ten minutes later", (await slack.wait_for_home(boss, "ana: $0.04")).rendered)
    diary.check("slack_admin.txt", world)
