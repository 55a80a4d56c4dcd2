"""What the page's conversations are called.

In the channel a person's turns are kept under the person's id. A conversation of their own has an id after
it, so nobody can name one of somebody else's. Ids begin with the time, so that names sort by age.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.web.texts.conversations import no_such_conversation
from bot.core.errors import InvalidOrder
from bot.core.identity import new_request_id
from bot.core.order_rules import conversation_key
from bot.core.request import Actor, Request

_ID = re.compile(r"[0-9a-z]{20}", re.ASCII)


def new_id() -> str:
    """The id of a conversation in which nothing has been said."""
    return new_request_id().removeprefix("req_")


def all_own(actor: Actor) -> str:
    """What the names of the actor's own conversations begin with."""
    return f"{actor.person}/"


def name_of(actor: Actor, known: Any) -> str:
    """The name of the conversation with this id; without one, of the actor's part in the channel.

    Raises InvalidOrder for what cannot be an id.
    """
    if not known:
        return actor.person
    if not isinstance(known, str) or _ID.fullmatch(known) is None:
        raise InvalidOrder(no_such_conversation(), field="conversation")
    return f"{all_own(actor)}{known}"


def id_of(request: Request) -> str:
    """The id of the conversation that a request belongs to, empty for one of the channel."""
    own = conversation_key(request.actor.place_id, all_own(request.actor))
    return request.conversation.removeprefix(own) if request.conversation.startswith(own) else ""


def own_name(actor: Actor, request: Request) -> str:
    """Where what the actor makes of a request belongs: their conversation that has it, or the channel."""
    return name_of(actor, id_of(request) if request.actor.person == actor.person else "")


def only_for(request: Request) -> str:
    """The person who alone is shown a request as it moves; empty for one of the channel."""
    return request.actor.person if id_of(request) else ""
