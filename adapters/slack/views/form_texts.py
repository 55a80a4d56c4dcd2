"""Titles, labels and hints of the forms and of App Home."""

from __future__ import annotations

from bot.core.text.translation import gettext as _

# App Home


def running() -> str:
    return _("Running")


def recent() -> str:
    return _("Recent")


def defaults() -> str:
    return _("Defaults")


def create() -> str:
    return _("Create")


def refresh() -> str:
    return _("Refresh")


def newest() -> str:
    return _("Newest")


def older() -> str:
    return _("Older")


def catalogue_defaults() -> str:
    return _("The catalogue's default models are used.")


def above_threshold(threshold: str) -> str:
    return _("Above {threshold} I ask before I spend.").format(threshold=threshold)


def paused() -> str:
    return _("⏸ New requests are paused by an admin.")


def home_title(command: str) -> str:
    return _(
        "*Pictures, films and answers*, each with its price first. Type `{command}` anywhere, or:"
    ).format(command=command)


def your_budgets() -> str:
    return _("Your budgets")


def nothing_yet() -> str:
    return _("Nothing yet.")


def admins_directly() -> str:
    return _("admins, directly")


def for_admins_budgets() -> str:
    return _("For admins: budgets")


def approvals_and_zone(approvals: str, zone: str) -> str:
    return _("Approvals go to {approvals}. Budgets reset by {zone} time.").format(
        approvals=approvals, zone=zone
    )


def for_admins_spending() -> str:
    return _("For admins: spending")


# the form of a budget


def whom() -> tuple[tuple[str, str], ...]:
    """Whom a budget can be for: what the form sends, and how it is shown."""
    return (
        ("everyone", _("Everyone without their own")),
        ("person", _("One person")),
        ("role", _("Each member of a user group")),
        ("channel", _("One channel")),
        ("tenant", _("The whole workspace")),
    )


def budget_is_for() -> str:
    return _("For")


def person() -> str:
    return _("Person")


def channel() -> str:
    return _("Channel")


def dollars() -> str:
    return _("Dollars")


def set_it() -> str:
    return _("Set")


def user_group() -> str:
    return _("User group")


def how_often() -> str:
    return _("How often")


def choose_whom_and_how_often() -> str:
    return _("Choose whom the budget is for, and how often.")


def choose_which() -> str:
    return _("Choose which.")


# the form of an order


def took_too_long() -> str:
    return _("Slack took too long to open the form. Try again:")


def open_form() -> str:
    return _("Open form")


def options_begin_with_dashes() -> str:
    return _("Options begin with two dashes: `--seed 7`.")


def about_message(prompt: str, message: str) -> str:
    return _("{prompt}\n\nThis is about the following message:\n{message}").format(
        prompt=prompt, message=message
    )


# fields of the form of an order


def option_label(name: str) -> str:
    """The label of an option that is chosen from a list."""
    labels = {
        "size": _("Size"),
        "n": _("How many"),
        "quality": _("Quality"),
        "scale": _("How many times larger"),
        "seconds": _("Seconds"),
        "aspect_ratio": _("Shape"),
        "resolution": _("Resolution"),
    }
    return labels[name]


def what() -> str:
    return _("What")


def model() -> str:
    return _("Model")


def ask() -> str:
    return _("Ask")


def make_it() -> str:
    return _("Make it")


def default_model() -> str:
    return _("The default model")


def on_chosen_picture() -> str:
    return _("🖼 On the picture you chose.")


def pictures() -> str:
    return _("Pictures (10 MB each)")


def models_own() -> str:
    return _("The model's own")


def more_options() -> str:
    return _("More options")


def a_direct_message() -> str:
    return _("A direct message")


def where_to_post() -> str:
    return _("Where to post it")


def model_costs(price: str) -> str:
    return _("This model costs{price}. ").format(price=price)


def price_found_first(hint: str, threshold: str) -> str:
    return _("{hint}The price is found before it runs; above {threshold} I ask first.").format(
        hint=hint, threshold=threshold
    )


# the form of the settings


def switch() -> tuple[tuple[str, str], ...]:
    """Yes or no: what the form sends, and how it is shown."""
    return ("on", _("On")), ("off", _("Off"))


def settings() -> str:
    return _("Settings")


def save() -> str:
    return _("Save")


def close() -> str:
    return _("Close")
