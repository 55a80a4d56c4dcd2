"""What Slack shows of the app, its shortcuts, its command and its first suggestions.

The manifest and the menus hold them, so they are marked and not yet translated (`bot.core.text.translation`).
"""

from __future__ import annotations

from bot.core.text.translation import N_

# mentions


DRAW = N_("Draw something")
DRAW_EXAMPLE = N_("generate a lighthouse at dusk, oil painting")
FILM = N_("Make a short film")
FILM_EXAMPLE = N_("video waves rolling onto a beach --seconds 4")
COST = N_("What does it cost?")
COST_EXAMPLE = N_("compare a red fox in the snow")
ABILITIES = N_("What can you do?")


# shortcuts


EDIT_IMAGE_HELP = N_("Change this picture in your words")
UPSCALE_IMAGE_HELP = N_("Make this picture larger")
ANIMATE_IMAGE_HELP = N_("Make a short film of this picture")
ASK_ABOUT_HELP = N_("Ask about this message or its pictures")
CONTINUE_FROM = N_("Continue from this")
CONTINUE_FROM_HELP = N_("What is said next here starts from this picture")
CREATE = N_("Create")
CREATE_HELP = N_("Make a picture or a film, or ask a question")


# the app


APP = N_("Pictures, edits, upscales, films and answers, priced before they run.")
APP_LONG = N_(
    "Ask for pictures, edits, upscales, films and answers where you work: mention the bot "
    "in a thread, press a shortcut on any picture, type one command, or open its Home. "
    "Every request has its price first, stays within the budgets that admins set, and "
    "comes with a receipt."
)
COMMAND = N_("Make pictures and films, ask questions; alone it opens a form")
COMMAND_HINT = N_("generate a red fox · models · balance · help")
AGENT = N_("Makes pictures and films and answers questions, with a price first.")
