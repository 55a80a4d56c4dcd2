"""Slash commands that only look or take back: models, balance, history, cancel, forget, help. All answers
are for the asker alone.
"""

from __future__ import annotations

from discord import app_commands

from adapters.discord.context import context_of
from adapters.discord.handlers import actions, autocomplete, pages
from adapters.discord.handlers.orders import Name
from adapters.discord.handlers.prices import ABILITIES
from adapters.discord.identity import actor_of
from adapters.discord.intake.options import conversation_of, one_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import command_texts, texts
from adapters.discord.views import lists as list_view
from adapters.discord.views import request as request_view
from bot.core.capability import Capability


@app_commands.command(description=command_texts.MODELS)
@app_commands.describe(capability=command_texts.MODELS_CAPABILITY, search=command_texts.MODELS_SEARCH)
@app_commands.choices(capability=ABILITIES)
@served
async def models(interaction: Interaction, capability: str | None = None, search: Name = "") -> None:
    """`/models`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    wanted = one_of(Capability, capability, "capability") if capability else None
    await answer_privately(
        interaction, await pages.models(context, actor, pages.models_named(wanted, search))
    )


@app_commands.command(description=command_texts.BALANCE)
@served
async def balance(interaction: Interaction) -> None:
    """`/balance`."""
    await answer_privately(
        interaction, await pages.balance(context_of(interaction), await actor_of(interaction))
    )


@app_commands.command(description=command_texts.HISTORY)
@app_commands.describe(everyone=command_texts.HISTORY_EVERYBODY, project=command_texts.HISTORY_PROJECT)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def history(interaction: Interaction, everyone: bool = False, project: Name = "") -> None:
    """`/history`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await answer_privately(
        interaction,
        await pages.history(
            context, actor, await pages.history_of(context, actor, project, everyone=everyone)
        ),
    )


@app_commands.command(description=command_texts.CANCEL)
@app_commands.describe(request=command_texts.WHICH_ONE)
@app_commands.autocomplete(request=autocomplete.unfinished)
@served
async def cancel(interaction: Interaction, request: Name) -> None:
    """`/cancel`."""
    await actions.stop(interaction, request, texts.stopping_there())


@app_commands.command(description=command_texts.FORGET)
@served
async def forget(interaction: Interaction) -> None:
    """`/forget`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    turns = await context.service.forget(actor, conversation_of(interaction))
    said = texts.forgotten(turns) if turns else texts.nothing_to_forget()
    await answer_privately(interaction, request_view.notice(said))


@app_commands.command(name="help", description=command_texts.HELP)
@served
async def help_(interaction: Interaction) -> None:
    """`/help`."""
    await answer_privately(interaction, list_view.help_card(is_admin=(await actor_of(interaction)).is_admin))


INFORMING = (models, balance, history, cancel, forget, help_)
