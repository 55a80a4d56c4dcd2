"""Webhooks about videos: accepted only with a recent, valid signature (Lumenfall API, webhooks).

The signature follows the Standard Webhooks scheme and its library; the time is passed in, for tests.
An event is only a hint to look at the job: it names no cost, and may arrive twice or never.
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from bot.core.errors import Refusal
from bot.core.ports.gateway import JobStatus
from bot.gateway.wire import BadBody, Text, WireModel, parse

TOLERANCE_US = 5 * 60 * 1_000_000

_STATUS = {
    "video.completed": JobStatus.COMPLETED,
    "video.failed": JobStatus.FAILED,
    "video.cancelled": JobStatus.CANCELLED,
}


class BadWebhook(Refusal):
    """Not signed with our secret, too old, or not an event: answer 4xx and do nothing."""

    code = "bad_webhook"


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """`status` as `JobStatus`; running for unknown kinds of events."""

    message_id: str
    type: str
    job_id: str
    status: str


class _Data(WireModel):
    id: Text = ""


class _Event(WireModel):
    type: Text
    data: _Data


def verify(secret: SecretStr, headers: Mapping[str, str], body: bytes, now: int) -> WebhookEvent:
    """The event in `body`, the raw bytes as received. `now` in UTC microseconds.

    Raises BadWebhook for a missing or wrong signature, a timestamp more than five minutes off, or a
    body that is not an event; the message never says which check of the signature failed.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not stamp.isdecimal() or len(stamp) > 12:
        raise BadWebhook("The webhook is not signed.")
    if abs(int(stamp) * 1_000_000 - now) > TOLERANCE_US:
        raise BadWebhook("The webhook's timestamp is more than five minutes off.")
    expected = _signature(secret, message_id, int(stamp), body)
    signatures = given.get("webhook-signature", "").encode().split(b" ")
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise BadWebhook("The webhook's signature is wrong.")
    return _event(message_id, body)


def _signature(secret: SecretStr, message_id: str, stamp: int, body: bytes) -> bytes:
    try:
        signer = Webhook(secret.get_secret_value())
        when = datetime.fromtimestamp(stamp, UTC)
        return signer.sign(msg_id=message_id, timestamp=when, data=body.decode()).encode()
    except (EmptyWebhookSecretError, binascii.Error):
        raise BadWebhook("The webhook secret is not usable.") from None
    except (UnicodeDecodeError, OverflowError, OSError, ValueError):
        raise BadWebhook("The webhook's signature is wrong.") from None


def _event(message_id: str, body: bytes) -> WebhookEvent:
    try:
        event = _Event.model_validate(parse(body))
    except (BadBody, ValueError):
        raise BadWebhook("The webhook's body is not an event.") from None
    if not event.data.id:
        raise BadWebhook("The webhook names no job.")
    status = _STATUS.get(event.type, JobStatus.RUNNING)
    return WebhookEvent(message_id=message_id, type=event.type, job_id=event.data.id, status=status)
