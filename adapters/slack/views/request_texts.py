"""What the messages of `request` and `lists` say about a request, its price and its end."""

from __future__ import annotations

from bot.core.text.numbers import percent
from bot.core.text.translation import gettext as _

# prices, lists and details


def greeting() -> str:
    return _("I make and edit pictures, make videos and answer questions, each with its price.")


def greeting_how(command: str) -> str:
    return _("Mention me and say what you want. `{command} help` shows everything.").format(command=command)


def guide_begins() -> str:
    return _("*I make pictures and films, and I answer questions.* Everything has its price before it runs.")


def say_it(command: str) -> str:
    return _("Say it to me, or type it after `{command}`:").format(command=command)


def guide_others(commands: str, command: str) -> str:
    return _(
        "Also {commands}. `{command}` alone opens a form. Anything else you say to me is a "
        "chat that remembers its thread. On any picture, *⋮ → Edit image* works too."
    ).format(commands=commands, command=command)


def guide_options() -> str:
    return _("Options are written `--model`, `--size`, `--n`, `--seconds`, `--scale`, `--seed` …")


def guide_admins(command: str) -> str:
    return _(
        "For admins: `{command} budget`, `{command} budget why @ada`, `{command} settings`,"
        " `{command} report`, `{command} audit`, `{command} digest`, `{command} project`, `{command} style`,"
        " `{command} statement` or App Home."
    ).format(command=command)


def what_i_can_do() -> str:
    return _("What I can do")


def no_such_model() -> str:
    return _("No such model.")


def no_model_matches(words: str, capability: str) -> str:
    return _("No model matches “{words}” ({capability}).").format(words=words, capability=capability)


def budget_bar(
    budget: str, bar: str, share: float, spent: str, limit: str, held: str, left: str, reset: str
) -> str:
    return _("{budget}\n`{bar}` {share} · {spent} of {limit} spent{held} · *{left}*{reset}").format(
        budget=budget,
        bar=bar,
        share=percent(share),
        spent=spent,
        limit=limit,
        held=held,
        left=left,
        reset=reset,
    )


# the life of a request


def doing_for(doing: str, asker: str, prompt: str) -> str:
    return _("⏳ *{doing}* for {asker}\n{prompt}").format(doing=doing, asker=asker, prompt=prompt)


def finding_out() -> str:
    return _("Finding out what became of it")


def would_cost(thing: str, cost: str) -> str:
    return _("This {thing} would cost {cost}. Run it?").format(thing=thing, cost=cost)


def would_cost_asker(thing: str, cost: str, asker: str, prompt: str) -> str:
    return _("*This {thing} would cost {cost}.* {asker}, run it?\n{prompt}").format(
        thing=thing, cost=cost, asker=asker, prompt=prompt
    )


def plan_for(asker: str, price: str, when: str) -> str:
    return _("*{price}* {asker}, run them? The offer ends {when}.").format(
        price=price, asker=asker, when=when
    )


def offer_ends(model: str, when: str) -> str:
    return _("{model} · the offer ends {when}").format(model=model, when=when)


def done_for(title: str, asker: str, pictures: str = "") -> str:
    if pictures:
        text = _("*{title}* {pictures}, for {asker}")
        return text.format(title=title, pictures=pictures, asker=asker)
    return _("*{title}* for {asker}").format(title=title, asker=asker)


def follow_up(label: str, number: int) -> str:
    return _("{label} picture {number}").format(label=label, number=number)


def do_more() -> str:
    return _("Do more with a picture…")


def delete_result() -> str:
    return _("Delete this result?")


def delete_means() -> str:
    return _("The files go for everyone here. It stays charged.")


def your(thing: str) -> str:
    return _("your {thing}").format(thing=thing)


def failed(thing: str) -> str:
    return _("That {thing} failed").format(thing=thing)


def cancelled(thing: str) -> str:
    return _("That {thing} was cancelled").format(thing=thing)


def you_asked(words: str) -> str:
    return _("You asked: {words}").format(words=words)


def ready_for(thing: str, asker: str) -> str:
    return _("✅ The {thing} for {asker} is ready").format(thing=thing, asker=asker)


def see_it(link: str) -> str:
    return _(": <{link}|see it>").format(link=link)


def in_this_thread() -> str:
    return _(" in this thread.")


def ready(thing: str) -> str:
    return _("The {thing} is ready.").format(thing=thing)


def here_by_link(reason: str, thing: str, asker: str) -> str:
    return _("{reason} Here is the {thing} by link, {asker}:").format(reason=reason, thing=thing, asker=asker)


def link_works_until(when: str) -> str:
    return _("The link works until {when}.").format(when=when)


def ready_by_link(thing: str) -> str:
    return _("The {thing} is ready, by link.").format(thing=thing)


def balance_in_private() -> str:
    return _("What you have left is in a message that only you see.")


def deleted() -> str:
    return _("Deleted.")


def how_to_go_on() -> str:
    return _("Mention me here and say what to change, or write to me directly. `help` shows the rest.")


# results as files


def result_by_link(number: int, url: str) -> str:
    return _("Result {number} as it was made is here for about an hour: {url}").format(number=number, url=url)


def moves_when_downloaded(kind: str) -> str:
    return _("Slack does not show {kind} as it moves: download the file to see it.").format(kind=kind)


def hidden_goes_direct() -> str:
    return _("Slack cannot cover a picture, so the hidden result goes to your direct messages with me.")
