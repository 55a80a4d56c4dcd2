"""Block elements and composition objects as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack_server.views import View


def text_of(node: Any) -> str:
    """The text of a text object (or of a plain string)."""
    if isinstance(node, dict):
        return str(node.get("text", ""))
    return str(node or "")


def element_text(element: dict[str, Any], value: str | None) -> str:
    """An element: a button's label in brackets, a menu with what is chosen, an input with what is typed."""
    kind = element["type"]
    if kind in ("mrkdwn", "plain_text"):
        return text_of(element)
    if kind == "image":
        source = element.get("slack_file") or {}
        return f"🖼 {element.get('alt_text', '')}{' (slack file)' if source else ''}"
    if kind in ("button", "workflow_button"):
        mark = {"primary": "●", "danger": "!"}.get(element.get("style", ""), "")
        link = f" → {element['url']}" if element.get("url") else ""
        return f"[{mark}{text_of(element['text'])}{link}]"
    if kind == "icon_button":
        return f"[{element.get('icon', '')}: {text_of(element['text'])}]"
    if kind == "feedback_buttons":
        good, bad = (text_of(element[f"{side}_button"]["text"]) for side in ("positive", "negative"))
        return f"[👍 {good}] [👎 {bad}]"
    if kind == "overflow":
        return "[⋯ " + " / ".join(text_of(o["text"]) for o in element["options"]) + "]"
    if kind in ("checkboxes", "radio_buttons"):
        return _choices(element, value)
    shown = value or (f"({text_of(element['placeholder'])})" if element.get("placeholder") else "")
    return f"[{shown}{' ▾' if 'select' in kind else ''}{' 📎' if kind == 'file_input' else ''}]"


def _choices(element: dict[str, Any], value: str | None) -> str:
    on, off = ("☑", "☐") if element["type"] == "checkboxes" else ("◉", "○")
    chosen = set((value or "").split(", "))
    return " ".join(
        f"{on if text_of(o['text']) in chosen else off} {text_of(o['text'])}" for o in element["options"]
    )


def state_text(view: View | None, block: dict[str, Any], element: dict[str, Any]) -> str | None:
    """What is typed or chosen in an element of a view; outside of views, its initial value."""
    if view is None:
        options = element.get("initial_options") or [element.get("initial_option")]
        chosen = [text_of(o["text"]) for o in options if o]
        return ", ".join(chosen) or element.get("initial_value")
    state = view.state.get(block["block_id"], {}).get(element.get("action_id", ""))
    if not state:
        return None
    value = next((v for key, v in state.items() if key != "type"), None)
    return _shown(value)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(filter(None, map(_shown, value)))
    if isinstance(value, dict):
        if value.get("type") == "rich_text":
            return rich_text(value)
        return text_of(value["text"]) if "text" in value else str(value.get("name", ""))
    return str(value)


def rich_text(node: dict[str, Any]) -> str:
    """Rich text without its styling; list items on their own lines."""
    kind = node.get("type")
    if kind == "text":
        return str(node["text"])
    if kind == "link":
        return str(node.get("text") or node["url"])
    if kind == "user":
        return f"<@{node['user_id']}>"
    if kind == "channel":
        return f"<#{node['channel_id']}>"
    if kind == "emoji":
        return f":{node['name']}:"
    parts = [rich_text(child) for child in node.get("elements") or []]
    if kind == "rich_text_list":
        return "\n".join(f"• {part}" for part in parts)
    if kind == "rich_text":
        return "\n".join(parts)
    return "".join(parts)
