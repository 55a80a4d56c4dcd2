"""Asking and pressing: orders, prices without orders, and the buttons under a result."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from adapters.web import texts
from adapters.web.context import AdapterContext, Handler
from adapters.web.conversations.names import name_of, own_name
from adapters.web.identity import CHANNEL, ORIGIN
from adapters.web.json_values import money
from adapters.web.request_parsing import Form, read_changes, read_draft, read_form, read_json
from adapters.web.texts.orders import ask_price_is_one_of
from bot.core.capability import ON_PICTURE
from bot.core.command_parser import words
from bot.core.errors import InvalidOrder
from bot.core.money import Micros
from bot.core.presses import ALREADY, press_of
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, Order, Request
from bot.use_cases.quotes import Quote
from bot.use_cases.refusal_log import refusals_noted

PRESS_MAX = 300


class Orders:
    """Handlers that lead to requests."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.post("/api/orders", inside(self._noted(self.order))),
            web.post("/api/estimate", inside(self.estimate)),
            web.post("/api/compare", inside(self.compare)),
            web.get("/api/requests/{id}", inside(self.show)),
            web.post("/api/requests/{id}/confirm", inside(self.confirm)),
            web.post("/api/requests/{id}/cancel", inside(self.cancel)),
            web.post("/api/requests/{id}/settle", inside(self.settle)),
            web.post("/api/requests/{id}/delete", inside(self.delete)),
            web.post("/api/requests/{id}/ask-admin", inside(self.ask_admin)),
            web.post(
                f"/api/requests/{{id}}/{{press:{'|'.join(sorted(_PRESSES))}}}",
                inside(self._noted(self.again)),
            ),
        ]

    def _noted(self, handler: Handler) -> Handler:
        """A handler of orders; one that it refuses is logged, whatever kept it from being read."""

        async def noted(request: web.Request, actor: Actor) -> web.StreamResponse:
            with refusals_noted(self._context.service, actor, origin=ORIGIN):
                return await handler(request, actor)

        return noted

    async def order(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/orders`: 202 with the request's id."""

        async def admit(fields: Mapping[str, Any], images: int, masked: bool) -> None:
            plain = {name: value for name, value in fields.items() if name not in _BESIDE}
            order = read_draft(plain).unseen(images, masked=masked)
            await self._context.service.admit(actor, order)

        form = await read_form(request, self._context.service, actor, admit)
        fields = dict(form.fields)
        press, when = _pressed(actor, fields.pop("press", "")), _asked(fields.pop("ask_price", "above"))
        order, where = form.order(read_draft(fields), actor), _where(request, actor, form.conversation)
        accepted = await self._context.service.submit(
            actor, order, pictures=form.pictures, press=press, ask_price=when, **where
        )
        return await self._accepted(accepted, where)

    async def _accepted(self, accepted: Request, where: Mapping[str, Any]) -> web.Response:
        view = await self._context.channel.publish(accepted)
        note = {} if accepted.dedupe_key == where["dedupe_key"] else {"note": ALREADY}
        return web.json_response({"request_id": accepted.id, "request": view, **note}, status=202)

    async def show(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/requests/{id}`."""
        found = await self._context.service.request(actor, request.match_info["id"])
        return web.json_response(await self._context.channel.view(found))

    # prices

    async def estimate(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/estimate`: the price of an order that is not made."""
        form = await read_form(request, self._context.service, actor)
        order = form.order(read_draft(form.fields), actor)
        return web.json_response(await self.estimated(actor, order, form))

    async def estimated(self, actor: Actor, order: Order, form: Form) -> dict[str, Any]:
        """An estimate's JSON."""
        found = await self._context.service.quotes.estimate(actor, order, form.pictures)
        return {"price": money(found.price), "provider": found.provider or None, "command": words(order)}

    async def compare(self, request: web.Request, actor: Actor) -> web.Response:
        """`POST /api/compare`: the same order priced on up to five models."""
        form = await read_form(request, self._context.service, actor)
        fields = dict(form.fields)
        models = fields.pop("models", None)
        if isinstance(models, str):
            models = models.split(",")
        if not isinstance(models, list) or not all(isinstance(item, str) for item in models):
            raise InvalidOrder(texts.models_is_a_list(), field="models")
        order = form.order(read_draft(fields), actor)
        return web.json_response(await self.compared(actor, order, models, form))

    async def compared(self, actor: Actor, order: Order, models: list[str], form: Form) -> dict[str, Any]:
        """A price table's JSON; each row has the line that runs it."""
        names = [name.strip() for name in models if name.strip()]
        quotes = await self._context.service.quotes.compare(actor, order, names, form.pictures)
        return {"quotes": [quote_view(order, quote) for quote in quotes]}

    # buttons

    async def confirm(self, request: web.Request, actor: Actor) -> web.Response:
        """Agree to the price: at most `{"shown": micro-dollars}`, else what it costs now."""
        shown = (await read_json(request)).get("shown")
        if shown is not None and (not isinstance(shown, int) or isinstance(shown, bool)):
            raise InvalidOrder(texts.shown_is_micro_dollars(), field="shown")
        most = None if shown is None else Micros(shown)
        moved = await self._context.service.confirm(actor, request.match_info["id"], most)
        return web.json_response(await self._context.channel.publish(moved))

    async def cancel(self, request: web.Request, actor: Actor) -> web.Response:
        """Stop it, as far as that is still possible."""
        moved = await self._context.service.cancel(actor, request.match_info["id"])
        return web.json_response(await self._context.channel.publish(moved))

    async def settle(self, request: web.Request, actor: Actor) -> web.Response:
        """An admin ends a request with an unknown outcome; what is set aside is charged."""
        moved = await self._context.admin.settle_unknown(actor, request.match_info["id"])
        return web.json_response(await self._context.channel.publish(moved))

    async def delete(self, request: web.Request, actor: Actor) -> web.Response:
        """Take it out of the channel."""
        await self._context.channel.hide(actor, request.match_info["id"])
        return web.json_response({"deleted": request.match_info["id"]})

    async def ask_admin(self, request: web.Request, actor: Actor) -> web.Response:
        """Ask the admins for room."""
        asked = await self._context.channel.ask_admin(actor, request.match_info["id"])
        view = await self._context.channel.publish(asked)
        self._context.stream.fact("approvals", {"id": asked.id})
        return web.json_response(view)

    async def again(self, request: web.Request, actor: Actor) -> web.Response:
        """`repeat`, `vary`, or a new order on one of the result's pictures: 202 with the new id."""
        body = await read_json(request)
        press, old = request.match_info["press"], request.match_info["id"]
        if press == "repeat":
            press = body.pop("as", "repeat")
        prompt, index = body.get("prompt") or "", body.get("index", 0)
        if not isinstance(prompt, str) or not isinstance(index, int) or press not in _PRESSES:
            raise InvalidOrder(texts.unreadable_again(), field="body")
        pressed = await self._context.service.request(actor, old)
        named = body.get("conversation")
        where = _where(request, actor, name_of(actor, named) if named else own_name(actor, pressed))
        accepted = await self._press(where, actor, old, press, prompt, index, body.get("changes") or {})
        return await self._accepted(accepted, where)

    async def _press(
        self,
        where: Mapping[str, Any],
        actor: Actor,
        old: str,
        press: str,
        prompt: str,
        index: int,
        given: Mapping[str, Any],
    ) -> Request:
        service = self._context.service
        own = {"conversation": where["conversation"]}
        if press == "vary" and not given:
            return await service.vary(actor, old, changes={"prompt": prompt} if prompt else {}, **where)
        if press in ("repeat", "vary"):
            capability = (await service.request(actor, old)).capability
            changes = read_changes(capability, given) | ({"prompt": prompt} if prompt else {})
            return await service.repeat(actor, old, changes=changes | own, **where)
        capability = ON_PICTURE[press]
        changes = read_changes(capability, given) | own
        return await service.from_result(
            actor, old, index, capability, prompt=prompt, changes=changes, **where
        )


_PRESSES = frozenset(("repeat", "vary", *ON_PICTURE))


_BESIDE = frozenset(("press", "ask_price"))
"""Fields of an order's body that say how it is ordered, not what."""


def _asked(value: Any) -> AskPrice:
    """When the price is asked about before it runs. Raises InvalidOrder."""
    try:
        return AskPrice(value)
    except ValueError:
        raise InvalidOrder(ask_price_is_one_of(", ".join(AskPrice)), field="ask_price") from None


def _pressed(actor: Actor, button: Any) -> str:
    """The press of a button that runs a line, by the id that the page gave it; a typed line has none."""
    if not isinstance(button, str) or len(button) > PRESS_MAX:
        raise InvalidOrder(texts.press_too_long(PRESS_MAX), field="press")
    return press_of(actor, button, "run") if button else ""


def _where(request: web.Request, actor: Actor, conversation: str) -> dict[str, Any]:
    """Where the answer goes, and what makes a second delivery of the same press the same request."""
    return {
        "origin": ORIGIN,
        "reply_to": {"channel": CHANNEL},
        "dedupe_key": idempotency_key(request, actor),
        "conversation": conversation,
    }


def idempotency_key(request: web.Request, actor: Actor) -> str:
    """The key of a call, one's own where the caller names none. Raises InvalidOrder."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 200:
        raise InvalidOrder(texts.key_too_long(), field="Idempotency-Key")
    return f"{actor.person}:{key or secrets.token_hex(16)}"


def quote_view(order: Order, quote: Quote) -> dict[str, Any]:
    """One model's price, and the line that runs it."""
    return {
        "model": quote.model,
        "price": money(quote.price),
        "problem": quote.problem or None,
        "affordable": quote.affordable,
        "command": words(replace(order, model=quote.model)),
    }
