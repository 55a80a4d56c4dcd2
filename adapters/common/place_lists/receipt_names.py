"""The project and the style of what was ordered, as a receipt has them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.events import Receipt
from bot.core.text.translation import gettext as _


def receipt_names(found: Receipt) -> Iterator[str]:
    """The project and the style of what was ordered."""
    if found.project:
        yield _("project {name}").format(name=found.project)
    if found.style:
        yield _("style {name}").format(name=found.style)
