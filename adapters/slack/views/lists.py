"""Answers to questions: help, models, balance, history, prices, details, an admin's tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.common import wording
from adapters.common.lists import lines_page, page_of
from adapters.slack.identity import raw_id
from adapters.slack.views.layout import (
    Block,
    Message,
    actions,
    bar,
    button,
    context,
    escape,
    quote,
    section,
    turning,
    when,
    words,
)
from adapters.slack.views.request import thing, value
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.events import BudgetLeft
from bot.core.money import dollars
from bot.core.request import TERMINAL, Order, Request, State, uploads_of
from bot.use_cases.quotes import Quote

HISTORY = 20
"""Requests on one page of the history, and `ROWS` rows on one page of another list."""
ROWS = 20
_ENDED = {State.DELIVERED: "✅", State.FAILED: "⚠️", State.REFUSED: "🚫", State.CANCELLED: "✖️"}
_MARK = {state: _ENDED[state] if state in TERMINAL else "⏳" for state in State}
_EXAMPLES = (
    ("generate", "a red fox in the snow", "a picture from words"),
    ("edit", "make it night", "change an attached picture, or the last one in the thread"),
    ("upscale", "--scale 2", "make a picture larger"),
    ("video", "waves at dawn --seconds 4", "a short film, from words or a picture"),
    ("estimate", "generate a red fox", "the price, without running it"),
    ("compare", "a red fox --models flux.2-pro,seedream-4.5", "prices side by side"),
)
_OTHERS = "`models` · `balance` · `history` · `cancel` · `forget` · `help`"


def guide(command: str, *, admin: bool = False) -> Message:
    """What can be asked, with examples to copy."""
    lines = [f"`{verb} {rest}` – {text}" for verb, rest, text in _EXAMPLES]
    blocks = [
        section(
            "*I make pictures and films, and I answer questions.* Everything has its price before it runs."
        ),
        section("\n".join([f"Say it to me, or type it after `{command}`:", *lines])),
        section(
            f"Also {_OTHERS}. `{command}` alone opens a form. Anything else you say to me is a chat that"
            " remembers its thread. On any picture, *⋮ → Edit image* works too."
        ),
        context("Options are written `--model`, `--size`, `--n`, `--seconds`, `--scale`, `--seed` …"),
    ]
    if admin:
        blocks.append(
            context(
                f"For admins: `{command} budget`, `{command} budget why @ada`, `{command} settings`,"
                f" `{command} report` or App Home."
            )
        )
    return Message(text="What I can do", blocks=blocks)


def models(found: Sequence[Model], query: str, capability: Capability | None, number: int = 0) -> Message:
    """A page of models with price hints."""
    about = capability.value if capability else "all"
    if not found:
        return Message(
            text="No such model.", blocks=[section(f"No model matches “{words(query, 80)}” ({about}).")]
        )
    lines = [
        f"• `{escape(model.id)}` – {', '.join(sorted(model.capabilities))}{price_hint(model, ' – ')}"
        for model in found
    ]
    page = lines_page(lines, number, 2800)
    asked = f"{capability or ''} {query}".strip()
    blocks = [section(f"*Models* ({about})\n" + "\n".join(page.items)), *turning("models", page, asked)]
    return Message(text=f"{len(found)} models", blocks=blocks)


def price_hint(model: Model, before: str = "") -> str:
    """`from $0.03`, or nothing where the catalogue does not say."""
    if model.free:
        return f"{before}free"
    return f"{before}from {dollars(model.starting_price)}" if model.starting_price else ""


def balance(rooms: Sequence[BudgetLeft], number: int = 0) -> Message:
    """Every budget that binds a person, the tightest first."""
    if not rooms:
        return Message(
            text="You have no budget limit here.", blocks=[section("You have no budget limit here.")]
        )
    page = page_of(rooms, number, ROWS)
    blocks = [section("*Your budgets*"), *budget_bars(page.items), *turning("balance", page)]
    return Message(text="Your budgets", blocks=blocks)


def budget_bars(rooms: Sequence[BudgetLeft]) -> list[Block]:
    """A bar per budget."""
    return [section(_bar(room)) for room in rooms]


def _bar(room: BudgetLeft) -> str:
    used = room.spent + room.held
    share = used / room.limit if room.limit else 1.0
    held = f", {dollars(room.held)} held" if room.held else ""
    reset = f" · resets {when(room.resets_at)}" if room.resets_at else ""
    return (
        f"{escape(room.budget)}\n`{bar(share)}` {share:.0%} · {dollars(room.spent)} of {dollars(room.limit)}"
        f" spent{held} · *{wording.left(room.left)}*{reset}"
    )


def history(requests: Sequence[Request], *, everyone: bool = False, before: str = "") -> Message:
    """Recent requests, newest first, older than the request `before`.

    One request more than are wanted tells that there are older ones.
    """
    if not requests:
        return Message(text="Nothing yet.", blocks=[section("Nothing yet. Ask me for something!")])
    title = "Everyone's requests" if everyone else "Your requests"
    lines = [history_line(request, who=everyone) for request in requests[:HISTORY]]
    shown = lines_page(lines, 0, 2800).items
    whose = "all" if everyone else "mine"
    presses = [button("Newest", "page_back", f"page:history:0:{whose}")] if before else []
    if len(requests) > len(shown):
        older = f"page:history:0:{whose}:{requests[len(shown) - 1].id}"
        presses.append(button("Older", "page_next", older))
    listed = section(f"*{title}*\n" + "\n".join(shown))
    return Message(text=title, blocks=[listed, *([actions(*presses)] if presses else [])])


def history_line(request: Request, *, who: bool = False, link: str = "") -> str:
    """One request on one line."""
    mark = _MARK[request.state]
    cost = f" · {dollars(request.charged)}" if request.charged else ""
    asked = words(request.order.prompt, 60) or ("a picture" if uploads_of(request.order) else thing(request))
    shown = f"<{link}|{asked}>" if link else asked
    name = f" · {escape(request.actor.name)}" if who else ""
    return f"{mark} {when(request.created_at)} · {request.capability} · {shown}{cost}{name}"


def running(requests: Sequence[Request], number: int = 0) -> Message:
    """What can be cancelled."""
    if not requests:
        return Message(text="Nothing is running.", blocks=[section("Nothing of yours is running.")])
    page = page_of(requests, number, ROWS)
    blocks = [
        section(history_line(request), accessory=button("Cancel", "cancel", value("cancel", request)))
        for request in page.items
    ]
    title = section("*Your running requests*")
    return Message(text="Your running requests", blocks=[title, *blocks, *turning("running", page)])


def details(request: Request) -> Message:
    """All that is known about a request."""
    order, rows = request.order, [f"*{thing(request).capitalize()}* `{request.id}`"]
    known: Mapping[str, object] = {
        "Model": order.model,
        "Ran as": request.executed_model,
        "Provider": request.provider,
        "Asked by": f"<@{raw_id(request.actor.person)}>",
        "State": request.state,
        "Seed": getattr(order, "seed", None),
        "Size": getattr(order, "size", None),
        "Pictures sent in": len(uploads_of(order)) or None,
        "Estimated": dollars(request.estimate) if request.estimate is not None else None,
        "Charged": dollars(request.charged) if request.charged is not None else "nothing",
        "Asked": when(request.created_at),
        "Gateway's id": request.gateway_id or request.job_id,
    }
    rows += [
        f"{name}: {text if str(text).startswith('<') else escape(str(text))}"
        for name, text in known.items()
        if text
    ]
    prompt = [section(quote(order.prompt, 2500))] if order.prompt else []
    return Message(text=f"Request {request.id}", blocks=[section("\n".join(rows)), *prompt])


# prices


def estimate(order: Order, price: str, left: str) -> Message:
    """A price without running anything."""
    asked = f"\n{quote(order.prompt, 300)}" if order.prompt else ""
    blocks = [section(f"This {order.capability} would cost about *{price}*.{asked}")]
    return Message(text=f"About {price}", blocks=[*blocks, context(f"{escape(order.model)}", left)])


def comparison(order: Order, quotes: Sequence[Quote]) -> Message:
    """The same order on several models, cheapest first."""
    lines = [
        f"• `{escape(quote.model)}` – "
        + (
            dollars(quote.price) + ("" if quote.affordable else " (above what you have left)")
            if quote.price is not None
            else escape(quote.problem)
        )
        for quote in quotes
    ]
    asked = f"\n{quote_of(order)}" if order.prompt else ""
    return Message(text="Prices compared", blocks=[section(f"*Prices*{asked}"), section("\n".join(lines))])


def quote_of(order: Order) -> str:
    return quote(order.prompt, 300)
