"""`/link` and its buttons: a person says which of their accounts belong together. For their eyes alone."""

from __future__ import annotations

from discord import app_commands

from adapters.common.linking import words
from adapters.common.linking.steps import LIMIT, step
from adapters.discord.context import context_of
from adapters.discord.handlers.orders import Name
from adapters.discord.identity import actor_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import command_texts
from adapters.discord.views import links as link_view
from bot.core.windows import Window

_WINDOWS = [
    app_commands.Choice(name=label, value=window.value)
    for window, label in command_texts.WINDOWS.items()
    if window is not Window.TOTAL
]


@app_commands.command(description=words.LINK)
@app_commands.describe(code=words.LINK_CODE, limit=words.LINK_LIMIT, window=words.LINK_WINDOW)
@app_commands.choices(window=_WINDOWS)
@served
async def link(interaction: Interaction, code: Name = "", limit: Name = "", window: str = "month") -> None:
    """`/link`."""
    await _answer(interaction, " ".join((LIMIT, limit, window)) if limit and not code else code)


async def pressed(interaction: Interaction, subject: str, _number: int) -> None:
    """A button: `code`, `show`, `leave`, `agree.ID` or `decline.ID`."""
    await _answer(interaction, subject.replace(".", " ", 1))


async def _answer(interaction: Interaction, asked: str) -> None:
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    found = await step(context.service.links, actor, asked)
    await answer_privately(interaction, link_view.shown(found))


LINKING = (link,)
