"""Answers of paid calls as the core's values."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from bot.core.money import Micros
from bot.core.ports.gateway import Job, JobStatus, Outcome
from bot.core.request import Asset
from bot.gateway.failures import harmless
from bot.gateway.http import Answer
from bot.gateway.wire import ChatBody, ImageItem, ImageResult, Metadata, VideoObject, VideoOutput

PROVIDER = "X-Lumenfall-Provider"
MODEL = "X-Lumenfall-Model"

_STATUS = {
    **dict.fromkeys(("completed", "complete", "succeeded", "success", "done"), JobStatus.COMPLETED),
    **dict.fromkeys(("failed", "error", "expired", "rejected"), JobStatus.FAILED),
    **dict.fromkeys(("cancelled", "canceled"), JobStatus.CANCELLED),
}
"""The API's pages name `queued`, `in_progress`, `completed` and `failed`; the others come from providers."""
# The states of a cancelled job are not documented: the word may be a status or an error's code.
_CANCEL_CODES = frozenset({"cancelled", "canceled", "video_cancelled", "request_cancelled"})


def images(answer: Answer) -> Outcome:
    """The pictures of generations or edits; there may be fewer than ordered, or none."""
    result = ImageResult.model_validate(answer.body)
    width, height = _sides(result.size)
    assets = [_picture(item, answer.url, result.output_format, width, height) for item in result.data]
    return Outcome(
        cost=result.metadata.charged,
        assets=tuple(asset for asset in assets if asset.url),
        gateway_id=answer.request_id or result.id,
        provider=result.metadata.provider or answer.headers.get(PROVIDER, ""),
        executed_model=_executed(result.metadata, answer.headers),
    )


def job(answer: Answer) -> Job:
    """The current status of a video job. Its `id` is empty when the answer names none."""
    video = VideoObject.model_validate(answer.body)
    status = _status(video)
    ended = status != JobStatus.RUNNING
    outcome = Outcome(
        cost=video.metadata.charged if ended else None,
        assets=_films(video, answer.url) if status == JobStatus.COMPLETED else (),
        gateway_id=answer.request_id if answer.status == 202 else video.id,
        provider=video.metadata.provider or answer.headers.get(PROVIDER, ""),
        executed_model=_executed(video.metadata, answer.headers),
    )
    return Job(
        id=video.id,
        status=status,
        percent=video.progress if video.progress is not None and 0 <= video.progress <= 100 else None,
        outcome=outcome,
        error_code=video.error.code,
        error_message=harmless(video.error.message),
    )


def is_estimate(answer: Answer) -> bool:
    """Whether the gateway says that it did not run the request (Lumenfall API, dry run)."""
    return answer.body.get("estimated") is True


def cost_of(answer: Answer) -> Micros | None:
    """The cost that a result names: in its `metadata`, or in the `usage` of a chat."""
    metadata = VideoObject.model_validate(answer.body).metadata
    return ChatBody.model_validate(answer.body).usage.cost if metadata.charged is None else metadata.charged


def _status(video: VideoObject) -> str:
    status = _STATUS.get(video.status.lower(), JobStatus.RUNNING)
    if status == JobStatus.FAILED and video.error.code.lower() in _CANCEL_CODES:
        return JobStatus.CANCELLED
    return status


def _films(video: VideoObject, base: str) -> tuple[Asset, ...]:
    found = {item.url: item for item in (*video.output, *video.outputs, *video.data) if item.url}
    return tuple(_film(item, video, base) for item in found.values())


def _film(item: VideoOutput, video: VideoObject, base: str) -> Asset:
    width, height = _sides(video.size)
    return Asset(
        url=absolute(base, item.url),
        content_type=item.content_type,
        size=max(item.size_bytes or 0, 0),
        width=width,
        height=height,
        expires_at=item.expires_at or video.expires_at,
    )


def absolute(base: str, address: str) -> str:
    """The URL resolved against the URL of its answer; an invalid one is returned unchanged."""
    if address.startswith("data:"):
        return address
    try:
        return str(httpx.URL(base).join(address))
    except httpx.InvalidURL:
        return address


def _picture(item: ImageItem, base: str, output_format: str, width: int, height: int) -> Asset:
    kind = f"image/{output_format.lower()}" if output_format else ""
    # We ask for URLs; if the gateway sends bytes instead, they were paid for too.
    url = absolute(base, item.url) if item.url else ""
    if not url and item.b64_json:
        url = f"data:{kind or 'image/png'};base64,{item.b64_json}"
    return Asset(
        url=url, content_type=kind, width=width, height=height, revised_prompt=item.revised_prompt[:4000]
    )


def _executed(metadata: Metadata, headers: Mapping[str, str]) -> str:
    return metadata.executed_model or metadata.model or headers.get(MODEL, "")


def _sides(size: str) -> tuple[int, int]:
    """Pixels of `WxH`; zeros if it is an aspect ratio or missing."""
    width, _, height = size.lower().partition("x")
    if width.isdecimal() and height.isdecimal() and max(len(width), len(height)) < 6:
        return int(width), int(height)
    return 0, 0
