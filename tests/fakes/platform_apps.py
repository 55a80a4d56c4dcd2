"""The adapter of each chat platform, built on a core as the composition does."""

from __future__ import annotations

from adapters.composition import Core
from adapters.discord.app import DiscordApp
from adapters.lifecycle import Adapter
from adapters.slack.app import SlackApp


def discord_app(core: Core) -> Adapter:
    """Its servers are those of the first moment: ours tells of all at once."""
    return DiscordApp(
        service=core.service,
        talk=core.talk,
        admin=core.admin,
        settings=core.settings,
        clock=core.clock,
        guild_ready_s=0.05,
    )


def slack_app(core: Core) -> Adapter:
    return SlackApp(
        service=core.service, talk=core.talk, admin=core.admin, settings=core.settings, clock=core.clock
    )


APPS = {"discord": discord_app, "slack": slack_app}
