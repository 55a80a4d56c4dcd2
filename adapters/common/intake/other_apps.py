"""Apps, workflows and webhooks that speak to the bot: no answer, and one word to whoever set one up.

Two bots that answer each other would never end, and nobody would have pressed a price.
"""

from __future__ import annotations

import asyncio

from bot.core.ports.for_adapters import Documents
from bot.core.text.translation import gettext as _

KIND = "told_apps"


class ToldApps:
    """Of which apps somebody has been told, for good. Two replicas in the same moment may both tell."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._one_at_a_time = asyncio.Lock()

    async def first(self, platform: str, place: str, app: str) -> bool:
        """Whether this is the first time that this app speaks to the bot in this place."""
        key = f"{platform}:{place}:{app}"
        async with self._one_at_a_time:
            if await self._documents.get_document(KIND, key) is not None:
                return False
            await self._documents.put_document(KIND, key, {})
            return True


def not_answered(name: str, channel: str) -> str:
    """What whoever set an app up reads. `name` is escaped, `channel` is the platform's mark of one."""
    return _(
        "“{name}” has mentioned me in {channel}. I answer people only, not apps, workflows or webhooks, so"
        " nothing ran and nothing was charged. People who mention me there are answered. You read this once."
    ).format(name=name, channel=channel)
