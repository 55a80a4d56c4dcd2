"""What is said about budgets, settings and approvals, besides the cards of `admin`."""

from __future__ import annotations

from bot.core.text.translation import gettext as _

# settings


def settings_have_changed() -> str:
    return _(
        "The settings have changed since this message was posted. Nothing was saved. Please "
        "use /settings again."
    )


def not_of_discord(word: str, kind: str) -> str:
    return _("“{word}” is not one of Discord's {kind}.").format(word=word, kind=kind)


# commands of admins


def one_kind_of_budget() -> str:
    return _("A budget is for one of: a member, a role, a channel, the server.")


def removed() -> str:
    return _("Removed.")


def this_budget() -> str:
    return _("this budget")


# approvals


def no_channel_for_approvals() -> str:
    return _("No channel for approvals is set here. An admin can choose one with `/settings`.")


def cannot_post_to_admins() -> str:
    return _("I cannot post in the admins' channel. Please tell an admin.")


def declined() -> str:
    return _("An admin has declined this request. Nothing was charged.")


def resets_then(when: str) -> str:
    return _(", resets {when}.").format(when=when)


def approve() -> str:
    return _("Approve")


def deny() -> str:
    return _("Deny")


def asks_for_more(person: int) -> str:
    return _("<@{person}> asks for more than a budget allows").format(person=person)


def request_on_model(title: str, model: str, price: str) -> str:
    return _("**{title}** on {model}, about **{price}**").format(title=title, model=model, price=price)


def admins_asked() -> str:
    return _(
        "**The admins have been asked.** If one approves, your request runs and the result is posted here."
    )


def for_about(price: str) -> str:
    return _(" for about {price}").format(price=price)


def decided(person: int, title: str, asker: int, price: str, *, yes: bool) -> str:
    if yes:
        said = _("<@{person}> approved this: {title} by <@{asker}>{price}.")
    else:
        said = _("<@{person}> denied this: {title} by <@{asker}>{price}.")
    return said.format(person=person, title=title, asker=asker, price=price)


# suggestions


def model_free(model: str) -> str:
    return _("{model} · free").format(model=model)


def model_from_price(model: str, price: str) -> str:
    return _("{model} · from {price}").format(model=model, price=price)


def more_budgets() -> str:
    return _("… and {count} more: `/budget show` lists all of them.")


def more_people() -> str:
    return _("… and {count} more: the attached table has everyone.")
