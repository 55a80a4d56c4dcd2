"""`/settings` and `/budget set` as forms: selects for what can be chosen, text for what cannot.

The card lists everything; each button opens one form of at most five fields, filled with what holds now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from adapters.discord import admin_cards
from adapters.discord.answers import Interaction
from adapters.discord.desk import desk_of
from adapters.discord.modals import Filled, choice_field, form, model_options, text_field
from adapters.discord.people import actor_of, scoped, snowflake
from bot.errors import InvalidOrder
from bot.ledger import EVERYONE, Scope, Window
from bot.money import Micros, from_dollars, plain
from bot.request import Capability
from bot.tenant import Sensitive, Tenant

SENSITIVE = (
    (Sensitive.AGE_RESTRICTED, "Only in age-restricted channels"),
    (Sensitive.NEVER, "Never"),
    (Sensitive.ALWAYS, "Everywhere"),
)
WINDOWS = (
    (Window.DAY, "per day"),
    (Window.WEEK, "per week"),
    (Window.MONTH, "per month"),
    (Window.TOTAL, "in total"),
)
WHOM = (
    ("everyone", "Each member (who has no other)"),
    ("server", "The whole server together"),
    ("chosen", "The member or role chosen below"),
    ("channel", "The channel chosen below"),
)


async def opened(interaction: Interaction, part: str, _number: int) -> None:
    """A button of the settings card: a form, or the switch that pauses everything."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    tenant = await desk.admin.tenant(actor)
    if part == "pause":
        tenant = await desk.admin.change(actor, paused=not tenant.paused)
        await interaction.response.edit_message(view=admin_cards.settings(tenant))
        return
    if part == "defaults":
        found = {ability: await desk.service.models(actor, "", ability) for ability in Capability}
        options = {
            ability: model_options(items, tenant.defaults.get(ability, ""))
            for ability, items in found.items()
        }
        await interaction.response.send_modal(_defaults(tenant, options))
        return
    build = {"money": _money, "rules": _rules, "places": _places}.get(part)
    if build is None:
        raise InvalidOrder("This button is from an older version of me; use `/settings` again.")
    await interaction.response.send_modal(build(tenant))


