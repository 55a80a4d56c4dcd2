"""Words for the asker alone, after a public answer has been begun.

Discord fixes with the first answer whether a message is ephemeral (Discord docs, Receiving and
Responding). So a placeholder that everybody sees is deleted and an ephemeral follow-up takes its place;
without a live token it becomes a direct message; and where that is closed too, the placeholder says
publicly that nothing came of it, and nothing about money.
"""

from __future__ import annotations

from dataclasses import replace

from discord import ui

from adapters.discord.addressing import Reply
from adapters.discord.clock import Clock
from adapters.discord.delivery.routes import Addresses
from adapters.discord.delivery.transport import Message, Outbox
from adapters.discord.errors import Trouble, trouble_of
from bot.core.errors import DeliveryFinal, DeliveryPassing


class Aside:
    """Tells one person."""

    def __init__(self, outbox: Outbox, addresses: Addresses, clock: Clock) -> None:
        self._outbox = outbox
        self._addresses = addresses
        self._clock = clock

    async def tell(self, reply: Reply, view: ui.LayoutView, in_public: ui.LayoutView, *, nonce: str) -> Reply:
        """Replace the promised message by `view`, for the asker only; `in_public` if that cannot be.

        Answers where something is left to look at; without a message id where nothing is.

        Raises DeliveryPassing, DeliveryFinal.
        """
        if reply.ephemeral or reply.private:
            return await self._addresses.say(reply, view, nonce=nonce, public=False)
        if reply.token_alive(self._clock.now()):
            try:
                await self._outbox.delete(reply)
                await self._outbox.follow_up(reply, Message(view=view), ephemeral=True)
                return replace(reply, message_id=0)
            except Exception as error:
                go_on_from(error)
        try:
            await self._outbox.write_to(reply.user_id, Message(view=view), nonce=nonce)
            await self._outbox.delete(reply)
            return replace(reply, message_id=0)
        except Exception as error:
            go_on_from(error)
        return await self._addresses.say(reply, in_public, nonce=nonce, public=False)


def go_on_from(error: Exception) -> None:
    """Return only after a trouble that another address may cure; raise otherwise."""
    if isinstance(error, DeliveryPassing | DeliveryFinal):
        raise error
    trouble = trouble_of(error)
    if trouble is Trouble.LATER:
        raise DeliveryPassing("Discord did not answer") from error
    if trouble is Trouble.WRONG:
        raise error
