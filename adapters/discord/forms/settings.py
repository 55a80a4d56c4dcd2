"""`/settings` as forms: the table's fields, picked from Discord's own lists where Discord has one.

The card lists everything; each button opens one form of at most five fields, filled with what holds now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ChannelType, SelectDefaultValueType, ui

from adapters.common import shared_texts
from adapters.common.settings_forms import Field, FormPage, changes_of, field_of, fields_of
from adapters.common.settings_table import Kind, Setting
from adapters.common.settings_values import Given, text_of
from adapters.common.wording import capital
from adapters.discord.context import context_of
from adapters.discord.forms.modals import FIELD_MOST, SubmittedForm, choice_field, form, text_field
from adapters.discord.identity import actor_of, scoped, snowflake
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views import admin as admin_view
from adapters.discord.views import admin_texts, form_texts, texts
from adapters.discord.views.admin import VALUES
from adapters.discord.views.markdown import clamp
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotFound
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

_CHANNEL = re.compile(r"^<#(\d{1,20})>$")
_PAGE = re.compile(r"[a-z]{1,20}\.\d{1,2}")
_TALKED_IN = [ChannelType.text, ChannelType.voice, ChannelType.forum, ChannelType.news]
_SORTS = {
    Kind.CHANNELS: SelectDefaultValueType.channel,
    Kind.CHANNEL: SelectDefaultValueType.channel,
    Kind.ROLES: SelectDefaultValueType.role,
    Kind.PEOPLE: SelectDefaultValueType.user,
}
_FORMER_PAGES = {
    "money": "threshold",
    "defaults": "defaults",
    "rules": "allowed_models",
    "places": "allowed_channels",
}
"""The forms of version 0.1.0 by a setting that was in them; their buttons and open forms still work."""
_FORMER_FIELDS = {
    "allowed": "allowed_models",
    "denied": "denied_models",
    "off": "denied_capabilities",
    "channels": "allowed_channels",
    "exempt": "exempt_roles",
    "blocked": "blocked_people",
    "helpers": "admin_people",
    **{capability.value: f"defaults.{capability}" for capability in Capability},
}
Models = Mapping[str, Sequence[str]]
"""The names of the models that can be chosen, by capability."""


async def opened(interaction: Interaction, part: str, _number: int) -> None:
    """A button of the settings card: a form, or the switch that pauses everything."""
    context, actor = context_of(interaction), await actor_of(interaction)
    tenant = await context.admin.tenant(actor)
    if part == "pause":
        await interaction.response.defer()
        tenant = await context.admin.revise(actor, lambda now: {"paused": not now.paused})
        await redraw(interaction, admin_view.settings(tenant))
        return
    page = _page(tenant, part)
    keys = [Capability(field.key) for field in page.fields if field.key]
    models: dict[str, list[str]] = {}
    for key in keys:
        models[key] = [model.id for model in await context.service.models(actor, "", key)]
    await interaction.response.send_modal(settings_form(page, tenant, models))


async def sent_in(interaction: Interaction, filled: SubmittedForm) -> None:
    """A settings form; the card it came from is drawn again."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await interaction.response.defer()
    former = filled.subject in _FORMER_PAGES
    if not former and not _PAGE.fullmatch(filled.subject):
        raise NotFound(texts.outdated_form())
    sent: dict[str, Given] = {**filled.texts, **filled.chosen}

    def revised(now: Tenant) -> dict[str, Any]:
        return changes_of(now, _renamed(sent, now) if former else sent, ident)

    tenant = await context.admin.revise(actor, revised)
    await redraw(interaction, admin_view.settings(tenant))


def _page(tenant: Tenant, part: str) -> FormPage:
    """The form that a button opens. Raises InvalidOrder where there is none any more."""
    first = _FORMER_PAGES.get(part)
    for page in admin_view.form_pages(tenant):
        if page.name == part or first in [field.row.name for field in page.fields]:
            return page
    raise InvalidOrder(admin_texts.settings_have_changed())


def _renamed(sent: Mapping[str, Given], now: Tenant) -> dict[str, Given]:
    """What a form of version 0.1.0 sent, by today's names; of a long list it showed the first part only."""
    given: dict[str, Given] = {}
    for name, value in sent.items():
        field = field_of(_FORMER_FIELDS.get(name, name))
        given[field.name if field.key else fields_of(field.row, now, VALUES)[0].name] = value
    return given


