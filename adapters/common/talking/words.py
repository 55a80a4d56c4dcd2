"""What is said about a conversation, the same on every platform: its pictures, its plans, what it has cost.

A platform escapes names and prompts itself, before they come here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.common import shared_texts, wording
from bot.conversation.short_answers import ShortAnswer
from bot.core.capability import Output, about
from bot.core.money import ZERO, Micros, dollars
from bot.core.request import Request, State
from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext
from bot.use_cases.spoken.answers import Answered, Reply, price_of


def pictures_of(request: Request) -> str:
    """Which pictures an order made and which it used: `p3, from p1`; empty outside of a conversation."""
    part = request.part
    if part is None:
        return ""
    used = all_of([f"p{number}" for number in part.uses])
    made = _made(request)
    if made and used:
        return _("{made}, from {used}").format(made=made, used=used)
    if made or not used:
        return made
    answers = about(request.capability).output is Output.TEXT
    return (_("about {used}") if answers else _("from {used}")).format(used=used)


def _made(request: Request) -> str:
    part, count = request.part, len(request.assets) or 1
    if part is None or not part.made or about(request.capability).output is not Output.PICTURE:
        return ""
    return f"p{part.made}" if count == 1 else f"p{part.made}–p{part.made + count - 1}"


def all_of(names: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])


def spent(amount: Micros | None) -> str:
    """What a conversation has cost so far, for the receipt; empty where there is none, or nothing."""
    return "" if not amount else _("{amount} in this conversation").format(amount=dollars(amount))


# plans


def plan_line(request: Request, prompt: str, model: str) -> str:
    """One order of a plan: `edit p2: make it night · flux.2-pro · about $0.04`."""
    used = all_of([f"p{number}" for number in request.part.uses]) if request.part else ""
    what = f"{request.capability} {used}".strip()
    price = _("about {price}").format(price=dollars(request.estimate or ZERO))
    return f"{what}: {prompt} · {model} · {price}" if prompt else f"{what} · {model} · {price}"


def plan_costs(count: int, price: Micros) -> str:
    """The head of a plan."""
    text = ngettext("{count} order, about {price}", "{count} orders, about {price} in all", count)
    return text.format(count=count, price=dollars(price))


def plan_notes(orders: Sequence[Request]) -> str:
    """What pressing a plan means."""
    text = _(
        "Nothing has been charged for them. They run in this order; when one fails, the rest do not run."
    )
    foreign = any(order.part is not None and order.part.foreign for order in orders)
    return f"{text} {others_were_read()}" if foreign else text


def run_all(price: Micros) -> str:
    """The button of a plan."""
    return _("Run all for {price}").format(price=dollars(price))


def plan_runs(count: int, price: Micros) -> str:
    """A plan that was agreed to."""
    text = ngettext(
        "{count} order runs, for at most {price}.", "{count} orders run, for at most {price}.", count
    )
    return text.format(count=count, price=dollars(price))


def plan_dropped() -> str:
    """A plan that nobody wants."""
    return _("None of them runs. Nothing was charged for them.")


def handles(request: Request) -> list[str]:
    """The names of the pictures that an order has made in its conversation; empty outside of one."""
    part = request.part
    if part is None or not part.made or about(request.capability).output is not Output.PICTURE:
        return []
    return [f"p{part.made + index}" for index in range(len(request.assets))]


# answers without a model


NAMED = 60
"""Characters of an order's words that name it."""


def answered(found: Answered, shown: Callable[[str, int], str]) -> str:
    """What a plain yes, no or stop did, and to what; `shown` makes words of people harmless and cuts them."""
    match found.reply:
        case Reply.AGREED:
            price = Micros(sum(row.pricing.agreed or row.estimate or ZERO for row in found.requests))
            text = _("Agreed, for at most {price}: {what}. It runs now.")
            return text.format(price=dollars(price), what=named(found.requests, shown))
        case Reply.STOPPED if all(row.state is State.CANCELLED for row in found.requests):
            text = _("Stopped: {what}. Nothing was charged for it.")
            return text.format(what=named(found.requests, shown))
        case Reply.STOPPED:
            text = _("Being stopped: {what}. The receipt will say what it cost.")
            return text.format(what=named(found.requests, shown))
        case Reply.WHICH if len(found.things) == 1:
            return _("Do you mean this?")
        case Reply.WHICH:
            return _("More than one is open here. Which one do you mean?")


def one_line(text: str, limit: int) -> str:
    """Words on one line of so many characters, for surfaces without markup."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def named(rows: Sequence[Request], shown: Callable[[str, int], str]) -> str:
    """What one button decides, in a few words: those of its first order, and how many there are."""
    first = shown(rows[0].order.prompt, NAMED) or _(about(rows[0].capability).noun)
    if len(rows) == 1:
        return first
    return ngettext("{first} and {count} more", "{first} and {count} more", len(rows) - 1).format(
        first=first, count=len(rows) - 1
    )


def thing_line(rows: Sequence[Request], what: str) -> str:
    """One of the things that may be meant: `Video: a fox runs · about $0.40`."""
    price = _("about {price}").format(price=dollars(price_of(rows)))
    title = wording.capital(_(about(rows[0].capability).noun))
    return _("{title}: {what} · {price}").format(title=title, what=what, price=price)


def thing_button(found: Answered, number: int) -> str:
    """The button of one of the things that may be meant (from 1); with a number where there are several."""
    things = found.things
    rows = things[number - 1]
    label = _("Cancel") if found.answer is not ShortAnswer.YES else _run(rows)
    return label if len(things) == 1 else _("{number}: {label}").format(number=number, label=label)


def _run(rows: Sequence[Request]) -> str:
    return run_all(price_of(rows)) if len(rows) > 1 else shared_texts.run_it_for(dollars(price_of(rows)))


def continue_from(picture: str) -> str:
    """The button that makes an older picture the one that is meant."""
    return _("Continue from {picture}").format(picture=picture)


def continued(who: str, picture: str) -> str:
    """Said to everybody in the conversation once it was pressed."""
    text = _("{who} continues from {picture}: what is said here next starts from it.")
    return text.format(who=who, picture=picture)


def others_were_read() -> str:
    """Why the price of an order from speech is asked."""
    return _("I ask because I read words here that are not yours.")


def compare() -> str:
    """The button that shows prices of several models."""
    return _("Show the prices")


def choices_offered() -> str:
    """Where no model may be asked, what the words may have meant is on buttons."""
    return _("I cannot ask a model here what you mean. These run as they are, at these prices:")


def choice(capability: str, price: Micros | None) -> str:
    """The button of one explicit way."""
    return f"{capability} · {dollars(price)}" if price is not None else capability
