"""What a German sees on Discord: the menus of commands, and what the bot says to them."""

from __future__ import annotations

from typing import Any

from adapters.discord.client import LumenfallClient
from adapters.discord.command_translation import LONGEST, CommandTranslator
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.windows import Window
from tests.e2e.test_discord_golden import Script
from tests.fakes.discord_stage import CHEAP, staged

GERMAN = "de"


def parts(of: Any) -> list[dict[str, Any]]:
    """A command's payload with its options, theirs, and the choices."""
    if isinstance(of, list):
        return [part for one in of for part in parts(one)]
    return [of, *parts(of.get("options", [])), *parts(of.get("choices", []))]


async def test_each_description_is_german_for_germans_and_names_stay_as_they_are_typed():
    client, translator = LumenfallClient(), CommandTranslator()
    commands = [
        await one.get_translated_payload(client.tree, translator) for one in client.tree.get_commands()
    ]
    described = [part for part in parts(commands) if part.get("description")]
    assert len(described) > 100, "the commands have moved"
    english = [part for part in described if GERMAN not in part.get("description_localizations", {})]
    assert not english, f"without a German description: {english}"
    cut = [part for part in described if len(part["description_localizations"][GERMAN]) >= 100]
    assert not cut, f"Discord takes 100 characters: {cut}"
    named = {
        part["name"]: part["name_localizations"][GERMAN]
        for part in parts(commands)
        if part.get("type", 1) > 1 and "name_localizations" in part and "value" not in part
    }
    assert named["Edit image"] == "Bild ändern"
    assert not any(part.get("name_localizations") for part in described), "commands are typed in English"
    assert max(map(len, named.values())) <= min(LONGEST.values())


async def test_a_german_members_walk(tmp_path):
    async with staged(tmp_path, sandbox_options={"sketch_edge": None}) as stage:
        server, mira, script = stage.server, stage.mira, Script(stage, None)
        mira.user.locale = GERMAN
        everyone = (Scope.PERSON, EVERYONE, Window.DAY)
        await stage.stack.core.admin.set_budget(stage.actor(stage.ada), *everyone, limit=Micros(1_234_000))
        await stage.change(threshold=Micros(300_000), admin_channel=f"discord:{stage.lounge.id}")
        await script.types("mira", "help")
        await script.types("mira", "balance")
        await script.types("mira", "models", capability="upscale")
        await script.types(
            "mira", "estimate", "kosten", capability="generate", prompt="ein Fuchs", model=CHEAP, n=2
        )
        _, result = await script.types(
            "mira", "generate", "berechnet", prompt="ein Fuchs im Schnee", model=CHEAP, n=2
        )
        await stage.stack.settled()
        script.does("mira drückt „Mehr“")
        pressed = await server.click(mira, result, "Mehr")
        more = await pressed.message("Auftrag")
        script.sees(more)
        script.does("mira drückt „Mit Änderungen abwandeln“")
        opened = await server.click(mira, more, "Mit Änderungen abwandeln")
        script.form(await opened.shown_modal())
        _, asking = await script.types(
            "mira", "video", "bestätigen", prompt="Wellen", seconds=4.0, model="sora-2"
        )
        script.does("mira drückt „Nein, danke“")
        await server.click(mira, asking, "Nein, danke")
        script.sees(await server.wait_until(asking, "Abgebrochen"))
        await stage.stack.settled()
        script.does("mira verlangt mehr, als übrig ist")
        handle = await stage.slash(
            "generate", prompt="hundert Füchse", model="gpt-image-1.5", n=10, quality="high"
        )
        refused = await handle.followup("Diesmal nicht", timeout=30)
        script.sees(refused)
        script.does("mira drückt „Admin fragen“")
        await server.click(mira, refused, "Admin fragen")
        script.sees(await server.wait_until(refused, "gefragt"))
        script.does("und ada, deren Ort Englisch spricht, sieht")
        script.sees(await server.wait_message(stage.lounge, "asks for more"))
        await stage.stack.settled()
        await script.types("mira", "history")
        await script.types("mira", "forget")
        script.agrees("discord_member_de.txt")
