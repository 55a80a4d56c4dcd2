"""Answers to questions: help, models, balance, history, prices, details, an admin's tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.common import shared_texts, wording
from adapters.common.linking.words import from_account
from adapters.common.lists import lines_page, page_of
from adapters.common.state_words import state_words
from adapters.slack.identity import raw_id
from adapters.slack.views import request_texts
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    bar,
    button,
    clamp,
    context,
    escape,
    quote,
    section,
    turning,
    when,
    words,
)
from adapters.slack.views.request import thing, value
from adapters.slack.views.results import deletion
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.events import BudgetLeft, receipt_of
from bot.core.money import dollars
from bot.core.request import MADE, TERMINAL, Order, Request, State, stoppable, uploads_of
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _
from bot.use_cases.posting_again import is_unposted
from bot.use_cases.quotes import Quote

HISTORY = 20
"""Requests on one page of the history, and `ROWS` rows on one page of another list."""
ROWS = 20
UNPOSTED_SHOWN = 3
"""Results that could not be posted with a button of their own in the history; the newest."""
_ENDED = {State.DELIVERED: "✅", State.FAILED: "⚠️", State.REFUSED: "🚫", State.CANCELLED: "✖️"}
_MARK = {state: _ENDED[state] if state in TERMINAL else "⏳" for state in State}
_EXAMPLES = (
    ("generate", N_("a red fox in the snow"), N_("a picture from words")),
    ("edit", N_("make it night"), N_("change an attached picture, or the last one in the thread")),
    ("upscale", "--scale 2", N_("make a picture larger")),
    ("video", N_("waves at dawn --seconds 4"), N_("a short film, from words or a picture")),
    ("estimate", N_("generate a red fox"), N_("the price, without running it")),
    ("compare", N_("a red fox --models flux.2-pro,seedream-4.5"), N_("prices side by side")),
)
_OTHERS = "`models` · `balance` · `history` · `cancel` · `forget` · `link` · `notices` · `help`"


def greeting(command: str) -> Message:
    """For those who only said the bot's name."""
    lines = f"{request_texts.greeting()}\n{request_texts.greeting_how(command)}"
    return Message(text=request_texts.greeting(), blocks=[section(lines)])


def guide(command: str, *, admin: bool = False) -> Message:
    """What can be asked, with examples to copy."""
    lines = [f"`{verb} {_(rest)}` – {_(text)}" for verb, rest, text in _EXAMPLES]
    blocks = [
        section(request_texts.guide_begins()),
        section("\n".join([request_texts.say_it(command), *lines])),
        section(request_texts.guide_others(_OTHERS, command)),
        context(request_texts.guide_options()),
    ]
    if admin:
        blocks.append(context(request_texts.guide_admins(command)))
    return Message(text=request_texts.what_i_can_do(), blocks=blocks)


def models(found: Sequence[Model], query: str, capability: Capability | None, number: int = 0) -> Message:
    """A page of models with price hints."""
    about = capability.value if capability else "all"
    if not found:
        return Message(
            text=request_texts.no_such_model(),
            blocks=[section(request_texts.no_model_matches(words(query, 80), about))],
        )
    lines = [
        f"• `{escape(model.id)}` – {', '.join(sorted(model.capabilities))}{price_hint(model, ' – ')}"
        for model in found
    ]
    page = lines_page(lines, number, 2800)
    asked = f"{capability or ''} {query}".strip()
    blocks = [
        section(_("*Models* ({capability})\n").format(capability=about) + "\n".join(page.items)),
        *turning("models", page, asked),
    ]
    return Message(text=_("{count} models").format(count=len(found)), blocks=blocks)


def price_hint(model: Model, before: str = "") -> str:
    """`from $0.03`, or nothing where the catalogue does not say."""
    if model.free:
        return before + _("free")
    return (
        _("{before}from {price}").format(before=before, price=dollars(model.starting_price))
        if model.starting_price
        else ""
    )


def balance(rooms: Sequence[BudgetLeft], number: int = 0) -> Message:
    """Every budget that binds a person, the tightest first."""
    if not rooms:
        return Message(text=shared_texts.no_budget_limit(), blocks=[section(shared_texts.no_budget_limit())])
    page = page_of(rooms, number, ROWS)
    blocks = [section(_("*Your budgets*")), *budget_bars(page.items), *turning("balance", page)]
    return Message(text=_("Your budgets"), blocks=blocks)


def budget_bars(rooms: Sequence[BudgetLeft]) -> list[Block]:
    """A bar per budget."""
    return [section(_bar(room)) for room in rooms]


def _bar(room: BudgetLeft) -> str:
    used = room.spent + room.held
    share = used / room.limit if room.limit else 1.0
    held = _(", {amount} held").format(amount=dollars(room.held)) if room.held else ""
    reset = _(" · resets {when}").format(when=when(room.resets_at)) if room.resets_at else ""
    return request_texts.budget_bar(
        escape(room.budget),
        bar(share),
        share,
        dollars(room.spent),
        dollars(room.limit),
        held,
        wording.left(room.left),
        reset,
    )


