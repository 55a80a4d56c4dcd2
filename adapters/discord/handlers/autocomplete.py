"""Suggestions while people type: models with a price hint, sizes, styles, recent requests, budgets.

None of these raises and none waits: see `recent_requests`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import discord
import structlog
from discord.app_commands import Choice

from adapters.common.budget_words import BudgetWords
from adapters.discord.context import context_of
from adapters.discord.identity import actor_of, snowflake
from adapters.discord.responses import Interaction
from adapters.discord.views import admin_texts
from adapters.discord.views import lists as list_view
from adapters.discord.views.markdown import clamp
from bot.core.capability import Capability, Output, about
from bot.core.catalog import Model
from bot.core.ledger import Budget, BudgetLine, Scope
from bot.core.money import dollars
from bot.core.options import OPTIONS, OptionKind
from bot.core.place_lists.styles import GATEWAY_STYLES
from bot.core.request import State, stoppable

log = structlog.get_logger(__name__)

PATIENCE_S = 0.25
MOST = 25
Suggest = Callable[[Interaction, str], Awaitable[Sequence[Choice[str]]]]
Suggestions = Callable[..., Coroutine[Any, Any, list[Choice[str]]]]


def offered(work: Suggest) -> Suggestions:
    """At most 25 suggestions within a quarter of a second, or none."""

    @functools.wraps(work)
    async def offer(interaction: Interaction, typed: str) -> list[Choice[str]]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return list(await work(interaction, typed))[:MOST]
        except Exception as error:
            log.info("no_suggestions", what=work.__name__, error=type(error).__name__)
            return []

    return offer


def choices(values: Iterable[str], typed: str) -> list[Choice[str]]:
    """Those that hold what was typed; what was typed itself first, where it is none of them."""
    wanted = typed.strip().lower()
    found = [value for value in values if wanted in value.lower()]
    return [Choice(name=clamp(value, 100), value=value[:100]) for value in found]


def models_for(*capabilities: Capability) -> Suggestions:
    """Models of these capabilities that are allowed here; of the option `capability` when none is named."""

    @offered
    async def models(interaction: Interaction, typed: str) -> list[Choice[str]]:
        context = context_of(interaction)
        named = getattr(interaction.namespace, "capability", None)
        wanted = capabilities or ((Capability(named),) if named else (Capability.GENERATE,))
        try:
            async with asyncio.timeout(PATIENCE_S / 2):
                found = await context.service.models(await actor_of(interaction), typed, wanted[0])
        except TimeoutError:
            found = list(context.service.catalog.search(typed, wanted[0], MOST))
        return [
            Choice(name=clamp(label(model), 100), value=model.id) for model in found if len(model.id) <= 100
        ]

    return models


def label(model: Model) -> str:
    """A model with its price hint."""
    if model.free:
        return admin_texts.model_free(model.id)
    if model.starting_price is None:
        return model.id
    return admin_texts.model_from_price(model.id, dollars(model.starting_price))


def values_for(option: str) -> Suggestions:
    """The values of an option: the chosen model's own where the catalogue knows them."""
    known = next(item for item in OPTIONS if item.name == option)

    @offered
    async def values(interaction: Interaction, typed: str) -> list[Choice[str]]:
        name = getattr(interaction.namespace, "model", None) or ""
        model = context_of(interaction).service.catalog.get(name)
        own = model.choices.get(known.field) if model else None
        found = choices(own or known.choices, typed)
        if known.kind is OptionKind.WORD and typed.strip() and not found:
            return [Choice(name=clamp(typed, 100), value=typed.strip()[:100])]
        return found

    return values


@offered
async def projects(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The open projects of the place that pays."""
    found = await context_of(interaction).admin.projects.open(await actor_of(interaction))
    return choices([one.name for one in found], typed)


@offered
async def closed_projects(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Projects that can be opened again."""
    found = await context_of(interaction).admin.projects.all(await actor_of(interaction))
    return choices([one.name for one in found if one.closed], typed)


@offered
async def own_styles(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The styles of the place; what is typed itself where it is none of them, for a new one."""
    found = await context_of(interaction).admin.styles.all(await actor_of(interaction))
    return choices([one.name for one in found], typed) or choices(
        [typed.strip()[:60]] if typed.strip() else [], typed
    )


@offered
async def styles(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The styles of the place, then the gateway's own where the command takes them."""
    context = context_of(interaction)
    found = [one.name for one in await context.admin.styles.all(await actor_of(interaction))]
    if interaction.command is not None and interaction.command.name in ("generate", "edit"):
        model = context.service.catalog.get(getattr(interaction.namespace, "model", None) or "")
        found += (model.choices.get("style") if model else None) or GATEWAY_STYLES
    return choices(found, typed)


@offered
async def closed_months(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Months with a statement, for admins."""
    found = await context_of(interaction).admin.statements.all(await actor_of(interaction))
    return choices([one.month for one in found], typed)


@offered
async def results(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The person's own delivered pictures, one entry each."""
    found: list[Choice[str]] = []
    for request in await context_of(interaction).recent_requests.of(await actor_of(interaction)):
        if request.state is not State.DELIVERED or about(request.capability).output is not Output.PICTURE:
            continue
        for index in range(len(request.assets)):
            number = f" #{index + 1}" if len(request.assets) > 1 else ""
            name = clamp(f"{list_view.short(request, 90)}{number}", 100)
            if typed.lower() in name.lower():
                found.append(Choice(name=name, value=f"{request.id}:{index + 1}"))
    return found


@offered
async def unfinished(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The person's own requests that can still be cancelled."""
    recent = await context_of(interaction).recent_requests.of(await actor_of(interaction))
    return [
        Choice(name=list_view.short(request), value=request.id)
        for request in recent
        if stoppable(request) and typed.lower() in list_view.short(request).lower()
    ]


@offered
async def budgets(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """The budgets that its admins can change, for them; the core asks again whether they are."""
    context, actor = context_of(interaction), await actor_of(interaction)
    lines, people = await asyncio.gather(
        context.admin.budgets(actor), context.names.here(interaction.guild_id or 0, actor)
    )
    own = [line for line in lines if line.limit is not None and not line.budget.fixed]
    named = [(budget_name(interaction.guild, line, people), line.budget.id) for line in own]
    return [
        Choice(name=clamp(name, 100), value=ident)
        for name, ident in named
        if typed.lower() in name.lower() and len(ident) <= 100
    ]


def budget_name(guild: discord.Guild | None, line: BudgetLine, people: Mapping[int, str]) -> str:
    """A budget as an admin tells it from the others: names, and ids only of what nobody remembers."""

    def name(budget: Budget) -> str:
        number = snowflake(budget.subject)
        known: Any = None if guild is None else guild.get_role(number) or guild.get_channel(number)
        found = getattr(known, "name", None) or people.get(number) or str(number)
        return f"#{found}" if budget.scope is Scope.CHANNEL else f"@{found}"

    return BudgetWords(place="server", names=name).budget(line.budget)
