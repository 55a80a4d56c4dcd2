"""The small picture beside a refusal: what was understood of a mask that would change nothing."""

from __future__ import annotations

from adapters.common.shared_texts import mask_as_understood
from adapters.discord.delivery.transport import Attachment
from adapters.discord.views.request import PREVIEW
from bot.core.errors import BadImage, Refusal

Previews = tuple[Attachment, ...]


def preview_of(refusal: Refusal) -> Previews:
    """The file that the view of this refusal shows; empty where there is nothing to show."""
    if not isinstance(refusal, BadImage) or not refusal.picture:
        return ()
    return (Attachment(name=PREVIEW, source=refusal.picture, description=mask_as_understood()),)
