"""What people do on Discord, as events that are good when they set out.

None of it waits for an answer: what was sent may not have been a question.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from typing import Any

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.windows import Window
from tests.fakes.discord_fuzzing import Fuzz
from tests.fakes.discord_server.interactions import AUTOCOMPLETE
from tests.fakes.discord_server.server import Member, Message
from tests.fakes.discord_stage import CHEAP, upload

Act = Callable[[Fuzz], Awaitable[Any]]


def _who(fuzz: Fuzz, admin: bool) -> tuple[Member, Any]:
    return (fuzz.stage.ada, fuzz.stage.lounge) if admin else (fuzz.stage.mira, fuzz.stage.art)


def _slash(command: str, *, admin: bool = False, picture: str = "", **options: Any) -> Act:
    async def type_it(fuzz: Fuzz) -> None:
        pictures = {picture: upload()} if picture else {}
        who, where = _who(fuzz, admin)
        await fuzz.server.slash(who, where, command, force=True, **options, **pictures)

    return type_it


async def _grant(fuzz: Fuzz) -> None:
    """Under a budget that is there."""
    stage = fuzz.stage
    scope, window = Scope.PERSON, Window.DAY
    made = await stage.stack.core.admin.set_budget(
        stage.actor(stage.ada), scope, EVERYONE, window, Micros(5_000_000)
    )
    options = {"budget": made.budget.id, "amount": "1", "member": stage.mira}
    await fuzz.server.slash(stage.ada, stage.lounge, "budget grant", **options)


def _suggest(command: str, option: str, text: str = "", *, admin: bool = False, **options: Any) -> Act:
    async def type_it(fuzz: Fuzz) -> None:
        server, (who, where) = fuzz.server, _who(fuzz, admin)
        given = {**options, option: text}
        data, shown = server._command_data(who, where, command, given, force=True, focused=option)
        server._send(AUTOCOMPLETE, who, where, data, shown)

    return type_it


def _press(button: str, on: str = "result") -> Act:
    async def press(fuzz: Fuzz) -> None:
        who = fuzz.stage.ada if on == "card" else fuzz.stage.mira
        await fuzz.server.click(who, _twin(getattr(fuzz, on)), button)

    return press


def _twin(message: Message) -> Message:
    """Another message with the same buttons, since some of them take the message away."""
    twin = copy.copy(message)
    twin.id += len(message.channel.messages) + 1
    message.channel.messages[twin.id] = twin
    return twin


def _submit(form: str, **values: Any) -> Act:
    async def submit(fuzz: Fuzz) -> None:
        await fuzz.server.submit_modal(fuzz.forms[form], values)

    return submit


def _menu(name: str) -> Act:
    return lambda fuzz: fuzz.server.context_menu(fuzz.stage.mira, fuzz.stage.art, name, fuzz.photo)


def _mention(text: str, *, picture: bool = False, reply: bool = False) -> Act:
    def say(fuzz: Fuzz) -> Awaitable[Any]:
        stage = fuzz.stage
        files, to = [upload()] if picture else [], fuzz.result if reply else None
        return stage.server.mention(stage.mira, stage.art, text, files, reply_to=to)

    return say


ACTS: dict[str, Act] = {
    "generate": _slash("generate", prompt="a red fox", model=CHEAP, size="1024x1024", n=1, seed=7),
    "edit": _slash("edit", prompt="night", model=CHEAP, picture="image"),
    "upscale": _slash("upscale", scale=2.0, picture="image"),
    "video": _slash("video", prompt="waves", seconds=60.0, model="sora-2"),
    "chat": _slash("chat", prompt="hello", temperature=0.5, max_tokens=64),
    "estimate": _slash("estimate", capability="generate", prompt="a fox", model=CHEAP, n=2),
    "estimate picture": _slash("estimate", capability="edit", prompt="night", picture="image"),
    "compare": _slash("compare", capability="generate", prompt="a fox", model=CHEAP),
    "models": _slash("models", capability="video", search="sora"),
    "balance": _slash("balance"),
    "history": _slash("history"),
    "history all": _slash("history", everyone=True, admin=True),
    "cancel": _slash("cancel", request="req_01"),
    "forget": _slash("forget"),
    "help": _slash("help"),
    "home": _slash("home"),
    "link": _slash("link"),
    "link code": _slash("link", code="aaaaa-bbbbb"),
    "budget set": _slash("budget set", amount="5", window="day", admin=True),
    "budget form": _slash("budget set", admin=True),
    "budget show": _slash("budget show", admin=True),
    "budget remove": _slash("budget remove", budget="budget:x", admin=True),
    "budget grant": _grant,
    "budget report": _slash("budget report", days=7, admin=True),
    "settings": _slash("settings", admin=True),
    "notices": _slash("notices", on=False),
    "digest": _slash("digest", which="last", span="week", admin=True),
    "suggest model": _suggest("generate", "model", "see", prompt="a fox"),
    "suggest for": _suggest("estimate", "model", "see", capability="video"),
    "suggest size": _suggest("generate", "size", "10", model=CHEAP),
    "suggest result": _suggest("upscale", "result", "fox"),
    "suggest request": _suggest("cancel", "request"),
    "suggest budget": _suggest("budget remove", "budget", admin=True),
    "press upscale": _press("Upscale 2"),
    "press vary": _press("Vary", on="more"),
    "press more": _press("More"),
    "press remix": _press("Vary with changes", on="more"),
    "press edit": _press("Edit", on="more"),
    "press animate": _press("Animate", on="more"),
    "press again": _press("Again", on="more"),
    "press delete": _press("Delete", on="more"),
    "press price": _press("seedream-4.5 · $0.04", on="prices"),
    "press pause": _press("Pause", on="card"),
    "press spending": _press("Spending", on="card"),
    "press models": _press("Models", on="card"),
    "press places": _press("Places and people", on="card"),
    "send budget": _submit("budget", Amount="5"),
    "send spending": _submit("spending", threshold="0.5"),
    "send models": _submit("models", **{"Model for generate": CHEAP}),
    "send more models": _submit("more models", allowed_models="seedream*"),
    "send safety": _submit("safety"),
    "send places": _submit("places"),
    "send edit": _submit("Edit", **{"What should change?": "a hat"}),
    "send animate": _submit("Animate", Seconds="400"),
    "send remix": _submit("Vary with changes", Prompt="a hare", Model=CHEAP),
    "send edit at": _submit("Edit image", **{"What should change?": "a hat"}),
    "send animate at": _submit("Animate image", Seconds="400"),
    "send ask at": _submit("Ask about this"),
    "menu edit": _menu("Edit image"),
    "menu upscale": _menu("Upscale image"),
    "menu animate": _menu("Animate image"),
    "menu ask": _menu("Ask about this"),
    "mention": _mention("what is a fox?"),
    "mention picture": _mention("make it night", picture=True),
    "mention upscale": _mention("upscale", picture=True),
    "reply": _mention("add a hat", reply=True),
    "nothing said": _mention(""),
    "direct": lambda fuzz: fuzz.server.dm(fuzz.stage.mira, "hello there"),
    "direct picture": lambda fuzz: fuzz.server.dm(fuzz.stage.mira, "upscale", [upload()]),
}
"""Everything a person or an admin does."""
