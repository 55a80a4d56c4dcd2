"""Builds the core from its settings, once, and takes it down in reverse.

Shared by the commands of `adapters.cli.main`; adapters themselves never import this.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from adapters.server.operator_notices import OperatorNotices
from bot.bounds.breakers import Breakers
from bot.conversation.waiting import Waiting
from bot.core.catalog import Catalog
from bot.core.clock import SystemClock
from bot.core.errors.outside import GatewayError
from bot.core.ports.for_adapters import Clock, Members, NoticeSender, Notifier
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.gateway.client import GatewayClient
from bot.settings import Settings
from bot.telemetry.loops import Loops
from bot.use_cases.admin import Admin
from bot.use_cases.admission import AccountFunds, checks_of
from bot.use_cases.house_rules import BlockedUses, HouseRules
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk
from bot.worker.maintenance import Maintenance
from bot.worker.notices.delivery import NoticeDelivery
from bot.worker.queue_positions import QueuePositions
from bot.worker.seen_prices import SeenPrices
from bot.worker.step_context import StepTools
from bot.worker.steps import Steps
from bot.worker.worker import Worker
from storage import open_store
from storage.media_folder import MediaFolder

log = structlog.get_logger(__name__)

VENDOR_HOST = "api.lumenfall.ai"


class Common(TypedDict):
    """What every part of the core is given."""

    store: Store
    clock: Clock
    settings: Settings


class Made(TypedDict):
    """What is made here for several parts of the core."""

    gateway: GatewayClient
    media: MediaStore
    catalog: Catalog


class Platforms(TypedDict):
    """What adapters enter when they start, by the platform's name; the worker and the core read the same."""

    notifiers: dict[str, Notifier]
    members: dict[str, Members]


@dataclass(kw_only=True)
class Core:
    """The parts that adapters are given, and those that only the composition root touches."""

    settings: Settings
    clock: Clock
    store: Store
    gateway: GatewayClient
    media: MediaStore
    catalog: Catalog
    service: Service
    talk: Talk
    admin: Admin
    worker: Worker
    maintenance: Maintenance
    line: QueuePositions
    notices: NoticeDelivery
    notice_senders: dict[str, NoticeSender]
    notifiers: dict[str, Notifier] = field(default_factory=dict[str, Notifier])
    members: dict[str, Members] = field(default_factory=dict[str, Members])

    @property
    def loops(self) -> tuple[Loops, ...]:
        """The regular work of the core."""
        return (self.worker.loops, self.maintenance.loops, self.line.loops, self.notices.loops)


def media_hosts(settings: Settings) -> tuple[str, ...]:
    """Hosts results may be fetched from: a gateway that is not the vendor's may serve its own files."""
    base = urlsplit(settings.lumenfall_base_url)
    if base.hostname == VENDOR_HOST:
        return settings.media_hosts
    return (*settings.media_hosts, f"{base.scheme}://{base.netloc}")


@asynccontextmanager
async def open_storage(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Store]:
    """The database alone, migrated; for commands that need nothing else."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    url = settings.database_url.get_secret_value() if settings.database_url else None
    async with open_store(
        database_url=url,
        path=settings.database_path,
        pool=settings.database_pool,
        clock=clock or SystemClock(),
        starters=settings.starters,
    ) as store:
        yield store


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[GatewayClient]:
    """The gateway client alone."""
    async with GatewayClient(
        base_url=settings.lumenfall_base_url,
        api_key=settings.lumenfall_api_key or SecretStr(""),
        media_hosts=media_hosts(settings),
        timeout_s=settings.gateway_timeout_s,
        max_result_bytes=settings.max_result_bytes,
        webhook_url=settings.webhook_url,
        chat_models=settings.chat_models,
        sensitive_models=settings.sensitive_models,
    ) as gateway:
        yield gateway


@asynccontextmanager
async def open_core(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Core]:
    """Everything but the adapters, with the gateway's models where it lists them."""
    async with build_core(settings, clock=clock) as core:
        try:
            await core.maintenance.refresh_catalog()
        except GatewayError as error:
            log.warning("catalog_unavailable", error=error.code)
        yield core


@asynccontextmanager
async def build_core(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Core]:
    """The same before the gateway was asked anything; `serving` asks it while the adapters connect.

    The worker is built but not started: adapters register first.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_storage(settings, clock))
        gateway = await stack.enter_async_context(open_gateway(settings))
        yield _assemble(settings, clock, store, gateway, await identity_key(store, settings))


def _tools(
    settings: Settings,
    clock: Clock,
    store: Store,
    gateway: GatewayClient,
    catalog: Catalog,
    key: bytes,
    platforms: Platforms,
) -> StepTools:
    checks = checks_of(catalog, settings)
    return StepTools(
        store=store,
        gateway=gateway,
        media=MediaFolder(settings.media_dir),
        checks=checks,
        house_rules=HouseRules(checks, BlockedUses(store, clock, settings.retention_days)),
        **platforms,
        clock=clock,
        settings=settings,
        identity_key=key,
        seen_prices=SeenPrices(clock),
        breakers=Breakers(clock.now, settings.breaker_after),
        waiting=Waiting(),
    )


def _assemble(settings: Settings, clock: Clock, store: Store, gateway: GatewayClient, key: bytes) -> Core:
    catalog, funds = Catalog(gateway.text_models), AccountFunds()
    platforms: Platforms = {"notifiers": {}, "members": {}}
    tools = _tools(settings, clock, store, gateway, catalog, key, platforms)
    media = tools.media
    common: Common = {"store": store, "clock": clock, "settings": settings}
    worker, line = Worker(**common, steps=Steps(tools), owner=owner_name()), QueuePositions(tools)
    senders: dict[str, NoticeSender] = {"": OperatorNotices(settings.operator_webhook)}
    made: Made = {"gateway": gateway, "media": media, "catalog": catalog}
    service = Service(
        **common,
        **made,
        checks=tools.checks,
        house_rules=tools.house_rules,
        funds=funds,
        identity_key=key,
        breakers=tools.breakers,
        wake=worker.wake,
        waits=line.join,
    )
    return Core(
        **common,
        **made,
        service=service,
        talk=Talk(service=service, store=store, settings=settings),
        admin=Admin(**common, catalog=catalog, wake=worker.wake, identity_key=key),
        worker=worker,
        maintenance=Maintenance(**common, **made, funds=funds),
        line=line,
        notices=NoticeDelivery(**common, senders=senders),
        notice_senders=senders,
        **platforms,
    )


async def identity_key(store: Store, settings: Settings) -> bytes:
    """The key of the hash sent as `user`: the operator's, or one made once and kept in the database."""
    if settings.identity_key is not None:
        return settings.identity_key.get_secret_value().encode()
    kept = await store.get_document("installation", "identity_key")
    if kept is None:
        await store.put_document("installation", "identity_key", {"hex": secrets.token_hex(32)})
        kept = await store.get_document("installation", "identity_key") or {}
    return bytes.fromhex(str(kept["hex"]))


def owner_name() -> str:
    """Unique per process start, readable in the database: host, process id, and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
