"""The one way out to Slack's Web API: the right token, paced, 429 obeyed, errors in the core's words.

A call that Slack did not answer is not repeated here: it may have been done, and a second message is worse
than a late one. Whoever calls decides, because only they know whether a repetition can be seen.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.addressing import Address
from adapters.slack.errors import Busy, TokenDead, problem
from adapters.slack.installation import Installations, WorkspaceInstallation
from adapters.slack.rate_limit import RateLimits
from adapters.slack.views import texts
from bot.core.errors.outside import DeliveryPassing
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)

PUBLIC_API = "https://slack.com/api/"
TIMEOUT_S = 30
PATIENCE = 6
"""How often a method that says 429 is tried, each time after as long as Slack said."""
_SPOKEN = frozenset({"chat.postMessage", "chat.startStream"})


class Api:
    """Calls methods by their documented names for the workspace of an address."""

    def __init__(self, *, base_url: str, installations: Installations, rate_limits: RateLimits) -> None:
        self.base_url = (base_url or PUBLIC_API).rstrip("/") + "/"
        self.installations = installations
        self._rate_limits = rate_limits
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """One pool of connections for everything that goes out; made on the running loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def client(self, token: str) -> AsyncWebClient:
        """A client of Slack's SDK on our connections; without a token for calls that bring their own."""
        return AsyncWebClient(
            token=token or None,
            base_url=self.base_url,
            timeout=TIMEOUT_S,
            session=self.session,
            retry_handlers=[],  # the SDK's own would post again after a lost answer
        )

    async def installation(self, where: Address) -> WorkspaceInstallation:
        """The installation behind an address. Raises TokenDead when the app is gone from there."""
        found = await self.installations.find(where.team, where.enterprise)
        if found is None or found.dead:
            raise TokenDead(texts.not_installed())
        return found

    async def call(
        self, where: Address, method: str, *, patience: int = PATIENCE, **args: Any
    ) -> dict[str, Any]:
        """Call a method. Raises DeliveryFinal or DeliveryPassing, of the kinds in `problems`.

        `patience` 0 gives up where Slack has said 429, for what is merely nice to know.
        """
        installation = await self.installation(where)
        queue = f"{installation.team}:{args.get('channel')}" if method in _SPOKEN else ""
        async with self._rate_limits.turn(queue):
            return await self._patiently(installation, method, args, patience)

    async def _patiently(
        self, installation: WorkspaceInstallation, method: str, args: dict[str, Any], patience: int
    ) -> dict[str, Any]:
        call = getattr(self.client(installation.token), method.replace(".", "_"))
        for _ in range(patience or 1):
            if self._rate_limits.held(installation.team, method):
                if not patience:
                    break
                await self._rate_limits.clear(installation.team, method)
            try:
                answer = await call(**args)
            except SlackApiError as exc:
                wait = _retry_after(exc)
                if wait is None:
                    raise await self._refused(installation, method, exc) from exc
                metrics.platform_limits.labels("slack").inc()
                log.info("slack_busy", method=method, wait_s=wait, team=installation.team)
                self._rate_limits.hold(installation.team, method, wait)
            except (TimeoutError, aiohttp.ClientError, SlackClientError) as exc:
                log.info("slack_silent", method=method, error=type(exc).__name__, team=installation.team)
                raise DeliveryPassing(texts.no_answer()) from exc
            else:
                return answer.data if isinstance(answer.data, dict) else {}
        raise Busy(texts.too_busy(), retry_after=30)

    async def _refused(
        self, installation: WorkspaceInstallation, method: str, exc: SlackApiError
    ) -> Exception:
        answer: Any = exc.response.data if hasattr(exc.response, "data") else exc.response
        if not isinstance(answer, dict) or "error" not in answer:
            return DeliveryPassing(texts.unreadable_answer())
        error = problem(answer)
        if isinstance(error, TokenDead):
            await self.installations.mark_dead(installation)
        facts = {name: answer[name] for name in ("error", "needed") if answer.get(name)}
        log.info("slack_refused", method=method, team=installation.team, **facts)
        return error


def _retry_after(exc: SlackApiError) -> float | None:
    """Seconds to wait after a 429, or None for any other answer."""
    if getattr(exc.response, "status_code", 0) != 429:
        return None
    headers = {str(name).lower(): value for name, value in exc.response.headers.items()}
    try:
        return max(float(headers.get("retry-after", 1)), 0.2)
    except (TypeError, ValueError):
        return 1.0