def ident(kind: Kind, word: str) -> str:
    """A number that Discord's lists gave, as an id with its platform. Raises InvalidOrder."""
    word = _CHANNEL.sub(r"\1", word) if kind is Kind.CHANNEL else word
    if not snowflake(word):
        raise InvalidOrder(admin_texts.not_of_discord(word[:40], kind), field="setting")
    return scoped(snowflake(word))


def settings_form(page: FormPage, tenant: Tenant, models: Models) -> ui.Modal:
    """One form, filled with what holds now."""
    fields = [_labelled(field, tenant, models) for field in page.fields]
    return form("set", page.name, page.title, *fields)


def _labelled(field: Field, tenant: Tenant, models: Models) -> ui.Label[Any]:
    row, value = field.row, getattr(tenant, field.row.name)
    match row.kind:
        case Kind.MODELS:
            return _model_field(field, models.get(field.key, ()))
        case Kind.MONEY | Kind.ZONE | Kind.PATTERNS:
            return _text_field(field, text_of(row, value))
        case Kind.TEXT | Kind.CHANNEL_TEXTS | Kind.WORDS:
            return _text_field(field, text_of(row, value, _in_text), long=True)
        case Kind.SWITCH:
            return _choice_field(field, form_texts.switch(), [text_of(row, value)])
        case Kind.CHOICE:
            options = [(choice.value, clamp(capital(_(label)), 100)) for choice, label in row.choices.items()]
            return _choice_field(field, options, [str(value)])
        case Kind.CAPABILITIES:
            return _choice_field(field, [(one.value, one.value) for one in Capability], value, most=VALUES)
        case Kind.CHANNEL:
            return _picked(field, [value] if value else [])
        case Kind.CHANNELS | Kind.ROLES | Kind.PEOPLE:
            return _picked(field, field.values)


def _model_field(field: Field, offered: Sequence[str]) -> ui.Label[Any]:
    """A list of models where one select holds them all; else a line to type a name in."""
    names = list(dict.fromkeys([*offered, *field.values]))
    if 0 < len(names) <= VALUES and all(len(name) <= 100 for name in names):
        return _choice_field(field, [(name, name) for name in names], field.values)
    return _text_field(field, "".join(field.values), hint=form_texts.model_hint())


def _in_text(kind: Kind, value: str) -> str:
    """A channel as Discord's mark, any other value as it is."""
    return f"<#{snowflake(value)}>" if kind is Kind.CHANNEL else value


def _text_field(field: Field, text: str, hint: str = "", *, long: bool = False) -> ui.Label[Any]:
    if len(text) > FIELD_MOST:
        raise InvalidOrder(shared_texts.too_long_for_a_form(field.title))
    required = not field.row.empty
    hint = hint or _(field.row.help)
    return text_field(field.name, field.title, value=text, hint=hint, required=required, long=long)


def _choice_field(
    field: Field, options: Sequence[tuple[str, str]], chosen: Sequence[str], most: int = 1
) -> ui.Label[Any]:
    required = not field.row.empty
    return choice_field(
        field.name, field.title, options, chosen=chosen, hint=_(field.row.help), required=required, most=most
    )


def _picked(field: Field, ids: Sequence[str]) -> ui.Label[Any]:
    """One of Discord's own selects, with what is chosen now."""
    numbers = [snowflake(one) for one in ids if snowflake(one)]
    common: dict[str, Any] = {
        "custom_id": field.name,
        "required": False,
        "min_values": 0,
        "max_values": 1 if field.row.kind is Kind.CHANNEL else VALUES,
        "default_values": [
            discord.SelectDefaultValue(id=one, type=_SORTS[field.row.kind]) for one in numbers
        ],
    }
    return ui.Label(
        text=field.title[:45], description=_(field.row.help)[:100], component=_select(field.row, common)
    )


def _select(row: Setting, common: dict[str, Any]) -> ui.Item[Any]:
    match row.kind:
        case Kind.PEOPLE:
            return ui.UserSelect(**common)
        case Kind.ROLES:
            return ui.RoleSelect(**common)
        case Kind.CHANNEL:
            return ui.ChannelSelect(channel_types=[ChannelType.text], **common)
        case _:
            return ui.ChannelSelect(channel_types=_TALKED_IN, **common)
