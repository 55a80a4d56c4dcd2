"""Which workspaces the app is installed in, and their tokens: one from the environment, or many by OAuth.

Installed tokens lie in the database sealed with Fernet, newest key first, so keys can be rotated. What was
read is kept in memory for a minute: before an acknowledgement there is no call to Slack and rarely a query.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog
from cachetools import TTLCache
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation

from bot.core.ports.for_adapters import Clock
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

KIND = "slack_installation"
KEPT_S = 60
_MOST_KEPT = 5000


@dataclass(frozen=True, kw_only=True)
class WorkspaceInstallation:
    """One workspace (or one whole organisation, `team` empty) and the token to speak there with.

    `url` is the workspace's web address, for links to messages; `at` when it was installed, in UTC
    microseconds.
    """

    team: str
    enterprise: str
    token: str
    bot_user: str
    bot_id: str
    scopes: tuple[str, ...] = ()
    url: str = ""
    name: str = ""
    at: int = 0
    dead: bool = False

    def __repr__(self) -> str:
        return f"Install(team={self.team!r}, enterprise={self.enterprise!r})"


class TokenCipher:
    """Seals tokens. Raises ValueError for keys that are none."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as exc:
            raise ValueError(
                "TOKEN_KEYS must hold Fernet keys (python -m cryptography.fernet makes none;"
                " use Fernet.generate_key())."
            ) from exc

    def seal(self, body: Mapping[str, Any]) -> str:
        return self._fernet.encrypt(json.dumps(body).encode()).decode()

    def open(self, sealed: str) -> dict[str, Any]:
        """Raises InvalidToken when no key fits."""
        return json.loads(self._fernet.decrypt(sealed))


class Installations:
    """The directory of workspaces. With `single`, that one and no other."""

    def __init__(self, *, service: Service, clock: Clock, cipher: TokenCipher | None) -> None:
        self._documents = service.documents
        self._clock = clock
        self._cipher = cipher
        self.on_dead: Callable[[WorkspaceInstallation], Awaitable[None]] | None = None
        """Told of each token that a call finds dead, once it is forgotten."""
        self._single: WorkspaceInstallation | None = None
        self._known: TTLCache[str, WorkspaceInstallation | None] = TTLCache(
            _MOST_KEPT, KEPT_S * 1_000_000, clock.now
        )

    def serve_one(self, installation: WorkspaceInstallation) -> None:
        """Speak for this workspace whatever team a payload names: a single token knows no other."""
        self._single = installation

    async def find(
        self, team: str, enterprise: str = "", *, fresh: bool = False
    ) -> WorkspaceInstallation | None:
        """The installation for a workspace: its own, else its organisation's. None when there is none.

        `fresh` skips the cache, since another replica may have installed the app again.
        """
        if self._single is not None:
            return self._single
        if fresh:
            self._known.clear()
        for key in (_key(team, enterprise), _key(team, ""), _key("", enterprise)):
            found = await self._read(key) if key != ":" else None
            if found is not None:
                return found
        return None

    async def _read(self, key: str) -> WorkspaceInstallation | None:
        with suppress(KeyError):
            return self._known[key]
        body = await self._documents.get_document(KIND, key)
        found = self._known[key] = self._opened(key, body) if body else None
        return found

    def _opened(self, key: str, body: Mapping[str, Any]) -> WorkspaceInstallation | None:
        if self._cipher is None:
            return None
        try:
            fields = self._cipher.open(body["sealed"])
        except InvalidToken:
            log.warning("installation_unreadable", key=key)
            return None
        return WorkspaceInstallation(**{**fields, "scopes": tuple(fields.get("scopes", ()))})

    async def save(self, installation: WorkspaceInstallation) -> None:
        """Keep a workspace's token, sealed."""
        if self._cipher is None:
            raise ValueError("TOKEN_KEYS must be set to install into workspaces.")
        key = _key(installation.team, installation.enterprise)
        installation = replace(installation, at=self._clock.now())
        await self._documents.put_document(KIND, key, {"sealed": self._cipher.seal(asdict(installation))})
        self._known.clear()
        log.info("installed", team=installation.team, enterprise=installation.enterprise)

    async def remove(self, team: str, enterprise: str = "") -> None:
        """Forget a workspace's token."""
        for key in {_key(team, enterprise), _key(team, "")}:
            await self._documents.delete_document(KIND, key)
        self._known.clear()
        log.info("uninstalled", team=team, enterprise=enterprise)

    async def forget(self, installation: WorkspaceInstallation) -> None:
        """The token is void: forget it, so that nothing keeps knocking."""
        if self._single is not None:
            self._single = replace(installation, dead=True)
            log.error("token_dead", team=installation.team)
            return
        await self.remove(installation.team, installation.enterprise)

    async def mark_dead(self, installation: WorkspaceInstallation) -> None:
        """A call has found the token void: forget it and say so. Found again, nothing happens."""
        now = await self.find(installation.team, installation.enterprise, fresh=True)
        if now is None or now.dead or now.token != installation.token:
            return
        await self.forget(installation)
        if self.on_dead is not None:
            await self.on_dead(installation)

    async def all(self) -> list[WorkspaceInstallation]:
        """Every workspace that can be spoken to."""
        if self._single is not None:
            return [] if self._single.dead else [self._single]
        bodies = await self._documents.documents(KIND)
        return [found for key, body in bodies.items() if (found := self._opened(key, body))]


def _key(team: str, enterprise: str) -> str:
    return f"{enterprise}:{team}"


class BoltStore(AsyncInstallationStore):
    """The same directory in the shape that Bolt's OAuth flow writes to and its own listeners read from."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def async_save(self, installation: Installation) -> None:
        await self._installations.save(
            WorkspaceInstallation(
                team="" if installation.is_enterprise_install else installation.team_id or "",
                enterprise=installation.enterprise_id or "",
                token=installation.bot_token or "",
                bot_user=installation.bot_user_id or "",
                bot_id=installation.bot_id or "",
                scopes=tuple(installation.bot_scopes or ()),
                url=str(installation.custom_values.get("url") or ""),
                name=installation.team_name or installation.enterprise_name or "",
            )
        )

    async def async_save_bot(self, bot: Bot) -> None:
        """Everything is kept by `async_save`."""

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        found = await self._installations.find(team_id or "", enterprise_id or "")
        if found is None:
            return None
        return Bot(
            team_id=found.team,
            enterprise_id=found.enterprise or None,
            bot_token=found.token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user,
            bot_scopes=list(found.scopes),
            installed_at=0,
        )

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        await self._installations.remove(team_id or "", enterprise_id or "")

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._installations.remove(team_id or "", enterprise_id or "")

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._installations.remove(team_id or "", enterprise_id or "")
