"""What a new member and a new admin see on Discord, kept as files that a reviewer can read.

`UPDATE_GOLDEN=1` draws them again; read the difference before it is kept.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from bot.core.money import Micros
from tests.fakes.brackets import NAMES, SAID, Reader, speak_in_brackets
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.discord_server.server import Message
from tests.fakes.discord_stage import CHEAP, Stage, staged, upload

GOLDEN = Path(__file__).parents[1] / "golden"
CHANGING = (
    (re.compile(r"\breq_[0-9a-z]{20}\b"), "req_…"),
    (re.compile(r"\b[0-9a-z]{20}-(\d)\.(png|mp4|jpg)"), r"result-\1.\2"),
    (re.compile(r"`[0-9a-f]{32}`"), "`…`"),
    (re.compile(r"gateway `[^`]+`"), "gateway `…`"),
    (re.compile(r"seed `\d+`"), "seed `…`"),
    (re.compile(r" · \d+(\.\d)? s\b"), " · … s"),
    (re.compile(r"[\d.]+ (B|KiB|MiB)\b"), "… KiB"),
    (re.compile(r"/channels/[^)]+"), "/channels/…"),
    (re.compile(r"(generate|edit|video),0\.(\d+),"), r"\1,0.\2,"),
    (re.compile(r" \(edited\)"), ""),  # whether a state in between was shown is a matter of milliseconds
    (re.compile(r"\d{4}-\d\d-\d\d"), "2026-01-01"),
)


@pytest.fixture(params=["as it is", "in brackets"])
def reader(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader | None:
    """Every walk goes once more in a language of brackets: what stands outside of them is not marked."""
    if request.param == "as it is":
        return None
    speak_in_brackets(tmp_path, monkeypatch)
    return Reader()


class Script:
    """A walk, written down as it goes."""

    def __init__(self, stage: Stage, reader: Reader | None) -> None:
        self.stage = stage
        self.reader = stage.server.world.reader = reader
        self.lines: list[str] = []

    def does(self, text: str) -> None:
        self.lines += ["", f"▶ {text}", ""]

    def sees(self, *messages: Message) -> None:
        for message in messages:
            self.lines += self.normal(self.stage.server.render(message)).splitlines()

    def form(self, modal: Any) -> None:
        self.lines += self.normal(self.stage.server.renderer.modal(modal)).splitlines()

    @staticmethod
    def normal(text: str) -> str:
        for pattern, better in CHANGING:
            text = pattern.sub(better, text)
        return text

    async def types(
        self, who: str, command: str, wait: Any = None, **options: Any
    ) -> tuple[InteractionHandle, Message]:
        """A command, and the answer that fits `wait`."""
        stage = self.stage
        given = " ".join(f"{name}:{_shown(value)}" for name, value in options.items())
        self.does(f"{who} types /{command} {given}".rstrip())
        place = stage.art if who == "mira" else stage.lounge
        handle = await stage.server.slash(getattr(stage, who), place, command, **options)
        message = await handle.message(wait, timeout=30)
        self.sees(message)
        return handle, message

    def agrees(self, name: str) -> None:
        if self.reader:  # Brackets make texts longer, so other ones are cut short.
            self.reader.finds_nothing_unmarked((*NAMES, *SAID))
            return
        path = GOLDEN / name
        text = "\n".join(self.lines).strip() + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text(), f"{name} differs; UPDATE_GOLDEN=1 draws it again"


def _shown(value: Any) -> str:
    return getattr(value, "filename", None) or getattr(value, "name", None) or str(value)


@pytest.mark.timeout(120)
async def test_a_new_members_walk(tmp_path, reader):
    async with staged(tmp_path, sandbox_options={"sketch_edge": None, "video_seconds": 4.0}) as stage:
        server, mira = stage.server, stage.mira
        await stage.stack.core.admin.set_budget(
            stage.actor(stage.ada), *_everyones(), limit=Micros(1_000_000)
        )
        await stage.change(threshold=Micros(300_000), admin_channel=f"discord:{stage.lounge.id}")
        script = Script(stage, reader)
        await script.types("mira", "help")
        await script.types("mira", "balance")
        await script.types("mira", "models", capability="upscale")
        script.does("mira types a few letters into the model option of /generate")
        found = await server.autocomplete(mira, stage.art, "generate", "model", "flux")
        script.lines += server.renderer.choices(found).splitlines()
        await script.types(
            "mira", "estimate", "would cost", capability="generate", prompt="a fox", model=CHEAP, n=2
        )
        _, prices = await script.types(
            "mira", "compare", "Nothing was charged", capability="generate", prompt="a fox",
            model=CHEAP, model2="gpt-image-1.5",
        )  # fmt: skip
        script.does("mira presses “gpt-image-1.5 · $0.034”")
        pressed = await server.click(mira, prices, "gpt-image-1.5 · $0.034")
        script.sees(await pressed.message("charged **", timeout=30))
        _, result = await script.types(
            "mira", "generate", "charged **", prompt="a fox at dusk", model=CHEAP, n=2
        )
        script.does("mira presses “Vary with changes” on it")
        opened = await stage.press(mira, result, "Vary with changes")
        script.form(await opened.shown_modal())
        script.does("mira sends the form with another prompt")
        sent = await server.submit_modal(opened, {"Prompt": "a fox in snow"})
        script.sees(await sent.message("charged **", timeout=30))
        script.does("mira presses “Upscale 1”")
        pressed = await server.click(mira, result, "Upscale 1")
        script.sees(await pressed.message("charged **", timeout=30))
        script.does("mira presses “More”")
        pressed = await server.click(mira, result, "More")
        script.sees(await pressed.message("Request"))
        _, asking = await script.types(
            "mira", "video", "can confirm it until", prompt="waves", seconds=4.0, model="sora-2"
        )
        script.does("mira presses “No, thanks”")
        await server.click(mira, asking, "No, thanks")
        script.sees(await server.wait_until(asking, "Cancelled", timeout=30))
        await stage.stack.settled()
        asked, asking = await script.types(
            "mira", "video", "can confirm it until", prompt="a quiet sea", seconds=4.0, model="sora-2"
        )
        script.does("mira presses “Run it for $0.40”, and sees it being made")
        await server.click(mira, asking, "Run it for $0.40")
        script.sees(await asked.message("Rendering", timeout=30))
        script.does("a little later")
        script.sees(await asked.message("charged **", timeout=30))
        await stage.stack.settled()
        script.does("mira asks for more than is left")
        handle = await stage.slash(
            "generate", prompt="a hundred foxes", model="gpt-image-1.5", n=10, quality="high"
        )
        refused = await handle.followup("Not this time", timeout=30)
        script.sees(refused)
        script.does("mira presses “Ask an admin”")
        await server.click(mira, refused, "Ask an admin")
        script.sees(await server.wait_until(refused, "have been asked"))
        script.does("mira mentions the bot")
        said = await server.mention(mira, stage.art, "hello, what can you draw?")
        thread = await server.wait_for(lambda: server.world.channels.get(said.id))
        script.sees(await server.wait_message(thread, "charged **", timeout=30))
        script.does("mira mentions the bot with a picture: “make it night”")
        said = await server.mention(mira, stage.art, "make it night", [upload()])
        thread = await server.wait_for(lambda: server.world.channels.get(said.id))
        script.sees(await server.wait_message(thread, "charged **", timeout=30))
        await stage.stack.settled()
        photo = await server.say(stage.ada, stage.art, "my cat", [upload("cat.png")])
        script.does("mira right-clicks ada's message → Apps → Edit image")
        opened = await server.context_menu(mira, stage.art, "Edit image", photo)
        script.form(await opened.shown_modal())
        script.does("mira sends the form: “give it a hat”")
        sent = await server.submit_modal(opened, {"What should change?": "give it a hat"})
        script.sees(await sent.message("charged **", timeout=30))
        script.does("mira right-clicks it → Apps → Ask about this, and sends the form empty")
        opened = await server.context_menu(mira, stage.art, "Ask about this", photo)
        sent = await server.submit_modal(opened, {})
        script.sees(await sent.message("charged **", timeout=30))
        await stage.stack.settled()
        await script.types("mira", "history")
        await script.types("mira", "forget")
        script.agrees("discord_member.txt")


async def test_the_first_ten_minutes_of_somebody_who_just_talks(tmp_path, reader):
    async with staged(tmp_path, sandbox_options={"sketch_edge": None}) as stage:
        server, mira, script = stage.server, stage.mira, Script(stage, reader)
        script.does("mira mentions the bot, and says nothing")
        named = await server.mention(mira, stage.art)
        script.sees(await server.wait_message(stage.art, "say what you want", after=named))
        script.does("mira mentions the bot: “draw a red fox in the snow”")
        said = await server.mention(mira, stage.art, "draw a red fox in the snow")
        thread = await server.wait_for(lambda: server.world.channels.get(said.id))
        script.sees(await server.wait_message(thread, "charged **", timeout=30))
        for words, wanted in (
            ("make it night", "p2, from p1"),
            ("another one", "charged **"),
            ("undo that", "Back to"),
            ("thanks!", "charged **"),
        ):
            await stage.stack.settled()
            script.does(f"mira says in the thread: “{words}”")
            said = await server.mention(mira, thread, words)
            script.sees(await server.wait_message(thread, wanted, after=said, timeout=30))
        await stage.stack.settled()
        script.agrees("discord_talk.txt")


@pytest.mark.timeout(120)
async def test_a_new_admins_walk(tmp_path, reader):
    async with staged(tmp_path, sandbox_options={"sketch_edge": None}) as stage:
        server, ada = stage.server, stage.ada
        artists = server.add_role(stage.guild, "Artists")
        script = Script(stage, reader)
        await script.types("ada", "help")
        await script.types("ada", "budget show")
        script.does("ada types /budget set")
        opened = await server.slash(ada, stage.lounge, "budget set")
        script.form(await opened.shown_modal())
        script.does("ada fills it in: each member, 0.10 a day")
        sent = await server.submit_modal(opened, {"For": "everyone", "Window": "A day", "Amount": "0.10"})
        script.sees(await sent.message("Set:"))
        await script.types("ada", "budget set", amount="20", window="week", role=artists)
        await script.types("ada", "budget set", amount="100", server=True)
        await script.types("ada", "budget show")
        _, card = await script.types("ada", "settings")
        for button, values in (
            (
                "Spending",
                {
                    "Ask before a price above": "0.5",
                    "Refuse a price above": "3",
                    "Time zone": "Europe/Berlin",
                },
            ),
            ("Models", {"Model for generate": CHEAP}),
            ("Models 2", {"Switched off": ["video"]}),
            ("Places and people", {"Channel for approvals": stage.lounge}),
            ("Safety", {}),
        ):
            script.does(f"ada presses “{button}”")
            opened = await server.click(ada, card, button)
            script.form(await opened.shown_modal())
            sent = await server.submit_modal(opened, values)
            await sent.acknowledged()
        await server.wait_until(card, f"Channel for approvals: <#{stage.lounge.id}>")
        script.does("the settings now")
        script.sees(card)
        for prompt in ("a fox", "a hare"):
            await (await stage.slash("generate", prompt=prompt)).message("charged **", timeout=30)
            await stage.stack.settled()
        handle = await stage.slash("generate", prompt="a bear", n=3)
        await handle.acknowledged()
        refused = await handle.message("Not this time", timeout=30) if handle.ephemeral else None
        refused = refused or await handle.followup("Not this time", timeout=30)
        script.does("mira has used up her budget and asks an admin; ada sees")
        await server.click(stage.mira, refused, "Ask an admin")
        card = await server.wait_message(stage.lounge, "asks for more")
        script.sees(card)
        script.does("ada presses “Approve”")
        await server.click(ada, card, "Approve")
        script.sees(await server.wait_until(card, "approved this"))
        script.does("and in #art appears")
        script.sees(
            await server.wait_message(
                stage.art, lambda m: "a bear" in server.render(m) and m.attachments, timeout=30
            )
        )
        await stage.stack.settled()
        budgets = await server.autocomplete(ada, stage.lounge, "budget grant", "budget", "")
        script.does("ada types /budget grant and is offered")
        script.lines += server.renderer.choices(budgets).splitlines()
        everyone = next(item["value"] for item in budgets if ":*:" in item["value"])
        script.does("ada grants mira $1 under it")
        granted = await server.slash(
            ada, stage.lounge, "budget grant", budget=everyone, amount="1", member=stage.mira
        )
        script.sees(await granted.message("Granted"))
        _, report = await script.types("ada", "budget report", days=7)
        script.does("ada opens the attached table")
        table = server.renderer.hide_ids(report.attachments[0].data.decode())
        script.lines += script.normal(table).splitlines()
        await script.types("ada", "history", everyone=True)
        script.agrees("discord_admin.txt")


def _everyones() -> tuple[Any, str, Any]:
    from bot.core.ledger import EVERYONE, Scope, Window

    return Scope.PERSON, EVERYONE, Window.DAY
