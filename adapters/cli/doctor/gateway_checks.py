"""The gateway as the doctor sees it: the key by a dry run, balance, log, clocks, replay, webhooks.

Balance and log may be missing or closed to the key: then they are "not available here", and all is well.
"""

from __future__ import annotations

import contextlib
import ipaddress
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from adapters.cli.doctor.findings import Finding, Installation, ok, problem, warning
from adapters.composition import open_gateway
from adapters.server.webhooks import PATH
from bot.core.catalog import Catalog
from bot.core.errors import PriceUnknown
from bot.core.errors.outside import DryRunRan, GatewayError, GatewayPassing
from bot.core.money import dollars, parse_amount
from bot.core.ports.for_adapters import Clock
from bot.gateway.client import GatewayClient
from bot.settings import Settings
from bot.use_cases.key_check import Accepted, check_key

ACCEPTED = "reachable, and the key is accepted"
LOG_LOOK_US = 3600 * 1_000_000
SKEW_WARNING_S = 30.0
SKEW_PROBLEM_S = 240.0
"""Slack and the gateway sign with times that are refused when five minutes off."""


async def gateway(installation: Installation) -> list[Finding]:
    """Key, price, balance, log, clocks. The one order is priced by a dry run, which cannot charge."""
    settings = installation.settings
    if settings.lumenfall_api_key is None:
        return [problem("gateway", "LUMENFALL_API_KEY is not set.", "Make a key at the gateway and set it.")]
    found = await _clocks(installation)
    async with open_gateway(settings) as client:
        catalog = await _catalog(client)
        try:
            accepted = await check_key(client, catalog)
        except (PriceUnknown, DryRunRan):
            text = "A dry run names no price, so every request would be refused."
            remedy = "See the gateway's status page; nothing can run until it answers."
            return [*found, ok("gateway", ACCEPTED), problem("prices", text, remedy)]
        except GatewayPassing as error:
            remedy = (
                "Check LUMENFALL_BASE_URL, DNS, the firewall and, behind an inspecting proxy, SSL_CERT_FILE."
            )
            return [*found, problem("gateway", f"It cannot be reached ({error.code}).", remedy)]
        except GatewayError as error:
            return [*found, _refused(error)]
        balance, record = await _balance(client, settings), await _log(client, installation.clock)
    asked = explicit_models(catalog, settings)
    return [*found, ok("gateway", ACCEPTED), balance, record, *_prices(catalog, accepted), asked]


async def _catalog(client: GatewayClient) -> Catalog:
    """The gateway's models; empty where it lists none, which a working gateway may do."""
    catalog = Catalog()
    with contextlib.suppress(GatewayError):
        catalog.replace(await client.models())
    return catalog


async def _balance(client: GatewayClient, settings: Settings) -> Finding:
    try:
        left = await client.balance()
    except GatewayError:
        return ok("balance", "not available here")
    if left is None:
        return ok("balance", "post-paid, or not shown for this key")
    if left <= 0:
        return problem("balance", f"{dollars(left)}: every request fails.", "Top the account up.")
    if left < parse_amount(settings.low_balance):
        text = f"{dollars(left)} left, less than LOW_BALANCE ({dollars(parse_amount(settings.low_balance))})."
        return warning("balance", text, "Top the account up soon.")
    return ok("balance", f"{dollars(left)} left")


async def _log(client: GatewayClient, clock: Clock) -> Finding:
    now = clock.now()
    try:
        async for _ in client.log(since=now - LOG_LOOK_US, until=now):
            break
    except GatewayError:
        return ok("request log", "not available here; a call that breaks off settles at its hold")
    return ok("request log", "readable")


