"""What an admin does on Discord and on Slack, side by side: the same acts, the same lines in the audit
log, and the same facts shown (tests/golden/admins_alike.txt). The operator's acts stand beside them.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

from bot.core.audit.entries import AuditFilter
from bot.core.ports.store import Store
from tests.fakes.commands import commands
from tests.fakes.discord_stage import Stage, staged
from tests.fakes.golden import agrees
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import World, slack_world

ALL = AuditFilter()
Fact = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class AdminAct:
    """One thing that an admin does: on Discord a command with options, on Slack a line."""

    title: str
    discord: tuple[str, dict[str, str]]
    slack: str


ACTS = (
    AdminAct(
        "a limit for guests",
        ("budget set", {"amount": "1", "window": "day", "guests": "yes"}),
        "budget guests 1 day",
    ),
    AdminAct(
        "a limit for everyone",
        ("budget set", {"amount": "5", "window": "month"}),
        "budget everyone 5 month",
    ),
    AdminAct(
        "a limit for one person",
        ("budget set", {"amount": "2", "window": "day", "member": "member"}),
        "budget {member} 2 day",
    ),
    AdminAct(
        "another limit for them",
        ("budget set", {"amount": "3", "window": "day", "member": "member"}),
        "budget {member} 3 day",
    ),
    AdminAct(
        "an extra amount",
        ("budget grant", {"budget": "budget:{tenant}:person:{person}:day", "amount": "1"}),
        "budget grant {member} 1",
    ),
    AdminAct(
        "a total of the place",
        ("budget set", {"amount": "20", "window": "week", "server": "yes"}),
        "budget workspace 20 week",
    ),
    AdminAct(
        "a limit for a channel",
        ("budget set", {"amount": "10", "window": "month", "channel_": "channel"}),
        "budget {channel} 10 month",
    ),
    AdminAct(
        "no limit for that person any more",
        ("budget remove", {"budget": "budget:{tenant}:person:{person}:day"}),
        "budget remove {member} day",
    ),
    AdminAct("what binds now", ("budget show", {}), "budget"),
)
QUIET = 1
"""Acts that change nothing, and leave no line."""
FORMS = (
    (
        "Spending",
        {"Ask before a price above": "0.5", "Time zone": "Europe/Berlin"},
        "settings zone Europe/Berlin",
        "settings threshold 0.5",
    ),
    ("Safety", {"Pause": "On"}, "settings pause on"),
)
"""Settings: a form on Discord, a line each on Slack."""


async def facts(store: Store, tenant: str, ids: dict[str, str]) -> list[Fact]:
    """The lines of the log, oldest first, with names in the place of ids."""
    found = [
        (one.act, one.what, one.subject, one.old, one.new)
        for one in reversed(await store.audit(tenant, ALL, limit=100))
    ]
    return [(act, what, ids.get(subject, subject), old, new) for act, what, subject, old, new in found]


async def recorded(store: Store, tenant: str, group: str) -> None:
    """Wait until a form's change is in the log; its answer replaces the card and is no message of its own."""
    last = {"Spending": "threshold", "Safety": "paused"}[group]
    async with asyncio.timeout(20):
        while last not in [one.what for one in await store.audit(tenant, ALL, limit=100)]:
            await asyncio.sleep(0.01)


@dataclass
class Walk:
    """What became of the acts on one platform: lines of the log, how they are shown, and the answers."""

    facts: list[Fact]
    shown: list[str]
    typed: list[str]
    answers: list[str]


