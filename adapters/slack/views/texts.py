"""What handlers, intake and delivery say, and what Slack's errors mean. The name of a function says when."""

from __future__ import annotations

from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext

# the connection to Slack


def not_installed() -> str:
    return _("The app is no longer installed in that workspace.")


def no_answer() -> str:
    return _("Slack did not answer.")


def too_busy() -> str:
    return _("Slack is too busy just now.")


def unreadable_answer() -> str:
    return _("Slack answered with something that cannot be read.")


# files of a result


def file_not_shown_yet() -> str:
    return _("Slack has not shown the file yet.")


def file_not_uploaded() -> str:
    return _("The file could not be uploaded here.")


def could_not_post_where_asked() -> str:
    return _("I could not post this where you asked: invite me there with /invite.")


def converted_from(kind: str) -> str:
    return _("Converted from {kind} so that Slack can show it.").format(kind=kind)


# files to and from Slack


def sign_in_page() -> str:
    return _(
        "Slack showed me its sign-in page instead of that picture: the app may not read files "
        "here. An admin can grant `files:read` by reinstalling the app."
    )


def file_gone(mode: str) -> str:
    """`mode` is how Slack marks such a file (Slack docs, File object)."""
    if mode == "tombstone":
        return _("That file has been deleted.")
    if mode == "hidden_by_limit":
        return _("That file is hidden by the workspace's plan; attach the picture again.")
    return _("That file is not stored in Slack. Attach the picture itself.")


def picture_too_large(most: int) -> str:
    return _("The picture is larger than {most} MB, the most I can take.").format(most=most)


def picture_not_loaded() -> str:
    return _("I could not load that picture from Slack. Please try again.")


def cannot_open_file(reason: str) -> str:
    return _("I cannot open that file. {reason}").format(reason=reason)


def picture_not_in_slack() -> str:
    return _("That picture is not stored in Slack. Attach it instead.")


def upload_not_taken() -> str:
    return _("Slack did not take the upload.")


def upload_broke_off() -> str:
    return _("The upload to Slack broke off.")


def no_direct_messages() -> str:
    return _("Slack does not let me write to that person.")


# messages of a request


def is_thinking() -> str:
    return _("is thinking…")


# where a message goes


def not_in_channel(channel: str) -> str:
    return _("I am not in <#{channel}>, so I write to you directly. `/invite` me to change that.").format(
        channel=channel
    )


def could_not_post_in(channel: str) -> str:
    return _("I could not post this in <#{channel}>: invite me there with `/invite`.").format(channel=channel)


# Slack's errors; their codes stand in the log, beside the id of the request


def upload_refused(error: str) -> str:
    """`error` is Slack's code (Slack docs, errors of files.completeUploadExternal)."""
    match error:
        case "file_upload_size_restricted":
            return _("An admin of this workspace limits the size of files.")
        case "file_uploads_disabled":
            return _("An admin of this workspace has switched file uploads off.")
        case "file_uploads_except_images_disabled":
            return _("An admin of this workspace allows pictures only.")
        case "storage_limit_reached":
            return _("This workspace has no room left for files.")
        case _:
            return _("This workspace does not allow files of this type.")


def lacks_permission() -> str:
    return _("The app lacks a permission that this needs. An admin can grant it by reinstalling the app.")


def slack_declined() -> str:
    return _("Slack did not accept this.")


def app_removed() -> str:
    return _("The workspace has removed the app.")


def may_not_post_there() -> str:
    return _("Slack does not let me post there.")


def not_just_now() -> str:
    return _("Slack could not do this just now.")


# fields of the form of an order


def outdated() -> str:
    return _("This button or form is too old. Nothing was charged. Please start again.")


# buttons


def not_yours_to_confirm() -> str:
    return _("Only the person who asked can agree to the price.")


def not_yours_to_delete() -> str:
    return _("Only the person who asked, or an admin, can delete that.")


def not_your_picture() -> str:
    return _("Only the person who sent the picture can choose.")


# stopping and forgetting


def cancelling_now() -> str:
    return _("Cancelling.")


def cancelling(thing: str) -> str:
    return _("Cancelling the {thing} you asked for.").format(thing=thing)


def forget_in_thread() -> str:
    return _("Write `/forget` to me in the thread that I should forget.")


def nothing_to_forget() -> str:
    return _("There is nothing to forget in this thread.")


def forgotten(turns: int) -> str:
    said = ngettext(
        "Forgotten: {turns} message of this thread. The messages you see here stay until you delete them.",
        "Forgotten: {turns} messages of this thread. The messages you see here stay until you delete them.",
        turns,
    )
    return said.format(turns=turns)


# mentions


def what_to_do_for(user: str, prompt: str) -> str:
    return _("What should I do with the picture, <@{user}>?{prompt}").format(user=user, prompt=prompt)


def what_to_do() -> str:
    return _("What should I do with the picture?")


def edit_it() -> str:
    return _("Edit it")


def enlarge_it() -> str:
    return _("Enlarge it")


def ask_about_it() -> str:
    return _("Ask about it")


# failures


def trouble() -> str:
    return _("Something went wrong on my side. Nothing was charged. Please try again.")


def gateway_not_answering() -> str:
    return _("The gateway is not answering just now. Nothing was charged.")


# shortcuts


def no_picture_in_message() -> str:
    return _("That message has no picture. Use this on one that has.")


def no_result_in_message() -> str:
    return _(
        "That message has no picture of mine to continue from. Use “Edit image” on it instead. "
        "Nothing was charged."
    )


def pictures_elsewhere() -> str:
    return _("That message shows a picture that is not stored in Slack. Save it and attach it instead.")


# people


def unknown_mention(word: str, example: str) -> str:
    return _("I do not know “{word}”. Mention it, for example {example}.").format(word=word, example=example)


def no_other_apps() -> str:
    return _("I do not take requests from other apps.")


def guest_of_another_organisation() -> str:
    return _(
        "You are a guest from another organisation, and requests here are paid by this one. "
        "Nothing was charged."
    )


# pictures and prices of an order


def asks(user: str, quote: str) -> str:
    return _("<@{user}> asks:\n{quote}").format(user=user, quote=quote)


def default_model() -> str:
    return _("the default model")


def no_pictures_in_commands(title: str) -> str:
    return _(
        "Slash commands in Slack cannot include pictures. Type the command alone for a form, "
        "mention me in a message with the picture, or press ⋮ → {title} image on it."
    ).format(title=title)


def attach_picture(capability: str) -> str:
    return _("Attach the picture to {capability}, or say it in a thread that has one.").format(
        capability=capability
    )
