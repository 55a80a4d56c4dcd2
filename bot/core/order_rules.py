"""Making and checking orders: defaults, policy, derived orders. Pure, except that it reads the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from bot.core import validation
from bot.core.budget_rules.refusals import can_be_granted
from bot.core.capability import Capability, about
from bot.core.catalog import Catalog, Model, check_policy, may_use, permitted
from bot.core.drafts import Draft
from bot.core.errors import BotError, NotAllowed, NotFound, PriceTooHigh, PriceUnknown, UnknownModel
from bot.core.errors.outside import GatewayFinal
from bot.core.money import ZERO, Micros
from bot.core.order_names.applied import check_project, with_names
from bot.core.place_lists.common_options import prompt_sent
from bot.core.prices.pricing import APPROVAL_US, Alternative
from bot.core.request import (
    TERMINAL,
    Actor,
    Order,
    OrderOf,
    P,
    Request,
    State,
    Turn,
    chat_of,
)
from bot.core.tenant import Access, Tenant
from bot.core.text.translation import gettext as _

MOST_SUGGESTIONS = 3
OFFER_US = 3_600_000_000
"""How long the buttons of a request that ended before its call still find its pictures: one hour."""


class Checks:
    """Everything an order must pass before it is stored or priced.

    `access` is whom the operator lets in.
    """

    def __init__(
        self,
        catalog: Catalog,
        limits: validation.OrderLimits,
        defaults: Mapping[Capability, str] | None = None,
        chat_models: Sequence[str] = (),
        access: Access | None = None,
    ) -> None:
        self.catalog = catalog
        self._limits = limits
        self._defaults = defaults or {}
        self._chat_models = chat_models
        self.access = access or Access()

    def check(self, actor: Actor, tenant: Tenant, order: OrderOf[P]) -> OrderOf[P]:
        """The order with cleaned text and its defaults filled in. Raises a Refusal when it may not run."""
        self.access.check(actor)
        tenant.admit(actor, order.capability)
        order = validation.normalised(order)
        order = self._with_defaults(actor, tenant, with_names(order, actor, tenant, self.catalog))
        model = self.catalog.find(order.model)
        check_policy(order.model, model, tenant, actor)
        validation.check(order, model, self._limits)
        tenant.check_words(words_of(order))
        return with_house_prompt(order, tenant.prompt_for(actor))

    def check_again(self, actor: Actor, tenant: Tenant, order: Order) -> None:
        """Check that the tenant still allows an order that was accepted before. Raises a Refusal."""
        tenant.admit(actor, order.capability)
        check_policy(order.model, self.catalog.find(order.model), tenant, actor)
        check_project(order, tenant)
        tenant.check_words(words_of(order))

    def check_price(self, actor: Actor, tenant: Tenant, order: Order, price: Micros, model: str) -> None:
        """Check what the dry run has answered: the price, and the `model` that an alias stands for.

        `model` is empty when the gateway did not name one. A price of zero is only believed of a model that
        the catalogue calls free and has no price for. Raises a Refusal.
        """
        known = self.catalog.get(model or order.model)
        if model and model != order.model:
            check_policy(model, known or self.catalog.get(order.model), tenant, actor)
        if price == ZERO and not (known and self.is_free(known.id)):
            raise PriceUnknown(
                _(
                    "The gateway says that this is free, but this model is not known to be free, so it was"
                    " not run. Nothing was charged."
                )
            )
        if tenant.cap is not None and price > tenant.cap:
            raise PriceTooHigh(price=price, cap=tenant.cap)

    def is_free(self, model: str) -> bool:
        """Whether the catalogue calls the model free and has no price for it."""
        known = self.catalog.get(model)
        return known is not None and known.free and not known.starting_price

    def permitted_models(self, actor: Actor, tenant: Tenant, capability: Capability) -> list[Model]:
        """The listed models that the actor may use here for a capability."""
        listed = self.catalog.search("", capability, None)
        return [model for model in listed if permitted(model, tenant, actor)]

    def explained(self, order: Order, error: GatewayFinal) -> BotError:
        """The gateway's refusal of a dry run; for an unknown model, with the most similar names."""
        if error.code != "MODEL_NOT_FOUND":
            return error
        known = self.catalog.suggest(order.model, order.capability)
        near = dict.fromkeys((*error.suggestions, *known))
        return UnknownModel(order.model, tuple(near)[:MOST_SUGGESTIONS])

    def _with_defaults(self, actor: Actor, tenant: Tenant, order: OrderOf[P]) -> OrderOf[P]:
        if chat := chat_of(order):
            cap = self._limits.max_tokens
            order = replace(chat, max_tokens=cap if chat.max_tokens is None else min(chat.max_tokens, cap))
        if order.model:
            return order
        return replace(order, model=self._default(actor, tenant, order.capability))

    def _default(self, actor: Actor, tenant: Tenant, capability: Capability) -> str:
        """The tenant's default, else the operator's, else the catalogue's; for chat the first configured
        model. Guests who have models of their own get the first of these that they can use.
        """
        own, operators = tenant.defaults.get(capability), self._defaults.get(capability)
        configured = self._chat_models if about(capability).unlisted_models else ()
        named = [name for name in (own or operators, *configured) if name]
        if actor.guest and tenant.guest_models:
            named = [name for name in named if may_use(name, self.catalog.get(name), tenant, actor)]
        if named:
            return named[0]
        return self.catalog.default(capability, lambda model: permitted(model, tenant, actor))


