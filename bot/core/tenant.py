"""The settings of one server or workspace, which its admins change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from gettext import gettext as _
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bot.core.capability import Capability
from bot.core.errors import InvalidOrder, NotAllowed
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.windows import ZoneChange, ZoneHistory

ASK_ABOVE = Micros(250_000)
"""A quarter of a dollar: in a new place, a request that costs more is confirmed first."""
KEPT = frozenset(("id", "zone_changes"))
"""Fields of `Tenant` that no admin sets."""


class Sensitive(StrEnum):
    """Where models that may draw explicit pictures can be used."""

    NEVER = "never"
    AGE_RESTRICTED = "age_restricted"
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """Settings of one tenant; the defaults apply until an admin changes them.

    `threshold`: a price above it must be confirmed; `cap`: a price above it is refused (None: no cap).
    `models`: patterns such as `flux*`; an empty `allowed_models` or `allowed_channels` allows all.
    `defaults` names a model per capability. Approvals go to `admin_channel` (a platform id) when set.
    The Store adds to `zone_changes` when `zone` changes: running windows keep their old end.
    """

    id: str
    zone: str = "UTC"
    zone_changes: tuple[ZoneChange, ...] = ()
    paused: bool = False
    threshold: Micros = ASK_ABOVE
    cap: Micros | None = None
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed_models: tuple[str, ...] = ()
    denied_models: tuple[str, ...] = ()
    denied_capabilities: tuple[str, ...] = ()
    allowed_channels: tuple[str, ...] = ()
    sensitive: Sensitive = Sensitive.AGE_RESTRICTED
    exempt_roles: tuple[str, ...] = ()
    blocked_people: tuple[str, ...] = ()
    admin_people: tuple[str, ...] = ()
    admin_channel: str = ""

    @property
    def zones(self) -> ZoneHistory:
        """The zone with its recent changes, which decide when windows begin and end."""
        return ZoneHistory(zone=self.zone, changes=self.zone_changes)

    def after(self, old: Tenant, now: int) -> Tenant:
        """These settings with the zone's history, when they replace `old` at `now` (UTC micros)."""
        return replace(self, zone_changes=old.zones.moved(self.zone, now).changes)

    def exempts(self, actor: Actor) -> bool:
        """True when one of the actor's roles is exempt from personal and channel budgets."""
        return not set(self.exempt_roles).isdisjoint(actor.roles)

    def administers(self, actor: Actor) -> bool:
        """True for the platform's admins and for people named by them."""
        return actor.is_admin or actor.person in self.admin_people

    def admit(self, actor: Actor, capability: Capability) -> None:
        """Raise NotAllowed when the tenant's policy forbids this person, channel or capability."""
        if actor.person in self.blocked_people:
            raise NotAllowed(_("An admin here has blocked you from using this bot. Nothing was charged."))
        if self.paused:
            raise NotAllowed(
                _("An admin has paused new requests here. Nothing was charged; please try again later.")
            )
        if capability in self.denied_capabilities:
            text = _("An admin has turned off {capability} here. Nothing was charged.")
            raise NotAllowed(text.format(capability=capability))
        if self.allowed_channels and actor.channel not in self.allowed_channels:
            raise NotAllowed(_("This bot cannot be used in this channel. Nothing was charged."))


def valid_zone(name: str) -> str:
    """A time zone of the IANA database; raises InvalidOrder for anything else."""
    if name not in available_timezones():
        raise InvalidOrder(
            _("“{name}” is not a time zone. Use a name such as Europe/Berlin or UTC.").format(name=name[:40]),
            field="zone",
        )
    return name


def local_time(moment: int, zone: str) -> datetime:
    """UTC microseconds as a wall-clock time in the zone."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone(ZoneInfo(zone))


TenantChange = Mapping[str, Any]
"""Fields of `Tenant` to replace; the use case checks them."""
