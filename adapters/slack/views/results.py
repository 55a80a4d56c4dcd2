"""Results as people get them: what was made, one line of receipt, and the likeliest next buttons.

The other actions are in the menu "More"; what else is known, and deleting, under its "Details".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.common import receipt_words
from adapters.common.talking import words as talk_words
from adapters.common.wording import capital
from adapters.slack.views import request_texts
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    button,
    confirmation,
    context,
    escape,
    feedback,
    option,
    overflow,
    section,
    select,
    when,
)
from adapters.slack.views.request import asker, quoted, thing, value
from bot.core.capability import Output, about
from bot.core.events import Delivered
from bot.core.request import Request
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

_ON_A_PICTURE = (
    ("edit", N_("Edit")),
    ("vary", N_("Vary")),
    ("upscale", N_("Upscale")),
    ("animate", N_("Animate")),
)
"""The likeliest first."""
SHOWN = 3
"""So many of them are buttons; Slack's menu behind the dots takes five (Slack docs, Overflow menu)."""


def delivered(event: Delivered, *, notes: Sequence[str] = ()) -> list[Block]:
    """What stands with the files: words, cost, what is left, and what can be done next."""
    request = event.request
    row = about(request.capability)
    noun = _(row.nouns if len(request.assets) > 1 else row.noun)
    title = request_texts.done_for(capital(noun), asker(request), talk_words.pictures_of(request))
    blocks = [
        section(f"{title}\n{quoted(request)}".rstrip()),
        context(_receipt(event)),
    ]
    if notes:
        blocks.append(context(*(escape(note) for note in notes)))
    return [*blocks, *_next(request)]


def _next(request: Request) -> list[Block]:
    row = about(request.capability)
    if row.output is not Output.PICTURE:
        return [actions(button(_("Again"), "again", value("again", request)), _details(request))]
    offered = [(verb, _(label)) for verb, label in _ON_A_PICTURE if verb in row.follow_ups]
    if len(request.assets) > 1:
        choices = [
            option(request_texts.follow_up(label, index + 1), value(verb, request, index))
            for index in range(len(request.assets))
            for verb, label in offered
        ]
        choices += [
            option(talk_words.continue_from(handle), value("use", request, index))
            for index, handle in enumerate(talk_words.handles(request))
        ]
        return [actions(select("pick", request_texts.do_more(), choices), _more(request))]
    buttons = [button(label, verb, value(verb, request, 0)) for verb, label in offered[:SHOWN]]
    return [actions(*buttons, _more(request, offered[SHOWN:]))]


def _more(request: Request, rest: Sequence[tuple[str, str]] = ()) -> Block:
    """The menu behind the dots: an option carries the verb of the button that it stands for."""
    alone = talk_words.handles(request) if len(request.assets) == 1 else []
    options = [
        *(option(label, value(verb, request, 0)) for verb, label in rest),
        *(option(talk_words.continue_from(handle), value("use", request, 0)) for handle in alone),
        option(_("Again"), value("again", request)),
        option(_("Details"), value("details", request)),
    ]
    return overflow("pick_more", options)


def _details(request: Request) -> Block:
    return button(_("Details"), "details", value("details", request))


def deletion(request: Request) -> Block:
    """The button that takes a result away, once more asked."""
    sure = confirmation(request_texts.delete_result(), request_texts.delete_means(), _("Delete"))
    return button(_("Delete"), "delete", value("delete", request), confirm=sure)


def _receipt(event: Delivered, answer: str = "") -> str:
    request, receipt = event.request, event.receipt
    room = receipt.room and replace(receipt.room, budget=escape(receipt.room.budget))
    model = escape(request.order.model)
    return receipt_words.receipt_line(
        replace(receipt, room=room), model, answer=answer or request.text, spent=event.spent
    )


def answer_footer(event: Delivered, hint: str = "", answer: str = "") -> list[Block]:
    """What stands under a chat's answer; `answer` where that is not the words alone, and nothing to rate."""
    request = event.request
    cut = [escape(request.cut)] if request.cut else []
    return [
        context(*cut, _receipt(event, answer)),
        *([context(hint)] if hint else []),
        actions(_more(request)),
        *([] if answer else [feedback(request.id)]),
    ]


def done_elsewhere(request: Request, link: str = "") -> Message:
    """The promised message once the result stands in its thread."""
    said = request_texts.ready_for(thing(request), asker(request))
    said += request_texts.see_it(link) if link else request_texts.in_this_thread()
    asked = [section(quoted(request))] if request.order.prompt else []
    return Message(text=request_texts.ready(thing(request)), blocks=[context(said), *asked])


def link_instead(event: Delivered, reason: str) -> Message:
    """Slack would not take the file: where it lies meanwhile, for as long as it lies there."""
    request = event.request
    links = [
        f"<{escape(asset.url)}|{thing(request)} {index + 1}>"
        for index, asset in enumerate(request.assets)
        if asset.url
    ]
    until = next((asset.expires_at for asset in request.assets if asset.expires_at), None)
    said = request_texts.here_by_link(escape(reason), thing(request), asker(request))
    until_when = [context(request_texts.link_works_until(when(until)))] if until else []
    # A block each: a signed address may be long, and a block has room for 3,000 characters.
    return Message(
        text=request_texts.ready_by_link(thing(request)),
        blocks=[section(said), *(section(link) for link in links), *until_when, *delivered(event)],
    )