async def on_discord(stage: Stage) -> Walk:
    tenant, person = f"discord:{stage.guild.id}", f"discord:{stage.mira.user.id}"
    things = {"member": stage.mira, "channel": stage.art, "yes": True}
    typed, answers = list[str](), list[str]()
    for act in ACTS:
        command, given = act.discord
        options = {
            name: things.get(text, text.format(tenant=tenant, person=person)) for name, text in given.items()
        }
        handle = await stage.admin(command, **options)
        chosen = [f"{name.strip('_')}:{word(text)}" for name, text in given.items()]
        typed.append(" ".join([f"/{command}", *chosen]))
        answers.append(stage.server.render(await handle.message()))
    for title, values, *_lines in FORMS:
        card = await (await stage.admin("settings")).message("Settings")
        opened = await stage.press(stage.ada, card, title)
        await stage.server.submit_modal(opened, values)
        await recorded(stage.stack.core.store, tenant, title)
    ids = {person: "member", f"discord:{stage.art.id}": "channel"}
    shown = stage.server.render(await (await stage.admin("audit")).message("Who changed what"))
    hidden = {tenant: "discord:<server>", person: "discord:<member>"}
    return Walk(
        await facts(stage.stack.core.store, tenant, ids),
        said(shown),
        [settled(line, hidden) for line in typed],
        [settled(line, hidden) for line in answers],
    )


async def on_slack(world: World) -> Walk:
    slack, boss = world.slack, world.boss
    words = {"member": f"<@{world.ana.id}|ana>", "channel": f"<#{world.art.id}|art>"}
    tenant = f"slack:{world.team.id}"
    lines = [act.slack.format(**words) for act in ACTS] + [line for _, _, *rest in FORMS for line in rest]
    answers = list[str]()
    for line in (*lines, "audit"):
        before = len(world.art.messages)
        await slack.slash(boss, world.art, "/lumen", line)
        told = await world.art.wait_for(
            lambda m, before=before: m in world.art.messages[before:] and m.is_bot
        )
        answers.append(told.rendered)
    ids = {f"slack:{world.ana.id}": "member", f"slack:{world.art.id}": "channel"}
    hidden = {f"<@{world.ana.id}|ana>": "@ana", f"<#{world.art.id}|art>": "#art", tenant: "slack:<workspace>"}
    return Walk(
        await facts(world.core.store, tenant, ids),
        said(told.rendered),
        [settled(f"/lumen {line}", hidden) for line in lines],
        [settled(line, hidden) for line in answers],
    )


def word(text: str) -> str:
    """The value of an option as it is typed on Discord."""
    shown = {"member": "@mira", "channel": "#art"}.get(text, text)
    return shown.format(tenant="discord:<server>", person="discord:<member>")


def settled(text: str, hidden: dict[str, str]) -> str:
    """Without the ids of this run."""
    for found, name in hidden.items():
        text = text.replace(found, name)
    return re.sub(r"\b\d{17,20}\b", "<id>", text)


def side_by_side(discord: Walk, slack: Walk) -> dict[str, str]:
    """Each act with what is typed and answered on both, and the line that it leaves on both."""
    lines = [*reversed(discord.shown)]
    pages: dict[str, str] = {}
    for number, act in enumerate(ACTS):
        left = lines[number] if number < len(ACTS) - QUIET else "nothing"
        pages[act.title] = "\n".join(
            [
                f"On Discord: {discord.typed[number]}",
                indented(discord.answers[number]),
                f"On Slack: {slack.typed[number]}",
                indented(slack.answers[number]),
                f"In the audit log of both: {left}",
            ]
        )
    pages["settings: a form on Discord, lines on Slack"] = "\n".join(
        [
            *(
                f"On Discord: the form “{title}” with {', '.join(map(': '.join, values.items()))}"
                for title, values, *_ in FORMS
            ),
            *(f"On Slack: {line}" for line in slack.typed[len(ACTS) :]),
            *(f"In the audit log of both: {line}" for line in lines[len(ACTS) - QUIET :]),
        ]
    )
    return pages


def indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def said(shown: str) -> list[str]:
    """What each line says was done, without who, when and how the platform writes it."""
    plain = re.sub(r"[*`]", "", shown)
    lines = [line.partition(": ")[2] for line in plain.splitlines() if " · " in line and ": " in line]
    names = {
        "@mira": "@member",
        "@ana": "@member",
        "the whole server": "everybody",
        "the whole workspace": "everybody",
    }
    for name, other in names.items():
        lines = [line.replace(name, other) for line in lines]
    return lines


