"""Facts in plain words, the same on every platform; a platform adds its own markup and escaping.

A moment is shown by the platform itself, since it knows the reader's time zone: functions that name one
take it as text, or take the function that shows it. Amounts below zero are never shown with a sign: what
is left below zero is so much "over".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.common.place_lists.receipt_names import receipt_names
from adapters.common.talking import words as talk_words
from bot.core.budget_names import theirs
from bot.core.budget_rules.refusals import grantable
from bot.core.errors import BudgetExceeded
from bot.core.events import BudgetLeft, Corrected, Progressed, Receipt
from bot.core.ledger import BudgetLine
from bot.core.money import ZERO, Micros, dollars
from bot.core.request import Request, picture_notes
from bot.core.text.numbers import decimal
from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext

_FIRST = re.compile(r"^[^\w\s$]?[^\W\d_]")

Strong = Callable[[str], str]
"""How a platform makes words stand out; `str` leaves them alone."""
When = Callable[[int], str]
"""How a platform shows a moment (UTC microseconds)."""


# money


def left(amount: Micros) -> str:
    """`$0.05 left`, or `$0.02 over` where more was spent than the limit."""
    if amount < 0:
        return _("{amount} over").format(amount=dollars(Micros(-amount)))
    return _("{amount} left").format(amount=dollars(amount))


def room(found: BudgetLeft, when: When) -> str:
    """What is left under a budget, and until when."""
    said = budget_left(found)
    if found.resets_at is None:
        return said
    return _("{room}, resets {when}").format(room=said, when=when(found.resets_at))


def budget_left(found: BudgetLeft) -> str:
    """What is left under a budget."""
    if found.left < 0:
        text = _("{budget}: {over} over its limit of {limit}")
    else:
        text = _("{budget}: {left} of {limit} left")
    return text.format(
        budget=found.budget,
        left=dollars(found.left),
        over=dollars(Micros(-found.left)),
        limit=dollars(found.limit),
    )


def budget_state(line: BudgetLine, when: When) -> str:
    """`$3 spent, $1 set aside, $2 granted on top, $16 left, resets tomorrow`."""
    said = [_("{amount} spent").format(amount=dollars(line.spent))]
    if line.held:
        said.append(set_aside(line.held))
    if line.granted:
        said.append(_("{amount} granted on top").format(amount=dollars(line.granted)))
    if line.left is not None:
        said.append(left(line.left))
    if line.resets_at is not None:
        said.append(_("resets {when}").format(when=when(line.resets_at)))
    return ", ".join(said)


def stands(request: Request) -> str:
    """How the budget stands that refused a request, for those who may grant it: the asker's is `their`."""
    budget, amount = theirs(request.refused_budget), request.left or ZERO
    if amount < 0:
        return _("{budget} is {amount} over its limit").format(budget=budget, amount=dollars(Micros(-amount)))
    return _("{budget} has {amount} left").format(budget=budget, amount=dollars(amount))


def corrected(event: Corrected, about: str, strong: Strong = str) -> str:
    """What an ended request really cost; `about` names it (`your picture`)."""
    charged = strong(dollars(event.receipt.charged))
    if event.before is None:
        said = _("The gateway's log now says what {about} cost: {charged} was charged.")
        return said.format(about=about, charged=charged)
    said = _("The gateway's log now says what {about} cost: {charged} was charged instead of {before}.")
    return said.format(about=about, charged=charged, before=dollars(event.before))


def set_aside(held: Micros) -> str:
    """What is held for requests that run."""
    return _("{amount} set aside").format(amount=dollars(held))


def receipt(found: Receipt, strong: Strong = str) -> str:
    """`charged $0.04`, or `estimated $0.04 → charged $0.038` where they differ; who named the charge where it
    was not the gateway's answer, how far it went over what was set aside, for which project and in which
    style it was, and what was done to the pictures.
    """
    return " · ".join(
        filter(None, (_money(found, strong), *receipt_names(found), found.pictures.rstrip(".")))
    )


def _money(found: Receipt, strong: Strong) -> str:
    if not found.charged:
        text = _("nothing was charged but {amount} for understanding you")
        return text.format(amount=dollars(found.reading)) if found.reading else _("nothing was charged")
    said = _charged(found.source).format(amount=strong(dollars(found.charged)))
    if found.estimate is not None and found.estimate != found.charged:
        said = _("estimated {estimate} → {charged}").format(estimate=dollars(found.estimate), charged=said)
    if found.overrun:
        said = _("{charged}, {overrun} more than was set aside").format(
            charged=said, overrun=dollars(found.overrun)
        )
    return _understood(said, found.reading)


def _understood(said: str, cost: Micros) -> str:
    """The same with what understanding the message cost."""
    text = _("{receipt}, and {amount} for understanding you") if cost else "{receipt}"
    return text.format(receipt=said, amount=dollars(cost))


