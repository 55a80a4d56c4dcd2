"""Every setting changed on one surface, with the real libraries, and read back there and elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from adapters.common.settings_table import SETTINGS
from adapters.common.settings_values import text_of
from bot.core.capability import Capability
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.tenant import Elsewhere, Sensitive, Tenant
from bot.core.windows import Window
from tests.e2e.test_cli import cli
from tests.fakes.discord_server.handles import controls, labels
from tests.fakes.discord_stage import staged
from tests.fakes.playground import running_playground
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.slack_world import TRANSPORTS, World, slack_world
from tests.fakes.stack import Stack

MODELS = {
    "generate": "seedream-4.5",
    "edit": "flux.2-pro",
    "upscale": "google-upscaler",
    "chat": "openai/gpt-5.4",
    "video": "sora-2",
}
assert MODELS.keys() == set(Capability)


def decided(tenant: str, *, channel: str, approvals: str, role: str, blocked: str, admin: str) -> Tenant:
    """What every test decides, in the ids of its platform."""
    return Tenant(
        id=tenant,
        zone="Europe/Berlin",
        paused=True,
        threshold=Micros(500_000),
        cap=Micros(3_000_000),
        defaults=MODELS,
        allowed_models=("seedream*", "sora-2"),
        denied_models=("flux*",),
        denied_capabilities=("video",),
        allowed_channels=(channel,),
        sensitive=Sensitive.NEVER,
        exempt_roles=(role,),
        blocked_people=(blocked,),
        admin_people=(admin,),
        admin_channel=approvals,
        direct_messages=Elsewhere.ALWAYS,
        personal_installs=Elsewhere.NEVER,
        guests=False,
        guest_capabilities=("generate", "upscale"),
        guest_models=("seedream*",),
    )


async def settings_of(stack: Stack, tenant: str) -> Tenant:
    """What is stored, without the history of the time zone."""
    return replace(await stack.core.store.tenant(tenant), zone_changes=())


async def shown_by_the_program(folder: Path, tenant: Tenant) -> None:
    """The command line, on the same database, says the same."""
    said = await cli("settings", "show", tenant.id, DATA_DIR=str(folder), COLUMNS="400")
    lines = {line.split("│")[1].strip(): line for line in said.splitlines() if "│" in line}
    assert {
        row.name for row in SETTINGS if text_of(row, getattr(tenant, row.name)) not in lines[row.name]
    } == set()


async def test_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, ada = stage.server, stage.ada
        artists = server.add_role(stage.guild, "Artists")
        omar = server.add_member(stage.guild, "omar")
        wanted = decided(
            f"discord:{stage.guild.id}",
            channel=f"discord:{stage.art.id}",
            approvals=f"discord:{stage.lounge.id}",
            role=f"discord:{artists.id}",
            blocked=f"discord:{omar.user.id}",
            admin=f"discord:{stage.mira.user.id}",
        )
        card = await (await stage.admin("settings")).message("Settings")
        for button, values in (
            ("Spending", {"threshold": "0.5", "cap": "3", "zone": "Europe/Berlin"}),
            ("Models", {f"defaults.{name}": model for name, model in MODELS.items()}),
            (
                "Models 2",
                {
                    "allowed_models": "seedream*, sora-2",
                    "denied_models": "flux*",
                    "denied_capabilities": ["video"],
                },
            ),
            (
                "Places and people",
                {
                    "allowed_channels": [stage.art],
                    "admin_channel": stage.lounge,
                    "exempt_roles": [artists],
                    "admin_people": [stage.mira],
                    "blocked_people": [omar],
                },
            ),
            (
                "Places and people 2",
                {
                    "guests": "off",
                    "guest_capabilities": ["generate", "upscale"],
                    "guest_models": "seedream*",
                    "direct_messages": "always",
                    "personal_installs": "never",
                },
            ),
            ("Safety", {"sensitive": "never", "paused": "on"}),
        ):
            opened = await server.click(ada, card, button)
            sent = await server.submit_modal(opened, values)
            assert await sent.acknowledged() == 6
        await server.wait_until(card, "**Paused.**")
        assert await settings_of(stage.stack, wanted.id) == wanted
        shown = server.render(card)
        assert {row.title for row in SETTINGS if row.title not in shown} == set()
        for words in (
            "$0.50",
            "$3.00",
            "#art",
            "#admins",
            "@Artists",
            "@mira",
            "@omar",
            "`seedream*`",
            "never",
        ):
            assert words in shown
        await shown_by_the_program(tmp_path, wanted)


async def test_forms_and_buttons_that_are_not_known_are_answered_in_a_sentence(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, ada = stage.server, stage.ada
        card = await (await stage.admin("settings")).message("Settings")
        opened = await server.click(ada, card, "Spending")
        (await opened.shown_modal())["custom_id"] = "form:set:colours"
        sent = await server.submit_modal(opened, {})
        assert "older version" in server.render(await sent.followup("Not this time"))
        [before] = [item for item in controls(card) if item.get("label") == "Spending"]
        before["custom_id"] = "set:colours"
        pressed = await server.click(ada, card, "Spending")
        assert "use /settings again" in server.render(await pressed.message("Not this time"))


async def test_an_open_form_of_version_0_1_0_keeps_the_rest_of_a_long_list(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        people = tuple(f"discord:{10**17 + number}" for number in range(60))
        await stage.change(blocked_people=people)
        card = await (await stage.admin("settings")).message("Settings")
        opened = await stage.server.click(stage.ada, card, "Spending")
        modal = await opened.shown_modal()
        modal["custom_id"] = "form:set:places"
        modal["components"][0]["component"] |= {"custom_id": "blocked", "type": 5, "max_values": 25}
        modal["components"][0]["component"].pop("value", None)
        del modal["components"][1:]
        await stage.server.submit_modal(opened, {"blocked": [stage.mira]})
        await stage.server.wait_until(card, f"<@{stage.mira.user.id}>")
        kept = (await stage.stack.core.store.tenant(f"discord:{stage.guild.id}")).blocked_people
        assert set(kept) == {*people[25:], f"discord:{stage.mira.user.id}"}


async def test_long_lists_have_pages_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, core = stage.server, stage.stack.core
        actor = stage.actor(stage.ada)
        for number in range(120):
            await core.admin.set_budget(
                actor,
                Scope.PERSON,
                f"discord:{10**17 + number}",
                Window.DAY,
                Micros((number + 1) * 1_000_000),
            )
        listed = await (await stage.admin("budget show")).message("Budgets")
        seen = {line for line in server.render(listed).splitlines() if "a day" in line}
        while "Next" in labels(listed):
            before = server.render(listed)
            await server.click(stage.ada, listed, "Next")
            await server.wait_until(listed, lambda message, before=before: server.render(message) != before)
            seen |= {line for line in server.render(listed).splitlines() if "a day" in line}
        assert len(seen) == 120
        people = tuple(f"discord:{10**17 + number}" for number in range(60))
        await stage.change(blocked_people=people)
        card = await (await stage.admin("settings")).message("Settings")
        names = [label for label in labels(card) if label.startswith("Places")]
        parts: list[int] = []
        for name in names:
            opened = await server.click(stage.ada, card, name)
            for label in (await opened.shown_modal())["components"]:
                field = label["component"]
                if field["custom_id"].startswith("blocked_people@"):
                    parts.append(len(field["default_values"]))
            await server.submit_modal(opened, {})
        assert parts == [25, 25, 10]
        assert (await core.store.tenant(f"discord:{stage.guild.id}")).blocked_people == people


async def test_older_requests_and_all_models_are_a_press_away_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.change(paused=False, denied_models=("*",))
        for number in range(17):
            asked = await stage.slash("generate", prompt=f"fox {number:02}")
            await asked.message("Not this time")
        await stage.change(denied_models=())
        models = await (await stage.slash("models")).message("Models")
        assert "`seedream-4.5`" in server.render(models)
        for number in range(17):
            await stage.result(f"hare {number:02}")
        listed = await (await stage.slash("history")).message("Your requests")
        assert "hare 16" in server.render(listed)
        assert "hare 01" not in server.render(listed)
        await server.click(stage.mira, listed, "Older")
        await server.wait_until(listed, "hare 00")
        await server.click(stage.mira, listed, "Newest")
        await server.wait_until(listed, "hare 16")


async def test_on_slack(tmp_path: Path) -> None:
    for transport in TRANSPORTS:
        async with slack_world(tmp_path / transport, transport) as world:
            await _on_slack(world, tmp_path / transport)


async def _on_slack(world: World, folder: Path) -> None:
    slack, boss = world.slack, world.boss
    designers = slack.usergroup(world.team, "designers", [world.ana])
    lounge = slack.channel(world.team, "lounge", members=[boss])
    eve = slack.user(world.team, "eve")
    wanted = decided(
        f"slack:{world.team.id}",
        channel=f"slack:{world.art.id}",
        approvals=f"slack:{lounge.id}",
        role=f"slack:{designers.id}",
        blocked=f"slack:{eve.id}",
        admin=f"slack:{world.ana.id}",
    )
    await slack.slash(boss, world.art, "/lumen", "settings")
    listed = await world.art.wait_for_text("Ask before a price above")
    await slack.click(boss, listed, "Change settings")
    form = await slack.wait_for_modal(boss, "Time zone")
    values = {
        "threshold": "0.5",
        "cap": "3",
        "zone": "Mars",
        **{f"defaults.{name}": model for name, model in MODELS.items()},
        "allowed_models": "seedream*, sora-2",
        "denied_models": "flux*",
        "denied_capabilities": ["video"],
        "allowed_channels": [world.art],
        "admin_channel": lounge,
        "exempt_roles": ["Designers"],
        "admin_people": [world.ana],
        "blocked_people": [eve],
        "guests": "off",
        "guest_capabilities": ["generate", "upscale"],
        "guest_models": "seedream*",
        "direct_messages": "always",
        "personal_installs": "never",
        "sensitive": "never",
        "paused": "on",
    }
    wrong = await slack.submit_view(boss, form, values)
    assert "not a time zone" in wrong["errors"]["zone"]
    assert await slack.submit_view(boss, form, {"zone": "Europe/Berlin"}) == {}
    await slack.wait_for_home(boss, "Europe/Berlin")
    assert await settings_of(world.stack, wanted.id) == wanted
    await slack.slash(boss, world.art, "/lumen", "settings")
    shown = await world.art.wait_for_text("Pause: on")
    for words in ("$0.50", "$3.00", "#art", "#lounge", "@designers", "@ana", "@eve", "`seedream*`", "never"):
        assert words in shown.rendered
    await slack.click(boss, shown, "Change settings")
    again = await slack.wait_for_modal(boss, "Designers")
    assert await slack.submit_view(boss, again, {}) == {}
    await slack.wait_for_home(boss, "Europe/Berlin")
    assert await settings_of(world.stack, wanted.id) == wanted, "saving a form as it is changes nothing"
    await shown_by_the_program(folder, wanted)


async def test_a_budget_for_a_user_group_is_picked_from_a_list(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        designers = world.slack.usergroup(world.team, "designers", [world.ana])
        await world.slack.open_home(world.boss)
        home = await world.slack.wait_for_home(world.boss, "For admins: budgets")
        await world.slack.click(world.boss, home, "Set a budget")
        form = await world.slack.wait_for_modal(world.boss, "User group")
        await world.slack.submit_view(
            world.boss, form, {"scope": "role", "group": "Designers", "limit": "5", "window": "a day"}
        )
        await world.slack.wait_for_home(world.boss, "each member of @designers")
        [line] = await world.core.store.budgets(f"slack:{world.team.id}")
        assert (line.budget.scope, line.budget.subject) == (Scope.ROLE, f"slack:{designers.id}")


async def test_long_lists_have_pages_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        tenant = f"slack:{world.team.id}"
        admin = world.stack.core.admin
        boss = Actor(tenant=tenant, person=f"slack:{world.boss.id}", is_admin=True)
        for number in range(45):
            await admin.set_budget(
                boss, Scope.PERSON, f"slack:U9{number:03}", Window.DAY, Micros((number + 1) * 1_000_000)
            )
        await world.slack.slash(world.boss, world.art, "/lumen", "budget")
        listed = await world.art.wait_for_text("Page 1 of 3")
        seen = {line for line in listed.rendered.splitlines() if "a day" in line}
        for number in (2, 3):
            await world.slack.click(world.boss, listed, "Next")
            listed = await world.art.wait_for_text(f"Page {number} of 3")
            seen |= {line for line in listed.rendered.splitlines() if "a day" in line}
        assert len(seen) == 45
        await world.slack.open_home(world.boss)
        home = await world.slack.wait_for_home(world.boss, "Page 1 of 5")
        await world.slack.click(world.boss, home, "home_next")
        await world.slack.wait_for_home(world.boss, "Page 2 of 5")


async def test_on_the_web(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        wanted = decided(
            "web:demo",
            channel="web:lobby",
            approvals="web:lobby",
            role="web:staff",
            blocked="web:ned",
            admin="web:mia",
        )
        answer = await site.post(
            "/api/admin/settings",
            {
                "threshold": "0.5",
                "cap": 3,
                "zone": "Europe/Berlin",
                "defaults": MODELS,
                "allowed_models": "seedream*, sora-2",
                "denied_models": ["flux*"],
                "denied_capabilities": ["video"],
                "allowed_channels": "here",
                "admin_channel": "web:lobby",
                "exempt_roles": ["staff"],
                "admin_people": ["mia"],
                "blocked_people": ["Ned"],
                "guests": False,
                "guest_capabilities": ["generate", "upscale"],
                "guest_models": ["seedream*"],
                "direct_messages": "always",
                "personal_installs": "never",
                "sensitive": "never",
                "paused": True,
            },
            who="ada",
        )
        assert await settings_of(site.stack, "web:demo") == wanted
        assert answer == await site.get("/api/admin/settings", who="ada")
        shown = {field["name"]: field["shown"] for field in answer["fields"]}
        assert shown["blocked_people"] == "Ned"
        assert shown["defaults.video"] == "sora-2"
        typed = await site.post("/api/commands", {"text": "/settings"}, who="ada")
        assert typed["fields"] == answer["fields"]
        sent_back = {
            field["name"]: field["values"] if field["kind"] in ("people", "capabilities") else field["text"]
            for field in answer["fields"]
        }
        await site.post("/api/admin/settings", sent_back, who="ada")
        assert await settings_of(site.stack, "web:demo") == wanted, "saving a form as it is changes nothing"
        await shown_by_the_program(tmp_path, wanted)
        for wrong in (
            {"zone": {"a": {"b": 1}}},
            {"cap": [[1]]},
            {"colour": "red"},
            {"blocked_people": "eve"},
        ):
            status, error = await site.refused("/api/admin/settings", wrong, who="ada")
            assert (status, error["code"]) == (400, "invalid_order"), wrong


async def test_on_the_command_line(tmp_path: Path) -> None:
    async with running_sandbox() as sandbox:
        names = {
            "DATA_DIR": str(tmp_path),
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": sandbox.base_url,
        }
        place = "discord:1"
        said = await cli("settings", "set", place, "default_generate", "seedream-4.5", **names)
        assert "generate=seedream-4.5" in said
        said = await cli("settings", "set", place, "blocked_people", "+ 7", **names)
        assert "discord:7" in said
        for name, value in (("default_generate", "nonsense"), ("zone", "Mars"), ("colour", "red")):
            await cli("settings", "set", place, name, value, expect=2, **names)
        said = await cli("settings", "show", place, **names)
        assert "seedream-4.5" in said
        assert "discord:7" in said
        await cli("settings", "show", "nowhere", expect=2, **names)
