"""Files for one person: in their direct messages with the bot, since an ephemeral message takes none."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.slack.addressing import Address
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.files import OutgoingFile
from adapters.slack.views.layout import section


async def hand_over(
    adapter: AdapterContext, where: Address, files: Sequence[tuple[str, bytes]], text: str
) -> None:
    """Post named files with a text (mrkdwn) to the person of the address. Raises DeliveryError."""
    direct = await adapter.message_routes.direct(where)
    shared: list[tuple[str, str]] = []
    for name, data in files:
        file = OutgoingFile(name=name, title=name, alt=name, size=len(data), data=data)
        shared.append((await adapter.files.upload(direct, file), name))
    await adapter.files.share(direct, shared, [section(text)])