def _prices(catalog: Catalog, accepted: Accepted) -> list[Finding]:
    if accepted.note == "RECORDING_NOT_FOUND":
        remedy = "Set the key's replay mode to off in the gateway's dashboard."
        return [problem("replay", "The key replays recordings instead of working.", remedy)]
    if accepted.price is None:
        text = f"A dry run of {accepted.model} was not priced: {accepted.note}."
        return [warning("prices", text, "Look the code up in the gateway's documents.")]
    count = len(catalog)
    return [
        ok("prices", f"{count} models; a dry run of {accepted.model} says {dollars(accepted.price)}"),
        ok("replay", "off: every call says so, whatever the key's own default is"),
    ]


def explicit_models(catalog: Catalog, settings: Settings) -> Finding:
    """Which models are taken for able to draw explicit pictures; the gateway's tags name some at best."""
    marked = [model.id for model in catalog.search("", None, None) if model.sensitive]
    named = f"{len(marked)} models: {', '.join(marked[:5])}{' …' * (len(marked) > 5)}" if marked else "none"
    if settings.sensitive_models:
        return ok("explicit pictures", f"for age-restricted channels only: {named}")
    remedy = (
        "Set SENSITIVE_MODELS to patterns of the models that can draw them (`SENSITIVE_MODELS=none` where"
        " there are none); they are then for age-restricted channels only."
    )
    text = f"Nobody has said which models can draw them. By the gateway's own tags: {named}."
    return warning("explicit pictures", text, remedy)


def _refused(error: GatewayError) -> Finding:
    if error.code == "edge_block":
        remedy = "Ask the gateway's support to let this address through; a proxy in between can do it too."
        return problem("gateway", "An edge in front of the gateway turns us away (403).", remedy)
    if error.status == 401:
        remedy = "Make a new key at the gateway, set LUMENFALL_API_KEY, and start again."
        return problem("gateway", "The key is refused (401).", remedy)
    return problem("gateway", f"It says no: {error.code}.", "Look the code up in the gateway's documents.")


async def _clocks(installation: Installation) -> list[Finding]:
    """This machine's clock against the gateway's Date header."""
    try:
        async with httpx.AsyncClient(timeout=10) as http:
            answer = await http.get(installation.settings.lumenfall_base_url)
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        return []
    skew = installation.clock.now() / 1e6 - theirs
    text = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the gateway's"
    remedy = "Synchronise this machine's clock (NTP, chrony): signatures of events depend on it."
    if abs(skew) >= SKEW_PROBLEM_S:
        return [problem("clock", text, remedy)]
    if abs(skew) >= SKEW_WARNING_S:
        return [warning("clock", text, remedy)]
    return [ok("clock", "agrees with the gateway's")]


async def webhooks(installation: Installation) -> list[Finding]:
    """Whether the gateway would take the address (Lumenfall API, webhooks), and its secret is known."""
    settings = installation.settings
    if not settings.webhook_url:
        return [ok("webhooks", "not used; videos are polled")]
    fault = address_fault(settings.webhook_url)
    if fault:
        remedy = f"Use https://your.domain{PATH} on port 443 or 8443, or unset WEBHOOK_URL to poll only."
        return [problem("webhooks", f"WEBHOOK_URL {fault}.", remedy)]
    if settings.lumenfall_webhook_secret is None:
        try:
            async with open_gateway(settings) as client:
                secret = await client.webhook_secret()
        except GatewayError as error:
            return [_no_secret(error.code)]
        if secret is None:
            return [_no_secret("it names none")]
    return [ok("webhooks", "the address is acceptable and the secret is known")]


def _no_secret(why: str) -> Finding:
    return warning(
        "webhooks",
        f"The secret could not be asked for ({why}); videos are polled until it can.",
        "Set LUMENFALL_WEBHOOK_SECRET from the gateway's dashboard.",
    )


def address_fault(url: str) -> str:
    """What is wrong with a webhook address, or nothing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https":
        return "does not begin with https"
    if _numeric(host) or "." not in host or host.endswith((".local", ".internal", ".localhost")):
        return "has no public domain name"
    if port not in {None, 443, 8443}:
        return f"uses port {port}"
    return "" if parts.path == PATH else f"does not end in {PATH}"


def _numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
