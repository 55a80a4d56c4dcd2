"""Lists and tables that a person asks for: models, prices, balances, history, one request, help. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discord import ui

from adapters.common.lists import lines_page
from adapters.discord.addressing import Reply
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREY, YELLOW, card, lines_within, page_note, turning
from adapters.discord.views.markdown import TITLES, clamp, code, escape, room_detail, when
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.events import BudgetLeft
from bot.core.money import Micros, dollars
from bot.core.request import Order, Request
from bot.use_cases.quotes import Quote


@dataclass(frozen=True, kw_only=True)
class PriceButton:
    """What a price's button carries: the name of the offer, and until when (UTC microseconds) it stands."""

    subject: str
    until: int


HISTORY = 15
"""Requests on one page of the history."""
_NO_PROMPT = "-# Nothing was charged. Give a `prompt` too, and a price becomes a button that runs it."


def estimate(
    order: Order, price: Micros, provider: str, rooms: Sequence[BudgetLeft], run: PriceButton | None = None
) -> ui.LayoutView:
    """One price, whether it fits, and a button to run it."""
    lines = [f"**{TITLES[order.capability]}** on {code(order.model)} would cost about **{dollars(price)}**."]
    if provider:
        lines.append(f"-# By {escape(provider, 40)} as things are now.")
    fits = not rooms or rooms[0].left >= price
    if rooms:
        lines.append(room_detail(rooms[0]))
    if not fits:
        lines.append("That is more than you have left.")
    presses = [RequestButton("run", run.subject, f"Run it for {dollars(price)}", 1)] if run and fits else []
    lines.append(_standing(run, presses))
    return card("\n".join(lines), accent=BLUE if fits else YELLOW, rows=[presses])


def comparison(
    capability: Capability, prompt: str, quotes: Sequence[Quote], run: PriceButton | None = None
) -> ui.LayoutView:
    """Prices side by side, cheapest first, and a button for each that the asker can afford."""
    lines = [_quote_line(quote) for quote in quotes]
    head = f"**{TITLES[capability]}**" + (f"\n> {escape(prompt, 300)}" if prompt else "")
    presses = [
        RequestButton("run", run.subject, f"{clamp(quote.model, 50)} · {dollars(quote.price)}", number)
        for number, quote in enumerate(quotes, start=1)
        if run and quote.price is not None and quote.affordable
    ]
    return card(head, lines_within(lines), _standing(run, presses), accent=BLUE, rows=[presses])


def _standing(run: PriceButton | None, presses: Sequence[RequestButton]) -> str:
    if run is None:
        return _NO_PROMPT
    if not presses:
        return "-# Nothing was charged."
    return f"-# Nothing was charged. A press runs it, until {when(run.until, 't')}."


def _quote_line(quote: Quote) -> str:
    if quote.price is None:
        return f"{code(quote.model)} · {escape(quote.problem, 200)}"
    note = "" if quote.affordable else " · more than you have left"
    return f"**{dollars(quote.price)}** · {code(quote.model)}{note}"


def models(
    found: Sequence[Model],
    capability: Capability | None,
    defaults: Mapping[str, str],
    subject: str = "",
    number: int = 0,
) -> ui.LayoutView:
    """A page of models with what they can do and start at; `subject` is what its buttons carry."""
    if not found:
        return card("No model here fits that.", accent=GREY)
    chosen = set(defaults.values())
    page = lines_page([_model_line(model, model.id in chosen) for model in found], number, 3300)
    return card(
        f"**Models for {capability}**" if capability else "**Models**",
        "\n".join(page.items),
        page_note(page),
        "-# These are starting prices. Use `/estimate` for an exact one.",
        "-# For the other pages, use a shorter `search`." if page.count > 1 and not subject else "",
        accent=BLUE,
        rows=[turning(subject, page)] if subject else [],
    )


def _model_line(model: Model, default: bool) -> str:
    if model.free:
        price = "free"
    else:
        price = (
            f"from {dollars(model.starting_price)}"
            if model.starting_price is not None
            else "price on request"
        )
    can = ", ".join(sorted(model.capabilities))
    marks = " · default here" if default else ""
    marks += " · age-restricted" if model.sensitive else ""
    return f"{code(model.id)} · {can} · {price}{marks}"


def balance(
    rooms: Sequence[BudgetLeft], running: Sequence[Request], number: int = 0, *, payer: str = ""
) -> ui.LayoutView:
    """Every budget that binds the asker, the tightest first, and what is under way.

    `payer` is the name of the server that pays where the asker is in none.
    """
    lines = [f"**{escape(payer, 100)}** pays for you here; `/home` changes that."] if payer else []
    lines += [room_detail(room) for room in rooms] or ["You have no budget limit here."]
    if running:
        lines.append(f"**Under way: {len(running)}**")
        lines += [f"· {escape(short(item, 90))}" for item in running]
    page = lines_page(lines, number, 3300)
    return card("\n".join(page.items), page_note(page), accent=BLUE, rows=[turning("balance", page)])


