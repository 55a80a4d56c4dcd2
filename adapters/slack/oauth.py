"""Many workspaces: the walk through Slack's consent page, and who a payload comes from.

Authorization reads the directory of installations and asks Slack nothing: Bolt's own would make one query
and one auth.test per payload, before the acknowledgement.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from adapters.common.expiring_documents import ExpiringDocuments
from adapters.slack.installation import BoltStore, Installations
from adapters.slack.manifest import INSTALL_PATH, OPTIONAL_SCOPES, REDIRECT_PATH, SCOPES
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

KIND = "slack_oauth_state"
STATE_LIFE_S = 600


class Authorize(AsyncAuthorize):
    """Bolt's question, whose workspace is this, answered from the directory."""

    def __init__(self, installations: Installations) -> None:
        super().__init__()
        self._installations = installations

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_: Any
    ) -> AuthorizeResult | None:
        found = await self._installations.find(team_id or "", enterprise_id or "")
        if found is None or found.dead:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_user_id=found.bot_user,
            bot_id=found.bot_id,
            bot_token=found.token,
            bot_scopes=list(found.scopes),
        )


class StateStore(AsyncOAuthStateStore):
    """States of installations under way: each good once, for ten minutes."""

    def __init__(self, *, service: Service, clock: Clock) -> None:
        self._states = ExpiringDocuments(service.documents, clock, kind=KIND, kept_s=STATE_LIFE_S)
        self._clock = clock

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        state = secrets.token_urlsafe(32)
        until = self._clock.now() + STATE_LIFE_S * 1_000_000
        await self._states.put(state, {"until": until})
        return state

    async def async_consume(self, state: str) -> bool:
        return await self._states.take(state) is not None

    async def sweep(self) -> None:
        """Forget states that nobody came back with."""
        await self._states.delete_expired()


class Flow(AsyncOAuthFlow):
    """Bolt's flow, but for the exchange of the code: the SDK's uses a part of aiohttp that is going away,
    and forgets the workspace's address, which links to results need.
    """

    async def run_installation(self, code: str) -> Installation | None:
        """The installation a code stands for, or None where Slack will not have it."""
        settings = self.settings
        try:
            granted = await self.client.api_call(
                "oauth.v2.access",
                data={
                    "client_id": settings.client_id,
                    "client_secret": settings.client_secret,
                    "code": code,
                    **({"redirect_uri": settings.redirect_uri} if settings.redirect_uri else {}),
                },
            )
            token = granted["access_token"]
            tested = await self.client.auth_test(token=token)
        except SlackApiError as exc:
            log.warning("oauth_failed", error=exc.response.get("error"))
            return None
        team, enterprise = granted.get("team") or {}, granted.get("enterprise") or {}
        return Installation(
            app_id=granted.get("app_id"),
            enterprise_id=enterprise.get("id"),
            enterprise_name=enterprise.get("name"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=token,
            bot_id=tested.get("bot_id"),
            bot_user_id=granted.get("bot_user_id"),
            bot_scopes=granted.get("scope") or "",
            user_id=(granted.get("authed_user") or {}).get("id") or "",
            is_enterprise_install=bool(granted.get("is_enterprise_install")),
            token_type=granted.get("token_type"),
            custom_values={"url": tested.get("url") or ""},
        )


def oauth_flow(
    *, settings: Settings, store: BoltStore, states: StateStore, client: AsyncWebClient, authorize: Authorize
) -> AsyncOAuthFlow:
    """The flow over our stores."""
    secret = settings.slack_client_secret
    configured = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=secret.get_secret_value() if secret else "",
        scopes=[*SCOPES, *OPTIONAL_SCOPES],
        installation_store=store,
        installation_store_bot_only=True,
        state_store=states,
        state_expiration_seconds=STATE_LIFE_S,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
    )
    configured.authorize = authorize
    return Flow(settings=configured, client=client)


def oauth_routes(running: Callable[[], AsyncOAuthFlow | None]) -> list[web.RouteDef]:
    """`GET /slack/install` and the way back from Slack; 503 until the app runs."""

    async def installation(request: web.Request) -> web.Response:
        flow = running()
        if flow is None:
            return web.Response(status=503, text="not ready")
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def callback(request: web.Request) -> web.Response:
        flow = running()
        if flow is None:
            return web.Response(status=503, text="not ready")
        return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))

    return [web.get(INSTALL_PATH, installation), web.get(REDIRECT_PATH, callback)]
