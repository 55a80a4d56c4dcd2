"""Everything a callback needs, in one place; the client carries it, so that no module keeps any state."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord.delivery.notifier import DiscordNotifier
from adapters.discord.delivery.transport import Outbox
from adapters.discord.intake.attachments import Pictures
from adapters.discord.intake.saved_offers import Offers, Targets
from adapters.discord.recent_activity import Names, Recents
from adapters.discord.responses import Doorman, Interaction
from adapters.discord.submission import Asking
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The parts of one running adapter."""

    service: Service
    admin: Admin
    settings: Settings
    clock: Clock
    outbox: Outbox
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
