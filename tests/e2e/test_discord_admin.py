"""Admins steer budgets and settings without leaving Discord."""

from __future__ import annotations

from bot.core.money import Micros
from bot.core.tenant import Sensitive
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, staged


async def test_budgets_are_set_shown_granted_and_removed_by_command(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        artists = server.add_role(stage.guild, "Artists")
        for options in (
            {"amount": "5"},
            {"amount": "2.50", "window": "day", "member": stage.mira},
            {"amount": "20", "window": "week", "role": artists},
            {"amount": "$100", "server": True},
            {"amount": "10", "channel_": stage.art},
        ):
            made = await stage.admin("budget set", **options)
            assert made.ephemeral
            await made.message("Set:")
        shown = server.render(await (await stage.admin("budget show")).message("Budgets"))
        for words in (
            "**$5.00 a month** for each person without a limit of their own",
            "**$2.50 a day** for @mira",
            "**$20.00 a week** for each member of @Artists",
            "**$100.00 a month** for the whole server together",
            "**$10.00 a month** for #art",
        ):
            assert words in shown
        budgets = await server.autocomplete(stage.ada, stage.lounge, "budget remove", "budget", "")
        assert sorted(item["name"] for item in budgets) == [
            "$10.00 a month for #art",
            "$100.00 a month for the whole server together",
            "$2.50 a day for @mira",
            "$20.00 a week for each member of @Artists",
            "$5.00 a month for each person without a limit of their own",
        ]
        own = next(item["value"] for item in budgets if str(stage.mira.user.id) in item["value"])
        granted = await stage.admin("budget grant", budget=own, amount="1", member=stage.mira)
        await granted.message("Granted $1.00")
        balance = await stage.slash("balance")
        assert "$3.50 of $3.50 left" in server.render(await balance.message("left"))
        await (await stage.admin("budget remove", budget=own)).message("Removed")
        balance = await stage.slash("balance")
        assert "$3.50" not in server.render(await balance.message("left"))


async def test_after_a_start_people_are_still_called_by_their_names(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="5", member=stage.mira)
        await stage.result("a fox")
        stage.app.context.names._known.clear()
        [offered] = await stage.server.autocomplete(stage.ada, stage.lounge, "budget remove", "budget")
        assert offered["name"] == "$5.00 a month for @mira"


async def test_a_budget_is_set_in_a_form(tmp_path):
    async with staged(tmp_path) as stage:
        artists = stage.server.add_role(stage.guild, "Artists")
        opened = await stage.admin("budget set")
        values = {
            "For": "The member or role chosen below",
            "Member or role": artists,
            "Window": "A week",
            "Amount": "7.5",
        }
        sent = await stage.server.submit_modal(opened, values)
        shown = stage.server.render(await sent.message("Set:"))
        assert "**$7.50 a week** for each member of @Artists" in shown
        opened = await stage.admin("budget set")
        sent = await stage.server.submit_modal(opened, {"Amount": "lots"})
        assert "“lots” is not an amount" in stage.server.render(await sent.message("Not this time"))


async def test_members_are_refused_even_where_discord_shows_them_the_commands(tmp_path):
    async with staged(tmp_path) as stage:
        for command, options in (
            ("budget set", {"amount": "500"}),
            ("budget set", {}),
            ("budget show", {}),
            ("budget report", {}),
            ("budget remove", {"budget": "x"}),
            ("settings", {}),
            ("history", {"everyone": True}),
        ):
            asked = await stage.slash(command, force=True, **options)
            refused = await asked.message("Only admins")
            assert refused.ephemeral


async def test_the_report_names_people_and_comes_as_a_table(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.result("a fox")
        await stage.result("a hare")
        asked = await stage.admin("budget report", days=7)
        message = await asked.message("in 7 days")
        shown = stage.server.render(message)
        assert "**$0.08 spent in 7 days**" in shown
        assert "@mira mira · **$0.08** · 2 requests" in shown
        table = message.attachments[0].data.decode()
        assert table.splitlines()[0] == "day,person,name,capability,dollars,requests"
        assert "mira,generate,0.080000,2" in table


async def test_settings_are_changed_in_forms(tmp_path):
    async with staged(tmp_path) as stage:
        server, ada = stage.server, stage.ada
        artists = server.add_role(stage.guild, "Artists")
        card = await (await stage.admin("settings")).message("Settings")
        places = ["Places and people", "Places and people 2", "Places and people 3"]
        assert labels(card) == [
            "Spending",
            "Models",
            "Models 2",
            *places,
            "Safety",
            "House rules",
            "Notices and digest",
            "Pause",
        ]
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
            ("Models 2", {"Only these models": "seedream*, real-*", "Switched off": ["video"]}),
            ("Safety", {"Explicit pictures": "Never"}),
            (
                "Places and people",
                {
                    "Only in these channels": [stage.art],
                    "Channel for approvals": stage.lounge,
                    "Roles or groups that budgets do not limit": [artists],
                    "More admins of the bot": [stage.mira],
                },
            ),
        ):
            opened = await server.click(ada, card, button)
            sent = await server.submit_modal(opened, values)
            assert await sent.acknowledged() == 6
        await server.wait_until(card, "Europe/Berlin")
        await server.wait_until(card, f"Channel for approvals: <#{stage.lounge.id}>")
        tenant = await stage.stack.core.service.tenant(f"discord:{stage.guild.id}")
        assert (tenant.threshold, tenant.cap, tenant.zone) == (500_000, 3_000_000, "Europe/Berlin")
        assert tenant.defaults == {"generate": CHEAP}
        assert tenant.allowed_models == ("seedream*", "real-*")
        assert tenant.denied_capabilities == ("video",)
        assert tenant.sensitive is Sensitive.NEVER
        assert tenant.allowed_channels == (f"discord:{stage.art.id}",)
        assert tenant.admin_channel == f"discord:{stage.lounge.id}"
        assert tenant.exempt_roles == (f"discord:{artists.id}",)
        assert tenant.admin_people == (f"discord:{stage.mira.user.id}",)
        shown = server.render(card)
        assert "#art" in shown
        assert "@Artists" in shown


async def test_a_wrong_setting_is_named_and_nothing_changes(tmp_path):
    async with staged(tmp_path) as stage:
        card = await (await stage.admin("settings")).message("Settings")
        opened = await stage.server.click(stage.ada, card, "Spending")
        sent = await stage.server.submit_modal(opened, {"Time zone": "Mars/Olympus"})
        assert "not a time zone" in stage.server.render(await sent.followup("Not this time"))
        assert (await stage.stack.core.service.tenant(f"discord:{stage.guild.id}")).zone == "UTC"


async def test_pausing_refuses_members_until_it_goes_on(tmp_path):
    async with staged(tmp_path) as stage:
        card = await (await stage.admin("settings")).message("Settings")
        await stage.server.click(stage.ada, card, "Pause")
        await stage.server.wait_until(card, "Paused")
        asked = await stage.slash("generate", prompt="a fox")
        assert "paused" in stage.server.render(await asked.message("Not this time"))
        await stage.server.click(stage.ada, card, "Go on")
        await stage.server.wait_until(card, lambda _: "Pause" in labels(card))
        await stage.result("a fox")


async def test_the_highest_role_counts_exempt_roles_are_free_and_blocked_people_are_out(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        small, large = server.add_role(stage.guild, "Small"), server.add_role(stage.guild, "Large")
        free = server.add_role(stage.guild, "Free")
        await stage.admin("budget set", amount="0.01", window="day")
        await stage.admin("budget set", amount="0.02", window="day", role=small)
        await stage.admin("budget set", amount="0.05", window="day", role=large)
        noor = server.add_member(stage.guild, "noor", roles=[small, large])
        asked = await stage.slash("generate", by=noor, prompt="a fox", model=CHEAP)
        await asked.message("$0.01 left", timeout=30)
        asked = await stage.slash("generate", by=noor, prompt="a fox", model=CHEAP)
        assert "Your role's budget for today" in server.render(
            await asked.message("Not this time", timeout=30)
        )
        omar = server.add_member(stage.guild, "omar", roles=[small, free])
        await stage.change(exempt_roles=(f"discord:{free.id}",))
        asked = await stage.slash("generate", by=omar, prompt="a fox", model=CHEAP)
        await asked.message("charged **", timeout=30)
        await stage.change(blocked_people=(f"discord:{omar.user.id}",))
        asked = await stage.slash("generate", by=omar, prompt="a fox", model=CHEAP)
        assert "blocked you" in server.render(await asked.message("Not this time"))


async def test_sensitive_models_are_for_age_restricted_channels(tmp_path):
    async with staged(tmp_path, sensitive_models=(CHEAP,)) as stage:
        server = stage.server
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        assert "age-restricted" in server.render(await asked.message("Not this time"))
        suggested = await server.autocomplete(stage.mira, stage.art, "generate", "model", CHEAP)
        assert suggested == []
        cellar = server.add_channel(stage.guild, "cellar", nsfw=True)
        asked = await server.slash(stage.mira, cellar, "generate", prompt="a fox", model=CHEAP)
        await asked.message("charged **", timeout=30)
        thread = server.add_thread(cellar, "deep", stage.mira)
        asked = await server.slash(stage.mira, thread, "generate", prompt="a fox", model=CHEAP)
        await asked.message("charged **", timeout=30)


async def test_a_price_above_the_cap_is_refused_before_anything_runs(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(cap=Micros(30_000))
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        private = await asked.followup("at most $0.03", timeout=30)
        assert private.ephemeral
        assert await stage.charged() == 0
