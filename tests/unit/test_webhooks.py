"""Webhooks are believed only when they are signed, fresh and about a job."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.ports.gateway import JobStatus
from bot.gateway.webhooks import BadWebhook, verify

KEY = bytes(range(32))
SECRET = SecretStr("whsec_" + base64.b64encode(KEY).decode())
NOW_S = 1_790_000_000
NOW = NOW_S * 1_000_000
BODY = json.dumps(
    {
        "type": "video.completed",
        "data": {
            "object": "video.generation",
            "id": "req_abc123",
            "model": "sora-2",
            "status": "completed",
            "output": {"url": "https://media.lumenfall.ai/v.mp4"},
        },
    }
).encode()


def signed(body: bytes = BODY, *, stamp: int = NOW_S, key: bytes = KEY) -> dict[str, str]:
    """Headers as the documentation describes them, made without the library that checks them."""
    text = f"msg_req_abc123.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return {
        "Webhook-Id": "msg_req_abc123",
        "webhook-timestamp": str(stamp),
        "WEBHOOK-SIGNATURE": f"v1,{signature}",
    }


def test_a_signed_event_is_read() -> None:
    event = verify(SECRET, signed(), BODY, NOW)
    assert (event.message_id, event.type) == ("msg_req_abc123", "video.completed")
    assert (event.job_id, event.status) == ("req_abc123", JobStatus.COMPLETED)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("video.failed", JobStatus.FAILED),
        ("video.cancelled", JobStatus.CANCELLED),
        ("video.progressed", JobStatus.RUNNING),
    ],
)
def test_other_kinds_of_events(kind: str, status: str) -> None:
    body = BODY.replace(b"video.completed", kind.encode())
    assert verify(SECRET, signed(body), body, NOW).status == status


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed()
    good = headers["WEBHOOK-SIGNATURE"]
    headers["WEBHOOK-SIGNATURE"] = f"v1,bm9wZQ== v2,{good[3:]} {good}"
    assert verify(SECRET, headers, BODY, NOW).job_id == "req_abc123"


@pytest.mark.parametrize("off", [-300, 300])
def test_five_minutes_either_way_are_fresh(off: int) -> None:
    assert verify(SECRET, signed(stamp=NOW_S + off), BODY, NOW)


@pytest.mark.parametrize("off", [-301, 301, -86_400])
def test_older_or_newer_is_stale(off: int) -> None:
    with pytest.raises(BadWebhook, match="five minutes"):
        verify(SECRET, signed(stamp=NOW_S + off), BODY, NOW)


WRONG: list[tuple[str, dict[str, str], bytes]] = [
    ("no headers", {}, BODY),
    ("another key", signed(key=b"x" * 32), BODY),
    ("changed body", signed(), BODY + b" "),
    ("no signature", {**signed(), "WEBHOOK-SIGNATURE": ""}, BODY),
    ("no version", {**signed(), "WEBHOOK-SIGNATURE": signed()["WEBHOOK-SIGNATURE"][3:]}, BODY),
    ("not base64", {**signed(), "WEBHOOK-SIGNATURE": "v1,ä"}, BODY),
    ("another id", {**signed(), "Webhook-Id": "msg_other"}, BODY),
    ("no time", {**signed(), "webhook-timestamp": "soon"}, BODY),
    ("huge time", {**signed(), "webhook-timestamp": "9" * 40}, BODY),
    ("not text", signed(b"\xff\xfe"), b"\xff\xfe"),
]


@pytest.mark.parametrize(("headers", "body"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_anything_else_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadWebhook):
        verify(SECRET, headers, body, NOW)


@pytest.mark.parametrize("body", [b"[]", b"{", b"{}", b'{"type":"video.completed","data":{}}', b'{"type":1}'])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook):
        verify(SECRET, signed(body), body, NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_a_secret_that_is_none_signs_nothing(secret: str) -> None:
    with pytest.raises(BadWebhook):
        verify(SecretStr(secret), signed(key=b""), BODY, NOW)


_HEADER = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"])


@given(headers=st.dictionaries(_HEADER, st.text()), body=st.binary())
def test_noise_is_refused_and_nothing_else_happens(headers: dict[str, Any], body: bytes) -> None:
    with pytest.raises(BadWebhook):
        verify(SECRET, headers, body, NOW)