def words_of(order: OrderOf[P]) -> list[str]:
    """Every text of an order that somebody wrote for it and that the gateway would see."""
    said = [value for name in validation.WORDS if isinstance(value := vars(order).get(name), str)]
    whole = prompt_sent(order)
    return [*said, *([whole] if whole != order.prompt else []), *order.extra.values()]


def with_house_prompt(order: OrderOf[P], prompt: str) -> OrderOf[P]:
    """A chat with what its place tells the model beforehand; other orders as they are."""
    chat = chat_of(order)
    return order if chat is None else replace(chat, house=prompt or None)


def conversation_key(place: str, conversation: str) -> str:
    """The key under which a conversation's turns are stored; it is different in every place."""
    return f"{place}/{conversation}"


def last_turns(turns: Sequence[Turn], tokens: int) -> Sequence[Turn]:
    """The newest turns that fit `tokens`, counted as four characters each."""
    room, kept = tokens * 4, 0
    for turn in reversed(turns):
        room -= len(turn.content)
        if room < 0:
            break
        kept += 1
    return turns[len(turns) - kept :]


def changed(order: OrderOf[P], changes: Mapping[str, Any]) -> OrderOf[P]:
    """The order with the changes for which it has a field."""
    return replace(order, **{name: value for name, value in changes.items() if hasattr(order, name)})


def alternatives_of(request: Request) -> tuple[Alternative, ...]:
    """The changes with which a refused order may be ordered again, best first."""
    failure = request.failure
    if failure is None or request.state is not State.REFUSED:
        return ()
    named = tuple(Alternative(changes={"model": name}) for name in failure.suggestions)
    return failure.alternatives or named


def alternative(refused: Request, index: int) -> Mapping[str, Any]:
    """The change that orders again what was refused, by its number (from 0).

    Raises NotFound where the refusal offered none such.
    """
    offered = alternatives_of(refused)
    if not 0 <= index < len(offered):
        raise NotFound(_("That was not offered there."))
    return offered[index].changes


def pictures_until(request: Request, now: int) -> int | None:
    """Until when (UTC micros) the request's pictures are needed, if it ended before anything was called.

    A day, where an admin can approve it; an hour, where a button offers to ask again or to ask for something
    else; else they are not needed any more. None: as long as its words.
    """
    if request.submitted_at is not None or request.state not in TERMINAL:
        return None
    if can_be_granted(request):
        return now + APPROVAL_US
    offers = bool(alternatives_of(request))
    return now + OFFER_US if offers or request.state is not State.REFUSED else now


def is_told(request: Request) -> bool:
    """Whether a request has ended and its person knows: all that can follow is another figure from the log.

    Nothing of its words, pictures or names is needed for that.
    """
    return request.state in TERMINAL and (request.due_at is None or request.notified == request.state)


def order_on(picture: P, capability: Capability, prompt: str, changes: Mapping[str, Any]) -> OrderOf[P]:
    """An order on one picture, with the changes (values by field) that it can take. Raises InvalidOrder."""
    said = {"prompt": prompt} if prompt and about(capability).takes_prompt else {}
    return changed(Draft(capability=capability, values=said).order((picture,)), changes)


def without_words(order: OrderOf[P]) -> OrderOf[P]:
    """The order without its texts; model and options stay, since they explain the price."""
    said: dict[str, Any] = {
        "prompt": "",
        "negative_prompt": None,
        "system": None,
        "house": None,
        "history": (),
        "conversation": None,
        "extra": {},
    }
    known = {field.name for field in fields(order)}
    if (style := order.styled) is not None:
        said["styled"] = replace(style, words="")
    return replace(order, **{name: value for name, value in said.items() if name in known})


def for_payer(request: Request) -> Request:
    """What the admins of the payer see of a request of another place: who, what, when and how much.

    Words, results, answers and addresses are left out.
    """
    return replace(
        request,
        order=without_words(request.order),
        text="",
        assets=(),
        failure=None,
        reply_to={},
        delivery={},
        parent_id="",
    )


# what was made in an age-restricted channel stays in such channels


def restricted(request: Request) -> bool:
    """True when it was asked for in an age-restricted channel, with whatever model.

    The platform says which channels are: Discord does, Slack and the page have none. The row remembers it.
    """
    return request.actor.sensitive_ok


def check_reuse(request: Request, actor: Actor) -> None:
    """Raise NotAllowed where the order and its results must not be used."""
    if restricted(request) and not actor.sensitive_ok:
        raise NotAllowed(
            _("That was made in an age-restricted channel and can only be used in one. Nothing was charged.")
        )


def shown_to(request: Request, actor: Actor) -> Request:
    """What the actor sees of it in lists, where they are now."""
    if request.actor.place_id != actor.place_id:
        return for_payer(request)
    return request if actor.sensitive_ok or not restricted(request) else _from_outside(request)


def _from_outside(request: Request) -> Request:
    """Who, what kind, when and how much; no words and no results."""
    return replace(
        request, order=without_words(request.order), text="", assets=(), failure=None, parent_id=""
    )
