"""Styles and projects in forms of orders: a list to choose from. Pure."""

from __future__ import annotations

from adapters.common.place_lists.named_choices import NamedChoice
from adapters.slack.views.layout import Block, option, plain

OPTIONS_MOST = 100
"""Options of a list (Slack docs, Block Kit); what is not among them is typed as `--project` or `--style`."""


def field(choice: NamedChoice, capability: str) -> Block:
    """One list; its block is the capability's own, so that what was chosen goes when that changes."""
    element = {
        "type": "static_select",
        "action_id": choice.option,
        "placeholder": plain(choice.hint, 150),
        "options": [option(label, name) for name, label in choice.offered[:OPTIONS_MOST]],
    }
    return {
        "type": "input",
        "block_id": f"{choice.option}-{capability}",
        "label": plain(choice.label, 2000),
        "element": element,
        "optional": True,
        "dispatch_action": False,
    }
