"""New ids of requests and traces, and the hash that replaces a person's id outside the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time


def person_hash(key: bytes, person: str) -> str:
    """A keyed hash of a person's id, 32 hex digits; used in our log, at the gateway and at its providers."""
    return hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:32]


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_request_id() -> str:
    """`req_` and 20 characters: first the time, so that ids sort by age, then 50 random bits."""
    millis, out = int(time.time() * 1000), ""
    for _ in range(10):
        millis, digit = divmod(millis, 32)
        out = _ALPHABET[digit] + out
    return "req_" + out + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def new_trace_id() -> str:
    """A W3C trace id: 32 hex digits, never all zero."""
    return secrets.token_hex(16)
