"""Which adapters run, and what is mounted on the one HTTP port.

A chat platform's library is imported only where its credentials are there: importing both costs more than
the rest of the start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.composition import Core
from adapters.lifecycle import Adapter
from adapters.server import health, webhooks
from adapters.web.app import Playground
from adapters.web.identity import DEMO
from adapters.web.server import WebServer
from bot.settings import Settings


def adapters_for(core: Core) -> list[Adapter]:
    """The chat platforms that have credentials."""
    found: list[Adapter] = []
    if core.settings.discord_token is not None:
        from adapters.discord.app import DiscordApp

        found.append(
            DiscordApp(
                service=core.service,
                talk=core.talk,
                admin=core.admin,
                settings=core.settings,
                clock=core.clock,
            )
        )
    if wants_slack(core.settings):
        from adapters.slack.app import SlackApp

        found.append(
            SlackApp(
                service=core.service,
                talk=core.talk,
                admin=core.admin,
                settings=core.settings,
                clock=core.clock,
            )
        )
    return found


def wants_slack(settings: Settings) -> bool:
    """One workspace by token over a socket or HTTP, or many by OAuth."""
    single = settings.slack_bot_token is not None and (
        settings.slack_app_token is not None or settings.slack_signing_secret is not None
    )
    many = bool(settings.slack_client_id) and settings.slack_client_secret is not None
    return single or many


@dataclass(frozen=True, kw_only=True)
class Web:
    """The HTTP server and the playground on it."""

    server: WebServer
    playground: Playground

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve until the block ends; gives the address for a browser on this machine."""
        await self.server.start()
        try:
            yield self.server.url
        finally:
            await self.server.stop()


def open_web(core: Core, *, demo: bool, adapters: Sequence[Adapter] = ()) -> Web:
    """Health, metrics and webhooks; the playground; and what chat platforms want called over HTTP."""
    playground = Playground(
        service=core.service,
        talk=core.talk,
        admin=core.admin,
        settings=core.settings,
        clock=core.clock,
        demo_place=DEMO if demo else None,
    )
    server = WebServer(host=core.settings.host, port=core.settings.port)
    server.mount(health.routes(core, adapters))
    server.mount(webhooks.routes(core))
    server.mount(playground.routes(), closing=playground.close_streams)
    for adapter in adapters:
        routes = getattr(adapter, "routes", None)
        if routes is not None:
            server.mount(routes())
    return Web(server=server, playground=playground)
