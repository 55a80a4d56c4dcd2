"""One video from `queued` to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.faults import Fault
from sandbox.models import Offer
from sandbox.pricing import usd
from sandbox.requestlog import Row

VideoStatus = Literal["queued", "in_progress", "completed", "failed"]


@dataclass(kw_only=True)
class VideoJob:
    """Times are unix seconds; `cost_micros` is what it will cost if it completes.

    `first` names the stored picture that it begins with; its files' addresses begin with `media_base`.
    """

    id: str
    row: Row
    offer: Offer
    model: str
    prompt: str
    seconds: int
    size: str
    n: int
    created_at: float
    estimate_micros: int
    cost_micros: int
    fault: Fault | None
    seed: int | None = None
    mocked: bool = False
    first: str = ""
    media_base: str = ""
    webhook_url: str | None = None
    caller_metadata: dict[str, str] | None = None
    status: VideoStatus = "queued"
    completed_at: float | None = None
    expires_at: float | None = None
    outputs: tuple[dict[str, Any], ...] = ()
    error: dict[str, str] | None = None
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        return self.status in {"completed", "failed"}

    def fail(self, code: str, message: str, at: float) -> None:
        self.status, self.completed_at = "failed", at
        self.error = {"code": code, "message": message}

    def wire(self) -> dict[str, Any]:
        """The video object (Lumenfall API, videos). More than one film: the rest is in `outputs`."""
        body: dict[str, Any] = {
            "id": self.id,
            "object": "video",
            "created_at": int(self.created_at),
            "completed_at": None if self.completed_at is None else int(self.completed_at),
            "expires_at": None if self.expires_at is None else int(self.expires_at),
            "status": self.status,
            "model": self.model,
            "prompt": self.prompt,
            "seconds": str(self.seconds),
            "size": self.size,
            "output": self.outputs[0] if self.outputs else None,
            "error": self.error,
            "metadata": self._metadata(),
        }
        if len(self.outputs) > 1:
            body["outputs"] = list(self.outputs)
        return body

    def _metadata(self) -> dict[str, Any]:
        facts: dict[str, Any] = {
            **(self.caller_metadata or {}),
            "model": self.model,
            "executed_model": f"{self.offer.provider}/{self.offer.path}",
            "provider": self.offer.provider,
            "provider_name": self.offer.name,
            "upstream_id": f"up_{self.id.removeprefix('req_')[:16]}",
            "cost_currency": "USD",
        }
        if self.fault and self.fault.name == "no_cost":
            return facts
        if self.status == "completed":
            return {**facts, "cost": usd(self.cost_micros)}
        return {**facts, "cost_estimate": usd(self.estimate_micros)}
