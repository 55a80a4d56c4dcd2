"""`/settings` as forms: selects for what can be chosen, text for what cannot.

The card lists everything; each button opens one form of at most five fields, filled with what holds now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ChannelType, SelectDefaultValueType, ui

from adapters.discord.context import desk_of
from adapters.discord.forms.budget import amount_of
from adapters.discord.forms.modals import OUTDATED, Filled, choice_field, form, model_options, text_field
from adapters.discord.identity import actor_of, scoped, snowflake
from adapters.discord.intake.options import one_of
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views import admin as admin_view
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotFound
from bot.core.money import Micros, plain
from bot.core.tenant import Sensitive, Tenant

SENSITIVE = (
    (Sensitive.AGE_RESTRICTED, "Only in age-restricted channels"),
    (Sensitive.NEVER, "Never"),
    (Sensitive.ALWAYS, "Everywhere"),
)


async def opened(interaction: Interaction, part: str, _number: int) -> None:
    """A button of the settings card: a form, or the switch that pauses everything."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    tenant = await desk.admin.tenant(actor)
    if part == "pause":
        await interaction.response.defer()
        tenant = await desk.admin.revise(actor, lambda now: {"paused": not now.paused})
        await redraw(interaction, admin_view.settings(tenant))
        return
    if part == "defaults":
        found = {ability: await desk.service.models(actor, "", ability) for ability in Capability}
        options = {
            ability: model_options(items, tenant.defaults.get(ability, ""))
            for ability, items in found.items()
        }
        await interaction.response.send_modal(_defaults(tenant, options))
        return
    build = {"money": _money, "rules": _rules, "places": places_form}.get(part)
    if build is None:
        raise InvalidOrder("This button is from an older version of me; use `/settings` again.")
    await interaction.response.send_modal(build(tenant))


async def sent_in(interaction: Interaction, filled: Filled) -> None:
    """A settings form; the card it came from is drawn anew."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    await interaction.response.defer()
    read = {"money": _money_of, "defaults": _defaults_of, "rules": _rules_of, "places": places_of}
    if filled.subject not in read:
        raise NotFound(OUTDATED)
    changes = read[filled.subject](filled)

    def revised(now: Tenant) -> dict[str, Any]:
        if filled.subject != "defaults":
            return changes
        return {"defaults": {name: model for name, model in {**now.defaults, **changes}.items() if model}}

    tenant = await desk.admin.revise(actor, revised)
    await redraw(interaction, admin_view.settings(tenant))


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
    """What was chosen, empty where nothing is; capabilities that were not asked about are not here."""
    return {ability: filled.choice(ability) for ability in Capability if ability in filled.chosen}


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
        "sensitive": one_of(Sensitive, filled.choice("sensitive") or Sensitive.AGE_RESTRICTED, "sensitive"),
    }


def _dollars(amount: Micros) -> str:
    text = plain(amount).rstrip("0")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents:0<2}"


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


MOST = 25
"""Of one select (Discord docs, Components)."""
_SPOKEN = [ChannelType.text, ChannelType.voice, ChannelType.forum, ChannelType.news]


def places_form(tenant: Tenant) -> ui.Modal:
    """Where the bot serves, where approvals go, who is free, who is out, who helps."""
    channels = _chosen(tenant.allowed_channels, SelectDefaultValueType.channel)
    admins = _chosen((tenant.admin_channel,), SelectDefaultValueType.channel)
    exempt = _chosen(tenant.exempt_roles, SelectDefaultValueType.role)
    blocked = _chosen(tenant.blocked_people, SelectDefaultValueType.user)
    helpers = _chosen(tenant.admin_people, SelectDefaultValueType.user)
    return form(
        "set",
        "places",
        "Places and people",
        _labelled(
            "Only in these channels", _channels("channels", _SPOKEN, channels, MOST), "None: everywhere"
        ),
        _labelled(
            "Channel for approvals",
            _channels("admin_channel", [ChannelType.text], admins, 1),
            "Where refused people's pleas go",
        ),
        _labelled("Roles free of personal budgets", ui.RoleSelect(**_any("exempt", exempt))),
        _labelled("People who may not use the bot", ui.UserSelect(**_any("blocked", blocked))),
        _labelled("Further admins of the bot", ui.UserSelect(**_any("helpers", helpers))),
    )


def _labelled(text: str, component: ui.Item[Any], hint: str | None = None) -> ui.Label[Any]:
    return ui.Label(text=text, description=hint, component=component)


def _any(name: str, chosen: list[discord.SelectDefaultValue], most: int = MOST) -> dict[str, Any]:
    return {
        "custom_id": name,
        "required": False,
        "min_values": 0,
        "max_values": most,
        "default_values": chosen,
    }


def _channels(
    name: str, kinds: list[ChannelType], chosen: list[discord.SelectDefaultValue], most: int
) -> ui.ChannelSelect[Any]:
    return ui.ChannelSelect(channel_types=kinds, **_any(name, chosen, most))


def places_of(filled: Filled) -> dict[str, Any]:
    """What was chosen, as changes of the tenant."""

    def ids(name: str) -> tuple[str, ...]:
        return tuple(scoped(snowflake(value)) for value in filled.chosen.get(name, ()) if snowflake(value))

    return {
        "allowed_channels": ids("channels"),
        "admin_channel": next(iter(ids("admin_channel")), ""),
        "exempt_roles": ids("exempt"),
        "blocked_people": ids("blocked"),
        "admin_people": ids("helpers"),
    }


def _chosen(ids: Sequence[str], kind: SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    numbers = [snowflake(item) for item in ids if snowflake(item)]
    return [discord.SelectDefaultValue(id=number, type=kind) for number in numbers[:MOST]]