async def test_an_admin_does_the_same_on_discord_and_on_slack_and_reads_the_same(tmp_path: Path) -> None:
    async with staged(tmp_path / "discord") as stage:
        discord = await on_discord(stage)
    async with slack_world(tmp_path / "slack") as world:
        slack = await on_slack(world)
    assert discord.facts == slack.facts
    assert len(discord.facts) == len(ACTS) - QUIET + 3
    assert discord.shown == slack.shown
    assert "changed “Pause” from off to on" in discord.shown
    assert "gave @member $1.00 more" in discord.shown
    assert "set the limit for each guest to $1.00 a day" in discord.shown
    assert "changed the limit for @member from $2.00 a day to $3.00 a day" in discord.shown
    agrees("admins_alike.txt", side_by_side(discord, slack))


async def test_the_page_shows_the_log_to_admins_page_by_page_and_as_a_file(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        for text in ("/budget set mia $5 day", "/settings --paused on", "/settings --paused off"):
            await site.post("/api/commands", {"text": text}, who="ada")
        noted = await site.post("/api/commands", {"text": "/audit"}, who="ada")
        assert [line["text"].partition(": ")[2] for line in noted["lines"][:3]] == [
            "changed “Pause” from on to off",
            "changed “Pause” from off to on",
            "set the limit for Mia to $5.00 a day",
        ]
        assert all("Ada, page" in line["text"] for line in noted["lines"][:3])
        about = await site.post("/api/commands", {"text": "/audit mia limit 1"}, who="ada")
        assert {line["act"] for line in about["lines"]} == {"limit"}
        first = await site.get("/api/admin/audit?limit=1", who="ada")
        second = await site.get(f"/api/admin/audit?limit=1&before={first['older']}", who="ada")
        assert (first["lines"][0]["new"], second["lines"][0]["new"]) == ("no", "yes")
        head = {"X-Demo-Person": "ada"}
        async with site.http.get(site.server.url + "/api/admin/audit?format=csv", headers=head) as answer:
            rows = list(csv.DictReader(io.StringIO(await answer.text())))
        assert [(row["act"], row["what"], row["old"], row["new"]) for row in rows[:2]] == [
            ("setting", "paused", "yes", "no"),
            ("setting", "paused", "no", "yes"),
        ]
        status, _body = await site.call("GET", "/api/admin/audit", who="mia")
        assert status == 403
        status, body = await site.call("GET", "/api/admin/audit?kind=nonsense", who="ada")
        assert (status, "The kinds are: setting, limit" in body["error"]["message"]) == (400, True)


async def test_an_operators_walk_is_read_back_on_the_command_line(tmp_path: Path) -> None:
    place, names = "discord:123", {"DATA_DIR": str(tmp_path / "data")}
    async with commands(tmp_path / "said") as cli:
        await cli("budget", "set", "50", "--new", "--tenant", place, **names)
        await cli("budget", "set", "60", "--tenant", place, **names)
        await cli("budget", "trust", place, **names)
        await cli("budget", "set", "100", **names)
        await cli("settings", "set", place, "blocked", "+ 42", **names)
        shown = await cli("audit", "--tenant", place, **names)
        head, whole = "the bot's operator, command line: ", "the whole server together"
        assert [re.sub(r"^.*UTC · ", "", line).removeprefix(head) for line in shown.splitlines()] == [
            "added discord:42 to “Blocked people”",
            f"set the limit for {whole} to no limit",
            f"removed the limit of $60.00 a month for {whole}",
            f"changed the limit for {whole} from $50.00 a month to $60.00 a month",
            f"set the limit for {whole} to $50.00 a month",
        ]
        own = await cli("audit", "--tenant", "*", "--json", **names)
        [line] = [json.loads(one) for one in own.splitlines()]
        assert (line["act"], line["by"], line["new"]) == ("limit", "operator", "100000000")
        assert len((await cli("audit", "--json", **names)).splitlines()) == 6
        about = await cli("audit", "--person", "discord:42", "--kind", "setting", "--json", **names)
        assert json.loads(about)["new"] == "discord:42"
        await cli("audit", "--csv", str(tmp_path / "audit.csv"), **names)
        assert len((tmp_path / "audit.csv").read_text().splitlines()) == 7
        assert "is not a date" in await cli("audit", "--since", "soon", expect=2, **names)
