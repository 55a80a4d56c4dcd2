"""“Post it again”: a result that Slack did not take goes where its person wants it."""

from __future__ import annotations

from dataclasses import replace

from adapters.slack.context import AdapterContext
from adapters.slack.intake.payload import Inbound


class Posting:
    """What the two buttons in the details of such a request do."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def here(self, inbound: Inbound, carried: str) -> None:
        """Post it in this conversation. Raises Refusal, DeliveryError."""
        await self._post(inbound, carried, direct=False)

    async def direct(self, inbound: Inbound, carried: str) -> None:
        """Send it to whoever pressed. Raises Refusal, DeliveryError."""
        await self._post(inbound, carried, direct=True)

    async def _post(self, inbound: Inbound, carried: str, *, direct: bool) -> None:
        actor = await self._adapter.people.actor(inbound)
        request_id = carried.partition(":")[2]
        event = await self._adapter.service.posting.result(actor, request_id)
        where = replace(inbound.address, response_url="", response_until=0)
        if direct:
            where = replace(where, channel="", thread_ts="", in_thread=False)
        went = await self._adapter.notifier.post_again(where.to_json(), event)
        await self._adapter.service.posting.posted(request_id, went)
