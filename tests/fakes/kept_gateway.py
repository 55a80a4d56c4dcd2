"""What the gateway knows of the calls that an earlier version had sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.composition import open_storage
from bot.core.request import State
from bot.settings import Settings
from tests.fakes.clocks import WarpClock
from tests.fakes.kept import Fixture

IN_LOG = ("generate", "chat", "edit")
"""Of the calls that broke off, the gateway has made these; of the others it knows nothing."""


class KeptGateway:
    """Tells the sandbox of the calls that version 0.1.0 had sent: each is made again under its trace id."""

    def __init__(self, fixture: Fixture, database: dict[str, Any], folder: Path) -> None:
        self._fixture = fixture
        self._settings = Settings(**{"data_dir": folder, **database})
        self.charged: dict[str, int] = {}

    async def __call__(self, sandbox: Any, client: Any) -> None:
        async with open_storage(self._settings, WarpClock()) as store:
            rows = [await store.get(old["id"]) for old in self._fixture.rows()]
            for row in rows:
                if row.state is State.RUNNING:
                    await self._film(sandbox, client, row)
                elif row.state in (State.AMBIGUOUS, State.SUBMITTED) and row.capability in IN_LOG:
                    await self._call(client, store, row)

    async def _film(self, sandbox: Any, client: Any, row: Any) -> None:
        job = await client.start_video(
            row.order, {}, trace_id=row.trace_id, user="someone", idempotency_key=row.id
        )
        film = sandbox.state.videos.pop(job.id)
        film.id = row.job_id
        sandbox.state.videos[row.job_id] = film

    async def _call(self, client: Any, store: Any, row: Any) -> None:
        pictures = {one.digest: await store.upload(one.digest) for one in getattr(row.order, "images", ())}
        more = {"on_text": lambda _text: None} if row.capability == "chat" else {}
        call = client.chat if row.capability == "chat" else client.run
        made = await call(row.order, pictures, trace_id=row.trace_id, user="someone", **more)
        self.charged[row.id] = made.cost
