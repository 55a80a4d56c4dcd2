"""What handlers, forms, intake and delivery say. The name of a function says when."""

from __future__ import annotations

from bot.core.text.numbers import decimal
from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext

# the list of commands


def commands_have_changed() -> str:
    return _(
        "My commands have changed since your Discord loaded them. Press Ctrl+R (on a phone: restart the app)."
    )


# when nothing can be done now


def restarting() -> str:
    return _("I am restarting. Nothing was charged. Please try again in a minute.")


def gateway_could_not_answer(reason: str) -> str:
    return _("The gateway could not answer that just now. {reason}").format(reason=reason)


# talking


def how_to_go_on() -> str:
    return _("Reply to this, or mention me again, and say what to change. `/help` shows everything else.")


# where a result can be posted


def view_channel() -> str:
    return _("View Channel")


def send_messages() -> str:
    return _("Send Messages")


def attach_files() -> str:
    return _("Attach Files")


def would_not_arrive(noun: str, missing: str) -> str:
    return _(
        "A {noun} can take longer than Discord lets me answer a command, and without {missing} "
        "I could not post it here afterwards. Nothing was charged."
    ).format(noun=noun, missing=missing)


# files of a result


def too_large(size: str) -> str:
    return _(" ({size}, too large to attach here)").format(size=size)


def in_full_size(size: str) -> str:
    return _(" in full size ({size})").format(size=size)


def as_it_moves(size: str) -> str:
    return _(" as it moves ({size}); here is its first frame").format(size=size)


def age_restricted_elsewhere() -> str:
    return _("It was made in an age-restricted channel, so outside of it I give only the link.")


def video() -> str:
    return _("Video")


def picture() -> str:
    return _("Picture")


def cannot_be_shown(what: str, number: str, remark: str) -> str:
    return _("{what}{number}{remark} cannot be shown here.").format(what=what, number=number, remark=remark)


def link_until(what: str, number: str, remark: str, url: str, when: str) -> str:
    return _("[{what}{number}{remark}]({url}), until {when}").format(
        what=what, number=number, remark=remark, url=url, when=when
    )


# messages of a request


def here_it_is(link: str) -> str:
    return _("Here it is: {link}").format(link=link)


def still_not_posted() -> str:
    return _("It could not be posted there either. Nothing was charged for this; please try another place.")


def rest_in_file() -> str:
    return _("\n\n-# The rest is in the attached file.")


# where a message goes


def cannot_post_where_asked(channel: int) -> str:
    return _("You asked for this in <#{channel}>, but I cannot post there.").format(channel=channel)


# budgets


def choose_channel() -> str:
    return _("Choose the channel the budget is for.")


def choose_member_or_role() -> str:
    return _("Choose the member or role the budget is for.")


# orders


def outdated_form() -> str:
    return _("This form is from an older version of the bot. Nothing was charged. Please open it again.")


# buttons


def outdated_button() -> str:
    return _("This button is from an older version of the bot and no longer works.")


def stopping() -> str:
    return _("Stopping it. The message will show what it cost, if anything.")


def no_such_picture_in_result() -> str:
    return _("There is no such picture in that result.")


def being_posted() -> str:
    return _("This is being posted right now. Please press again in a moment.")


def not_yours_nor_admin() -> str:
    return _("Only the person who asked can do that, or an admin.")


# commands on a message


def picture_gone_from_message() -> str:
    return _("That picture is no longer in the message. Nothing was charged.")


# information, stopping and forgetting


def stopping_there() -> str:
    return _("Stopping it. Its message will show what it cost, if anything.")


def forgotten(turns: int) -> str:
    said = ngettext("Forgotten: {turns} message.", "Forgotten: {turns} messages.", turns)
    return said.format(turns=turns)


def nothing_to_forget() -> str:
    return _("There was nothing to forget here.")


# mentions


def reply_not_shown() -> str:
    return _(
        "Discord does not show me the message that you replied to. Right-click that message → Apps → **Ask "
        "about this** (or **Edit image** and the others), or write to me what it says. Nothing was charged."
    )


def reply_deleted() -> str:
    return _("The message that you replied to has been deleted. Nothing was charged.")


def talk() -> str:
    """The name of a thread, where the message that begins it has no words."""
    return _("Talk")


def words_not_shown() -> str:
    return _(
        "Discord does not show me the words of a message that only mentions my role. "
        "Mention me by my own name instead. Nothing was charged."
    )


def balance_in_private() -> str:
    return _("I wrote to you what you have left.")


def balance_by_command() -> str:
    return _("`/balance` shows what you have left.")


def one_moment() -> str:
    return _("-# One moment …")


# orders


def choose_own_result() -> str:
    return _("Choose one of your own results from the list.")


# pages of lists


def outdated_models_button() -> str:
    return _("This button is from an older version of the bot. Please use /models again.")


# prices


def no_such_model() -> str:
    return _("There is no such model among these. Nothing was charged.")


# pictures that are sent in


def not_a_picture() -> str:
    return _("That attachment is not a picture. Nothing was charged.")


def picture_too_large(size: float, most: float) -> str:
    return _("That picture has {size} MB; {most} MB is the most I can take. Nothing was charged.").format(
        size=decimal(size, 1), most=decimal(most, 0)
    )


def only_attached_pictures() -> str:
    return _("I only take pictures that are attached on Discord. Nothing was charged.")


def picture_not_loaded() -> str:
    return _("I could not load that picture from Discord. Nothing was charged. Please try again.")


def picture_no_longer_exists() -> str:
    return _("That picture no longer exists. Nothing was charged. Please attach it again.")


# options


def attach_again() -> str:
    return _("I could not load that picture from Discord. Nothing was charged. Please attach it again.")


def choose_result_or_attach() -> str:
    return _("Choose one of your results from the list, or attach a picture.")


# offers and messages that buttons stand for


def prices_too_old() -> str:
    return _("These prices are too old. Nothing was charged. Please ask again.")


def no_picture_in_message() -> str:
    return _("There is no picture in that message. Nothing was charged.")
