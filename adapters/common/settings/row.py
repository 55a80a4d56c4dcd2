"""What a row of the settings table is: its kind, its form, its texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.text.translation import N_


class Kind(StrEnum):
    """What a setting holds, and so which widget and parser it has."""

    MONEY = "money"
    PATTERNS = "patterns"
    CHANNELS = "channels"
    CHANNEL = "channel"
    ROLES = "roles"
    PEOPLE = "people"
    CAPABILITIES = "capabilities"
    CHOICE = "choice"
    SWITCH = "switch"
    ZONE = "zone"
    MODELS = "models"
    TEXT = "text"
    CHANNEL_TEXTS = "channel_texts"
    WORDS = "words"


class Group(StrEnum):
    """Which form a setting stands in."""

    SPENDING = "spending"
    MODELS = "models"
    PLACES = "places"
    SAFETY = "safety"
    HOUSE = "house"
    NOTICES = "notices"


GROUP_TITLES = {
    Group.SPENDING: N_("Spending"),
    Group.MODELS: N_("Models"),
    Group.PLACES: N_("Places and people"),
    Group.SAFETY: N_("Safety"),
    Group.HOUSE: N_("House rules"),
    Group.NOTICES: N_("Notices and digest"),
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One row. `name` is the field of `Tenant`; `aliases` are other names it can be typed by.

    `title` has at most 45 characters and `help` at most 100, as a Discord form allows. `empty` says what
    nothing means; where it is empty itself, a value is needed. These texts and `choices` are marked, and
    translated where they are shown.
    """

    name: str
    title: str
    help: str
    kind: Kind
    group: Group
    empty: str = ""
    aliases: tuple[str, ...] = ()
    choices: Mapping[StrEnum, str] = field(default_factory=dict[StrEnum, str])
