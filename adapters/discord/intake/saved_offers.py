"""What is kept between a first answer and the press or the form that follows it, under an id.

A button has room for an id and no more. An offer is an order whose price was named: it is kept for an hour
and run as any other order, so the price is asked for again, the threshold, the budgets and the policy of
that moment apply, and pictures are fetched from Discord once more.

A target is a message for whose pictures a form is open. The pictures cannot be looked up again: without the
message-content intent Discord hides the attachments of other people's messages from every request but the
menu's own (Discord docs, Message Content Intent). So they are written down before the form opens, and a form
sent in after a restart still finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import discord

from adapters.common import shared_texts
from adapters.common.expiring_documents import ExpiringDocuments
from adapters.common.intake import unread_texts
from adapters.common.intake.documents import AttachedFile
from adapters.common.intake.file_kinds import FileKind
from adapters.discord.intake.attachments import Source, pictures_in
from adapters.discord.intake.options import DraftOrder, draft
from adapters.discord.intake.said import PointedAt
from adapters.discord.views import texts
from bot.core.capability import Capability, about
from bot.core.errors import InvalidOrder, NotAllowed, NotFound
from bot.core.ports.for_adapters import Clock, Documents
from bot.core.request import Actor
from bot.core.said import Quoted

KIND = "discord_offer"
OFFER_KEPT_S = 3600
"""A price is worth little after an hour, and people's words are not kept for longer than they are useful."""
SAMPLE_PROMPT = "a picture"
"""What is priced when no prompt was given; never run."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What was asked about: `options` by their public names, `models` in the order of their buttons.

    With a `message`, the order is the one whose prices that message asked for (`Talk.priced`).
    """

    capability: Capability
    prompt: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    pictures: Sequence[Source] = ()
    models: Sequence[str] = ()
    message: str = ""

    @property
    def complete(self) -> bool:
        """Whether it can be run as it is: a price alone needs no prompt."""
        return bool(self.prompt) or not about(self.capability).takes_prompt

    def order(self, model: str, *, conversation: str = "") -> DraftOrder:
        """The order on one model, its pictures still on Discord. Raises InvalidOrder."""
        asked = dict(self.options)
        if about(self.capability).takes_prompt:
            asked["prompt"] = self.prompt or SAMPLE_PROMPT
        return draft(self.capability, self.pictures, model=model, conversation=conversation, **asked)


class Offers:
    """Offers by the id of the command that asked for them."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._kept = ExpiringDocuments(documents, clock, kind=KIND, kept_s=OFFER_KEPT_S)

    async def keep(self, subject: str, person: str, offer: Offer) -> int:
        """Remember it for the one who asked; answers until when, in UTC microseconds."""
        return await self._kept.put(subject, {"person": person, "offer": asdict(offer)})

    async def recall(self, subject: str, actor: Actor) -> Offer:
        """The offer again. Raises NotFound once it has expired, NotAllowed for anybody else."""
        body = await self._kept.get(subject)
        if body is None:
            raise NotFound(texts.prices_too_old())
        if body["person"] != actor.person:
            raise NotAllowed(shared_texts.not_yours())
        kept = body["offer"]
        pictures = [Source(**source) for source in kept["pictures"]]
        capability = Capability(kept["capability"])
        return Offer(**{**kept, "capability": capability, "pictures": pictures})

    async def delete_expired(self) -> None:
        """Forget old ones."""
        await self._kept.delete_expired()


TARGET_KEPT_S = 24 * 3600
"""Discord's signed addresses live about a day."""


class Targets:
    """Messages by `channel.message`."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._kept = ExpiringDocuments(documents, clock, kind="discord_target", kept_s=TARGET_KEPT_S)

    async def remember(self, message: discord.Message) -> tuple[str, Sequence[Source]]:
        """A name for the message, and its pictures. Raises InvalidOrder when it has none."""
        found = shown_in(message)
        subject = f"{message.channel.id}.{message.id}"
        await self._kept.put(subject, {"pictures": [asdict(source) for source in found]})
        return subject, found

    async def recall(self, subject: str) -> Sequence[Source]:
        """The pictures again. Raises NotFound."""
        return [Source(**source) for source in (await self._body(subject))["pictures"]]

    async def remember_all(self, message: discord.Message, pointed: PointedAt) -> str:
        """A name for the message, of which everything is kept. Raises InvalidOrder when that is nothing."""
        if not pointed.quoted and not pointed.files:
            raise InvalidOrder(unread_texts.nothing_read(()), field="image")
        subject = f"{message.channel.id}.{message.id}.all"
        files = [{**asdict(file), "source": asdict(file.source)} for file in pointed.files]
        quoted = [asdict(quote) for quote in pointed.quoted]
        await self._kept.put(subject, {"files": files, "quoted": quoted})
        return subject

    async def recall_all(self, subject: str) -> PointedAt:
        """The whole message again; of a form of an earlier version its pictures. Raises NotFound."""
        body = await self._body(subject)
        files = body.get("files") or [{"name": "", "source": one} for one in body.get("pictures") or ()]
        return PointedAt(
            quoted=[Quoted(**quote) for quote in body.get("quoted") or ()],
            files=[_file_again(file) for file in files],
        )

    async def _body(self, subject: str) -> Mapping[str, Any]:
        body = await self._kept.get(subject)
        if body is None:
            raise NotFound(shared_texts.message_forgotten())
        return body

    async def delete_expired(self) -> None:
        """Forget messages whose addresses are dead by now."""
        await self._kept.delete_expired()


def shown_in(message: discord.Message) -> Sequence[Source]:
    """The pictures of a message. Raises InvalidOrder when it has none."""
    found = pictures_in(message)
    if not found:
        raise InvalidOrder(texts.no_picture_in_message(), field="image")
    return found


def _file_again(kept: Mapping[str, Any]) -> AttachedFile[Source]:
    kind = FileKind(kept["kind"]) if kept.get("kind") else None
    return AttachedFile(**{**kept, "source": Source(**kept["source"]), "kind": kind})
