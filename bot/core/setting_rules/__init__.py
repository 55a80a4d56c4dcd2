"""Which values the settings of a place can have; the use case of an admin asks before it changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.capability import Capability
from bot.core.errors import InvalidOrder
from bot.core.tenant import CHANNEL_PROMPTS_MAX, PROMPT_MAX, DigestPace, Elsewhere
from bot.core.text.clean_text import storable
from bot.core.text.translation import gettext as _

TenantChange = Mapping[str, Any]
"""Fields of `Tenant` to replace; the use case checks them."""


def check_elsewhere(changes: TenantChange) -> None:
    """Raise InvalidOrder for a change of `direct_messages` or `personal_installs` to something else."""
    for name in ("direct_messages", "personal_installs"):
        if name in changes and changes[name] not in set(Elsewhere):
            text = _("`{name}` must be unless_limited, always or never.")
            raise InvalidOrder(text.format(name=name), field=name)


def check_digest(changes: TenantChange) -> None:
    """Raise InvalidOrder for a `digest` that is no pace."""
    if "digest" in changes and changes["digest"] not in set(DigestPace):
        raise InvalidOrder(_("`digest` must be monthly, weekly or never."), field="digest")


def check_prompts(changes: TenantChange) -> None:
    """Raise InvalidOrder for house prompts that are too long, too many, or no text."""
    prompts = {"": changes.get("house_prompt", ""), **changes.get("channel_prompts", {})}
    field = "channel_prompts" if "channel_prompts" in changes else "house_prompt"
    if len(prompts) > CHANNEL_PROMPTS_MAX + 1:
        text = _("At most {most} channels can have words of their own.")
        raise InvalidOrder(text.format(most=CHANNEL_PROMPTS_MAX), field=field)
    for said in prompts.values():
        if len(said) > PROMPT_MAX:
            text = _("These words can have at most {most} characters; you gave {count}.")
            raise InvalidOrder(text.format(most=PROMPT_MAX, count=len(said)), field=field)
        if not storable(said):
            raise InvalidOrder(_("This contains characters that are not valid text."), field=field)


def check_capabilities(changes: TenantChange) -> None:
    """Raise InvalidOrder for a name in a list of capabilities that is none."""
    for field in ("denied_capabilities", "guest_capabilities"):
        for capability in changes.get(field, ()):
            if capability not in set(Capability):
                raise InvalidOrder(no_capability(capability), field=field)


def no_capability(name: str) -> str:
    """The sentence for a name that is not a capability's."""
    return _("There is no capability called {name}.").format(name=name)
