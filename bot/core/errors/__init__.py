"""Everything that can go wrong, as one tree.

    BotError
    ├─ Refusal             the person can do something about it; nothing was spent
    │  ├─ InvalidOrder       a parameter is out of range, missing or unreadable
    │  │  └─ BadImage          a picture sent in cannot be used
    │  ├─ UnknownModel       no such model; has the nearest names
    │  ├─ NotAllowed         model, capability, channel, role or person is not permitted
    │  │  ├─ NoHome            a direct message for which no server pays
    │  │  └─ WordsBlocked      the words break a rule of the place
    │  ├─ BudgetExceeded     a budget has no room; has its name, what is left, when it resets
    │  ├─ PriceUnknown       the gateway named no price, so nothing may run
    │  ├─ PriceTooHigh       above the cap for one request
    │  ├─ PriceMoved         the price is higher now than the one on the pressed button
    │  ├─ ApprovalEnded      it is too late to approve the request, or to run it as approved
    │  ├─ NotFound           no such request, or not visible to this person
    │  └─ TooLate            the request has changed since; the press no longer applies
    ├─ StoreUnavailable    the database does not answer, or its disk is full; nothing was written
    └─ LeaseLost           another worker owns the request now; do nothing more with it

What fails outside, at the gateway and the platforms, is in `errors.outside`; what is refused so that one
person, place or model does not keep the others waiting is in `errors.bounds`. `code` is a stable word for
logs, metrics and the JSON API; `str(error)` is one or two sentences for people.
"""

from __future__ import annotations

from bot.core.money import ZERO, Micros, dollars
from bot.core.text.translation import gettext as _


class BotError(Exception):
    """Root of the tree. `code` is stable; the message may be shown to the person who asked."""

    code = "error"

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self)


class Refusal(BotError):
    """A definite refusal before any money was spent.

    `logged` tells that its line was written, so that it is written once however many places it passes.
    """

    code = "refused"
    logged = False


class InvalidOrder(Refusal):
    """`field` is the option's public name (`prompt`, `n`, `scale` …), or empty."""

    code = "invalid_order"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class BadImage(InvalidOrder):
    """A picture that is too large, unreadable or of a wrong kind.

    `picture` is a small PNG of what was understood, empty where there is nothing to show.
    """

    code = "bad_image"

    def __init__(self, message: str, *, field: str = "", picture: bytes = b"") -> None:
        super().__init__(message, field=field)
        self.picture = picture


class UnknownModel(Refusal):
    """`suggestions` has up to three similar names, best first."""

    code = "unknown_model"

    def __init__(self, model: str, suggestions: tuple[str, ...] = ()) -> None:
        text = _("There is no model called “{model}”.").format(model=model[:80])
        if suggestions:
            text += " " + _("Did you mean {names}?").format(names=_(" or ").join(suggestions))
        super().__init__(text)
        self.model = model
        self.suggestions = suggestions


class NotAllowed(Refusal):
    """The tenant's policy or the person's rights do not allow it."""

    code = "not_allowed"


class NoHome(NotAllowed):
    """In a direct message or a personal installation, by a person without a home (see `identity`)."""

    code = "no_home"

    def __init__(self) -> None:
        text = _("Nobody pays for you here yet. Choose one of your servers that does. Nothing was charged.")
        super().__init__(text)


class WordsBlocked(NotAllowed):
    """Words that the place does not want. `rule` is for its admins; the sentence does not repeat it."""

    code = "words_blocked"

    def __init__(self, rule: str) -> None:
        super().__init__(
            _(
                "The admins here have blocked some of these words, so they were not sent on. Nothing was"
                " charged; please say it differently."
            )
        )
        self.rule = rule


class BudgetExceeded(Refusal):
    """The tightest budget without room. `resets_at` is UTC microseconds, None for a total.

    `scope` is the budget's `Scope` (see the ledger), empty when it is not known; `fixed` is true when only
    the operator can raise the budget.
    """

    code = "budget_exceeded"

    def __init__(
        self,
        *,
        budget_id: str,
        budget: str,
        price: Micros,
        left: Micros,
        resets_at: int | None,
        scope: str = "",
        fixed: bool = False,
    ) -> None:
        if not price and (fixed or scope == "installation"):
            text = _("{budget} has nothing left. Nothing was charged.")
        elif not price:
            text = _(
                "{budget} has nothing left, so this was refused before its picture was read, and no admin can"
                " approve it as it is. Ask an admin for a higher limit, then order it again. Nothing was"
                " charged."
            )
        elif left >= 0:
            text = _("{budget} has {left} left and this needs {price} set aside. Nothing was charged.")
        else:
            text = _(
                "{budget} is {over} over its limit and this needs {price} set aside. Nothing was charged."
            )
        over = dollars(Micros(-left))
        super().__init__(text.format(budget=budget, left=dollars(left), over=over, price=dollars(price)))
        self.budget_id = budget_id
        self.budget = budget
        self.price = price
        self.left = left
        self.resets_at = resets_at
        self.scope = scope
        self.fixed = fixed

    def without_price(self) -> BudgetExceeded:
        """The same for an order whose price nobody has asked and whose pictures nobody has read; its `price`
        is zero. Nothing of it is stored, so that no admin can approve it.
        """
        return BudgetExceeded(
            budget_id=self.budget_id,
            budget=self.budget,
            price=ZERO,
            left=self.left,
            resets_at=self.resets_at,
            scope=self.scope,
            fixed=self.fixed,
        )


class PriceUnknown(Refusal):
    """The dry run named no usable price."""

    code = "price_unknown"


class PriceTooHigh(Refusal):
    """Above the tenant's cap for one request."""

    code = "price_too_high"

    def __init__(self, *, price: Micros, cap: Micros) -> None:
        super().__init__(
            _(
                "This would cost {price}; one request may cost at most {cap} here. Nothing was charged."
            ).format(price=dollars(price), cap=dollars(cap))
        )
        self.price = price
        self.cap = cap


class PriceMoved(Refusal):
    """A button showed a lower price than the request has now."""

    code = "price_moved"

    def __init__(self, *, shown: Micros, price: Micros) -> None:
        text = _("The price is now {price}, and your button said {shown}. Nothing was charged.")
        text += " " + _("Press the button with the new price to agree to it.")
        super().__init__(text.format(price=dollars(price), shown=dollars(shown)))
        self.shown = shown
        self.price = price


class ApprovalEnded(Refusal):
    """An approval is given within a day of the refusal, and is valid for a day; both are for one request."""

    code = "approval_ended"


class NotFound(Refusal):
    """There is no such thing, or this person may not see it."""

    code = "not_found"


class TooLate(Refusal):
    """The state of the request no longer allows what was pressed."""

    code = "too_late"


class StoreUnavailable(BotError):
    """The database, or the disk with the results, cannot be used at the moment."""

    code = "store_unavailable"


class LeaseLost(BotError):
    """The row's owner or epoch has changed, so this worker no longer owns it."""

    code = "lease_lost"
