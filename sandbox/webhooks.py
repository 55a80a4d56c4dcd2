"""Webhooks of videos: URL rules, Standard Webhooks signature, retries (Lumenfall API, webhooks)."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
from standardwebhooks import Webhook

from sandbox.errors import ApiError, invalid
from sandbox.state import Delivery, State
from sandbox.videojob import VideoJob

RETRY_AFTER = (5.0, 15.0, 45.0)
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

Event = Literal["video.completed", "video.failed", "video.cancelled"]


def check_url(url: str, *, allow_local: bool) -> None:
    """Raises ApiError 400 unless it is https, a public domain name, port 443 or 8443.

    `allow_local` also lets http and any port of this machine through, for a receiver under development.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid("Invalid webhook URL.") from None
    if allow_local and parts.scheme in {"http", "https"} and host in _LOCAL:
        return
    if parts.scheme != "https":
        raise invalid("Invalid webhook URL: it must use https.")
    if _is_address(host) or "." not in host:
        raise invalid("Invalid webhook URL: it must have a public domain name.")
    if host.endswith((".localhost", ".local", ".internal")):
        raise invalid("Invalid webhook URL: this host is not allowed.")
    if port not in {None, 443, 8443}:
        raise invalid("Invalid webhook URL: the port must be 443 or 8443.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdecimal()
    return True


def payload(job: VideoJob, event: Event) -> str:
    output: dict[str, Any] | None = {"url": job.outputs[0]["url"]} if job.outputs else None
    data = {
        "object": "video.generation",
        "id": job.id,
        "model": job.model,
        "status": event.removeprefix("video."),
        "output": output,
    }
    return json.dumps({"type": event, "data": data})


def headers(secret: str, message_id: str, at: float, text: str) -> dict[str, str]:
    """The three headers of Standard Webhooks."""
    moment = datetime.fromtimestamp(int(at), UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": Webhook(secret).sign(message_id, moment, text),
    }


async def deliver(state: State, job: VideoJob, event: Event) -> None:
    """Send until a 2xx, at most four times; what happened is in `state.deliveries`."""
    if job.webhook_url is None or (job.fault and job.fault.name == "webhook_lost"):
        return
    if job.fault and job.fault.name == "webhook_twice":
        await _send(state, job, event, attempt=0)
    for attempt, pause in enumerate((0.0, *RETRY_AFTER), start=1):
        await state.clock.sleep(pause * state.switches.webhook_time_scale)
        if 200 <= await _send(state, job, event, attempt=attempt) < 300:
            return


async def _send(state: State, job: VideoJob, event: Event, *, attempt: int) -> int:
    url, message_id, text = job.webhook_url or "", f"msg_{job.id}", payload(job, event)
    status = 0
    try:
        check_url(url, allow_local=state.switches.allow_local_webhooks)
        signed = headers(state.webhook_secret, message_id, state.clock.time(), text)
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=text.encode(), headers=signed, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, ApiError):
        status = 0
    state.deliveries.append(
        Delivery(url=url, message_id=message_id, type=event, attempt=attempt, status=status)
    )
    return status