def history(requests: Sequence[Request], *, everyone: bool, before: str = "") -> ui.LayoutView:
    """Past requests with links to where their results are, older than the request `before`.

    One request more than are wanted tells that there are older ones.
    """
    if not requests:
        return card("There are no requests here yet.", accent=GREY)
    lines = [_who(item, everyone) + history_line(item, link_of(item)) for item in requests]
    shown = lines_page(lines[:HISTORY], 0, 3500).items
    subject = f"history.{'all' if everyone else 'mine'}"
    presses = [RequestButton("page", subject, "Newest")] if before else []
    if len(lines) > len(shown):
        presses.append(RequestButton("page", f"{subject}.{requests[len(shown) - 1].id}", "Older"))
    title = "**Everybody's requests**" if everyone else "**Your requests**"
    return card(title, "\n".join(shown), accent=BLUE, rows=[presses])


def _who(request: Request, everyone: bool) -> str:
    return f"{escape(request.actor.name, 30)} · " if everyone else ""


def link_of(request: Request) -> str:
    """Where a request's last message stands, if it was posted on Discord."""
    if request.origin != "discord" or not request.delivery:
        return ""
    return Reply.from_json(request.delivery).link


_HELP = """\
**Pictures, edits, upscales, videos and answers, with a price before and a receipt after.**
`/generate` makes pictures from words · `/edit` changes one · `/upscale` enlarges one · `/video` makes a \
video · `/chat` answers.
Right-click a message with a picture → Apps → **Edit image**, **Upscale image**, **Animate image**, \
**Ask about image**.
Mention me with words to talk: I open a thread and remember what was said in it; mention me there to go on. \
Mention me with a picture, or replying to one of mine, and begin with *upscale* or *animate*, or ask a \
question; anything else is an edit.

**Money**
`/estimate` and `/compare` name prices; pressing one runs it · `/balance` shows what is left and until \
when · `/history` what you asked and what it cost · `/cancel` stops a request · `/forget` erases our talk \
here.
In direct messages, and in servers without me, one of your servers pays: `/home` chooses which.
Nothing runs without room in every budget that applies; above a threshold I ask first. Refusals are seen by \
you alone."""
_ADMIN_HELP = """\
**Admins**
`/budget set` · `show` · `remove` · `grant` · `report` steer who may spend what: everyone, a role, a \
member, a channel, the whole server, per day, week, month or in total.
`/settings` changes everything else: default models, the price above which I ask, the highest price, \
which models and channels are allowed, the \
time zone, who is an admin or blocked, and the channel for approvals."""


def help_card(*, is_admin: bool) -> ui.LayoutView:
    """What there is."""
    return card(_HELP, _ADMIN_HELP if is_admin else None, accent=BLUE)


_APART = frozenset("prompt model capability images image mask references history extra system".split())


def details(request: Request) -> ui.LayoutView:
    """Everything the asker may want to quote to an admin or to the gateway's support."""
    order = request.order
    options = [
        f"{name} {code(str(value), 60)}"
        for name, value in vars(order).items()
        if value not in (None, "", ()) and name not in _APART
    ]
    if getattr(order, "seed", 0) is None:
        options.append("seed the model's own")
    revised = next((asset.revised_prompt for asset in request.assets if asset.revised_prompt), "")
    ran = f" · ran {code(request.executed_model)}" if request.executed_model not in ("", order.model) else ""
    told = [
        f"**{TITLES[request.capability]}** · {request.state} · asked {when(request.created_at, 'f')}",
        f"Model {code(order.model)}{ran}"
        + (f" via {escape(request.provider, 40)}" if request.provider else ""),
        " · ".join(options),
        f"Prompt: {escape(order.prompt, 800)}" if order.prompt else "",
        f"Revised by the model: {escape(revised, 300)}" if revised else "",
        _charge_detail(request),
        f"-# Request {code(request.id)}"
        + (f" · gateway {code(request.gateway_id)}" if request.gateway_id else "")
        + (f" · trace {code(request.trace_id)}" if request.trace_id else ""),
    ]
    return card("\n".join(filter(None, told)), accent=GREY)


def _charge_detail(request: Request) -> str:
    parts = [f"Estimated {dollars(request.estimate)}"] if request.estimate is not None else []
    if request.charged is not None:
        parts.append(f"charged {dollars(request.charged)} ({request.charged_from or 'gateway'})")
    elif request.hold:
        parts.append(f"{dollars(request.hold)} set aside")
    return " · ".join(parts)


def history_line(request: Request, link: str) -> str:
    """One request in a list."""
    price = dollars(request.charged) if request.charged is not None else "–"
    what = escape(request.order.prompt, 60) or code(request.order.model)
    where = f" · [look]({link})" if link else ""
    why = f" · {escape(request.failure.message, 120)}" if request.failure else ""
    title = f"{when(request.created_at)} **{TITLES[request.capability]}**"
    return f"{title} {what} · {request.state} · {price}{where}{why}"


def short(request: Request, limit: int = 100) -> str:
    """A request in an autocomplete list."""
    return clamp(
        f"{TITLES[request.capability]}: {request.order.prompt or request.order.model} ({request.state})",
        limit,
    )
