"""Everything a callback needs, in one place; the client carries it, so that no module keeps any state."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord.answers import Doorman, Interaction
from adapters.discord.asking import Asking
from adapters.discord.clock import Clock
from adapters.discord.editors import Editors
from adapters.discord.names import Names
from adapters.discord.notifier import DiscordNotifier
from adapters.discord.offers import Offers
from adapters.discord.outbox import Outbox
from adapters.discord.pictures import Pictures
from adapters.discord.recents import Recents
from adapters.discord.targets import Targets
from bot.admin import Admin
from bot.service import Service
from bot.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The parts of one running adapter."""

    service: Service
    admin: Admin
    settings: Settings
    clock: Clock
    outbox: Outbox
    editors: Editors
    pictures: Pictures
    notifier: DiscordNotifier
    asking: Asking
    doorman: Doorman
    recents: Recents
    targets: Targets
    offers: Offers
    names: Names


def desk_of(interaction: Interaction) -> Desk:
    """The desk that an interaction was brought to."""
    desk: Desk = interaction.client.desk
    return desk
