"""Lists and tables that a person asks for: models, prices, balances, history, one request, help. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from discord import ui

from adapters.common import shared_texts, wording
from adapters.common.linking.words import from_account
from adapters.common.lists import lines_page
from adapters.common.state_words import state_words
from adapters.discord.addressing import Reply
from adapters.discord.views import home_texts, request_texts
from adapters.discord.views.buttons import RequestButton
from adapters.discord.views.layout import BLUE, GREY, YELLOW, Row, card, lines_within, page_note, turning
from adapters.discord.views.markdown import clamp, code, escape, room_detail, room_line, title, when
from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.events import BudgetLeft, receipt_of
from bot.core.money import Micros, dollars
from bot.core.request import Order, Request
from bot.core.text.translation import gettext as _
from bot.use_cases.posting_again import is_unposted
from bot.use_cases.quotes import Quote


@dataclass(frozen=True, kw_only=True)
class PriceButton:
    """What a price's button carries: the name of the offer, and until when (UTC microseconds) it stands."""

    subject: str
    until: int


POST_HERE, POST_TO_ME = 1, 2
"""What a button to post a result again carries."""
UNPOSTED_SHOWN = 3
"""Results that could not be posted with a button of their own in the history; the newest."""
HISTORY = 15
"""Requests on one page of the history."""


def estimate(
    order: Order, price: Micros, provider: str, rooms: Sequence[BudgetLeft], run: PriceButton | None = None
) -> ui.LayoutView:
    """One price, whether it fits, and a button to run it."""
    lines = [request_texts.would_cost(title(order.capability), code(order.model), dollars(price))]
    if provider:
        lines.append(request_texts.by_provider(escape(provider, 40)))
    fits = not rooms or rooms[0].left >= price
    if rooms:
        lines.append(room_detail(rooms[0]))
    if not fits:
        lines.append(request_texts.more_than_left())
    presses = (
        [RequestButton("run", run.subject, shared_texts.run_it_for(dollars(price)), 1)]
        if run and fits
        else []
    )
    lines.append(_standing(run, presses))
    return card("\n".join(lines), accent=BLUE if fits else YELLOW, rows=[presses])


def comparison(
    capability: Capability, prompt: str, quotes: Sequence[Quote], run: PriceButton | None = None
) -> ui.LayoutView:
    """Prices side by side, cheapest first, and a button for each that the asker can afford."""
    lines = [_quote_line(quote) for quote in quotes]
    head = f"**{title(capability)}**" + (f"\n> {escape(prompt, 300)}" if prompt else "")
    presses = [
        RequestButton("run", run.subject, f"{clamp(quote.model, 50)} · {dollars(quote.price)}", number)
        for number, quote in enumerate(quotes, start=1)
        if run and quote.price is not None and quote.affordable
    ]
    return card(head, lines_within(lines), _standing(run, presses), accent=BLUE, rows=[presses])


def _standing(run: PriceButton | None, presses: Sequence[RequestButton]) -> str:
    if run is None:
        return request_texts.give_a_prompt()
    if not presses:
        return request_texts.nothing_charged()
    return request_texts.press_runs_it(when(run.until, "t"))


def _quote_line(quote: Quote) -> str:
    if quote.price is None:
        return f"{code(quote.model)} · {escape(quote.problem, 200)}"
    note = "" if quote.affordable else request_texts.remark_more_than_left()
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
        return card(request_texts.no_model_fits(), accent=GREY)
    chosen = set(defaults.values())
    page = lines_page([_model_line(model, model.id in chosen) for model in found], number, 3300)
    return card(
        request_texts.models_for(capability) if capability else _("**Models**"),
        "\n".join(page.items),
        page_note(page),
        request_texts.starting_prices(),
        request_texts.use_shorter_search() if page.count > 1 and not subject else "",
        accent=BLUE,
        rows=[turning(subject, page)] if subject else [],
    )


def _model_line(model: Model, default: bool) -> str:
    if model.free:
        price = _("free")
    else:
        price = (
            request_texts.from_price(dollars(model.starting_price))
            if model.starting_price is not None
            else request_texts.price_on_request()
        )
    can = ", ".join(sorted(model.capabilities))
    marks = request_texts.remark_default_here() if default else ""
    marks += " · age-restricted" if model.sensitive else ""
    return f"{code(model.id)} · {can} · {price}{marks}"


def balance(
    rooms: Sequence[BudgetLeft], running: Sequence[Request], number: int = 0, *, payer: str = ""
) -> ui.LayoutView:
    """Every budget that binds the asker, the tightest first, and what is under way.

    `payer` is the name of the server that pays where the asker is in none.
    """
    lines = [home_texts.pays_here(escape(payer, 100))] if payer else []
    lines += [room_detail(room) for room in rooms] or [shared_texts.no_budget_limit()]
    if running:
        lines.append(request_texts.under_way(len(running)))
        lines += [f"· {escape(short(item, 90))}" for item in running]
    page = lines_page(lines, number, 3300)
    return card("\n".join(page.items), page_note(page), accent=BLUE, rows=[turning("balance", page)])


