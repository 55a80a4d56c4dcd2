"""Views as Slack keeps them: modals on a person's stack and the Home tab, with what people typed."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.slack_server.state import App, Ids, User

_KEPT = ("title", "submit", "close", "private_metadata", "callback_id", "external_id")


@dataclass(eq=False, kw_only=True)
class View:
    id: str
    user: User
    type: str
    payload: dict[str, Any] = field(default_factory=dict)
    state: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    hash: str = ""
    root_id: str = ""
    previous_id: str | None = None
    open: bool = True
    updates: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """What the last `response_action: errors` said, by block_id."""

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return self.payload["blocks"]

    @property
    def rendered(self) -> str:
        from tests.fakes.slack_server.rendering import render_view

        return render_view(self)

    def show(self, view: dict[str, Any], ids: Ids, new_hash: str) -> None:
        """Replace the content; typed values stay where block_id and action_id stay."""
        self.payload = {key: view[key] for key in _KEPT if view.get(key)}
        self.payload |= {key: bool(view.get(key)) for key in ("clear_on_close", "notify_on_close")}
        self.payload["blocks"] = number_blocks(view.get("blocks") or [], ids)
        before, self.state = self.state, {}
        for block, element in stateful(self.blocks):
            kept = before.get(block["block_id"], {}).get(element["action_id"])
            value = kept if kept and kept["type"] == element["type"] else initial(element)
            self.state.setdefault(block["block_id"], {})[element["action_id"]] = value
        self.hash, self.errors = new_hash, {}
        self.updates += 1

    def to_dict(self, app: App) -> dict[str, Any]:
        """The view object of answers and interaction payloads."""
        team = self.user.team
        return {
            "id": self.id,
            "team_id": team.id,
            "type": self.type,
            "blocks": copy.deepcopy(self.blocks),
            "private_metadata": self.payload.get("private_metadata", ""),
            "callback_id": self.payload.get("callback_id", ""),
            "state": {"values": copy.deepcopy(self.state)},
            "hash": self.hash,
            "title": self.payload.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": self.payload["clear_on_close"],
            "notify_on_close": self.payload["notify_on_close"],
            "close": self.payload.get("close"),
            "submit": self.payload.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": app.id,
            "external_id": self.payload.get("external_id", ""),
            "app_installed_team_id": team.id,
            "bot_id": team.bot.bot_id,
        }


def number_blocks(blocks: list[dict[str, Any]], ids: Ids) -> list[dict[str, Any]]:
    """Give every block and interactive element the id that Slack would give it."""
    numbered = copy.deepcopy(blocks)
    for block in numbered:
        block.setdefault("block_id", ids.next("b"))
        for element in interactive(block):
            element.setdefault("action_id", ids.next("a"))
    return numbered


_STATIC = {"image", "plain_text", "mrkdwn", "url", "rich_text_section", "rich_text_list"}


def interactive(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The elements of a block a person can act on."""
    candidates = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
    candidates += [c for c in block.get("actions") or [] if isinstance(c, dict)]
    if block.get("type") in ("context", "rich_text"):
        candidates = []
    for element in candidates:
        if isinstance(element, dict) and element.get("type") not in _STATIC:
            yield element


def stateful(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(block, element) of everything whose value appears under `state.values`."""
    for block in blocks:
        for element in interactive(block):
            if element["type"] in INITIAL:
                yield block, element


INITIAL: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}
"""Element type -> (key in the state, key of the initial value)."""


def initial(element: dict[str, Any]) -> dict[str, Any]:
    key, source = INITIAL[element["type"]]
    default: Any = [] if key in ("selected_options", "files") or key.endswith("s") else None
    value = element.get(source, default) if source else default
    if key == "rich_text_value" and value is None:
        return {"type": element["type"]}
    return {"type": element["type"], key: _option(value)}


def _option(value: Any) -> Any:
    """State repeats an option without its description."""
    if isinstance(value, dict) and "value" in value:
        return {"text": value["text"], "value": value["value"]}
    if isinstance(value, list):
        return [_option(item) for item in value]
    return value
