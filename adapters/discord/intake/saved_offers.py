"""Orders whose price was named and that a press on the price runs.

A button has room for an id and no more, and a prompt does not belong in one: what was asked is kept under
the command's id for an hour. It is run as any other order, so the price is asked for again, the threshold,
the budgets and the policy of that moment apply, and pictures are fetched from Discord once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.discord.clock import Clock
from adapters.discord.intake.attachments import Source
from adapters.discord.intake.options import draft
from adapters.discord.shelf import Documents, Shelf
from bot.core.capability import Capability, about
from bot.core.errors import NotAllowed, NotFound
from bot.core.request import Actor, Order

KIND = "discord_offer"
KEPT_S = 3600
"""A price is worth little after an hour, and people's words are not kept for longer than they are useful."""
STAND_IN = "a picture"
"""What is priced when no prompt was given; never run."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What was asked about: `options` by their public names, `models` in the order of their buttons."""

    capability: Capability
    prompt: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    pictures: Sequence[Source] = ()
    models: Sequence[str] = ()

    @property
    def complete(self) -> bool:
        """Whether it can be run as it is: a price alone needs no prompt."""
        return bool(self.prompt) or not about(self.capability).takes_prompt

    def order(self, model: str, *, conversation: str = "") -> Order:
        """The order on one model, with stand-ins for its pictures. Raises InvalidOrder."""
        asked = dict(self.options)
        if about(self.capability).takes_prompt:
            asked["prompt"] = self.prompt or STAND_IN
        return draft(self.capability, self.pictures, model=model, conversation=conversation, **asked)


class Offers:
    """Offers by the id of the command that asked for them."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._shelf = Shelf(documents, clock, kind=KIND, kept_s=KEPT_S)

    async def keep(self, subject: str, person: str, offer: Offer) -> int:
        """Remember it for the one who asked; answers until when, in UTC microseconds."""
        return await self._shelf.put(subject, {"person": person, "offer": asdict(offer)})

    async def recall(self, subject: str, actor: Actor) -> Offer:
        """The offer again. Raises NotFound once it has expired, NotAllowed for anybody else."""
        body = await self._shelf.get(subject)
        if body is None:
            raise NotFound("These prices are from too long ago. Nothing was charged; please ask again.")
        if body["person"] != actor.person:
            raise NotAllowed("Only the person who asked can do that.")
        kept = body["offer"]
        pictures = [Source(**source) for source in kept["pictures"]]
        capability = Capability(kept["capability"])
        return Offer(**{**kept, "capability": capability, "pictures": pictures})

    async def tidy(self) -> None:
        """Forget old ones."""
        await self._shelf.tidy()
