"""A request looked at afterwards: in full, in a list, in a suggestion. Pure."""

from __future__ import annotations

from discord import ui

from adapters.discord.views.layout import GREY, card
from adapters.discord.views.markdown import TITLES, clamp, code, escape, when
from bot.core.money import dollars
from bot.core.request import Request

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
