"""What Slack answers when it refuses, in the words of the core's error tree, and what a person can do.

Slack names an error by a short code (Slack docs, each method's errors). Here each becomes one of a few
kinds, because only the kind decides what happens next: try later, try another address, or give up and say
why.
"""

from __future__ import annotations

from typing import Any

from adapters.slack.views import texts
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing

_CLOSED = frozenset(
    "not_in_channel channel_not_found is_archived restricted_action posting_to_channel_denied user_not_found"
    " user_not_in_channel messages_tab_disabled no_permission channel_type_not_supported cannot_dm_bot"
    " restricted_action_read_only_channel restricted_action_thread_locked thread_not_found"
    " restricted_action_non_threadable_channel restricted_action_thread_only_channel user_disabled".split()
)
_DEAD = frozenset(
    "token_revoked account_inactive invalid_auth token_expired not_authed org_login_required".split()
)
_PASSING = frozenset(
    "ratelimited rate_limited internal_error fatal_error service_unavailable request_timeout"
    " team_added_to_org messaging_processing_failed".split()
)
_UPLOAD = frozenset(
    "file_upload_size_restricted file_uploads_disabled file_uploads_except_images_disabled"
    " storage_limit_reached file_type_not_allowed".split()
)


class ConversationClosed(DeliveryFinal):
    """This conversation is not open to the bot; another address may be."""

    code = "conversation_closed"


class TokenDead(DeliveryFinal):
    """The workspace has taken the token back; nothing can be said there any more."""

    code = "token_dead"


class MissingScope(DeliveryFinal):
    """The app lacks a permission; `needed` names it."""

    code = "missing_scope"

    def __init__(self, needed: str) -> None:
        super().__init__(texts.lacks_permission())
        self.needed = needed


class UploadRefused(DeliveryFinal):
    """The workspace does not take this file; the message says why."""

    code = "upload_refused"


class Declined(DeliveryFinal):
    """Any other no; `error` is Slack's code, which only the log shows."""

    code = "slack_declined"

    def __init__(self, error: str) -> None:
        super().__init__(texts.slack_declined())
        self.error = error


class Busy(DeliveryPassing):
    """Slack asked us to slow down and we have waited long enough."""

    code = "slack_busy"


def problem(answer: Any) -> DeliveryFinal | DeliveryPassing:
    """The error for an answer of Slack's that is not ok. Its sentence is for people: it has no code."""
    error = str(answer.get("error") or "unknown_error")
    if error == "missing_scope":
        return MissingScope(str(answer.get("needed") or "?"))
    if error in _DEAD:
        return TokenDead(texts.app_removed())
    if error in _CLOSED:
        return ConversationClosed(texts.may_not_post_there())
    if error in _UPLOAD:
        return UploadRefused(texts.upload_refused(error))
    if error in _PASSING:
        return DeliveryPassing(texts.not_just_now())
    return Declined(error)
