"""The slash command: the same verbs, or a form where nothing follows it."""

from __future__ import annotations

from adapters.slack.context import AdapterContext
from adapters.slack.forms.order import Modals
from adapters.slack.forms.order_view import Start
from adapters.slack.handlers.dispatch import CommandDispatch
from adapters.slack.intake.grammar import ADMIN, read_command
from adapters.slack.intake.payload import Inbound
from adapters.slack.intake.said import words_of


class Commands:
    """Handles `/lumen …`."""

    def __init__(self, adapter: AdapterContext, dispatch: CommandDispatch, modals: Modals) -> None:
        self._adapter = adapter
        self._dispatch = dispatch
        self._modals = modals

    async def typed(self, inbound: Inbound) -> None:
        """Run what was typed. Raises Refusal, GatewayError or DeliveryError."""
        text = str(inbound.body.get("text") or "").strip()
        if not text:
            await self._modals.open(inbound, Start())
            return
        said = read_command(text)
        if not said.verb:
            # Plain words after the command are a wish: the form has them already, with a price to come.
            prompt = await words_of(inbound, text, adapter=self._adapter)
            await self._modals.open(inbound, Start(prompt=prompt))
            return
        actor = await self._adapter.people.actor(inbound)
        rest = said.rest
        if said.verb not in ADMIN:
            rest = await words_of(inbound, said.rest, adapter=self._adapter)
        await self._dispatch.run(inbound, actor, said.verb, rest)
