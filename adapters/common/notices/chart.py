"""A digest's days as a picture: bars for this time, a line for the time before.

matplotlib is an extra: without it there is no picture, and the words say everything. It is imported at the
first chart, in a thread of its own, since that takes a second; charts are drawn there, one after another.
"""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import structlog

from adapters.common.notices import digest_words
from bot.core.money import Micros, dollars
from bot.core.notices.digest import Digest
from bot.core.text.dates import day_and_month

log = structlog.get_logger(__name__)

WIDTH, HEIGHT, DPI = 8.0, 3.6, 125
"""Inches and dots per inch: a picture of 1000 × 450."""
MOST_DAYS = 40
_DRAWING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chart")


async def chart_png(digest: Digest) -> bytes:
    """The chart as PNG; empty where nothing was spent, or where the extra `charts` is not installed."""
    if not digest.spent and not digest.before:
        return b""
    try:
        spoken = copy_context()  # with the language of this task
        return await asyncio.get_running_loop().run_in_executor(_DRAWING, lambda: spoken.run(_drawn, digest))
    except ImportError:
        log.info("charts_not_installed")
        return b""


def _drawn(digest: Digest) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    days, legend = digest.days[-MOST_DAYS:], digest_words.chart_legend()
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    places = list(range(len(days)))
    axes.bar(places, [day[1] / 1e6 for day in days], color="#5865f2", width=0.7, label=legend[0])
    axes.plot(
        places, [day[2] / 1e6 for day in days], color="#8a8f98", marker="o", markersize=3, label=legend[1]
    )
    _labelled(axes, [day[0] for day in days], digest_words.title(digest))
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _labelled(axes: Any, dates: list[str], title: str) -> None:
    step = 1 if len(dates) <= 8 else 2 if len(dates) <= 16 else 5
    shown = range(0, len(dates), step)
    axes.set_xticks(list(shown), [day_and_month(dates[place]) for place in shown])
    axes.set_title(title, loc="left", fontsize=11)
    axes.yaxis.set_major_formatter(lambda value, _: dollars(Micros(round(value * 100) * 10_000)))
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e3e5e8")
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc=4, bbox_to_anchor=(1, 1), ncols=2, fontsize=9)
