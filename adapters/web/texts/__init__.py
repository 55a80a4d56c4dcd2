"""Everything that the playground's server says to people: refusals, the list of commands, the demo.

The list of commands is built while modules are imported, so it is marked and translated when it is sent.
"""

from __future__ import annotations

from bot.core.text.numbers import short
from bot.core.text.translation import N_
from bot.core.text.translation import gettext as _

# budgets


def no_such_budget() -> str:
    return _("There is no such budget here.")


def several_budgets(windows: str) -> str:
    return _("There are several. Name the window: {windows}.").format(windows=windows)


def say_who() -> str:
    return _("Say who: a name, everyone (each person's default) or all.")


def nobody_here_called(name: str, people: str) -> str:
    return _("There is nobody called “{name}” here; there are {people}.").format(name=name, people=people)


def this_channel() -> str:
    return _("this channel")


def approve_is_true_or_false() -> str:
    return _("`approve` is true or false.")


def window_is_one_of(windows: str) -> str:
    return _("`window` is one of {windows}.").format(windows=windows)


def text_number_or_list(name: str) -> str:
    return _("`{name}` is a text, a number or a list of texts.").format(name=name)


# messages in the channel


def not_yours_to_delete() -> str:
    return _("Only the person who asked, or an admin, can delete this.")


def only_admins() -> str:
    return _("Only admins can see that.")


# the list of commands


OPTION_MODELS = N_("up to five models, with commas between")
OPTION_WHO = N_("a person's name, everyone (each person's default), or all (together)")
OPTION_LIMIT = N_("dollars, such as 5 or 0.50")
OPTION_WINDOW = N_("how long it lasts")
OPTION_DAYS = N_("how many days to report")
GENERATE = N_("Draw pictures from words")
GENERATE_USAGE = N_("words of what you want to see")
EDIT = N_("Change a picture; drop it on the page first")
EDIT_USAGE = N_("what to change")
UPSCALE = N_("Make a picture larger; drop it on the page first")
CHAT = N_("Talk with a text model; plain words do the same")
CHAT_USAGE = N_("what you want to say")
VIDEO = N_("Make a short film from words or a picture")
VIDEO_USAGE = N_("what should happen")
ESTIMATE = N_("What would it cost? Nothing runs")
ESTIMATE_USAGE = N_("generate a capybara --n 2")
COMPARE = N_("One prompt, up to five models: a price table")
COMPARE_USAGE = N_("generate a capybara --models …")
BALANCE = N_("What is left in your budgets")
HISTORY = N_("Your last requests")
MODELS = N_("Search the models")
CANCEL = N_("Stop your newest running request")
CANCEL_USAGE = N_("[request id]")
FORGET = N_("Erase what the chat remembers of you")
HELP = N_("What you can do here")
BUDGET = N_("Set, show, remove, grant budgets; why one binds; report spending")
BUDGET_USAGE = N_("set mia $5 day")
SETTINGS = N_("Everything an admin decides here: prices, models, people")
AUDIT = N_("Who changed what here, and when")
AUDIT_USAGE = N_("mia limit 30")


# commands


def send_as_text() -> str:
    return _("Send the line as `text`.")


def orders_go_elsewhere() -> str:
    return _("Orders go to /api/orders.")


def nothing_running() -> str:
    return _("Nothing of yours is running.")


def budget_verbs() -> str:
    return _("After /budget write set, show, why, remove, grant or report.")


def settings_take_options() -> str:
    return _("/settings takes options only, such as --threshold 0.50.")


def days_allowed() -> str:
    return _("`days` is from 1 to 366.")


# the playground itself


def switched_off() -> str:
    return _("The playground is switched off; set PLAYGROUND_PASSWORD to use it.")


# people


def not_here(word: str, known: str) -> str:
    return _("There is no “{word}” here, only: {known}.").format(word=word, known=known)


FIVE_DOLLARS_A_DAY = N_("member, $5.00 a day")
ADMIN = N_("admin")
NEARLY_AT_LIMIT = N_("member, nearly at the limit")


# pictures


def result_gone() -> str:
    return _("This result is no longer kept here.")


def picture_gone() -> str:
    return _("This picture is no longer kept here.")


# orders


def shown_is_micro_dollars() -> str:
    return _("`shown` must be whole micro-dollars.")


def answer_is_one_of() -> str:
    return _("`answer` must be yes, no or stop.")


def models_is_a_list() -> str:
    return _("`models` is a list of one to five names.")


def unreadable_again() -> str:
    return _("`as`, `prompt` or `index` cannot be read.")


def press_too_long(most: int) -> str:
    return _("`press` may have {most} characters.").format(most=most)


def key_too_long() -> str:
    return _("`Idempotency-Key` may have 200 characters.")


# failures


def crashed() -> str:
    return _("Something went wrong here. It has been logged; please look at the request before trying again.")


# what is sent in


def drop_picture() -> str:
    return _("Drop the picture on the page, or send it as a file of the form.")


def too_much() -> str:
    return _("That is too much for one request.")


def send_json_or_form() -> str:
    return _("Send JSON (Content-Type: application/json) or a multipart form.")


def not_json() -> str:
    return _("The body is not JSON.")


def not_an_object() -> str:
    return _("The body is a JSON object.")


def pictures_too_large(most: int, together: int) -> str:
    return _("Pictures may have {most} MB each, and {together} MB together.").format(
        most=most, together=together
    )


def unreadable_form() -> str:
    return _("The form cannot be read.")


def unreadable_part() -> str:
    return _("The form has a part that cannot be read.")


def names_of_files() -> str:
    return _("Files are called image, image2, image3 … or mask.")


def too_many_pictures(most: int) -> str:
    return _("At most {most} pictures at once.").format(most=most)


def file_too_large(name: str, most: float) -> str:
    return _("“{name}” is larger than {most} MB.").format(name=name, most=short(most))


def field_not_json(name: str) -> str:
    return _("`{name}` is not JSON.").format(name=name)


def text_or_fields() -> str:
    return _("Send either `text` or the order's own fields.")


def changes_is_an_object() -> str:
    return _("`changes` is an object of options.")


def capability_is_one_of(names: str) -> str:
    return _("`capability` is one of {names}.").format(names=names)


def extra_is_an_object() -> str:
    return _("`extra` is an object of plain values.")


def say_which_person() -> str:
    return _("Say which person, for example mia.")


def place() -> str:
    """The page's word for a tenant, as in “the whole place together”."""
    return _("place")


def replied_picture_gone() -> str:
    return _("That picture is no longer kept here. Nothing was charged. Attach it instead.")


def model_of_comparison() -> str:
    return _("`model` is one of those that were compared. Nothing was charged.")
