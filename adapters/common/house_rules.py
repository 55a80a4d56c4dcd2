"""How a refusal of the house rules is worded for admins, the same on every surface."""

from __future__ import annotations

from bot.core.text.blocked_words import BlockedUse
from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext


def blocked_use(use: BlockedUse, who: str, when: str) -> str:
    """One line of what the house rules refused; the person and the moment as the platform shows them."""
    return _("{when} · {who} · {capability} · rule “{rule}”").format(
        when=when, who=who, capability=use.capability, rule=use.rule
    )


def blocked_title(count: int) -> str:
    """Heads those lines."""
    return ngettext(
        "Refused by the house rules: {count} request", "Refused by the house rules: {count} requests", count
    ).format(count=count)
