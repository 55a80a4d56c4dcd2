"""The part of `/settings` that is chosen from Discord's own lists: channels, roles, people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ChannelType, SelectDefaultValueType, ui

from adapters.discord.forms.modals import Filled, form
from adapters.discord.identity import scoped, snowflake
from bot.core.tenant import Tenant

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
