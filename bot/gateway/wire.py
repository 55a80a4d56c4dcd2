"""Models of the gateway's JSON, tolerant of fields that are new, missing or of an unexpected type.

Only the dry run is strict, because money is held on the basis of it. Any other field that cannot be read
counts as absent, so that a small change of the API never loses a result that somebody paid for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from bot.core.errors import PriceUnknown
from bot.core.money import MAX_MICROS, Micros
from bot.core.text.translation import gettext as _
from bot.gateway.loose import (
    Dollars,
    Flag,
    Metrics,
    Moment,
    SignedDollars,
    Text,
    Texts,
    Whole,
    an_error,
    an_object,
    links,
    micros,
    objects,
    text,
)

_SPOKEN = frozenset({"", "text", "output_text"})


class BadBody(ValueError):
    """Not a JSON object."""


def parse(raw: bytes) -> dict[str, Any]:
    """A JSON object with exact numbers: fractions are Decimal. Raises BadBody."""
    try:
        body: object = json.loads(raw, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise BadBody from None
    if not isinstance(body, dict):
        raise BadBody
    return cast("dict[str, Any]", body)


class WireModel(BaseModel):
    """Unknown fields are ignored; only the readers named here convert values."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorBody(WireModel):
    """`error` of the envelope; `code` may be a number if the error comes from a provider."""

    message: Text = ""
    type: Text = ""
    code: Text = ""


def error_of(body: Mapping[str, Any]) -> ErrorBody | None:
    """The error in a body, whatever its status: the envelope, a plain string, or a flat `error_code`."""
    error = body.get("error")
    flat = text(body.get("error_code"))
    if isinstance(error, str):
        return ErrorBody(message=error, code=flat)
    if isinstance(error, dict):
        fields = cast("dict[str, Any]", error)
        found = ErrorBody.model_validate(fields)
        code = found.code or text(fields.get("error_code")) or flat
        if not code and found.type.isupper():  # a code in the wrong field
            code = found.type
        return found.model_copy(update={"code": code}) if found.message or code else None
    return ErrorBody(message=text(body.get("error_message")), code=flat) if flat else None


class DryRun(BaseModel):
    """A dry run's answer, read strictly (Lumenfall API, cost estimation)."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    estimated: bool
    total_cost_micros: Annotated[int, BeforeValidator(micros), Field(ge=0, le=MAX_MICROS)]
    currency: str = "USD"
    model: Text = ""
    provider: Text = ""
    components: Metrics = []

    @field_validator("estimated")
    @classmethod
    def _estimated(cls, value: bool) -> bool:
        if value is not True:
            raise ValueError("not an estimate")
        return value

    @field_validator("currency")
    @classmethod
    def _usd(cls, value: str) -> str:
        if value.upper() != "USD":
            raise ValueError("not US dollars")
        return value


def dry_run(body: Mapping[str, Any]) -> DryRun:
    """The dry run in a body. Raises PriceUnknown unless it is an estimate in whole micro-dollars.

    Ask `outcomes.is_estimate` first: what is no estimate may have run.
    """
    try:
        return DryRun.model_validate(body)
    except ValidationError:
        raise PriceUnknown(
            _("The gateway did not name a price for this, so it was not run. Nothing was charged.")
        ) from None


class Metadata(WireModel):
    """Which model and provider ran, and the cost. `cost` is None unless it is an amount of US dollars."""

    executed_model: Text = ""
    model: Text = ""
    provider: Text = ""
    cost: Dollars = None
    cost_currency: Text = "USD"

    @property
    def charged(self) -> Micros | None:
        """The cost if it is in US dollars, else None."""
        return self.cost if self.cost_currency.upper() in {"USD", ""} else None


class ImageItem(WireModel):
    url: Text = ""
    b64_json: Text = ""
    revised_prompt: Text = ""


class ImageResult(WireModel):
    """images/generations and images/edits."""

    id: Text = ""
    size: Text = ""
    output_format: Text = ""
    data: Annotated[list[ImageItem], BeforeValidator(links)] = []
    metadata: Annotated[Metadata, BeforeValidator(an_object)] = Metadata()


class VideoOutput(WireModel):
    url: Text = ""
    content_type: Text = ""
    size_bytes: Whole = None
    expires_at: Moment = None


class VideoObject(WireModel):
    """A video job. Results are in `output`, `outputs` or `data`, as objects, URLs or lists of them."""

    id: Text = ""
    status: Text = ""
    progress: Whole = None
    size: Text = ""
    expires_at: Moment = None
    output: Annotated[list[VideoOutput], BeforeValidator(links)] = []
    outputs: Annotated[list[VideoOutput], BeforeValidator(links)] = []
    data: Annotated[list[VideoOutput], BeforeValidator(links)] = []
    error: Annotated[ErrorBody, BeforeValidator(an_error)] = ErrorBody()
    metadata: Annotated[Metadata, BeforeValidator(an_object)] = Metadata()


class Usage(WireModel):
    """`cost` in dollars if the provider's accounting is passed on (OpenRouter docs, usage accounting)."""

    cost: Dollars = None