async def sent_in(interaction: Interaction, filled: Filled) -> None:
    """A settings form; the card it came from is drawn anew."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    read = {"money": _money_of, "defaults": _defaults_of, "rules": _rules_of, "places": _places_of}
    changes = read[filled.subject](filled)
    if filled.subject == "defaults":
        kept = dict((await desk.admin.tenant(actor)).defaults)
        changes = {"defaults": {**kept, **changes["defaults"]}}
    tenant = await desk.admin.change(actor, **changes)
    view = admin_cards.settings(tenant)
    if interaction.message is not None:
        await interaction.response.edit_message(view=view)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)


# the four forms


def _money(tenant: Tenant) -> ui.Modal:
    cap = "" if tenant.cap is None else _dollars(tenant.cap)
    return form(
        "set",
        "money",
        "Money and time",
        text_field(
            "threshold",
            "Ask first above",
            value=_dollars(tenant.threshold),
            hint="Dollars per request",
            most=20,
        ),
        text_field(
            "cap",
            "Refuse above",
            value=cap,
            hint="Dollars per request; empty: no cap",
            required=False,
            most=20,
        ),
        text_field(
            "zone", "Time zone", value=tenant.zone, hint="Days begin here, e.g. Europe/Berlin", most=50
        ),
    )


def _money_of(filled: Filled) -> dict[str, Any]:
    cap = filled.text("cap")
    return {
        "threshold": amount_of(filled.text("threshold"), "threshold"),
        "cap": amount_of(cap, "cap") if cap else None,
        "zone": filled.text("zone"),
    }


def _defaults(tenant: Tenant, options: dict[Capability, list[tuple[str, str]]]) -> ui.Modal:
    fields: list[ui.Item[Any]] = []
    for ability in Capability:
        now = tenant.defaults.get(ability, "")
        if options[ability]:
            fields.append(
                choice_field(ability, f"Model for {ability}", options[ability], chosen=(now,), required=False)
            )
    return form("set", "defaults", "Default models", *fields)


def _defaults_of(filled: Filled) -> dict[str, Any]:
    return {"defaults": {ability: filled.choice(ability) for ability in Capability if filled.choice(ability)}}


def _rules(tenant: Tenant) -> ui.Modal:
    abilities = [(ability.value, ability.value) for ability in Capability]
    return form(
        "set",
        "rules",
        "What may be used",
        text_field(
            "allowed",
            "Allowed models",
            value=", ".join(tenant.allowed_models),
            required=False,
            hint="Patterns such as flux*, seedream-4.5; empty: all",
        ),
        text_field("denied", "Models switched off", value=", ".join(tenant.denied_models), required=False),
        choice_field(
            "off",
            "Switched off altogether",
            abilities,
            chosen=tenant.denied_capabilities,
            required=False,
            most=5,
        ),
        choice_field("sensitive", "Explicit pictures", SENSITIVE, chosen=(tenant.sensitive,)),
    )


def _rules_of(filled: Filled) -> dict[str, Any]:
    return {
        "allowed_models": _patterns(filled.text("allowed")),
        "denied_models": _patterns(filled.text("denied")),
        "denied_capabilities": tuple(filled.chosen.get("off", ())),
        "sensitive": Sensitive(filled.choice("sensitive") or Sensitive.AGE_RESTRICTED),
    }


def _places(tenant: Tenant) -> ui.Modal:
    channels = [
        discord.ChannelType.text,
        discord.ChannelType.voice,
        discord.ChannelType.forum,
        discord.ChannelType.news,
    ]
    allowed: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id="channels",
        required=False,
        min_values=0,
        max_values=25,
        channel_types=channels,
        default_values=_chosen(tenant.allowed_channels, discord.TextChannel),
    )
    admins: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id="admin_channel",
        required=False,
        min_values=0,
        max_values=1,
        channel_types=[discord.ChannelType.text],
        default_values=_chosen((tenant.admin_channel,), discord.TextChannel),
    )
    exempt: ui.RoleSelect[Any] = ui.RoleSelect(
        custom_id="exempt",
        required=False,
        min_values=0,
        max_values=25,
        default_values=_chosen(tenant.exempt_roles, discord.Role),
    )
    blocked: ui.UserSelect[Any] = ui.UserSelect(
        custom_id="blocked",
        required=False,
        min_values=0,
        max_values=25,
        default_values=_chosen(tenant.blocked_people, discord.User),
    )
    helpers: ui.UserSelect[Any] = ui.UserSelect(
        custom_id="helpers",
        required=False,
        min_values=0,
        max_values=25,
        default_values=_chosen(tenant.admin_people, discord.User),
    )
    return form(
        "set",
        "places",
        "Places and people",
        ui.Label(text="Only in these channels", description="None: everywhere", component=allowed),
        ui.Label(
            text="Channel for approvals", description="Where refused people's pleas go", component=admins
        ),
        ui.Label(text="Roles free of personal budgets", component=exempt),
        ui.Label(text="People who may not use the bot", component=blocked),
        ui.Label(text="Further admins of the bot", component=helpers),
    )


def _places_of(filled: Filled) -> dict[str, Any]:
    def ids(name: str) -> tuple[str, ...]:
        return tuple(scoped(value) for value in filled.chosen.get(name, ()))

    return {
        "allowed_channels": ids("channels"),
        "admin_channel": next(iter(ids("admin_channel")), ""),
        "exempt_roles": ids("exempt"),
        "blocked_people": ids("blocked"),
        "admin_people": ids("helpers"),
    }


# a budget as a form


def budget_form() -> ui.Modal:
    """`/budget set` without an amount."""
    someone: ui.MentionableSelect[Any] = ui.MentionableSelect(
        custom_id="someone", required=False, min_values=0
    )
    somewhere: ui.ChannelSelect[Any] = ui.ChannelSelect(custom_id="somewhere", required=False, min_values=0)
    return form(
        "budget",
        "set",
        "Set a budget",
        choice_field("whom", "For", WHOM, chosen=("everyone",)),
        ui.Label(text="Member or role", component=someone),
        ui.Label(text="Channel", component=somewhere),
        choice_field("window", "Window", WINDOWS, chosen=(Window.MONTH,)),
        text_field("amount", "Amount", hint="Dollars, such as 5 or 0.50", most=20),
    )


async def budget_sent_in(interaction: Interaction, filled: Filled) -> None:
    """The budget form was sent in."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    scope, subject = _whom(interaction, filled)
    budget = await desk.admin.set_budget(
        actor, scope, subject, Window(filled.choice("window")), amount_of(filled.text("amount"), "amount")
    )
    await interaction.response.send_message(view=admin_cards.budget_set(budget), ephemeral=True)


def _whom(interaction: Interaction, filled: Filled) -> tuple[Scope, str]:
    whom, someone, somewhere = filled.choice("whom"), filled.choice("someone"), filled.choice("somewhere")
    if whom == "server":
        return Scope.TENANT, ""
    if whom == "channel":
        if not somewhere:
            raise InvalidOrder("Choose the channel the budget is for.", field="channel")
        return Scope.CHANNEL, scoped(somewhere)
    if whom == "chosen":
        if not someone:
            raise InvalidOrder("Choose the member or role the budget is for.", field="subject")
        data: Any = interaction.data or {}
        is_role = someone in ((data.get("resolved") or {}).get("roles") or {})
        return (Scope.ROLE if is_role else Scope.PERSON), scoped(someone)
    return Scope.PERSON, EVERYONE


def amount_of(text: str, field: str) -> Micros:
    """Dollars as typed. Raises InvalidOrder."""
    try:
        return from_dollars(text)
    except ValueError:
        raise InvalidOrder(f"`{field}` is an amount of dollars such as 5 or 0.50.", field=field) from None


def _dollars(amount: Micros) -> str:
    text = plain(amount).rstrip("0")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents:0<2}"


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


def _chosen(ids: Sequence[str], kind: type[Any]) -> list[discord.SelectDefaultValue]:
    kinds = {
        discord.TextChannel: discord.SelectDefaultValueType.channel,
        discord.Role: discord.SelectDefaultValueType.role,
        discord.User: discord.SelectDefaultValueType.user,
    }
    return [
        discord.SelectDefaultValue(id=snowflake(item), type=kinds[kind]) for item in ids if snowflake(item)
    ]
