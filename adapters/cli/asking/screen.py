"""What `ask` prints: answers and the places of results to standard output, the rest to standard error.

With `--json` standard output has an object for each event as it happens (`price`, `progress`, `text`,
`message`, `request`), and a last one, `end`, with all of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from adapters.cli.operations.as_json import say_json
from adapters.cli.operations.dates import on_this_clock
from adapters.cli.operations.failures import say_error
from adapters.common import wording
from adapters.common.talking import words as talk_words
from bot.core.errors import BotError
from bot.core.events import AwaitingConfirmation, Delivered, Final, Progressed, Receipt, Refused
from bot.core.money import ZERO, Micros
from bot.core.request import Request, State
from bot.core.text.clean_text import clean


class Screen:
    """One command's output. `facts` is what `--json` prints in the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._err = Console(stderr=True)
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._streamed: dict[str, str] = {}
        self.facts: dict[str, Any] = {"requests": [], "messages": []}

    # what happens

    def progress(self, event: Progressed) -> None:
        """Show how far a request is, or more of an answer."""
        if event.text:
            self._stream(event.request.id, event.text)
            return
        if self._as_json:
            request, percent = event.request, event.percent
            self._event("progress", request=request.id, state=request.state, percent=percent)
            return
        if self._bar is None and self._err.is_terminal and not self._streamed:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=self._err, transient=True)
            self._bar.start()
        if self._bar is not None:
            task = self._tasks.get(event.request.id)
            if task is None:
                task = self._tasks[event.request.id] = self._bar.add_task("", total=None)
            what = f"{event.request.capability}: {event.request.state}"
            total = None if event.percent is None else 100
            self._bar.update(task, description=what, total=total, completed=event.percent or 0)

    def _stream(self, request_id: str, text: str) -> None:
        """Print what has been added to an answer; what changed before that is printed whole again."""
        self.pause()
        before, now = self._streamed.get(request_id, ""), shown(text)
        same = now.startswith(before)
        start = len(before) if same else 0
        if now[start:]:
            self._event("text", request=request_id, start=start, added=now[start:])
        if not self._as_json:
            sys.stdout.write(("" if same else "\n") + now[start:])
            sys.stdout.flush()
        self._streamed[request_id] = now

    def _event(self, name: str, **facts: Any) -> None:
        if self._as_json:
            say_json({"event": name, **facts})

    def priced(self, event: AwaitingConfirmation, *, agreed: bool) -> None:
        """A price, and whether it was agreed to."""
        orders = [one.id for one in event.plan] or [event.request.id]
        self._event("price", requests=orders, price=event.price, agreed=agreed)

    def pause(self) -> None:
        """Take the bars away: something else is printed."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._tasks = None, {}

    # what is said

    def answer(self, request: Request) -> None:
        """The whole of an answer, of which a part may stand there."""
        if not request.text:
            return
        self._stream(request.id, request.text)
        self._streamed.pop(request.id)
        if not self._as_json:
            sys.stdout.write("\n")
            sys.stdout.flush()

    def out(self, *lines: str) -> None:
        """Lines that were asked for."""
        self.pause()
        for line in lines:
            if not self._as_json:
                typer.echo(shown(line))

    def say(self, *lines: str) -> None:
        """Lines beside them."""
        self.pause()
        for line in filter(None, lines):
            self.facts["messages"].append(line)
            self._event("message", text=line)
            self._beside(line)

    def _beside(self, *lines: str) -> None:
        """In one piece: who reads what went wrong reads what it cost."""
        text = "\n".join(shown(line) for line in lines if line)
        if text and not self._as_json:
            self._err.print(text, markup=False, highlight=False, soft_wrap=True)

    def ask(self, question: str) -> None:
        """A question that is answered on the keyboard."""
        self.pause()
        self._err.print(f"{shown(question)} ", markup=False, highlight=False, end="")

    def ended(self, final: Final, places: Sequence[str], receipt: str) -> None:
        """How a request ended: its words, its files, what it cost."""
        self.pause()
        request = final.request
        self.answer(request)
        self.out(*places)
        failure = request.cut or (request.failure.message if request.failure else "")
        self._beside(failure, receipt)
        state = State.DELIVERED if isinstance(final, Delivered) else request.state
        told = request_facts(replace(request, state=state), places)
        self._event("request", **told)
        self.facts["requests"].append(told)

    def refused(self, error: BotError) -> None:
        """Something was not accepted, or not possible."""
        self.say(error.message)
        self.facts["error"] = {"code": error.code, "message": error.message}
        if self._as_json:
            say_error(error.message, error.code)

    def close(self, *, done: bool, spent: Micros) -> None:
        """The end of it."""
        self.pause()
        self._event("end", done=done, charged_micros=int(spent), **self.facts)


def shown(text: str) -> str:
    """Text for a terminal, without characters that would steer it."""
    return clean(text).replace("\x85", " ").replace("\x00", "")


def request_facts(request: Request, places: Sequence[str]) -> dict[str, Any]:
    """A request for programs; amounts in micro-dollars."""
    return {
        "id": request.id,
        "capability": request.capability,
        "model": request.order.model,
        "prompt": request.order.prompt,
        "state": request.state,
        "text": request.text,
        "results": list(places),
        "pictures": talk_words.pictures_of(request),
        "estimate_micros": request.estimate,
        "charged_micros": request.charged or 0,
        "failure": request.failure and {"code": request.failure.code, "message": request.failure.message},
    }


def charged(receipt: Receipt) -> str:
    """The receipt in one line."""
    facts = [wording.capital(wording.receipt(receipt)), wording.duration(receipt.elapsed_s)]
    if receipt.room is not None:
        facts.append(wording.room(receipt.room, on_this_clock))
    return " · ".join(facts)


def receipt_of_end(event: Final) -> str:
    """The line under a result: which picture it is, its charge, and what the conversation has cost so far."""
    receipt = None if isinstance(event, Refused) else event.receipt
    if receipt is None:
        return ""
    parts = [charged(receipt)]
    if isinstance(event, Delivered):
        first = (event.spent or ZERO) <= receipt.charged + receipt.reading
        parts = [
            talk_words.pictures_of(event.request),
            *parts,
            "" if first else talk_words.spent(event.spent),
        ]
    return " · ".join(filter(None, parts))
