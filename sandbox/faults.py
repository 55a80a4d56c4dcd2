"""Everything that can be made to go wrong, and when.

A fault comes with one request, in the header `X-Sandbox-Fault: name;key=value`, or waits in the book
(`POST /sandbox/faults`) for the requests that match it. Prompts never carry one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

HEADER = "X-Sandbox-Fault"

MAKERS = frozenset({"generate", "edit", "upscale"})
PAID = MAKERS | {"video", "chat"}
EVERYWHERE = PAID | {
    "video_get", "video_cancel", "models", "model", "balance", "requests", "request", "purge", "keys",
    "secret", "media",
}  # fmt: skip
ONLY_DRY = frozenset({"no_estimated", "no_price"})

# name -> (endpoints where it means something, what happens)
FAULTS: dict[str, tuple[frozenset[str], str]] = {
    "slow": (EVERYWHERE, "answer only after `seconds` (2)"),
    "hang": (EVERYWHERE, "no answer until `seconds` (600) have passed; `charged=true` does the work first"),
    "reset_before_charge": (EVERYWHERE, "connection reset, nothing was done or logged"),
    "reset_after_charge": (EVERYWHERE, "the work is done, charged and logged, then the connection is reset"),
    "429": (EVERYWHERE, "RATE_LIMITED with `retry_after` (1) seconds"),
    "401": (EVERYWHERE, "AUTHENTICATION_FAILED"),
    "402": (PAID, "INSUFFICIENT_BALANCE"),
    "502": (EVERYWHERE, "ALL_PROVIDERS_EXHAUSTED, nothing charged"),
    "502_charged": (PAID, "ALL_PROVIDERS_EXHAUSTED, and the log shows a cost (`factor` 1 of the price)"),
    "500": (EVERYWHERE, "INTERNAL_ERROR"),
    "content_policy": (PAID, "CONTENT_POLICY_VIOLATION"),
    "model_disabled": (PAID, "MODEL_DISABLED"),
    "html_403": (EVERYWHERE, "an edge's block page instead of JSON"),
    "html_524": (EVERYWHERE, "an edge's timeout page; `charged=true` does the work first"),
    "bad_json": (EVERYWHERE, "200 with half a JSON document, after the work was charged"),
    "empty_data": (MAKERS, "200 with an empty `data` list, after the work was charged"),
    "error_in_200": (PAID, "200 whose body is an error envelope, nothing charged"),
    "partial": (MAKERS, "only `images` (1) of the n pictures are made and charged"),
    "cost_higher": (PAID, "effective cost is `factor` (2) times the price"),
    "no_cost": (PAID, "the answer does not say what it cost"),
    "no_estimated": (PAID, "a dry run without `estimated: true`"),
    "no_price": (PAID, "a dry run without `total_cost_micros`"),
    "truncated_sse": (frozenset({"chat"}), "the stream ends after `chunks` (3) without finish or [DONE]"),
    "sse_error": (frozenset({"chat"}), "an error event after `chunks` (3)"),
    "sse_garbage": (frozenset({"chat"}), "lines that are not JSON between the chunks"),
    "tools_refused": (frozenset({"chat"}), "400 where tools are sent, as from a model without them"),
    "tools_ignored": (frozenset({"chat"}), "words only, whatever tools are sent"),
    "tools_broken": (frozenset({"chat"}), "tool calls whose arguments end too early"),
    "tools_unknown": (frozenset({"chat"}), "a call of a tool that was not sent"),
    "tools_words": (frozenset({"chat"}), "words and tool calls in one answer"),
    "tools_same_id": (frozenset({"chat"}), "two calls with the same id"),
    "tools_five": (frozenset({"chat"}), "five calls"),
    "tools_cut": (frozenset({"chat"}), "the stream ends in the middle of the arguments"),
    "failed": (frozenset({"video"}), "the video ends as failed, not charged"),
    "failed_with_cost": (frozenset({"video"}), "the video ends as failed, and the log shows its cost"),
    "webhook_lost": (frozenset({"video"}), "its webhook is never sent"),
    "webhook_twice": (frozenset({"video"}), "its webhook is delivered twice"),
    "expired_media": (PAID | {"media"}, "the download answers `status` (410)"),
    "media_html": (PAID | {"media"}, "the download is a sign-in page"),
    "media_wrong_host": (PAID | {"media"}, "the download redirects to `location` (a metadata address)"),
}  # fmt: skip
# From the book these wait at the download unless an endpoint is named.
_AT_DOWNLOAD = frozenset({"expired_media", "media_html", "media_wrong_host"})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that has met its request. Raises ValueError for an unknown name."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"unknown fault {self.name!r}; known: {', '.join(FAULTS)}")

    def number(self, key: str, default: float) -> float:
        return float(self.options.get(key, default))

    def text(self, key: str, default: str) -> str:
        return self.options.get(key, default)

    def flag(self, key: str) -> bool:
        return self.options.get(key, "").lower() in {"1", "true", "yes", "on"}

    @classmethod
    def parse(cls, header: str) -> Fault:
        """`slow;seconds=2` → the fault. Raises ValueError."""
        name, *pairs = (part.strip() for part in header.split(";"))
        options = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        return cls(name=name, options={k.strip(): v.strip() for k, v in options.items()})


class Match(BaseModel):
    """Which requests a waiting fault meets. An absent field meets all; `dry_run` null means: real
    requests only, except for the faults that only a dry run can have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = None
    model: str | None = None
    user: str | None = None
    dry_run: bool | None = None


