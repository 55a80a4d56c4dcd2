"""When a price is put on a button before anything runs."""

from __future__ import annotations

from bot.core.capability import Capability, Output, about
from bot.core.ports.store import Store
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor
from bot.settings import Settings


async def asks(
    store: Store, settings: Settings, actor: Actor, capability: Capability, when: AskPrice
) -> bool:
    """Whether the price is asked about, however low it is."""
    match when:
        case AskPrice.ABOVE:
            return False
        case AskPrice.ALWAYS:
            return True
        case AskPrice.FIRST:
            kind = about(capability).output
            if kind is Output.TEXT or not settings.ask_first:
                return False
            alike = [one for one in Capability if about(one).output is kind]
            return not await store.agreed_before(actor.person, alike)
