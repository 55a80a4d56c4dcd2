"""Names and descriptions of commands and their options, which Discord shows in its menus.

Discord is told them once, at start, so they are marked and not yet translated (`bot.core.text.translation`).
"""

from __future__ import annotations

from bot.core.text.translation import N_
from bot.core.windows import Window

# commands of admins


BUDGET = N_("Who may spend how much")
BUDGET_SET = N_("Set a budget; without an amount a form opens")
BUDGET_AMOUNT = N_("Dollars, such as 5 or 0.50")
BUDGET_WINDOW = N_("How often it resets")
WINDOWS = {
    Window.DAY: N_("A day"),
    Window.WEEK: N_("A week"),
    Window.MONTH: N_("A month"),
    Window.TOTAL: N_("In total"),
}
BUDGET_MEMBER = N_("For one member")
BUDGET_ROLE = N_("For each member with this role")
BUDGET_CHANNEL = N_("For everything asked in this channel")
BUDGET_SERVER = N_("For the whole server together")
BUDGET_SHOW = N_("All budgets and how they stand")
BUDGET_WHY = N_("Which limits bind a member now, and why")
WHOM = N_("Whom")
BUDGET_REMOVE = N_("Remove a budget; what was spent stays on record")
WHICH_ONE = N_("Which one")
BUDGET_GRANT = N_("Let someone spend more until the window ends")
GRANT_BUDGET = N_("Under which budget")
GRANT_AMOUNT = N_("Dollars on top")
GRANT_MEMBER = N_("The member, if each member has their own share of the budget")
BUDGET_REPORT = N_("Where the money went")
REPORT_DAYS = N_("How far back")
BUDGET_PROJECT = N_("For everything ordered for this project")
WHY_PROJECT = N_("As if it were ordered for this project")
NAME = N_("The name")
PROJECT = N_("What orders are for")
PROJECT_LIST = N_("All projects, and that of this channel")
PROJECT_ADD = N_("Add a project")
PROJECT_RENAME = N_("Give a project another name")
PROJECT_CLOSE = N_("Close a project: it takes no more orders")
PROJECT_REOPEN = N_("Open a closed project again")
PROJECT_DEFAULT = N_("The project of orders in this channel when nobody says one")
PROJECT_OR_NONE = N_("Which one, or none")
STYLE = N_("Words around a prompt, under a name")
STYLE_LIST = N_("All styles of this server")
STYLE_SET = N_("Add a style, or change one")
STYLE_WORDS = N_("Words, with {prompt} where the person's own go")
STYLE_MODEL = N_("The model, where the person names none")
STYLE_OPTIONS = N_("Further options, such as --size 1024x1024 --quality high")
STYLE_REMOVE = N_("Remove a style")
STATEMENT = N_("Closed months as files")
STATEMENT_LIST = N_("The closed months")
STATEMENT_CREATE = N_("Close a month")
STATEMENT_SHOW = N_("A closed month as a CSV file")
STATEMENT_VERIFY = N_("Add a closed month up again from the ledger")
MONTH = N_("The month, such as 2026-10")
SETTINGS = N_("Everything an admin decides here: prices, models, channels, people")
BUDGET_GUESTS = N_("For each guest")
AUDIT = N_("Who changed what here, and when")
AUDIT_MEMBER = N_("Only what this member did, or what was done about them")
AUDIT_KIND = N_("Only changes of this kind")
AUDIT_DAYS = N_("How far back, in days")


# being told


NOTICES = N_("Whether you are told in private when one of your limits runs low")
NOTICES_ON = N_("Switch it on or off, for all places")
DIGEST = N_("What this server spent, beside the time before; only you see it")
DIGEST_WHICH = N_("The running week or month, or the last one that is over")
DIGEST_NOW = N_("So far")
DIGEST_LAST = N_("The last one")
DIGEST_SPAN = N_("A week or a month; otherwise what the settings say")
DIGEST_SPANS = {"week": N_("Week"), "month": N_("Month")}


# information, stopping and forgetting


MODELS = N_("Models you can use here, with their starting prices")
MODELS_CAPABILITY = N_("Only models that can do this")
MODELS_SEARCH = N_("Only models whose name contains this")
BALANCE = N_("What you may still spend here, and until when")
HISTORY = N_("Your last requests, what they cost and where they are")
HISTORY_PROJECT = N_("Only what was ordered for this project")
HISTORY_EVERYBODY = N_("Everybody's requests, for admins")
CANCEL = N_("Stop one of your requests")
FORGET = N_("Forget our conversation here")
HELP = N_("What I can do and how to ask for it")


# orders


GENERATE = N_("Make pictures from words")
EDIT = N_("Change a picture with words")
UPSCALE = N_("Make a picture larger and sharper")
VIDEO = N_("Make a video from words, or from pictures and words")
CHAT = N_("Ask a language model, with a picture if you like")


# prices


ESTIMATE = N_("What it would cost; nothing runs unless you then press the price")
COMPARE = N_("The same order's price on up to five models, each on a button that runs it")


# options


OPTION_IMAGE = N_("The picture to work from")
OPTION_FURTHER_IMAGE = N_("A further picture")
OPTION_RESULT = N_("One of your own results, instead of an attachment")
OPTION_CAPABILITY = N_("What you would like to know the price of")
OPTION_SECOND_MODEL = N_("A second model")
OPTION_THIRD_MODEL = N_("A third model")
OPTION_FOURTH_MODEL = N_("A fourth model")
OPTION_FIFTH_MODEL = N_("A fifth model")
