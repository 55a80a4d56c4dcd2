"""When the app is taken away: its token is forgotten, and what was under way there stops.

Slack tells of it in two events, in any order and perhaps late, after the app has come back (Slack docs,
app_uninstalled); or nobody hears of it, and the next call finds the token dead. An organisation's token may
also live on and be shut out of some workspaces (Slack docs, team_access_revoked). Either way it is kept like
any other event, so that a process killed in the middle goes on stopping when it starts again.
"""

from __future__ import annotations

import contextlib

import structlog

from adapters.slack.addressing import Address, address_of
from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.identity import slack_id, tenant_of
from adapters.slack.installation import WorkspaceInstallation
from adapters.slack.intake.payload import Body, Inbound
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.request import Actor

log = structlog.get_logger(__name__)


def removal_request(installation: WorkspaceInstallation, now: int) -> Body:
    """What Slack would have sent, for a token that a call found dead at `now` (UTC microseconds)."""
    return {
        "type": "event_callback",
        "team_id": installation.team,
        "enterprise_id": installation.enterprise,
        "event_id": f"dead-{now}",
        "event": {"type": "app_uninstalled"},
    }


class Removal:
    """Handles it."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def removed(self, inbound: Inbound) -> None:
        """The app was uninstalled somewhere, or its bot's token revoked: forget it and stop its work."""
        event, installations = inbound.event, self._adapter.api.installations
        if event.get("type") == "team_access_revoked":
            await self._shut_out(inbound)
            return
        if event.get("type") == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        installation, left = (
            await installations.find(inbound.team, inbound.enterprise, fresh=True),
            inbound.team,
        )
        if installation is not None and not installation.dead:
            if _tells_of(inbound, installation):
                await installations.forget(installation)
            else:
                await self._ask(inbound)
                left = "" if installation.team == inbound.team else inbound.team
        self._adapter.people.forget()
        named = {slack_id(one) for one in (inbound.team, inbound.enterprise) if one}
        for tenant in sorted(named | ({tenant_of(installation)} if installation else set())):
            await self._stop(tenant, left)

    async def _shut_out(self, inbound: Inbound) -> None:
        """The organisation's token serves some of its workspaces no more; one with its own goes on."""
        self._adapter.people.forget()
        for team in inbound.event.get("team_ids") or ():
            found = await self._adapter.api.installations.find(team, inbound.enterprise, fresh=True)
            if found is None or found.team != team:
                await self._stop(slack_id(inbound.enterprise or team), team)

    async def _ask(self, inbound: Inbound) -> None:
        """Another token serves there, the organisation's or a newer one: Slack knows whether it lives."""
        with contextlib.suppress(DeliveryError):
            await self._adapter.api.call(inbound.address, "auth.test")

    async def _stop(self, tenant: str, left: str) -> None:
        """Cancel the work for the workspace that was `left`, and what else no token serves any more.

        What cannot be recalled ends by itself.
        """
        actor = Actor(tenant=tenant, person="slack:uninstall", is_admin=True)
        stopped = 0
        for request in await self._adapter.service.running(actor, everyone=True):
            where = address_of(request.reply_to)
            if request.origin != ORIGIN or (where.team != left and await self._is_served(where)):
                continue
            with contextlib.suppress(Refusal):
                await self._adapter.service.cancel(actor, request.id)
                stopped += 1
        if stopped:
            log.info("work_stopped", tenant=tenant, requests=stopped)

    async def _is_served(self, where: Address) -> bool:
        found = await self._adapter.api.installations.find(where.team, where.enterprise)
        return found is not None and not found.dead


def _tells_of(inbound: Inbound, installation: WorkspaceInstallation) -> bool:
    """True where the event speaks of this very installation, and not of one before it."""
    said_at = str(inbound.event.get("event_ts") or "")
    try:
        at = int(float(said_at) * 1_000_000) if said_at else inbound.at
    except (ValueError, OverflowError):
        return False
    return bool(inbound.team) and installation.team == inbound.team and at >= installation.at
