"""What the cards of `request` and `lists` say about a request, its price and its end."""

from __future__ import annotations

from bot.core.request import State
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

# prices, lists and details


def give_a_prompt() -> str:
    return _("-# Nothing was charged. Give a `prompt` too, and a price becomes a button that runs it.")


def would_cost(title: str, model: str, price: str) -> str:
    return _("**{title}** on {model} would cost about **{price}**.").format(
        title=title, model=model, price=price
    )


def by_provider(provider: str) -> str:
    return _("-# By {provider} as things are now.").format(provider=provider)


def more_than_left() -> str:
    return _("That is more than you have left.")


def nothing_charged() -> str:
    return _("-# Nothing was charged.")


def press_runs_it(when: str) -> str:
    return _("-# Nothing was charged. A press runs it, until {when}.").format(when=when)


def remark_more_than_left() -> str:
    return _(" · more than you have left")


def no_model_fits() -> str:
    return _("No model here fits that.")


def models_for(capability: str) -> str:
    return _("**Models for {capability}**").format(capability=capability)


def starting_prices() -> str:
    return _("-# These are starting prices. Use `/estimate` for an exact one.")


def use_shorter_search() -> str:
    return _("-# For the other pages, use a shorter `search`.")


def from_price(price: str) -> str:
    return _("from {price}").format(price=price)


def price_on_request() -> str:
    return _("price on request")


def remark_default_here() -> str:
    return _(" · default here")


def under_way(running: int) -> str:
    return _("**Under way: {running}**").format(running=running)


def no_requests() -> str:
    return _("There are no requests here yet.")


def everybodys_requests() -> str:
    return _("**Everybody's requests**")


def your_requests() -> str:
    return _("**Your requests**")


def greeting() -> str:
    return _(
        "I make and edit pictures, make videos and answer questions, each with its price.\n"
        "Mention me and say what you want. `/help` shows everything."
    )


def help_for_everyone() -> str:
    return _(
        "**Pictures, edits, upscales, videos and answers, with a price before and a receipt "
        "after.**\n`/generate` makes pictures from words · `/edit` changes one · `/upscale` "
        "enlarges one · `/video` makes a video · `/chat` answers.\nRight-click a message with "
        "a picture → Apps → **Edit image**, **Upscale image**, **Animate image**; any message → "
        "**Ask about this**.\nOr mention me and say what you want, with pictures or files, or in reply to a "
        "result: I open a thread and remember what was said and made in it. Several things at once, and what "
        "others wrote, get a price with a button first.\n\n**Money**\n"
        "`/estimate` and `/compare` name prices; pressing one runs it · "
        "`/balance` shows what is left and until when · `/history` what you asked and what it "
        "cost · `/cancel` stops a request · `/notices` says whether I tell you when a limit runs low · "
        "`/forget` erases our talk here.\nIn direct "
        "messages, and in servers without me, one of your servers pays: `/home` chooses which.\nNothing runs "
        "without room in every budget that applies; above a threshold I ask first. Refusals "
        "are seen by you alone."
    )


def help_for_admins() -> str:
    return _(
        "**Admins**\n`/budget set` · `show` · `remove` · `grant` · `report` steer who may "
        "spend what: everyone, a role, a member, a channel, the whole server, per day, week, "
        "month or in total. `/budget why` says which limits bind a member now, and why.\n"
        "`/settings` changes everything else: default models, the price "
        "above which I ask, the highest price, which models and channels are allowed, the time "
        "zone, who is an admin or blocked, the channels for approvals, notices and digests. `/digest` shows "
        "what was spent.\n`/project` and `/style` keep what orders are for and in; `/statement` closes a "
        "month."
    )


def model_chose_seed() -> str:
    return _("seed the model's own")


def remark_ran(model: str) -> str:
    return _(" · ran {model}").format(model=model)


def look(link: str) -> str:
    return _(" · [look]({link})").format(link=link)


def details_title(title: str, state: str, when: str) -> str:
    return _("**{title}** · {state} · asked {when}").format(title=title, state=state, when=when)


def details_model(model: str, remark: str) -> str:
    return _("Model {model}{remark}").format(model=model, remark=remark)


def remark_via(provider: str) -> str:
    return _(" via {provider}").format(provider=provider)


def details_prompt(prompt: str) -> str:
    return _("Prompt: {prompt}").format(prompt=prompt)


def details_revised(revised: str) -> str:
    return _("Revised by the model: {revised}").format(revised=revised)


def details_request(request_id: str) -> str:
    return _("-# Request {request_id}").format(request_id=request_id)


def details_gateway(gateway_id: str) -> str:
    return _(" · gateway {gateway_id}").format(gateway_id=gateway_id)


def details_trace(trace_id: str) -> str:
    return _(" · trace {trace_id}").format(trace_id=trace_id)


# the life of a request


_WORKING = {
    State.RECEIVED: N_("Asking for the price …"),
    State.PRICED: N_("Reserving the money …"),
    State.AWAITING_CONFIRMATION: N_("Waiting for you to confirm the price …"),
    State.RESERVED: N_("Waiting for a free slot …"),
    State.SUBMITTED: N_("Working on it …"),
    State.RUNNING: N_("Rendering …"),
    State.AMBIGUOUS: N_(
        "The connection broke after I sent this. I am checking what happened. It will not"
        " be run or charged twice."
    ),
    State.SETTLED: N_("Done; fetching the result …"),
    State.DELIVERED: "…",
    State.REFUSED: "…",
    State.FAILED: "…",
    State.CANCELLED: "…",
}
"""The ends have cards of their own."""


def working(state: State) -> str:
    text = _WORKING[state]
    return _(text)


def waiting_in_queue() -> str:
    return _("Waiting in the queue …")


def begun(when: str) -> str:
    return _("begun {when}").format(when=when)


def expected(when: str) -> str:
    return _("expected {when}").format(when=when)


def usually(duration: str) -> str:
    return _("usually {duration}").format(duration=duration)


def price_to_confirm(price: str, person: int, time: str, relative: str) -> str:
    return _(
        "This costs about **{price}**. <@{person}> can confirm it until {time} ({relative}). "
        "Nothing has been charged for it."
    ).format(price=price, person=person, time=time, relative=relative)


def plan_for(person: int, time: str, relative: str) -> str:
    return _("<@{person}> can run it until {time} ({relative}).").format(
        person=person, time=time, relative=relative
    )


def done_for(title: str, person: int, pictures: str = "") -> str:
    if pictures:
        text = _("**{title}** {pictures}, for <@{person}>")
        return text.format(title=title, pictures=pictures, person=person)
    return _("**{title}** for <@{person}>").format(title=title, person=person)


def your_linked(what: str, link: str) -> str:
    return _("[your {what}]({link})").format(what=what, link=link)


def your(what: str) -> str:
    return _("your {what}").format(what=what)


def no_result(title: str, model: str) -> str:
    return _("**No {title}** · {model}").format(title=title, model=model)


def not_this_time() -> str:
    return _("**Not this time**")


def refused_in_public(person: int) -> str:
    return _(
        "This request of <@{person}> was not run. Nothing was charged. `/history` shows them why."
    ).format(person=person)


def interrupted() -> str:
    return _("I was restarted before I could save your request. Nothing was charged. Please ask again.")


def trouble() -> str:
    return _(
        "Something went wrong on my side. If your request is listed in `/history`, it "
        "continues by itself. If not, nothing was charged."
    )


def reference(reference: str) -> str:
    return _("-# Reference {reference}").format(reference=reference)


def more() -> str:
    return _("More")


def upscale_number(number: int) -> str:
    return _("Upscale {number}").format(number=number)
