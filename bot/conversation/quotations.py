"""Words of others that a model is given to read with a message, marked as such. Pure."""

from __future__ import annotations

from typing import Any

from bot.core.said import Said
from bot.core.tenant import Tenant
from bot.core.text.blocked_words import broken_rule

SOMEBODY = "somebody"


def said_before(tenant: Tenant, said: Said[Any]) -> str:
    """What was said in a thread before the bot was called into it; lines with blocked words are left out."""
    lines = [f"{one.author or SOMEBODY}: {one.words}" for one in said.earlier]
    allowed = [line for line in lines if not broken_rule(tenant.blocked_words, [line])]
    if not allowed:
        return ""
    return "\n".join(("[said in this thread before, not by the speaker now:]", *allowed, "[now:]"))


def came_along(said: Said[Any]) -> str:
    """What came with the words."""
    parts = [
        f"[{quote.author or SOMEBODY} wrote, and the speaker quotes it:]\n{quote.words}"
        for quote in said.quoted
    ]
    parts += [
        f"[file {one.name}{', its beginning' if one.cut else ''}:]\n{one.text}" for one in said.documents
    ]
    return "\n\n".join(parts)
