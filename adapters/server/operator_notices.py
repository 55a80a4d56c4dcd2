"""Tells the operator over a webhook of their own, where one is set. The log and the metrics say it anyway.

Slack and Discord have addresses that post what is sent to them (incoming webhooks); both are understood. Any
other address gets the figures as well. `id` is the same whenever a notice is sent again, and is also the
`Idempotency-Key`: a webhook has no other way to look before it posts.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from adapters.common.notices.words import operator_sentence
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.money import plain
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Notice
from bot.core.ports.for_adapters import NoticeAddress

_TIMEOUT = aiohttp.ClientTimeout(total=20)


class OperatorNotices:
    """The sender of notices that belong to no platform."""

    def __init__(self, webhook: SecretStr | None) -> None:
        self._webhook = webhook

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """Post it. Raises DeliveryError; without an address there is nothing to do."""
        if self._webhook is None:
            return
        url = self._webhook.get_secret_value()
        headers = {"Idempotency-Key": notice.id}
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(
                    url, json=body_of(notice, url), headers=headers, allow_redirects=False
                ) as answer,
            ):
                status = answer.status
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise DeliveryPassing(f"The operator's webhook failed: {type(error).__name__}") from error
        if status >= 500 or status in (408, 429):
            raise DeliveryPassing(f"The operator's webhook answered {status}")
        if status >= 300:
            raise DeliveryFinal(f"The operator's webhook answered {status}")

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """The operator gets none: each place has its own."""
        raise DeliveryFinal("the operator gets no digest")


def body_of(notice: Notice, url: str) -> dict[str, Any]:
    """What is sent to an address."""
    text = operator_sentence(notice)
    host = urlsplit(url).hostname or ""
    if host == "discord.com" or host.endswith(".discord.com"):
        return {"content": text, "allowed_mentions": {"parse": []}}
    if host == "hooks.slack.com":
        return {"text": text}
    return {
        "text": text,
        "id": notice.id,
        "limit": notice.budget.id,
        "percent": notice.threshold,
        "spent": plain(notice.spent),
        "of": plain(notice.limit),
    }