def _charged(source: str) -> str:
    match source:
        case "estimate":
            return _("charged {amount} (the estimate; the gateway named no price)")
        case "hold":
            return _("charged {amount} (the amount set aside; the gateway named no price)")
        case "log":
            return _("charged {amount} (by the gateway's log)")
        case _:
            return _("charged {amount}")


def receipt_sentence(found: Receipt, strong: Strong = str) -> str:
    """The same as a sentence of its own."""
    return _("{receipt}.").format(receipt=capital(receipt(found, strong)))


def duration(seconds: float) -> str:
    """`4.2 s`, `38 s`, `2 min 5 s`."""
    if seconds < 10:
        return _("{seconds} s").format(seconds=decimal(seconds, 1))
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{seconds} s").format(seconds=rest)


# ends


def advice(refusal: BudgetExceeded, when: When) -> str:
    """What the person can do about a budget that has no room; empty where there is nothing but to ask."""
    said: list[str] = []
    if refusal.resets_at is not None:
        said.append(_("It resets {when}.").format(when=when(refusal.resets_at)))
    if not grantable(refusal):
        said.append(ask_operator())
    return " ".join(said)


def ask_operator() -> str:
    """What to do about a budget that only the operator can raise, besides waiting."""
    return _("No admin here can raise it; the bot's operator can.")


def failure(request: Request) -> str:
    """Why there is no result."""
    return request.failure.message if request.failure else _("The gateway could not do this.")


def cancelled(request: Request) -> str:
    """Who or what ended it."""
    if request.failure is not None and request.failure.code == "expired":
        return _("The price was not confirmed in time.")
    if request.failure is not None and request.failure.code == "replaced":
        return _("You have asked for newer prices since, so this one has ended.")
    return _("Cancelled.")


# under way


def queue_position(position: int) -> str:
    """The place in the queue; 1 is next."""
    return _("number {position} in the queue").format(position=position)


def percent(done: int) -> str:
    """How much of a video is made, 0 to 100."""
    return _("{percent} %").format(percent=done)


def about(price: Micros) -> str:
    """An estimate."""
    return _("about {price}").format(price=dollars(price))


def approval_terms(most: Micros) -> str:
    """What an approval allows; `most` with its headroom."""
    text = _(
        "If you approve within a day, this one request runs, for at most {most}. Nothing else is granted."
    )
    return text.format(most=dollars(most))


def price_notes(request: Request) -> str:
    """What else the person should know before they agree to a price; mostly empty."""
    notes: list[str] = []
    if (agreed := request.pricing.agreed) is not None:
        text = _("The price has gone up since you agreed to {amount}, so you are asked again.")
        notes.append(text.format(amount=dollars(agreed)))
    if (tokens := request.pricing.max_tokens) is not None:
        text = _("To fit what is left of the budget, the answer is limited to {tokens} tokens.")
        notes.append(text.format(tokens=tokens))
    if request.part is not None and request.part.foreign:
        notes.append(talk_words.others_were_read())
    return " ".join(filter(None, [*notes, picture_notes(request.order)]))


def elapsed(event: Progressed) -> str:
    """How long it has taken, and how long it usually takes; empty within the first second."""
    if event.elapsed_s < 1:
        return ""
    if event.expected_s:
        return _("{elapsed} s of about {expected} s").format(
            elapsed=decimal(event.elapsed_s, 0), expected=decimal(event.expected_s, 0)
        )
    return _("{seconds} s").format(seconds=decimal(event.elapsed_s, 0))


def undecided(request: Request, when: When) -> str:
    """When an unknown outcome is decided, and what an admin can do until then."""
    held = dollars(request.hold)
    if request.expires_at is None:
        said = _("{amount} stays set aside until that is known.").format(amount=held)
    else:
        said = _("{amount} stays set aside until that is known: {when} at the latest.").format(
            amount=held, when=when(request.expires_at)
        )
    return said + " " + _("An admin here can end it now; the amount set aside is then charged.")


def end_unknown(request: Request) -> str:
    """The button by which an admin ends a request with an unknown outcome."""
    return _("End it and charge {amount}").format(amount=dollars(request.hold))


def unknown_ended(request: Request) -> str:
    """What the admin is told who has ended it."""
    said = _("Ended. {amount} was charged. If the gateway's log says otherwise later, it is corrected.")
    return said.format(amount=dollars(request.charged or ZERO))


# reports


def spent_in(spent: Micros, days: int) -> str:
    """The head of a report; negative where corrections gave back more than was spent."""
    text = ngettext("{amount} spent in {days} day", "{amount} spent in {days} days", days)
    if spent < ZERO:
        text = ngettext("{amount} given back in {days} day", "{amount} given back in {days} days", days)
    return text.format(amount=dollars(Micros(abs(spent))), days=days)


def requests(count: int) -> str:
    """A number of requests."""
    return ngettext("{count} request", "{count} requests", count).format(count=count)


def capital(text: str) -> str:
    """The text with a capital letter first; one mark before it, such as a quote, is passed over."""
    return _FIRST.sub(lambda found: found[0].upper(), text, count=1)
