"""`lumenfall-bot digest` and `notices`, and how the `ask` command tells of limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.configuration import load_settings
from adapters.cli.operations.as_json import Json, say, say_json, warn
from adapters.cli.operations.failures import CommandFailed
from adapters.common.notices import digest_words, words
from adapters.common.notices.chart import chart_png
from adapters.composition import open_storage
from bot.core.clock import SystemClock
from bot.core.notices.digest import DIGEST_WINDOWS, Digest, Dimension
from bot.core.notices.thresholds import Notice
from bot.core.ports.for_adapters import NoticeAddress
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.core.text.clean_text import clean
from bot.core.text.dates import utc
from bot.use_cases.notices.choices import NoticeChoices
from bot.use_cases.notices.digests import digest_preview

T = TypeVar("T")


class TerminalNotices:
    """Tells whoever typed `ask`."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """One line beside the answer."""
        said = f"{words.headline(notice, notice.budget.subject)} {words.consequence(notice, utc)}"
        warn(clean(said), json=self._as_json)

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """A terminal has no channel; `digest` prints it."""


def digest(
    tenant: Annotated[str, typer.Option(help="Server or workspace, such as discord:123 or slack:T123.")],
    span: Annotated[str, typer.Option(help="week or month; empty: what its settings say.")] = "",
    last: Annotated[
        bool, typer.Option("--last", help="The last one that is over, not the running one.")
    ] = False,
    json: Json = False,
    png: Annotated[Path | None, typer.Option(help="Write the chart to this file.")] = None,
) -> None:
    """Print what a place spent, beside the time before. No words of what was asked for."""
    if span and span not in DIGEST_WINDOWS:
        raise typer.BadParameter("It is week or month.", param_hint="--span")

    async def work(store: Store) -> Digest:
        now = SystemClock().now()
        return await digest_preview(
            store, await store.tenant(tenant), now, window=DIGEST_WINDOWS.get(span), last=last
        )

    found = _run(work)
    say("\n".join(_as_text(found)), _as_json(found), json=json)
    if png is not None:
        _write(found, png)


def _write(found: Digest, png: Path) -> None:
    data = asyncio.run(chart_png(found))
    if not data:
        raise CommandFailed("There is no chart: nothing was spent, or the extra `charts` is not installed.")
    png.write_bytes(data)


def notices(
    who: Annotated[str, typer.Argument(help="A person, a place, or `gateway` for the bot's own limits.")],
    on: Annotated[bool | None, typer.Option("--on/--off", help="Switch a person's own on or off.")] = None,
    json: Json = False,
) -> None:
    """Print the notices of a person or of a place's shared limits; switch a person's on or off."""

    async def work(store: Store) -> list[Notice]:
        if on is not None:
            await NoticeChoices(store).choose(Actor(tenant="", person=who), wanted=on)
        shared = await store.notices_of_tenant("*" if who == "gateway" else who, most=100)
        return [*await store.notices_of_person(who, most=100), *shared]

    found = _run(work)
    if json:
        say_json(*map(_notice, found))
        return
    if not found:
        typer.echo("No notices.")
    for one in found:
        outcome = one.outcome or "waiting"
        typer.echo(f"{utc(one.at)}  {outcome:14} {words.headline(one, one.budget.subject)}")


def _run(work: Callable[[Store], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_storage(load_settings()) as store:
            return await work(store)

    return asyncio.run(opened())


def _notice(one: Notice) -> dict[str, Any]:
    return {
        "at": utc(one.at),
        "limit": one.budget.id,
        "person": one.person or None,
        "place": one.tenant,
        "percent": one.threshold,
        "spent": one.spent,
        "of": one.limit,
        "outcome": one.outcome or "waiting",
    }


def _name(found: Digest) -> digest_words.Name:
    def name(dimension: Dimension, key: str) -> str:
        if dimension is Dimension.PERSON and found.names.get(key):
            return f"{found.names[key]} ({key})"
        if dimension is Dimension.PROJECT:
            return found.names.get(key, key) or digest_words.no_project()
        return key or digest_words.no_channel()

    return name


def _as_text(found: Digest) -> list[str]:
    lines = [digest_words.title(found), digest_words.total(found)]
    for part in digest_words.parts(found, _name(found)):
        lines += ["", part.title, *(f"  {line}" for line in part.lines)]
    return [*lines, "", *digest_words.endings(found)]


def _as_json(found: Digest) -> dict[str, Any]:
    return {
        "place": found.period.tenant,
        "window": found.period.window,
        "zone": found.zone,
        "from": found.dates[0],
        "to": found.dates[1],
        "spent": found.spent,
        "before": found.before,
        "orders": found.requests,
        "orders_before": found.requests_before,
        "by": {
            part: [
                {
                    "key": line.key,
                    "spent": line.spent,
                    "before": line.before,
                    "others": line.others,
                }
                for line in lines
            ]
            for part, lines in found.parts.items()
        },
        "days": [{"day": day, "spent": now, "before": then} for day, now, then in found.days],
        "failed": dict(found.failed),
        "refused": dict(found.refused),
    }
