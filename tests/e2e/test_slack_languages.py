"""What a German sees on Slack."""

from __future__ import annotations

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.windows import Window
from tests.e2e.test_slack_golden import FAST, Diary, result_of
from tests.fakes.slack_world import slack_world


async def test_a_german_members_walk(tmp_path):
    async with slack_world(tmp_path, sandbox_options={"sketch_edge": None}) as world:
        diary, slack, ana = Diary(), world.slack, world.ana
        ana.locale = "de-DE"
        boss = Actor(tenant=f"slack:{world.team.id}", person="slack:x", is_admin=True)
        await world.core.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.TOTAL, Micros(150_000))
        await slack.open_home(ana)
        diary.write("Startseite", (await slack.wait_for_home(ana, "Dein Budget")).rendered)
        said = await slack.mention(ana, world.art, f"/generate ein Rotfuchs im Schnee {FAST}")
        first = await result_of(world, said)
        await world.press(ana, first, "Einzelheiten")
        await world.art.wait_for_text("Verlangt von")
        diary.write("ein Bild und seine Einzelheiten", slack.transcript(said, as_seen_by=ana))
        await slack.slash(ana, world.art, "/lumen")
        form = await slack.wait_for_modal(ana, "Was du sehen möchtest")
        diary.write("das Formular", form.rendered)
        await slack.close_view(ana, form)
        await slack.mention(ana, world.art, f"/generate ein ganzer Zoo --n 4 {FAST}")
        refused = await world.art.wait_for_text("zurückgelegt werden")
        diary.write("eine Ablehnung, nur für sie", refused.rendered)
        await slack.click(ana, refused, "Admin fragen")
        card = await slack.direct(world.boss).wait_for_text("May this run?")
        diary.write("ihr Admin, deren Workspace Englisch spricht", card.rendered)
        before = len(world.art.messages)
        await slack.slash(ana, world.art, "/lumen", "balance")
        told = await world.art.wait_for(lambda m: m in world.art.messages[before:])
        diary.write("was noch da ist", told.rendered)
        diary.check("slack_member_de.txt", world)