def history(requests: Sequence[Request], *, reader: str = "", before: str = "", project: str = "") -> Message:
    """Recent requests, newest first, older than the request `before`, of one `project` (its id) or all.

    They are the `reader`'s own and those of accounts linked with theirs; everyone's where that is empty. One
    request more than are wanted tells that there are older ones.
    """
    if not requests:
        return Message(text=_("Nothing yet."), blocks=[section(_("Nothing yet. Ask me for something!"))])
    everyone = not reader
    title = _("Everyone's requests") if everyone else _("Your requests")
    lines = [
        history_line(request, who=request.actor.name if everyone else from_account(request, reader))
        for request in requests[:HISTORY]
    ]
    shown = lines_page(lines, 0, 2800).items
    whose = "all" if everyone else "mine"
    presses = (
        [button(_("Newest"), "page_back", f"page:history:0:{whose}::{project}".rstrip(":"))] if before else []
    )
    if len(requests) > len(shown):
        older = f"page:history:0:{whose}:{requests[len(shown) - 1].id}:{project}".rstrip(":")
        presses.append(button(_("Older"), "page_next", older))
    listed = section(f"*{title}*\n" + "\n".join(shown))
    unposted = _not_posted(requests[: len(shown)])
    return Message(text=title, blocks=[listed, *unposted, *([actions(*presses)] if presses else [])])


def history_line(request: Request, *, who: str = "", link: str = "") -> str:
    """One request on one line; `who` is named at its end."""
    mark = _MARK[request.state]
    cost = f" · {dollars(request.charged)}" if request.charged else ""
    asked = words(request.order.prompt, 60) or (
        _("a picture") if uploads_of(request.order) else thing(request)
    )
    shown = f"<{link}|{asked}>" if link else asked
    name = f" · {escape(who)}" if who else ""
    return f"{mark} {when(request.created_at)} · {request.capability} · {shown}{cost}{name}"


def running(requests: Sequence[Request], number: int = 0) -> Message:
    """What can be cancelled."""
    if not requests:
        return Message(text=_("Nothing is running."), blocks=[section(_("Nothing of yours is running."))])
    page = page_of(requests, number, ROWS)
    blocks = [section(history_line(request), accessory=cancel_button(request)) for request in page.items]
    title = section(_("*Your running requests*"))
    return Message(text=_("Your running requests"), blocks=[title, *blocks, *turning("running", page)])


def cancel_button(request: Request) -> Block | None:
    """Where it can still be stopped."""
    return button(_("Cancel"), "cancel", value("cancel", request)) if stoppable(request) else None


def details(request: Request, left: str = "") -> Message:
    """All that is known about a request, and what is `left` of the budget of the one who looks."""
    paid = receipt_of(request) if request.charged is not None else None
    first = next((asset for asset in request.assets if asset.width and asset.height), None)
    order, rows = request.order, [f"*{wording.capital(thing(request))}* `{request.id}`"]
    asked_by, asked_at = f"<@{raw_id(request.actor.person)}>", when(request.created_at)
    known: Mapping[str, object] = {
        _("Model"): order.model,
        _("Ran as"): request.executed_model,
        _("Provider"): request.provider,
        _("Asked by"): asked_by,
        _("State"): state_words(request.state),
        _("Seed"): getattr(order, "seed", None),
        _("Size"): getattr(order, "size", None),
        _("Pictures sent in"): len(uploads_of(order)) or None,
        _("Pixels"): f"{first.width}×{first.height}" if first else None,
        _("Estimated"): dollars(request.estimate) if request.estimate is not None else None,
        _("Cost"): wording.receipt(receipt_of(request)),
        _("Took"): wording.duration(paid.elapsed_s) if paid else None,
        _("Budget"): left,
        _("Asked"): asked_at,
        _("Gateway's id"): request.gateway_id or request.job_id,
    }
    rows += [
        f"{name}: {text if text in (asked_by, asked_at) else escape(str(text))}"
        for name, text in known.items()
        if text
    ]
    prompt = [section(quote(order.prompt, 2500))] if order.prompt else []
    deleting = [actions(deletion(request))] if request.state in MADE else []
    return Message(
        text=_("Request {request_id}").format(request_id=request.id),
        blocks=[section("\n".join(rows)), *prompt, *_post_again(request), *deleting],
    )


def _post_again(request: Request) -> list[Block]:
    """Why it failed, and buttons that post what could not be posted."""
    if not is_unposted(request):
        return []
    here = button(shared_texts.post_it_here(), "post_here", value("post_here", request), style="primary")
    direct = button(shared_texts.send_it_to_me(), "post_direct", value("post_direct", request))
    return [context(escape(wording.failure(request))), actions(here, direct)]


def _not_posted(requests: Sequence[Request]) -> list[Block]:
    """Buttons to the details of results that could not be posted."""
    found = [request for request in requests if is_unposted(request)][:UNPOSTED_SHOWN]
    presses = [
        button(
            shared_texts.not_posted(clamp(" ".join(request.order.prompt.split()), 40)),
            f"details_{number}",
            value("details", request),
        )
        for number, request in enumerate(found)
    ]
    return [actions(*presses)] if presses else []


# prices


def estimate(order: Order, price: str, left: str) -> Message:
    """A price without running anything."""
    asked = f"\n{quote(order.prompt, 300)}" if order.prompt else ""
    blocks = [
        section(
            _("This {capability} would cost about *{price}*.{asked}").format(
                capability=order.capability, price=price, asked=asked
            )
        )
    ]
    return Message(
        text=_("About {price}").format(price=price), blocks=[*blocks, context(f"{escape(order.model)}", left)]
    )


def comparison(order: Order, quotes: Sequence[Quote]) -> Message:
    """The same order on several models, cheapest first."""
    lines = [
        f"• `{escape(quote.model)}` – "
        + (
            dollars(quote.price) + ("" if quote.affordable else _(" (above what you have left)"))
            if quote.price is not None
            else escape(quote.problem)
        )
        for quote in quotes
    ]
    asked = f"\n{quote_of(order)}" if order.prompt else ""
    return Message(
        text=_("Prices compared"), blocks=[section(_("*Prices*") + asked), section("\n".join(lines))]
    )


def quote_of(order: Order) -> str:
    return quote(order.prompt, 300)
