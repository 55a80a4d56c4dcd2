"""Everything a callback needs, in one place; the client carries it, so that no module keeps any state."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord.delivery.notifier import DiscordNotifier
from adapters.discord.delivery.transport import MessageTransport
from adapters.discord.homes import HomePayers
from adapters.discord.intake.attachments import Pictures
from adapters.discord.intake.saved_offers import Offers, Targets
from adapters.discord.recent_activity import DisplayNames, RecentRequests
from adapters.discord.responses import ActiveInteractions, Interaction
from adapters.discord.submission import Submission
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.use_cases.admin import Admin
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk


@dataclass(frozen=True, kw_only=True)
class AdapterContext:
    """The parts of one running adapter."""

    service: Service
    talk: Talk
    admin: Admin
    settings: Settings
    clock: Clock
    transport: MessageTransport
    pictures: Pictures
    notifier: DiscordNotifier
    submission: Submission
    interactions: ActiveInteractions
    recent_requests: RecentRequests
    targets: Targets
    offers: Offers
    names: DisplayNames
    payers: HomePayers


def context_of(interaction: Interaction) -> AdapterContext:
    """The parts of the adapter that received an interaction."""
    context: AdapterContext = interaction.client.context
    return context