class ImageUrl(WireModel):
    url: Text = ""


class ChatImage(WireModel):
    """A picture in an answer, in the same form as in a request."""

    image_url: Annotated[ImageUrl, BeforeValidator(lambda value: an_object(_as_url(value)))] = ImageUrl()


class Audio(WireModel):
    transcript: Text = ""


class ChatMessage(WireModel):
    """`message` of a whole answer or `delta` of a streamed one. Reasoning text is not read."""

    content: Annotated[str, BeforeValidator(lambda value: _content(value))] = ""
    refusal: Text = ""
    images: Annotated[list[ChatImage], BeforeValidator(objects)] = []
    audio: Annotated[Audio, BeforeValidator(an_object)] = Audio()
    tool_calls: Annotated[list[dict[str, Any]], BeforeValidator(objects)] = []

    @property
    def said(self) -> str:
        """The text for the person: the answer, the transcript of a spoken one, or why the model refuses."""
        return self.content or self.audio.transcript or self.refusal

    @property
    def pictures(self) -> list[str]:
        """URLs or data URIs."""
        return [image.image_url.url for image in self.images if image.image_url.url]


class ChatChoice(WireModel):
    message: Annotated[ChatMessage, BeforeValidator(an_object)] = ChatMessage()
    delta: Annotated[ChatMessage, BeforeValidator(an_object)] = ChatMessage()
    finish_reason: Text = ""


class ChatBody(WireModel):
    """A chat completion or one chunk of it; the last chunk may have no choices at all."""

    model: Text = ""
    provider: Text = ""
    choices: Annotated[list[ChatChoice], BeforeValidator(objects)] = []
    usage: Annotated[Usage, BeforeValidator(an_object)] = Usage()


class LogRow(WireModel):
    """One row of the request log."""

    id: Text = ""
    status: Text = ""
    cost: Dollars = None
    currency: Text = "usd"
    trace_id: Text = ""
    user: Text = ""
    error_code: Text = ""
    error_message: Text = ""
    created_at: Moment = None


class LogPage(WireModel):
    data: Annotated[list[LogRow], BeforeValidator(objects)] = []
    next_page_url: Text = ""


class Available(WireModel):
    """`amount` may be negative: parallel requests can overdraw the account (Lumenfall API, billing)."""

    amount: SignedDollars = None
    currency: Text = "usd"


class BalanceBody(WireModel):
    available: Annotated[Available, BeforeValidator(an_object)] = Available()


class SecretBody(WireModel):
    key: Text = ""


class ModelItem(WireModel):
    """One model of the list. `id` and `owned_by` are documented; the other fields were seen in answers."""

    id: Text = ""
    name: Text = ""
    modality: Text = ""
    model_status: Text = ""
    starting_price: Dollars = None
    free: Flag = False
    featured: Flag = False
    tags: Texts = []
    modes: Texts = []
    capabilities: Texts = []
    aliases: Texts = []
    alternative_names: Texts = []


class ModelList(WireModel):
    """Items are kept unparsed: their schemas have no published form."""

    data: Annotated[list[dict[str, Any]], BeforeValidator(objects)] = []


def _content(value: object) -> str:
    """The text of a message: a string, or the text parts of a list, without reasoning."""
    if isinstance(value, str):
        return value
    parts = [cast("dict[str, Any]", part) for part in objects(value)]
    return "".join(text(part.get("text")) for part in parts if text(part.get("type")) in _SPOKEN)


def _as_url(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value