def history(
    requests: Sequence[Request], *, reader: str, before: str = "", project: str = ""
) -> ui.LayoutView:
    """Past requests with links to where their results are, older than the request `before`, of one
    `project` (its id) or all.

    They are the `reader`'s own and those of accounts linked with theirs; everyone's where that is empty. One
    request more than are wanted tells that there are older ones.
    """
    if not requests:
        return card(request_texts.no_requests(), accent=GREY)
    everyone = not reader
    lines = [_who(item, reader) + history_line(item, link_of(item)) for item in requests]
    shown = lines_page(lines[:HISTORY], 0, 3500).items
    subject = f"history.{'all' if everyone else 'mine'}"
    presses = (
        [RequestButton("page", f"{subject}..{project}" if project else subject, _("Newest"))]
        if before
        else []
    )
    if len(lines) > len(shown):
        older = f"{subject}.{requests[len(shown) - 1].id}{f'.{project}' if project else ''}"
        presses.append(RequestButton("page", older, _("Older")))
    title = request_texts.everybodys_requests() if everyone else request_texts.your_requests()
    unposted = _not_posted(requests[: len(shown)])
    return card(title, "\n".join(shown), accent=BLUE, rows=[presses, unposted])


def _who(request: Request, reader: str) -> str:
    name = from_account(request, reader) if reader else request.actor.name
    return f"{escape(name, 60)} · " if name or not reader else ""


def link_of(request: Request) -> str:
    """Where a request's last message stands, if it was posted on Discord."""
    if request.origin != "discord" or not request.delivery:
        return ""
    return Reply.from_json(request.delivery).link


def help_card(*, is_admin: bool) -> ui.LayoutView:
    """What there is."""
    return card(
        request_texts.help_for_everyone(), request_texts.help_for_admins() if is_admin else None, accent=BLUE
    )


_APART = frozenset(
    "prompt model capability images image mask references history extra system"
    " project project_name styled".split()
)


def details(request: Request, left: BudgetLeft | None = None, rows: Iterable[Row] = ()) -> ui.LayoutView:
    """Everything the asker may want to quote to an admin or to the gateway's support, what is `left` now of
    the budget of the one who looks, and `rows` of buttons.
    """
    order = request.order
    options = [
        f"{name} {code('on' if value is True else str(value), 60)}"
        for name, value in vars(order).items()
        if value not in (None, "", ()) and value is not False and name not in _APART
    ]
    if getattr(order, "seed", 0) is None:
        options.append(request_texts.model_chose_seed())
    revised = next((asset.revised_prompt for asset in request.assets if asset.revised_prompt), "")
    ran = (
        request_texts.remark_ran(code(request.executed_model))
        if request.executed_model not in ("", order.model)
        else ""
    )
    told = [
        request_texts.details_title(
            title(request.capability), state_words(request.state), when(request.created_at, "f")
        ),
        request_texts.details_model(code(order.model), ran)
        + (request_texts.remark_via(escape(request.provider, 40)) if request.provider else ""),
        " · ".join(options),
        request_texts.details_prompt(escape(order.prompt, 800)) if order.prompt else "",
        request_texts.details_revised(escape(revised, 300)) if revised else "",
        _charge_detail(request),
        room_line(left) if left else "",
        request_texts.details_request(code(request.id))
        + (request_texts.details_gateway(code(request.gateway_id)) if request.gateway_id else "")
        + (request_texts.details_trace(code(request.trace_id)) if request.trace_id else ""),
    ]
    return card("\n".join(filter(None, told)), accent=GREY, rows=[_post_again(request), *rows])


def _post_again(request: Request) -> list[RequestButton]:
    """Buttons that post what could not be posted."""
    if not is_unposted(request):
        return []
    return [
        RequestButton("post", request.id, shared_texts.post_it_here(), POST_HERE),
        RequestButton("post", request.id, shared_texts.send_it_to_me(), POST_TO_ME),
    ]


def _not_posted(requests: Sequence[Request]) -> list[RequestButton]:
    """Buttons to the details of results that could not be posted."""
    found = [request for request in requests if is_unposted(request)]
    return [
        RequestButton("details", request.id, shared_texts.not_posted(clamp(request.order.prompt, 30)))
        for request in found[:UNPOSTED_SHOWN]
    ]


def _charge_detail(request: Request) -> str:
    if request.charged is None:
        asked = [wording.about(request.estimate)] if request.estimate is not None else []
        return wording.capital(
            " · ".join(asked + ([wording.set_aside(request.hold)] if request.hold else []))
        )
    found = receipt_of(request)
    first = next((asset for asset in request.assets if asset.width and asset.height), None)
    size = [f"{first.width}×{first.height}"] if first else []
    return " · ".join([wording.capital(wording.receipt(found)), *size, wording.duration(found.elapsed_s)])


def history_line(request: Request, link: str) -> str:
    """One request in a list."""
    price = dollars(request.charged) if request.charged is not None else "–"
    what = escape(request.order.prompt, 60) or code(request.order.model)
    where = request_texts.look(link) if link else ""
    why = f" · {escape(request.failure.message, 120)}" if request.failure else ""
    head = f"{when(request.created_at)} **{title(request.capability)}**"
    return f"{head} {what} · {state_words(request.state)} · {price}{where}{why}"


def short(request: Request, limit: int = 100) -> str:
    """A request in an autocomplete list."""
    what = request.order.prompt or request.order.model
    return clamp(f"{title(request.capability)}: {what} ({state_words(request.state)})", limit)
