"""`/budget set` as a form."""

from __future__ import annotations

from typing import Any

from discord import ui

from adapters.common import shared_texts
from adapters.common.amounts import amount_of
from adapters.common.place_lists.named_choices import budget_subject, budget_subjects
from adapters.common.wording import capital
from adapters.discord.context import context_of
from adapters.discord.forms.modals import SubmittedForm, choice_field, form, text_field
from adapters.discord.identity import actor_of, scoped, snowflake
from adapters.discord.intake.options import one_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately
from adapters.discord.views import admin as admin_view
from adapters.discord.views import form_texts, texts
from bot.core.budget_names import per
from bot.core.errors import InvalidOrder
from bot.core.ledger import EVERYONE, Scope
from bot.core.tenant import Tenant
from bot.core.windows import Window

PROJECTS_MOST = 20
"""Projects in the form; a list of Discord's has 25 entries. `/budget set` takes any project by its name."""


def budget_form(tenant: Tenant) -> ui.Modal:
    """`/budget set` without an amount; the place's projects are among those that a budget can be for."""
    someone: ui.MentionableSelect[Any] = ui.MentionableSelect(
        custom_id="someone", required=False, min_values=0
    )
    somewhere: ui.ChannelSelect[Any] = ui.ChannelSelect(custom_id="somewhere", required=False, min_values=0)
    whom = [*form_texts.whom(), *budget_subjects(tenant, PROJECTS_MOST)]
    windows = [(window, capital(per(window))) for window in Window]
    return form(
        "budget",
        "set",
        shared_texts.set_a_budget(),
        choice_field("whom", form_texts.budget_is_for(), whom, chosen=("everyone",)),
        ui.Label(text=form_texts.member_or_role(), component=someone),
        ui.Label(text=form_texts.channel(), component=somewhere),
        choice_field("window", form_texts.window(), windows, chosen=(Window.MONTH,)),
        text_field("amount", form_texts.amount(), hint=form_texts.dollars_such_as(), most=30),
    )


async def budget_sent_in(interaction: Interaction, filled: SubmittedForm) -> None:
    """The budget form was sent in."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    scope, subject = _whom(interaction, filled)
    budget = await context.admin.set_budget(
        actor,
        scope,
        subject,
        one_of(Window, filled.choice("window") or Window.MONTH, "window"),
        amount_of(filled.text("amount"), "amount"),
    )
    await answer_privately(interaction, admin_view.budget_set(budget))


def _whom(interaction: Interaction, filled: SubmittedForm) -> tuple[Scope, str]:
    whom, someone, somewhere = filled.choice("whom"), filled.choice("someone"), filled.choice("somewhere")
    if whom == "server":
        return Scope.TENANT, ""
    if (named := budget_subject(whom)) is not None:
        return named
    if whom == "channel":
        if not snowflake(somewhere):
            raise InvalidOrder(texts.choose_channel(), field="channel")
        return Scope.CHANNEL, scoped(somewhere)
    if whom == "chosen":
        if not snowflake(someone):
            raise InvalidOrder(texts.choose_member_or_role(), field="subject")
        data: Any = interaction.data or {}
        is_role = someone in ((data.get("resolved") or {}).get("roles") or {})
        return (Scope.ROLE if is_role else Scope.PERSON), scoped(someone)
    return Scope.PERSON, EVERYONE
