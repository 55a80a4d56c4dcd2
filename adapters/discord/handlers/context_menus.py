"""Context menus on messages: edit, upscale, animate the picture in it, ask about all of it.

The message comes with the interaction, attachments and fresh addresses included, without the privileged
message-content intent (Discord docs, Message Content Intent). A form may be sent in minutes later and to
another process, so its id names the message, whose pictures were written down.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands, ui

from adapters.common import shared_texts
from adapters.common.intake import unread_texts
from adapters.common.intake.file_kinds import FileKind
from adapters.common.intake.together import together
from adapters.discord.context import context_of
from adapters.discord.forms import modals
from adapters.discord.forms.modals import SubmittedForm
from adapters.discord.forms.place_names import name_fields, names_in
from adapters.discord.identity import actor_of
from adapters.discord.intake.attachments import check_sources
from adapters.discord.intake.options import conversation_of, draft
from adapters.discord.intake.said import pointed_at, said_about
from adapters.discord.intake.saved_offers import shown_in
from adapters.discord.responses import Interaction, served
from adapters.discord.submission import AnswerTarget
from adapters.discord.views import request as request_view
from adapters.discord.views import texts
from adapters.discord.views.markdown import escape
from bot.core.capability import ON_PICTURE, Capability, about
from bot.core.errors import InvalidOrder, NotFound
from bot.core.request import Request
from bot.core.text.translation import gettext as _


async def _ask_for(interaction: Interaction, message: discord.Message, verb: str) -> None:
    context = context_of(interaction)
    check_sources(shown_in(message), context.pictures.max_bytes)
    subject, found = await context.targets.remember(message)
    build = {"edit_at": modals.edit_at, "animate_at": modals.animate_at}[verb]
    names = await name_fields(interaction, ON_PICTURE[verb.removesuffix("_at")])
    opened: ui.Modal = build(subject, len(found), names)
    await interaction.response.send_modal(opened)


@app_commands.context_menu(name=shared_texts.EDIT_IMAGE)
@served
async def edit_image(interaction: Interaction, message: discord.Message) -> None:
    """Apps → Edit image."""
    await _ask_for(interaction, message, "edit_at")


@app_commands.context_menu(name=shared_texts.UPSCALE_IMAGE)
@served
async def upscale_image(interaction: Interaction, message: discord.Message) -> None:
    """Apps → Upscale image."""
    context = context_of(interaction)
    found = shown_in(message)
    check_sources(found[:1], context.pictures.max_bytes)
    await context.submission.order(interaction, draft(Capability.UPSCALE, found[:1]))


@app_commands.context_menu(name=shared_texts.ANIMATE_IMAGE)
@served
async def animate_image(interaction: Interaction, message: discord.Message) -> None:
    """Apps → Animate image."""
    await _ask_for(interaction, message, "animate_at")


@app_commands.context_menu(name=shared_texts.ASK_ABOUT)
@served
async def ask_about(interaction: Interaction, message: discord.Message) -> None:
    """Apps → Ask about this."""
    pointed = pointed_at(message, client=interaction.client, speaker=interaction.user.id)
    subject = await context_of(interaction).targets.remember_all(message, pointed)
    names = await name_fields(interaction, Capability.CHAT)
    await interaction.response.send_modal(modals.ask_at(subject, names))


async def asked(interaction: Interaction, form: SubmittedForm) -> None:
    """The question about a message was sent in. The message's files are read once the answer is promised."""
    context = context_of(interaction)
    pointed, words = await context.targets.recall_all(form.subject), form.text("prompt")
    conversation = conversation_of(interaction)
    pictured = any(file.sort is FileKind.PICTURE for file in pointed.files)
    words = words or (_(about(Capability.CHAT).default_prompt) if pictured else unread_texts.what_is_this())
    unread: list[str] = []
    names = names_in(form)

    async def accept(where: AnswerTarget) -> Request:
        said = await said_about(pointed, words, context.pictures)
        if said.unseen:
            raise InvalidOrder(unread_texts.nothing_read(said.unread), field="image")
        prompt, missed = together(said, context.settings.prompt_limit)
        unread.extend(missed)
        order = draft(Capability.CHAT, said.pictures, prompt=prompt, conversation=conversation, **names)
        return await context.submission.submit(await actor_of(interaction), order, where)

    order = draft(Capability.CHAT, prompt=words, conversation=conversation, **names)
    await context.submission.derived(interaction, order, accept)
    if unread:
        view = request_view.notice(escape(" ".join(unread), 1500))
        await interaction.followup.send(view=view, ephemeral=True)
    context.recent_requests.changed(await actor_of(interaction))


async def submitted(interaction: Interaction, form: SubmittedForm) -> None:
    """One of the forms above was sent in."""
    context, capability = context_of(interaction), ON_PICTURE[form.verb.removesuffix("_at")]
    found = await context.targets.recall(form.subject)
    index = form.picture() - 1
    if not 0 <= index < len(found):
        raise NotFound(texts.picture_gone_from_message())
    pictures = [found[index], *form.files]
    check_sources(pictures, context.pictures.max_bytes)
    order = draft(
        capability,
        pictures,
        prompt=form.text("prompt"),
        conversation=conversation_of(interaction),
        **seconds_of(form),
        **names_in(form),
    )
    await context.submission.order(interaction, order)
    context.recent_requests.changed(await actor_of(interaction))


def seconds_of(form: SubmittedForm) -> dict[str, Any]:
    """The length that was typed, where the form asks for one."""
    return {"seconds": text} if (text := form.text("seconds")) else {}


MENUS = (edit_image, upscale_image, animate_image, ask_about)
