"""What a sandbox is started with, and what can be changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from sandbox.clock import SandboxClock


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """Fixed for the life of one sandbox. Times are seconds, money is micro-dollars.

    `render_pixels` caps what is really painted: larger pictures are painted at that many pixels and
    enlarged, so a test that never looks at them can ask for few. `video_edge` does the same for the
    longer edge of an encoded film; the video object still names the size that was asked and priced.
    `sketch_edge` makes generated pictures plain sketches of at most that edge, for load that nobody looks at.
    `bare` answers what the gateway's published pages print and nothing beyond. `data` is a folder in which
    the request log, videos and files survive the process; None keeps them in memory.
    `public_url` replaces the scheme and host in media links, for a sandbox behind a proxy or container.
    """

    balance_micros: int | None = 100_000_000
    usage_cost: bool = True
    cancelled_jobs_charged: bool = False
    provider_switch: bool = False
    cost_factor: Decimal = Decimal(1)
    request_log_delay: float = 0.0
    image_seconds: float = 0.0
    video_seconds: float = 6.0
    chat_chunk_seconds: float = 0.015
    media_ttl_seconds: float = 3600.0
    media_cap_bytes: int = 512 * 1024 * 1024
    max_upload_bytes: int = 64 * 1024 * 1024
    render_pixels: int = 1_200_000
    sketch_edge: int | None = None
    video_edge: int = 640
    video_fps: int = 24
    allow_local_webhooks: bool = False
    webhook_time_scale: float = 1.0
    webhook_secret: str | None = None
    public_url: str | None = None
    bare: bool = False
    data: Path | None = None
    clock: SandboxClock | None = field(default=None, compare=False)


class Switches(BaseModel):
    """The part of the options that `POST /sandbox/set` may change; unknown names are refused.

    `balance_micros`: prepaid balance, null for a postpaid account whose amount is not shown.
    `cost_factor`: effective cost = price of the provider that ran × this. `prices`: micro-dollars per
    unit (image, second of video, chat request) that replace a model's real price components.
    `request_log_delay`: seconds after its end for which a row still reads `processing` with cost 0.
    `request_log_lag`: seconds after its start for which a row is not in the log at all.
    `default_replay`: the replay mode set on the key, which a request's header overrides.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    balance_micros: int | None = 100_000_000
    usage_cost: bool = True
    cancelled_jobs_charged: bool = False
    provider_switch: bool = False
    cost_factor: Decimal = Field(default=Decimal(1), ge=0, le=100)
    request_log_delay: float = Field(default=0.0, ge=0)
    request_log_lag: float = Field(default=0.0, ge=0)
    image_seconds: float = Field(default=0.0, ge=0, le=600)
    video_seconds: float = Field(default=6.0, ge=0, le=3600)
    chat_chunk_seconds: float = Field(default=0.015, ge=0, le=5)
    webhook_time_scale: float = Field(default=1.0, ge=0, le=10)
    allow_local_webhooks: bool = False
    default_replay: str = "off"
    prices: dict[str, int] = Field(default_factory=dict)
    disabled_models: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, options: SandboxOptions) -> Switches:
        names = cls.model_fields.keys() & vars(options).keys()
        return cls.model_validate({name: getattr(options, name) for name in names})

    def changed(self, changes: dict[str, object]) -> Switches:
        """A copy with `changes`. Raises pydantic.ValidationError on an unknown name or a bad value."""
        return Switches.model_validate({**self.model_dump(), **changes})
