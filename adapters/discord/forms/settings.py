"""`/settings` as forms: selects for what can be chosen, text for what cannot.

The card lists everything; each button opens one form of at most five fields, filled with what holds now.
"""

from __future__ import annotations

from typing import Any

from discord import ui

from adapters.common.amounts import amount_of
from adapters.discord.context import desk_of
from adapters.discord.forms.modals import OUTDATED, Filled, choice_field, form, model_options, text_field
from adapters.discord.forms.place_forms import places_form, places_of
from adapters.discord.identity import actor_of
from adapters.discord.intake.options import one_of
from adapters.discord.responses import Interaction, redraw
from adapters.discord.views import admin as admin_view
from bot.core.errors import InvalidOrder, NotFound
from bot.core.money import editable
from bot.core.request import Capability
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
    cap = "" if tenant.cap is None else editable(tenant.cap)
    return form(
        "set",
        "money",
        "Money and time",
        text_field(
            "threshold",
            "Ask first above",
            value=editable(tenant.threshold),
            hint="Dollars per request",
            most=30,
        ),
        text_field(
            "cap",
            "Refuse above",
            value=cap,
            hint="Dollars per request; empty: no cap",
            required=False,
            most=30,
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


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())
