"""`/notices` and `/digest`, and the buttons under what nobody has asked for."""

from __future__ import annotations

from discord import app_commands

from adapters.common.notices import digest_words, words
from adapters.common.notices.chart import chart_png
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Attachment, open_file
from adapters.discord.handlers import pages
from adapters.discord.identity import actor_of
from adapters.discord.intake.options import one_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import command_texts
from adapters.discord.views import notices as notice_view
from adapters.discord.views.markdown import code
from adapters.discord.views.request import notice
from bot.core.notices.digest import DIGEST_WINDOWS
from bot.core.windows import Window

_WHICH = [
    app_commands.Choice(name=command_texts.DIGEST_NOW, value="now"),
    app_commands.Choice(name=command_texts.DIGEST_LAST, value="last"),
]
_SPANS = [app_commands.Choice(name=command_texts.DIGEST_SPANS[word], value=word) for word in DIGEST_WINDOWS]


@app_commands.command(description=command_texts.NOTICES)
@app_commands.describe(on=command_texts.NOTICES_ON)
@served
async def notices(interaction: Interaction, on: bool | None = None) -> None:
    """`/notices`: says what holds, or changes it."""
    choices, actor = context_of(interaction).service.notices, await actor_of(interaction)
    await defer_privately(interaction)
    if on is not None:
        await choices.choose(actor, wanted=on)
    await answer_privately(interaction, notice(_standing(wanted=await choices.wanted(actor))))


def _standing(*, wanted: bool) -> str:
    return words.switched_on_own() if wanted else words.switched_off_own(code("/notices on:True"))


@app_commands.command(description=command_texts.DIGEST)
@app_commands.describe(which=command_texts.DIGEST_WHICH, span=command_texts.DIGEST_SPAN)
@app_commands.choices(which=_WHICH, span=_SPANS)
@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@served
async def digest(interaction: Interaction, which: str = "now", span: str | None = None) -> None:
    """`/digest`: for the asker alone."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    window = one_of(Window, span, "span") if span else None
    found = await context.admin.digest(actor, window=window, last=which == "last")
    chart = await chart_png(found)
    picture = Attachment(name=notice_view.CHART, source=chart, description=digest_words.chart_text(found))
    view = notice_view.digest(found, chart=bool(chart), preview=True)
    await answer_privately(interaction, view, files=[open_file(picture)] if chart else [])


async def quiet(interaction: Interaction, notice_id: str, _number: int) -> None:
    """No more notices: one's own, or for admins those of this server."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    if await context.service.notices.is_own(actor, notice_id):
        await context.service.notices.choose(actor, wanted=False)
        said = words.switched_off_own(code("/notices on:True"))
    else:
        await context.admin.change(actor, notices=False)
        said = words.switched_off_here(code("/settings"))
    await answer_privately(interaction, notice(said))


async def digest_settings(interaction: Interaction, _marker: str, _number: int) -> None:
    """From under a digest to the settings, for admins."""
    view = await pages.settings(context_of(interaction), await actor_of(interaction))
    await answer_privately(interaction, view)


TELLING = (notices, digest)
