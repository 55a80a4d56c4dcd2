"""`understand`: how well a model understands a list of sentences, what that cost, and the mistakes."""

from __future__ import annotations

import asyncio
import hashlib
import io
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import Progress
from rich.prompt import Confirm

from adapters.cli.asking.agreement import Agreement, agreement
from adapters.cli.asking.terminal import Terminal
from adapters.cli.configuration import load_settings, need_key
from adapters.cli.operations.as_json import Json, say_json
from adapters.cli.operations.failures import CommandFailed
from adapters.composition import open_core
from adapters.lifecycle import serving
from bot.conversation.sentences import Sentence, read_sentences
from bot.core.capability import Capability
from bot.core.errors import PriceUnknown
from bot.core.errors.outside import GatewayError
from bot.core.money import Micros, dollars
from bot.core.request import Upload
from bot.settings import Settings
from bot.telemetry import logging
from bot.use_cases.understanding import Heard, Measurement, StandIn

_SIDE = 512


def understand(
    file: Annotated[Path, typer.Argument(help="Sentences in JSON; docs/operating.md has the format.")],
    model: Annotated[str, typer.Option(help="A text model; default: the one that reads messages.")] = "",
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about the price.")] = False,
    most: Annotated[str, typer.Option("--max", help="Refuse a price above this, such as $0.50.")] = "",
) -> None:
    """Let a model read sentences as if people had said them, and list what it misunderstood.

    Each is one paid chat call of the person cli:understand, in the ledger and
    within the limits of cli:local. Nothing is ever ordered; what a misunderstood
    sentence would have ordered is only priced.
    """
    agreed = agreement(yes=yes, most=most)
    settings = load_settings()
    need_key(settings)
    logging.configure(level="critical")
    sentences = _read(file)
    model = model or _reader(settings)
    found = asyncio.run(_measure(settings, model, sentences, agreed, json=json))
    if json:
        say_json(_facts(model, sentences, found))
    else:
        _report(model, sentences, found)


def _read(file: Path) -> list[Sentence]:
    try:
        return read_sentences(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _reader(settings: Settings) -> str:
    """The model that reads messages where a place has not chosen its own."""
    chosen = settings.talk_model or settings.default_models.get(Capability.CHAT, "")
    if not chosen and not settings.chat_models:
        raise typer.BadParameter("No text model is configured.", param_hint="--model")
    return chosen or settings.chat_models[0]


async def _measure(
    settings: Settings, model: str, sentences: list[Sentence], agreed: Agreement, *, json: bool
) -> list[Heard]:
    console = Console(stderr=True, quiet=json and agreed.yes)
    async with open_core(settings) as core, serving(core, [Terminal()]):
        measurement = Measurement(
            core.gateway,
            core.store,
            core.clock,
            wake=core.worker.wake,
            model=model,
            max_tokens=settings.talk_max_tokens,
            picture=await asyncio.to_thread(_picture),
            defaults=settings.default_models,
        )
        try:
            price = await measurement.price(sentences)
        except (GatewayError, PriceUnknown) as error:
            raise CommandFailed(error.message, code=error.code) from None
        await asyncio.to_thread(_agree, console, model, len(sentences), price, agreed)
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("reading", total=len(sentences))
            return await measurement.run(
                sentences, most=price, done=lambda _heard: bar.update(task, advance=1)
            )


def _agree(console: Console, model: str, count: int, price: Micros, agreed: Agreement) -> None:
    """Say the price. Raises CommandFailed where it is too high or nobody agrees to it."""
    said = f"{count} sentences on {model} cost at most {dollars(price)}."
    if agreed.too_high(price):
        raise CommandFailed(f"{said} That is above --max. Nothing was sent.", code="price_too_high")
    console.print(said, markup=False)
    if not agreed.yes and not Confirm.ask("Read them?", console=console, default=False):
        raise CommandFailed("Nothing was sent.", code="not_agreed")


def _picture() -> StandIn:
    """A red ball on blue: the picture of every sentence that has one."""
    picture = Image.new("RGB", (_SIDE, _SIDE), (60, 110, 190))
    quarter = _SIDE // 4
    ImageDraw.Draw(picture).ellipse((quarter, quarter, 3 * quarter, 3 * quarter), fill=(210, 40, 40))
    out = io.BytesIO()
    picture.save(out, "PNG")
    data = out.getvalue()
    upload = Upload(
        digest=hashlib.sha256(data).hexdigest(),
        content_type="image/png",
        width=_SIDE,
        height=_SIDE,
        size=len(data),
    )
    return StandIn(upload=upload, data=data)


def _report(model: str, sentences: list[Sentence], found: list[Heard]) -> None:
    right = sum(heard.right for heard in found)
    for heard in found:
        if heard.problem:
            typer.echo(f"“{_line(heard)}” was not read: {heard.problem}")
        elif not heard.right:
            typer.echo(
                f"“{_line(heard)}” means {heard.sentence.means}, became {heard.became}{_charged(heard.order)}"
            )
    typer.echo(f"{model} understood {right} of {len(sentences)} ({right / len(sentences):.1%}).")
    guessed = " (in part estimated)" if any(heard.guessed for heard in found) else ""
    typer.echo(f"Reading cost {dollars(_cost(found))}{guessed}.")


def _line(heard: Heard) -> str:
    return " ".join(heard.sentence.say.split())


def _charged(price: Micros | None) -> str:
    if price is None:
        return ", would have charged an unknown price"
    return f", would have charged {dollars(price)}" if price else ""


def _cost(found: list[Heard]) -> Micros:
    return Micros(sum(heard.cost for heard in found))


def _facts(model: str, sentences: list[Sentence], found: list[Heard]) -> dict[str, Any]:
    """Amounts are micro-dollars; `charged` of a mistake is what it would have ordered, null if unknown."""
    right = sum(heard.right for heard in found)
    return {
        "model": model,
        "sentences": len(sentences),
        "understood": right,
        "share": round(right / len(sentences), 4),
        "cost_micros": _cost(found),
        "estimated": any(heard.guessed for heard in found),
        "mistakes": [_mistake(heard) for heard in found if not heard.right],
    }


def _mistake(heard: Heard) -> dict[str, Any]:
    return {
        "say": heard.sentence.say,
        "attached": heard.sentence.attached,
        "thread": heard.sentence.thread,
        "means": heard.sentence.means,
        "became": heard.became,
        "charged": heard.order,
        "problem": heard.problem,
    }