class Rule(BaseModel):
    """A waiting fault: met `times` times (null: until removed), its options as strings."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fault: str
    match: Match = Match()
    times: int | None = Field(default=1, ge=1)
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("fault")
    @classmethod
    def _known(cls, name: str) -> str:
        return Fault(name=name).name

    def made(self) -> Fault:
        given = {**self.options, **(self.model_extra or {})}
        texts = {
            key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()
        }
        return Fault(name=self.fault, options=texts)

    def meets(self, endpoint: str, model: str | None, user: str | None, *, dry_run: bool) -> bool:
        wanted = self.match
        if not self._at(endpoint) or wanted.model not in (None, model) or wanted.user not in (None, user):
            return False
        expected = self.fault in ONLY_DRY if wanted.dry_run is None else wanted.dry_run
        return dry_run == expected or endpoint not in PAID

    def _at(self, endpoint: str) -> bool:
        if self.match.endpoint is not None:
            return self.match.endpoint == endpoint
        if self.fault in _AT_DOWNLOAD:
            return endpoint == "media"
        return endpoint in FAULTS[self.fault][0]


@dataclass(kw_only=True)
class Waiting:
    id: int
    rule: Rule
    left: int | None
    fired: int = 0

    def wire(self) -> dict[str, Any]:
        return {"id": self.id, **self.rule.model_dump(), "left": self.left, "fired": self.fired}


class FaultBook:
    """Waiting faults in the order they were added; the first that matches is taken."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._ids = itertools.count(1)

    def add(self, rule: Rule) -> Waiting:
        waiting = Waiting(id=next(self._ids), rule=rule, left=rule.times)
        self._waiting.append(waiting)
        return waiting

    def clear(self) -> None:
        self._waiting.clear()

    def list(self) -> list[dict[str, Any]]:
        return [waiting.wire() for waiting in self._waiting]

    def take(self, endpoint: str, model: str | None, user: str | None, *, dry_run: bool) -> Fault | None:
        for waiting in self._waiting:
            if waiting.left != 0 and waiting.rule.meets(endpoint, model, user, dry_run=dry_run):
                waiting.fired += 1
                waiting.left = None if waiting.left is None else waiting.left - 1
                return waiting.rule.made()
        return None
