"""Slack as the doctor sees it: tokens, scopes against the manifest, and the way events come in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from cryptography.fernet import InvalidToken
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.cli.doctor.findings import Finding, Installation, ok, problem, warning
from adapters.composition import open_storage
from adapters.slack.client import PUBLIC_API
from adapters.slack.installation import KIND, TokenCipher
from adapters.slack.manifest import EVENTS, EVENTS_PATH, OPTIONAL_SCOPES, missing_scopes
from bot.settings import Settings

_SECRET = re.compile(r"[0-9a-f]{32}")
_DEAD = frozenset({"invalid_auth", "token_revoked", "account_inactive", "token_expired", "not_authed"})


async def slack(installation: Installation) -> list[Finding]:
    """The workspace's token or every installed one, the app token, the signing secret."""
    settings = installation.settings
    if settings.slack_bot_token is None and not settings.slack_client_id:
        return []
    if settings.slack_bot_token is not None:
        found = await _workspace(settings, settings.slack_bot_token.get_secret_value(), "slack")
    else:
        found = await _installations(installation)
    return [*found, *await _events(settings)]


@asynccontextmanager
async def _client(settings: Settings, token: str) -> AsyncIterator[AsyncWebClient]:
    base = (settings.slack_api_url or PUBLIC_API).rstrip("/") + "/"
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(token=token, base_url=base, timeout=15, session=session)


async def _workspace(settings: Settings, token: str, name: str) -> list[Finding]:
    try:
        async with _client(settings, token) as client:
            answer = await client.auth_test()
    except SlackApiError as error:
        return [_refused(name, str(error.response.get("error", "")))]
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        return [_unreachable(name, error)]
    granted = tuple(str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
    found = [ok(name, f"the token is {answer['user']}'s in {answer['team']}")]
    return [*found, *_scopes(name, granted)]


def _refused(name: str, error: str) -> Finding:
    if error in _DEAD:
        remedy = "Install the app into the workspace again and set the new SLACK_BOT_TOKEN."
        return problem(name, f"The token is dead ({error}).", remedy)
    return problem(name, f"Slack says {error}.", "Look the code up in Slack's documents of auth.test.")


def _unreachable(name: str, error: Exception) -> Finding:
    remedy = "Check DNS, the firewall and SLACK_API_URL."
    return problem(name, f"Slack cannot be reached ({type(error).__name__}).", remedy)


def _scopes(name: str, granted: tuple[str, ...]) -> list[Finding]:
    remedy = "Paste `lumenfall-bot slack manifest` into the app's settings and install the app again."
    missing = missing_scopes(granted)
    if missing:
        return [problem(f"{name} scopes", f"Missing: {', '.join(missing)}.", remedy)]
    without = [scope for scope in OPTIONAL_SCOPES if scope not in granted]
    if without:
        text = f"Optional ones are missing: {', '.join(without)}."
        return [warning(f"{name} scopes", text, remedy)]
    return [ok(f"{name} scopes", "all that the manifest names")]


async def _installations(installation: Installation) -> list[Finding]:
    """Every workspace that was installed by OAuth: its token can be opened and lives."""
    settings = installation.settings
    try:
        cipher = TokenCipher(settings.token_keys)
    except ValueError:
        return []  # the configuration's finding says so
    async with open_storage(settings, installation.clock) as store:
        sealed = await store.documents(KIND)
    if not sealed:
        return [ok("slack", "no workspace has installed the app yet")]
    found: list[Finding] = []
    for key, body in sealed.items():
        name = f"slack {key.strip(':')}"
        try:
            token = str(cipher.open(body["sealed"])["token"])
        except InvalidToken:
            remedy = "Put the key it was sealed with back behind the new one in TOKEN_KEYS."
            found.append(problem(name, "Its token cannot be opened with TOKEN_KEYS.", remedy))
            continue
        found += await _workspace(settings, token, name)
    return found


async def _events(settings: Settings) -> list[Finding]:
    """How events come in. What Slack sends can only be seen when it comes, so the way is what is checked."""
    found: list[Finding] = []
    if settings.slack_app_token is not None:
        found.append(await _socket(settings, settings.slack_app_token.get_secret_value()))
    if settings.slack_signing_secret is not None:
        found.append(_signing(settings.slack_signing_secret.get_secret_value()))
    return found


async def _socket(settings: Settings, token: str) -> Finding:
    remedy = "Make an app-level token with connections:write and set SLACK_APP_TOKEN; switch Socket Mode on."
    try:
        async with _client(settings, "") as client:
            answer: Any = await client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        return problem("slack events", f"No socket: {error.response.get('error', '')}.", remedy)
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as error:
        return _unreachable("slack events", error)
    return (
        ok("slack events", f"by socket; {len(EVENTS)} kinds are wanted")
        if answer["ok"]
        else problem("slack events", "No socket.", remedy)
    )


def _signing(secret: str) -> Finding:
    if not _SECRET.fullmatch(secret):
        remedy = "Copy the Signing Secret (not the Client Secret) from the app's Basic Information."
        text = "SLACK_SIGNING_SECRET does not look like one (32 hex digits); every event would be refused."
        return problem("slack signature", text, remedy)
    return ok("slack events", f"by HTTP at {EVENTS_PATH}, signed")
