"""One request from a terminal: `lumenfall-bot ask '/generate a capybara' --out pictures`."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.prompt import Confirm

from adapters.common import wording
from adapters.common.amounts import amount_of
from adapters.composition import Core
from bot.core.capability import Capability
from bot.core.command_parser import parse
from bot.core.errors import BadImage, InvalidOrder, Refusal
from bot.core.events import (
    AwaitingConfirmation,
    Cancelled,
    Corrected,
    Delivered,
    Failed,
    Final,
    Progressed,
    Receipt,
    Refused,
)
from bot.core.identity import new_request_id
from bot.core.money import ZERO, Micros, dollars
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, Order, ReplyTo, Request, Upload
from bot.core.text.translation import gettext as _
from bot.use_cases.refusal_log import refusals_noted

TENANT = "cli:local"


class TerminalNotifier:
    """Turns events into a progress bar, a question and an ending, for the one request of this process."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Final] = asyncio.get_running_loop().create_future()
        self.asked: asyncio.Queue[AwaitingConfirmation] = asyncio.Queue()
        self.progressed: Progressed | None = None

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        self.progressed = event

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        self.asked.put_nowait(event)

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        if not self.ended.done():
            self.ended.set_result(event)
        return {}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """The process ends with its request; `ledger` and `export` show what was corrected."""


