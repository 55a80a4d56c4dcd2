"""What the endpoints need to know of the process that they run in; the composition root hands it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.catalog import Catalog
from bot.core.ports.for_adapters import Clock
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.gateway.client import GatewayClient
from bot.settings import Settings
from bot.telemetry.loops import Loops
from bot.worker.worker import Worker


class Process(Protocol):
    """The parts of a running bot that can be asked how they are, and be woken."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def store(self) -> Store: ...

    @property
    def media(self) -> MediaStore: ...

    @property
    def gateway(self) -> GatewayClient: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def worker(self) -> Worker: ...

    @property
    def loops(self) -> Sequence[Loops]:
        """The regular work of the core."""
        ...


class Platform(Protocol):
    """A chat platform or the playground, as far as readiness asks for it."""

    @property
    def ORIGIN(self) -> str:  # noqa: N802 — a constant of the class
        """The `origin` of its requests."""
        ...

    async def ready(self) -> bool:
        """Whether it is connected."""
        ...
