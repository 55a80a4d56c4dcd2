"""Looks for a message of ours that a process posted and did not live to write down.

Slack has no key under which a second chat.postMessage is the first one. So each message that must not stand
there twice is named in its metadata, and where its posting may have broken off it is looked for. A stream
takes no metadata before its end (Slack docs, chat.startStream): until then it is known by its text, a
beginning of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.slack.addressing import Address
from adapters.slack.client import Api
from bot.core.errors.outside import DeliveryFinal

log = structlog.get_logger(__name__)

EVENT_TYPE = "lumenfall_message"
LOOKED_AT = 100
"""Messages of a conversation that are looked at."""
CLOCKS_DIFFER_S = 600
"""Slack's clock may be so far from ours."""


@dataclass(frozen=True, kw_only=True)
class Once:
    """The `key` of a message that must not stand there twice.

    `since`: its posting may have begun at this moment and broken off (UTC micros); 0: it is the first try.
    `answer`: the text that a stream may have begun to show.
    """

    key: str
    since: int = 0
    answer: str = ""

    @property
    def metadata(self) -> dict[str, Any]:
        """What names it at Slack; any member of the workspace can read it."""
        return {"event_type": EVENT_TYPE, "event_payload": {"key": self.key}}


async def found(api: Api, where: Address, once: Once) -> str:
    """The ts of the message in the thread or conversation, or "". Raises DeliveryPassing."""
    if not once.since:
        return ""
    thread: dict[str, Any] = {"ts": where.thread_ts} if where.thread_ts else {}
    try:
        answer = await api.call(
            where,
            "conversations.replies" if thread else "conversations.history",
            channel=where.channel,
            oldest=where.ts or f"{once.since / 1e6 - CLOCKS_DIFFER_S:.6f}",
            limit=LOOKED_AT,
            include_all_metadata=True,
            **thread,
        )
        bot_user = (await api.installation(where)).bot_user
    except DeliveryFinal as error:
        log.info("not_looked_for", key=once.key, error=error.code)
        return ""
    messages = answer.get("messages") or ()
    ours = [one for one in messages if one.get("user") == bot_user]
    return next((str(one.get("ts") or "") for one in ours if _is(one, once)), "")


def _is(message: Mapping[str, Any], once: Once) -> bool:
    metadata: Mapping[str, Any] = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT_TYPE:
        return bool((metadata.get("event_payload") or {}).get("key") == once.key)
    begun = _letters(str(message.get("text") or ""))
    return bool(begun) and not message.get("files") and _letters(once.answer).startswith(begun)


def _letters(text: str) -> str:
    """What is left of a text when its marks are read in another way."""
    return "".join(sign for sign in text if sign.isalnum())
