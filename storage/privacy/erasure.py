"""Erases one person's data: texts, pictures and name are deleted, amounts stay.

The ledger is append-only and uses the platform's id of a person, so that id stays with the amounts; without
name and texts only the platform can tell whose id it is. A request whose cost is still asked of the gateway's
log is erased at once: the correction needs amounts and ids alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.core.notices.thresholds import NOTICE_CHOICE
from bot.core.order_rules import is_told, without_words
from bot.core.ports.store import Erased
from bot.core.request import Request, chat_of
from storage.requests import many
from storage.rows import actor_text, assets_text, order_text
from storage.transaction import Transaction, ask, tell
from storage.wallets import transactions as wallets


def erase(person: str, now: int) -> Transaction[Erased]:
    """`Store.erase`."""
    found = yield from many("requests_of_person", person=person)
    ended = [request for request in found if is_told(request)]
    turns = 0
    for request in ended:
        yield from tell(
            "erase_request",
            id=request.id,
            actor=actor_text(replace(request.actor, name="")),
            asked=order_text(without_words(request.order)),
            assets=assets_text([replace(asset, revised_prompt="") for asset in request.assets]),
        )
        yield from tell("purge_references", id=request.id)
        turns += len((yield from ask("turns_forget_request", request_id=request.id)))
        yield from tell("pictures_forget_request", request_id=request.id)
    turns += len((yield from ask("turns_forget_author", author=person)))
    yield from _unquote(ended)
    for conversation in sorted({request.conversation for request in ended if request.conversation}):
        yield from tell("readings_blank", conversation=conversation)
    yield from tell("purge_uploads")
    yield from tell("uploads_disown", person=person)
    yield from tell("home_erase", person=person)
    yield from wallets.erase(person, now)
    yield from tell("notices_erase", person=person)
    yield from tell("document_delete", kind=NOTICE_CHOICE, key=person)
    return Erased(requests=[request.id for request in ended], turns=turns, unfinished=len(found) - len(ended))


def _unquote(ended: Iterable[Request]) -> Transaction[None]:
    """Delete the person's texts from the history of other people's chats in the same threads."""
    threads = {
        (request.actor.tenant, request.actor.place_id, chat.conversation)
        for request in ended
        if (chat := chat_of(request.order)) and chat.conversation
    }
    for tenant in sorted({tenant for tenant, _, _ in threads}):
        for request in (yield from many("chats_of_tenant", tenant=tenant)):
            order = chat_of(request.order)
            thread = (tenant, request.actor.place_id, order.conversation if order else "")
            if order is not None and order.history and thread in threads:
                yield from tell("reword_request", id=request.id, asked=order_text(replace(order, history=())))
