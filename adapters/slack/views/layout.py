"""Block Kit's bricks: escaping, clamping and the limits of every block, in this one place.

Nothing a person or a model wrote reaches Slack but through `escape`, `quote` or `markdown`, the `text`
beside the blocks included, so nobody can make the bot shout `<!channel>` (Slack docs, Formatting text); the
bot itself never does, so a broadcast that was overlooked is made harmless here. Limits are Slack's own (Slack
docs, Block Kit reference); what is longer is cut with an ellipsis, never refused by Slack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.common.lists import Page
from bot.core.text.dates import utc
from bot.core.text.translation import gettext as _

Block = dict[str, Any]

SECTION = 3000
MARKDOWN = 12_000
"""Characters of markdown blocks in one message together, and of `markdown_text`."""
_BLOCKS = 50
_ENTITY = 7
_BROADCAST = re.compile(r"<(?=!(?:channel|here|everyone)\b)")
_SHOUT = re.compile(r"<(?=!(?:channel|here|everyone|subteam|date)\b|@[UWB][A-Z0-9]|#[CG][A-Z0-9])")


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is posted: the blocks, and the `text` that notifications and screen readers use instead."""

    text: str
    blocks: Sequence[Block] = field(default_factory=tuple[Block, ...])

    def payload(self) -> dict[str, Any]:
        """The arguments of chat.postMessage and its relatives."""
        return {"text": clamp(quiet(self.text), 3000), "blocks": list(self.blocks[:_BLOCKS])}


def clamp(text: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis where something was cut; entities stay whole."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - 1, 0)]
    start = kept.rfind("&", max(len(kept) - _ENTITY, 0))
    if start >= 0 and ";" not in kept[start:]:
        kept = kept[:start]
    return kept + "…"


def packed(kept: Mapping[str, Any], limit: int, *texts: str) -> str:
    """What is worth keeping as JSON of at most `limit` characters; of the named `texts`, what fits."""
    kept = {name: value for name, value in kept.items() if value}
    while (over := len(packed := json.dumps(kept, ensure_ascii=False)) - limit) > 0:
        longest = max(texts, key=lambda name: len(kept.get(name, "")))
        if not (text := kept.get(longest, "")):
            break
        kept[longest] = text[: max(len(text) - max(over // 2, 1), 0)]  # a quote is written as two
    return packed


def escape(text: str) -> str:
    """Plain words for mrkdwn: nothing in them is a mention, a link or a broadcast."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quiet(text: str) -> str:
    """mrkdwn without broadcasts."""
    return _BROADCAST.sub("&lt;", text)


def words(text: str, limit: int) -> str:
    """Someone's words on one line, escaped and cut to `limit` characters."""
    return clamp(escape(" ".join(text.split())), limit)


def quote(text: str, limit: int = 600) -> str:
    """Someone's words as a quotation, escaped and cut to `limit` characters."""
    lines = clamp(escape(text.strip()), limit).splitlines() or [""]
    return "\n".join(f">{line}" for line in lines)


def plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": clamp(harmless(text), limit) or "–", "emoji": True}


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    return {"type": "mrkdwn", "text": clamp(quiet(text), limit) or "–"}


def section(text: str, *, accessory: Block | None = None) -> Block:
    """A paragraph of mrkdwn; words of people in it are escaped by the caller."""
    block = {"type": "section", "text": mrkdwn(text)}
    return block | ({"accessory": accessory} if accessory else {})


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text, 2000) for text in texts[:10] if text]}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def markdown(text: str) -> Block:
    """A model's own markdown, with its broadcasts and mentions made harmless."""
    return {"type": "markdown", "text": clamp(harmless(text), MARKDOWN)}


def harmless(text: str) -> str:
    """Markdown in which `<!channel>`, `<@U…>` and `<#C…>` are no longer what Slack makes of them."""
    return _SHOUT.sub("<\u200b", text)


def button(
    label: str, action: str, value: str = "", *, style: str = "", confirm: Block | None = None, url: str = ""
) -> Block:
    """`action` names the handler; `value` is `verb:request_id…` and all the state there is."""
    block: Block = {"type": "button", "text": plain(label, 75), "action_id": action}
    optional = {"value": clamp(value, 2000), "style": style, "confirm": confirm, "url": url}
    return block | {name: given for name, given in optional.items() if given}


def confirmation(title: str, text: str, yes: str, no: str = "") -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no or _("Keep"), 30),
    }


def actions(*elements: Block, block_id: str = "") -> Block:
    block = {"type": "actions", "elements": list(elements[:25])}
    return block | ({"block_id": block_id} if block_id else {})


def option(label: str, value: str, hint: str = "") -> Block:
    block = {"text": plain(label, 75), "value": clamp(value, 150)}
    return block | ({"description": plain(hint, 75)} if hint else {})


def select(action: str, placeholder: str, options: Iterable[Block]) -> Block:
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain(placeholder, 150),
        "options": list(options)[:100],
    }


def overflow(action: str, options: Iterable[Block]) -> Block:
    """The menu behind three dots, of at most five options."""
    return {"type": "overflow", "action_id": action, "options": list(options)[:5]}


def feedback(value: str) -> Block:
    """Thumbs under an answer (Slack docs, context actions block)."""
    buttons = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain(_("Good answer"), 75), "value": f"good:{value}"},
        "negative_button": {"text": plain(_("Bad answer"), 75), "value": f"bad:{value}"},
    }
    return {"type": "context_actions", "elements": [buttons]}


def when(moment: int) -> str:
    """UTC microseconds in the reader's own time zone (Slack docs, Date formatting)."""
    seconds = moment // 1_000_000
    return f"<!date^{seconds}^{{date_short_pretty}} {{time}}|{utc(moment)}>"


def bar(share: float, width: int = 10) -> str:
    """A share of 0 to 1 as a bar of blocks; more than all is shown as all."""
    full = max(0, min(width, round(share * width)))
    return "▓" * full + "░" * (width - full)


def turning(name: str, page: Page[Any], rest: str = "", *, action: str = "page") -> list[Block]:
    """Which page of a list this is, and buttons to its neighbours; nothing where there is one page.

    `rest` is what the list must know to be read again. One action id per button: Slack wants them apart.
    """
    presses: list[Block] = []
    if page.before is not None:
        presses.append(button(_("Back"), f"{action}_back", f"page:{name}:{page.before}:{rest}"))
    if page.after is not None:
        presses.append(button(_("Next"), f"{action}_next", f"page:{name}:{page.after}:{rest}"))
    return (
        [
            context(_("Page {number} of {count}").format(number=page.number + 1, count=page.count)),
            actions(*presses),
        ]
        if presses
        else []
    )
