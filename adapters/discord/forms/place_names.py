"""Styles and projects in forms of orders: a list to choose from, or a line where there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

from adapters.common.place_lists.named_choices import NamedChoice, named_choices, names_given
from adapters.discord.context import context_of
from adapters.discord.forms.modals import SubmittedForm, choice_field, text_field
from adapters.discord.identity import actor_of
from adapters.discord.responses import Interaction
from bot.core.capability import Capability
from bot.core.request import Order

OPTIONS_MOST = 25
"""Discord docs, String Select."""


async def name_fields(
    interaction: Interaction, capability: Capability, source: Order | None = None, *, repeats: bool = False
) -> list[ui.Label[Any]]:
    """The fields for the place that pays, at most two; see `named_choices`."""
    actor = await actor_of(interaction)
    tenant = await context_of(interaction).service.tenant(actor.tenant)
    return fields_for(named_choices(tenant, actor, capability, source, repeats=repeats))


def fields_for(choices: Sequence[NamedChoice]) -> list[ui.Label[Any]]:
    """The same, pure."""
    return [_field(one) for one in choices]


def _field(choice: NamedChoice) -> ui.Label[Any]:
    if len(choice.offered) > OPTIONS_MOST:
        return text_field(choice.option, choice.label, hint=choice.hint, required=False, most=60)
    return choice_field(choice.option, choice.label, choice.offered, required=False, placeholder=choice.hint)


def names_in(filled: SubmittedForm) -> dict[str, Any]:
    """The style and the project that were chosen or typed."""
    chosen = {name: filled.choice(name) or filled.text(name) for name in ("style", "project")}
    return names_given(chosen)
