"""Errors in interactions: each becomes one private sentence to the person who pressed.

discord.py only logs what a button's callback raises and shows nothing at all for some of it. So every
callback of commands, menus, buttons and forms runs inside `ActiveInteractions.serve`, and nothing else
catches broadly.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec

import discord
import structlog
from discord import ui

from adapters.common import shared_texts
from adapters.common.background import InFlight
from adapters.discord.delivery.previews import preview_of
from adapters.discord.delivery.transport import open_file
from adapters.discord.errors import line_cut
from adapters.discord.identity import language_of
from adapters.discord.intake import order_refusals
from adapters.discord.views import request as request_view
from adapters.discord.views import texts
from bot.core.errors import Refusal, StoreUnavailable
from bot.core.errors.outside import DryRunRan, GatewayError
from bot.core.text.translation import speak
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)
P = ParamSpec("P")
Interaction = discord.Interaction[Any]


_NOT_OURS = frozenset({10062, 40060})


class ActiveInteractions:
    """Counts interactions under way, and refuses new ones once the bot is stopping."""

    def __init__(self) -> None:
        self.closing = False
        self._served = InFlight()

    async def serve(self, interaction: Interaction, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of one interaction. An error is explained to the person who pressed."""
        interaction.extras["since"] = time.monotonic()
        speak(language_of(interaction))
        with self.inside():
            try:
                if self.closing:
                    raise Refusal(texts.restarting())
                await work()
            except Exception as error:
                await explain(interaction, error)

    def inside(self) -> AbstractContextManager[None]:
        """Counts one interaction as under way; a stop waits for it."""
        return self._served.one()

    async def empty(self, seconds: float) -> bool:
        """Wait up to `seconds` until nothing is under way; True if nothing is."""
        return await self._served.calm(seconds)


def served(
    work: Callable[Concatenate[Interaction, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[Interaction, P], Coroutine[Any, Any, None]]:
    """A command's callback under the error table."""

    @functools.wraps(work)
    async def serve(interaction: Interaction, *args: P.args, **kwargs: P.kwargs) -> None:
        await interaction.client.context.interactions.serve(
            interaction, lambda: work(interaction, *args, **kwargs)
        )

    # discord.py looks names of types up where the wrapper stands; so they are looked up here, where they are.
    vars(serve)["__signature__"] = inspect.signature(work, eval_str=True)
    return serve


async def explain(interaction: Interaction, error: BaseException) -> None:
    """Tell the person who pressed what went wrong. Never raises."""
    if isinstance(error, discord.HTTPException) and error.code in _NOT_OURS:
        log.info("interaction_lost", interaction_id=interaction.id, code=error.code)
        return
    if isinstance(error, Refusal):
        try:
            await order_refusals.note(interaction, error)
        except Exception:
            log.exception("refusal_not_logged")
    try:
        shown = {"files": _files_of(error)} if isinstance(error, Refusal) and preview_of(error) else {}
        await answer_privately(interaction, _view_of(interaction, error), **shown)
    except (discord.HTTPException, discord.InteractionResponded) as failure:
        log.info("not_explained", interaction_id=interaction.id, error=str(failure))
    except Exception as failure:
        if not line_cut(failure):
            log.exception("not_explained", interaction_id=interaction.id)


def _view_of(interaction: Interaction, error: BaseException) -> ui.LayoutView:
    if isinstance(error, Refusal):
        return request_view.refused(error)
    if isinstance(error, DryRunRan):
        return request_view.notice(request_view.safe(error.message))
    if isinstance(error, GatewayError):
        return request_view.notice(texts.gateway_could_not_answer(request_view.safe(error.message)))
    if isinstance(error, StoreUnavailable):
        log.warning("storage_unavailable", error=error.message)
        return request_view.notice(shared_texts.nothing_can_be_kept())
    log.error("interaction_failed", interaction_id=interaction.id, exc_info=error)
    return request_view.trouble(str(interaction.id))


def _files_of(refusal: Refusal) -> list[discord.File]:
    return [open_file(item) for item in preview_of(refusal)]


async def answer_privately(interaction: Interaction, view: ui.LayoutView, **more: Any) -> None:
    """Answer so that only the person who pressed sees it, by any way that Discord still allows."""
    response = interaction.response
    if not response.is_done():
        await response.send_message(view=view, ephemeral=True, **more)
        acknowledged(interaction)
    elif response.type is discord.InteractionResponseType.deferred_channel_message:
        await interaction.edit_original_response(view=view, attachments=more.get("files", []))
    else:
        await interaction.followup.send(view=view, ephemeral=True, **more)


async def defer_privately(interaction: Interaction) -> None:
    """ "thinking …", for the asker alone; what follows is said by `answer_privately`.

    Whatever changes something is acknowledged first: an event that is stale, or that another process has
    answered, then fails here and changes nothing.
    """
    await interaction.response.defer(ephemeral=True, thinking=True)


async def redraw(interaction: Interaction, view: ui.LayoutView) -> None:
    """Show another state on the message whose button was pressed, once the press was acknowledged."""
    await interaction.edit_original_response(view=view)
    acknowledged(interaction)


def acknowledged(interaction: Interaction) -> None:
    """Measure how long Discord has waited for its first answer; it gives three seconds."""
    since = interaction.extras.pop("since", None)
    if since is not None:
        metrics.latency.labels("ack").observe(time.monotonic() - since)
