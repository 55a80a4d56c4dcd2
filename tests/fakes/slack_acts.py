"""What people do in Slack, each as a payload that is good when it sets out; see `slack_fuzzing`."""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.fakes.slack_fuzzing import CHEAP, Fuzz
from tests.fakes.slack_server.delivery import send
from tests.fakes.slack_server.payloads import interaction
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import picture

Act = Callable[[Fuzz], Awaitable[Any]]


def _twin(fuzz: Fuzz) -> Message:
    """Another message with the same buttons, since some of them take the message away."""
    return fuzz.slack.post(
        fuzz.world.art,
        fuzz.world.team.bot,
        text=fuzz.result.text,
        blocks=copy.deepcopy(fuzz.result.blocks),
        thread_ts=fuzz.result.thread_ts,
    )


def _click(what: str) -> Act:
    return lambda fuzz: fuzz.slack.click(fuzz.world.ana, _twin(fuzz), what)


def _more(what: str) -> Act:
    return lambda fuzz: fuzz.slack.select(fuzz.world.ana, _twin(fuzz), "pick_more", what)


def _shortcut(what: str) -> Act:
    async def use(fuzz: Fuzz) -> None:
        photo = fuzz.slack.post(
            fuzz.world.art,
            fuzz.world.ana,
            text="look",
            files=[fuzz.slack.keep_file(fuzz.world.ana, picture())],
        )
        await fuzz.slack.shortcut(fuzz.world.ana, photo, what)

    return use


def _mention(text: str, *, files: bool = False) -> Act:
    return lambda fuzz: fuzz.slack.mention(
        fuzz.world.ana, fuzz.world.art, text, files=[picture()] if files else []
    )


def _slash(text: str, *, admin: bool = False) -> Act:
    return lambda fuzz: fuzz.slack.slash(
        fuzz.world.boss if admin else fuzz.world.ana, fuzz.world.art, "/lumen", text
    )


async def _submit(fuzz: Fuzz) -> None:
    view = fuzz.form
    await fuzz.slack.fill(fuzz.world.ana, view, {"prompt": "a red fox", "More options": CHEAP})
    fuzz.slack.send_submission(fuzz.world.ana, view)


async def _submit_settings(fuzz: Fuzz) -> None:
    fuzz.slack.send_submission(fuzz.world.boss, fuzz.settings_form)


async def _submit_budget(fuzz: Fuzz) -> None:
    await fuzz.slack.fill(fuzz.world.boss, fuzz.budget_form, {"limit": "50"})
    fuzz.slack.send_submission(fuzz.world.boss, fuzz.budget_form)


async def _choose(fuzz: Fuzz) -> None:
    fuzz.form.open = True
    await fuzz.slack.select(fuzz.world.ana, fuzz.form, "form_capability", "video")


async def _suggest(fuzz: Fuzz) -> None:
    # The answer is not looked at here: the payload may not have been one.
    where = fuzz.slack._where(fuzz.world.ana, fuzz.form)
    payload = interaction(
        fuzz.slack,
        "block_suggestion",
        fuzz.world.ana,
        action_id="form_model",
        block_id="model-generate",
        value="flux",
        **where,
    )
    send(fuzz.slack, "interactive", payload, fuzz.world.team)


async def _edited(fuzz: Fuzz) -> None:
    said = fuzz.slack.post(fuzz.slack.direct(fuzz.world.ana), fuzz.world.ana, text="generate a dog")
    await fuzz.slack.edit_message(said, "generate a cat")


async def _revoked(fuzz: Fuzz) -> None:
    tokens = {"oauth": [], "bot": [fuzz.world.team.bot.id]}
    ts = fuzz.slack.clock.ts()
    await fuzz.slack.event(fuzz.world.team, {"type": "tokens_revoked", "tokens": tokens, "event_ts": ts})


async def _shut_out(fuzz: Fuzz) -> None:
    await fuzz.slack.shut_out(fuzz.world.team)


async def _home_press(fuzz: Fuzz) -> None:
    assert fuzz.world.boss.home is not None
    await fuzz.slack.click(fuzz.world.boss, fuzz.world.boss.home, "home_refresh")


async def _pick_picture(fuzz: Fuzz) -> None:
    """One of the buttons under a bare picture, as it was when it was posted."""
    carried = json.dumps({"f": [fuzz.slack.keep_file(fuzz.world.ana, picture()).id], "p": "make it night"})
    button = {
        "type": "button",
        "action_id": "picture_edit",
        "text": {"type": "plain_text", "text": "Edit it"},
        "value": f"{fuzz.world.ana.id}:{carried}",
    }
    message = fuzz.slack.post(
        fuzz.world.art,
        fuzz.world.team.bot,
        text="?",
        blocks=[{"type": "actions", "block_id": "b", "elements": [button]}],
    )
    await fuzz.slack.click(fuzz.world.ana, message, "picture_edit")


ACTS: dict[str, Act] = {
    "mention": _mention(f"/generate a red fox {CHEAP}"),
    "mention edit": _mention(f"/edit make it night {CHEAP}", files=True),
    "mention picture": _mention("", files=True),
    "mention chat": _mention("what is a fox?"),
    "dm": lambda fuzz: fuzz.slack.dm(fuzz.world.ana, "hello there"),
    "dm picture": lambda fuzz: fuzz.slack.dm(fuzz.world.ana, "/upscale", files=[picture()]),
    "thread": lambda fuzz: fuzz.slack.mention(
        fuzz.world.ana, fuzz.world.art, "/upscale that", thread_ts=fuzz.result
    ),
    "slash": _slash(f"generate a red fox {CHEAP}"),
    "slash chat": _slash("chat hello"),
    "slash form": _slash(""),
    "slash budget": _slash("budget everyone 5 day", admin=True),
    "slash settings": _slash("settings threshold 3", admin=True),
    "slash report": _slash("report 7", admin=True),
    "slash digest": _slash("digest week last", admin=True),
    "slash notices": _slash("notices off"),
    "estimate": _slash("estimate a fox"),
    "again": _more("Again"),
    "upscale": _click("upscale"),
    "edit": _click("edit"),
    "details": _more("Details"),
    "pick picture": _pick_picture,
    "submit": _submit,
    "submit settings": _submit_settings,
    "submit budget": _submit_budget,
    "choose": _choose,
    "suggest": _suggest,
    "shortcut": _shortcut("edit_image"),
    "shortcut ask": _shortcut("ask_about"),
    "global": lambda fuzz: fuzz.slack.global_shortcut(fuzz.world.ana, "create"),
    "shut out": _shut_out,
    "home": lambda fuzz: fuzz.slack.open_home(fuzz.world.ana),
    "home admin": lambda fuzz: fuzz.slack.open_home(fuzz.world.boss),
    "home press": _home_press,
    "agent": lambda fuzz: fuzz.slack.open_agent(fuzz.world.ana, fuzz.world.art),
    "assistant": lambda fuzz: fuzz.slack.start_assistant_thread(fuzz.world.ana, fuzz.world.art),
    "edited": _edited,
    "revoked": _revoked,
}
"""Everything a person does, as a payload that is good when it sets out."""
