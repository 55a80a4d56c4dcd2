"""`link` and its buttons: a person says which of their accounts belong together. For their eyes alone."""

from __future__ import annotations

from adapters.common.linking.steps import step
from adapters.slack.context import AdapterContext
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import links as link_view
from adapters.slack.views.layout import Message
from bot.core.request import Actor


class Links:
    """Answers in private, in a conversation and from the Home tab."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def answer(self, actor: Actor, asked: str) -> Message:
        """The command. Raises Refusal."""
        return link_view.shown(await step(self._adapter.service.links, actor, asked))

    async def pressed(self, inbound: Inbound, carried: str) -> None:
        """A button: `link:code`, `link:show`, `link:leave`, `link:agree ID` or `link:decline ID`."""
        actor = await self._adapter.people.actor(inbound)
        message = await self.answer(actor, carried.partition(":")[2])
        seen_by_one = bool((inbound.body.get("container") or {}).get("is_ephemeral"))
        if seen_by_one and await self._adapter.message_routes.replace_private(inbound.address, message):
            return
        await self._adapter.message_routes.private(inbound.address, message)
