"""When a price is put on a button before anything runs."""

from __future__ import annotations

from enum import StrEnum

from bot.core.capability import Capability, Output, about
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.settings import Settings


class AskPrice(StrEnum):
    """When an order's price is put on a button first: always, for the person's first picture or video, or
    only above the place's own threshold. The threshold holds in every case.
    """

    ALWAYS = "always"
    FIRST = "first"
    ABOVE = "above"


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
