"""What the media endpoints accept. Unknown parameters are kept and tolerated, as the real gateway
forwards them to the provider (Lumenfall API, conventions)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sandbox.errors import invalid, invalid_params
from sandbox.models import Model


def _number(value: object) -> object:
    """Booleans are no numbers; forms send numbers as text, which pydantic reads by itself."""
    if isinstance(value, bool):
        raise ValueError("expected a number, received a boolean")  # noqa: TRY004 (pydantic collects these)
    return value


Count = Annotated[int, BeforeValidator(_number)]
OutputFormat = Literal["png", "jpeg", "gif", "webp", "avif"]


class ImageParams(BaseModel):
    """Generation, edit and upscale. `n` 1–10; `output_compression` 1–100."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str = Field(min_length=1, max_length=200)
    prompt: str | None = None
    n: Count = Field(default=1, ge=1, le=10)
    size: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    quality: str | None = None
    response_format: Literal["url", "b64_json"] = "url"
    output_format: OutputFormat | None = None
    output_compression: Count | None = Field(default=None, ge=1, le=100)
    thinking_level: str | None = None
    scale_factor: float | None = None
    seed: Count | None = None
    user: str | None = None


class VideoParams(BaseModel):
    """A video order. `n` 1–4; `idempotency_key` at most 256 characters."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str = Field(min_length=1, max_length=200)
    prompt: str | None = None
    n: Count = Field(default=1, ge=1, le=4)
    seconds: str | float | None = None
    duration: str | float | None = None
    size: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    webhook_url: str | None = None
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=256)
    metadata: dict[str, str] | None = None
    seed: Count | None = None
    user: str | None = None


class ChatParams(BaseModel):
    """A chat request; the sampling parameters are checked for range and otherwise ignored."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str = Field(min_length=1, max_length=200)
    messages: list[dict[str, Any]] = Field(min_length=1)
    stream: bool = False
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    max_tokens: Count | None = Field(default=None, ge=1)
    max_completion_tokens: Count | None = Field(default=None, ge=1)
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = Field(default=None, max_length=128)
    tool_choice: str | dict[str, Any] | None = None
    user: str | None = None


Params = TypeVar("Params", bound=BaseModel)


def parse(kind: type[Params], fields: dict[str, Any]) -> Params:
    """Raises ApiError 400 that names the parameter."""
    if not fields.get("model"):
        raise invalid("Missing required parameter: 'model'.")
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise invalid_params(error) from None


def quality_of(model: Model, wanted: str | None) -> str | None:
    """The quality that prices: standard and hd mean medium and high where those exist."""
    if not model.qualities:
        return None
    mapped = {"standard": "medium", "hd": "high"}.get(wanted or "", wanted)
    return mapped if mapped in model.qualities else model.default_quality


def check_thinking(model: Model, level: str | None) -> None:
    """Raises ApiError 400 that lists what the model permits."""
    if level is not None and model.thinking and level not in model.thinking:
        permitted = ", ".join(model.thinking)
        raise invalid(
            f"Unsupported thinking level '{level[:40]}' for '{model.slug}'. Permitted: {permitted}."
        )