class Terminal:
    """The adapter of the `ask` command."""

    ORIGIN = "cli"
    members = None

    def __init__(self) -> None:
        self.notifier = TerminalNotifier()

    async def start(self) -> None:
        """Nothing listens."""

    async def stop(self) -> None:
        """Nothing to take down."""

    async def ready(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How a price is agreed to: without a question (`yes`), and up to how much (`most`, None: any)."""

    yes: bool = False
    most: Micros | None = None

    def too_high(self, price: Micros) -> bool:
        """True for a price above the most that was named."""
        return self.most is not None and price > self.most


def agreement(*, yes: bool, most: str) -> Agreement:
    """What the flags say. Exits with 2 where nobody could answer the question."""
    try:
        limit = amount_of(most, "max") if most else None
    except InvalidOrder as error:
        raise typer.BadParameter(error.message, param_hint="--max") from None
    if not yes and not sys.stdin.isatty():
        text = "The price is asked about, and there is no terminal to answer. Nothing was sent."
        raise typer.BadParameter(
            f"{text} Add --yes to agree to it, and --max $0.10 to agree up to an amount."
        )
    return Agreement(yes=yes, most=limit)


async def ask(
    core: Core,
    terminal: Terminal,
    line: str,
    files: list[Path],
    mask: Path | None,
    agreed: Agreement,
    *,
    out: Path,
) -> bool:
    """Send one line, show its price and how it goes, put the results into `out`; True for a result."""
    console = Console(stderr=True)
    actor = Actor(tenant=TENANT, person=f"cli:{getpass.getuser()}", name=getpass.getuser(), is_admin=True)
    try:
        with refusals_noted(core.service, actor, origin=Terminal.ORIGIN):
            order, pictures = await _order(core, actor, line, files, mask)
            request = await core.service.submit(
                actor,
                order,
                origin=Terminal.ORIGIN,
                reply_to={},
                dedupe_key=f"cli:{new_request_id()}",
                pictures=pictures,
                ask_price=AskPrice.ALWAYS,
            )
    except Refusal as refusal:
        console.print(refusal.message, markup=False)
        if isinstance(refusal, BadImage) and refusal.picture:
            console.print(await asyncio.to_thread(_understood, refusal.picture, out), markup=False)
        return False
    final = await _watch(core, terminal.notifier, actor, request, console, agreed)
    return await _show(core, final, console, out)


def _understood(picture: bytes, out: Path) -> str:
    """Where the small picture of a refused mask was put, in a sentence."""
    place = out / "mask-as-understood.png"
    try:
        out.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture)
    except OSError as error:
        return _("A small picture of the mask could not be written: {why}.").format(why=error.strerror)
    return _("The mask as it was understood: {place} (what is white would change).").format(place=place)


async def _order(
    core: Core, actor: Actor, line: str, files: list[Path], mask: Path | None
) -> tuple[Order, dict[str, bytes]]:
    draft = parse(line, default=Capability.CHAT)
    await core.service.admit(actor, draft.unseen(len(files), masked=mask is not None))
    pictures: dict[str, bytes] = {}
    uploads: list[Upload] = []
    for path in files:
        prepared = await core.service.prepare(
            await _read(path), capability=draft.capability, model=draft.model_name
        )
        pictures[prepared.upload.digest] = prepared.data
        uploads.append(prepared.upload)
    masked = None
    if mask is not None:
        fits = uploads[0] if uploads else None
        prepared = await core.service.prepare(await _read(mask), for_mask=True, fits=fits)
        pictures[prepared.upload.digest] = prepared.data
        masked = prepared.upload
    return draft.order(uploads, masked), pictures


async def _read(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as exc:
        raise InvalidOrder(f"{path} cannot be read: {exc.strerror}.", field="image") from None


async def _watch(
    core: Core,
    notifier: TerminalNotifier,
    actor: Actor,
    request: Request,
    console: Console,
    agreed: Agreement,
) -> Final:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("accepted", total=None)
        while not notifier.ended.done():
            if not notifier.asked.empty():
                event = notifier.asked.get_nowait()
                bar.stop()
                if _answered(event, agreed, console):
                    await core.service.confirm(actor, request.id, event.price)
                else:
                    await core.service.cancel(actor, request.id)
                bar.start()
            now = notifier.progressed
            if now is not None:
                total = 100 if now.percent is not None else None
                bar.update(task, description=now.request.state, total=total, completed=now.percent or 0)
            await asyncio.wait((notifier.ended,), timeout=0.1)
    return notifier.ended.result()


def _answered(event: AwaitingConfirmation, agreed: Agreement, console: Console) -> bool:
    """Whether the price is agreed to: by the flags, or by the person."""
    price, notes = event.price, wording.price_notes(event.request)
    question = " ".join(filter(None, (f"This costs about {dollars(price)}.", notes, "Go on?")))
    if agreed.too_high(price):
        most = dollars(agreed.most or ZERO)
        console.print(f"This costs about {dollars(price)}, which is above --max {most}. Nothing was charged.")
        return False
    return agreed.yes or Confirm.ask(question, console=console)


async def _show(core: Core, final: Final, console: Console, out: Path) -> bool:
    match final:
        case Refused():
            console.print(final.refusal.message, markup=False)
            return False
        case Failed() | Cancelled():
            failure = final.request.failure
            console.print(failure.message if failure else "No result.", charged(final.receipt), markup=False)
            return False
        case Delivered():
            if final.request.text:
                Console().print(final.request.text, markup=False)
            for place in await _results(core, final.request, out):
                Console(soft_wrap=True).print(place, markup=False, highlight=False)
            if final.request.cut:
                console.print(final.request.cut, markup=False)
            console.print(charged(final.receipt), markup=False)
            return True


async def _results(core: Core, request: Request, out: Path) -> list[str]:
    """Where each result is: a file in `out`, or its address where it could not be fetched."""
    places: list[str] = []
    for index, asset in enumerate(request.assets):
        source = await core.service.result_file(request, index)
        if source is not None:
            target = out / f"{request.id}-{index + 1}{source.suffix}"
            await asyncio.to_thread(_copy, source, target)
            places.append(str(target))
        elif asset.url:
            places.append(f"{asset.url} (it could not be fetched; the link may die within the hour)")
    return places


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def charged(receipt: Receipt) -> str:
    """The receipt in one line."""
    facts = [wording.capital(wording.receipt(receipt)), wording.duration(receipt.elapsed_s)]
    if receipt.room is not None:
        facts.append(wording.room(receipt.room, _moment))
    return " · ".join(facts)


def _moment(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1_000_000).astimezone().strftime("%Y-%m-%d %H:%M")
