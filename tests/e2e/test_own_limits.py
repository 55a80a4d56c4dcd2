"""A limit that a person sets for themselves, over all their accounts, and what their direct messages show."""

from __future__ import annotations

import pytest

from bot.core.audit.entries import AuditFilter
from bot.core.ledger import EVERYONE, GivenBy
from bot.core.money import DOLLAR
from bot.core.windows import Window
from bot.use_cases import operator
from tests.e2e.test_links import Both, both, database, postgres_server, postgres_url
from tests.fakes.discord_stage import CHEAP

__all__ = ["both", "database", "postgres_server", "postgres_url"]


@pytest.mark.timeout(120)
async def test_a_limit_of_one_s_own_holds_on_both_platforms_and_lowers_only(both: Both) -> None:
    await operator.set_everywhere(both.store, EVERYONE, Window.MONTH, DOLLAR)
    await both.linked()
    mira, server, slack = both.discord.mira, both.discord.server, both.slack.slack
    art, ana = both.slack.art, both.slack.ana
    shown = await (await both.discord.slash("link", limit="0.05", window="month")).message("is set")
    said = server.render(shown)
    assert "The limit you set for yourself for this month" in said
    assert "Your budget everywhere for this month" in said, "the operator's holds besides"
    await both.discord.result()
    await slack.slash(ana, art, "/lumen", f"generate a fox --model {CHEAP}")
    told = await art.wait_for_text("The limit you set for yourself", timeout=30)
    assert "$0.01 left" in told.rendered
    assert "Ask an admin" not in told.rendered

    await slack.slash(ana, art, "/lumen", "link limit 50 month")
    raised = await art.wait_for(lambda m: m.ephemeral_to is ana and "$0.04 of $50.00" in m.rendered)
    assert "$0.04 of $1.00" in raised.rendered, "no limit of one's own raises another's"
    own = [line.budget for line in await both.store.budgets("*") if line.budget.given_by is GivenBy.SELF]
    assert [one.subject for one in own] == [f"slack:{ana.id}"], "one limit, in the place of the first"

    again = await (await both.discord.slash("link")).message("$0.04 of $50.00")
    gone = await (await server.click(mira, again, "Take my own limit away")).message("no limit of your own")
    assert "$0.04 of $1.00" in server.render(gone)
    wrong = await both.discord.slash("link", limit="much")
    await wrong.message("Give the limit as an amount")
    lines = await both.store.audit("*", AuditFilter(), limit=20)
    assert {(one.by, one.what) for one in lines if one.by != "operator"} == {
        (f"discord:{mira.user.id}", "everywhere/month"),
        (f"slack:{ana.id}", "everywhere/month"),
    }
    assert await both.store.verify() == []


async def test_one_s_own_direct_messages_show_when_and_how_much_the_other_account_did(both: Both) -> None:
    stage, slack = both.discord, both.slack.slack
    art, ana = both.slack.art, both.slack.ana
    await stage.result("a secret before")
    await both.linked()
    await stage.result("a secret fox")
    await slack.slash(ana, art, "/lumen", f"generate an owl --model {CHEAP}")
    await both.slack.result(art)
    await both.slack.stack.settled()

    await slack.slash(ana, art, "/lumen", "history")
    here = await art.wait_for(lambda m: m.ephemeral_to is ana and "Your requests" in m.rendered)
    assert "Discord" not in here.rendered, "in a channel, only what was asked there"
    direct = slack.direct(ana)
    await slack.slash(ana, direct, "/lumen", "history")
    own = await direct.wait_for(lambda m: "Your requests" in m.rendered)
    assert "an owl" in own.rendered
    assert own.rendered.count("mira on Discord") == 1, "since they were linked"
    assert "secret" not in own.rendered

    await stage.home(stage.mira)
    mine = await stage.server.slash(stage.mira, stage.server.dm_channel(stage.mira), "history")
    text = stage.server.render(await mine.message("Your requests"))
    assert "ana on Slack" in text
    assert "owl" not in text
