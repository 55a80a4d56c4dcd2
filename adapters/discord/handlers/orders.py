"""The five capabilities as slash commands: parse, one use case; the notifier renders what becomes of it."""

from __future__ import annotations

from typing import Any, Literal

from discord import Attachment, app_commands
from discord.app_commands import Range, Transform

from adapters.discord.context import context_of
from adapters.discord.handlers import autocomplete
from adapters.discord.handlers.results import on_result
from adapters.discord.identity import actor_of
from adapters.discord.intake.options import (
    DraftOrder,
    Words,
    command,
    conversation_of,
    described,
    draft,
    result_of,
    sources,
)
from adapters.discord.responses import Interaction, served
from adapters.discord.submission import AnswerTarget
from adapters.discord.views import command_texts, texts
from bot.core.capability import Capability
from bot.core.drafts import changes_of
from bot.core.errors import InvalidOrder
from bot.core.request import Request

Prompt = Transform[str, Words(6000)]
Negative = Transform[str, Words(2000)]
System = Transform[str, Words(4000)]
Name = Range[str, 1, 100]
Seed = Range[int, 0, 4294967295]
Format = Literal["png", "jpeg", "webp", "gif", "avif"]
Quality = Literal["auto", "standard", "hd", "low", "medium", "high"]
Switch = Literal["on", "off"]
_shapes = {name: autocomplete.values_for(name) for name in ("size", "aspect_ratio", "resolution")}
_style = autocomplete.styles
_project = autocomplete.projects


async def _order(interaction: Interaction, order: DraftOrder) -> None:
    context = context_of(interaction)
    await context.submission.order(interaction, order)
    context.recent_requests.changed(await actor_of(interaction))


async def _on_result(
    interaction: Interaction, capability: Capability, result: str, prompt: str, options: dict[str, Any]
) -> None:
    """The same on one of the person's earlier results, which need not be attached again."""
    context, actor = context_of(interaction), await actor_of(interaction)
    request_id, index = result_of(result)
    old = await context.service.reusable(actor, request_id)
    if old.actor.person != actor.person or index >= len(old.assets):
        raise InvalidOrder(texts.choose_own_result(), field="result")
    changes = changes_of(capability, options)

    async def accept(where: AnswerTarget) -> Request:
        return await context.service.from_result(
            actor, request_id, index, capability, prompt=prompt, changes=changes, **where
        )

    await context.submission.derived(
        interaction, on_result(old.assets[index], capability, prompt, changes), accept
    )
    context.recent_requests.changed(actor)


@app_commands.command(description=command_texts.GENERATE)
@described(
    "prompt model size n aspect_ratio resolution quality style format compression seed negative enhance"
    " project hidden"
)
@app_commands.autocomplete(
    model=autocomplete.models_for(Capability.GENERATE), style=_style, project=_project, **_shapes
)
@served
async def generate(
    interaction: Interaction,
    prompt: Prompt,
    model: Name = "",
    size: Name | None = None,
    n: Range[int, 1, 10] = 1,
    aspect_ratio: Name | None = None,
    resolution: Name | None = None,
    quality: Quality | None = None,
    style: Name | None = None,
    format: Format | None = None,  # noqa: A002 - the option's public name
    compression: Range[int, 1, 100] | None = None,
    seed: Seed | None = None,
    negative: Negative | None = None,
    enhance: Switch | None = None,
    project: Name | None = None,
    hidden: bool = False,
) -> None:
    """`/generate`."""
    order = draft(
        Capability.GENERATE,
        prompt=prompt,
        model=model,
        size=size,
        n=n,
        aspect_ratio=aspect_ratio,
        resolution=resolution,
        quality=quality,
        style=style,
        format=format,
        compression=compression,
        seed=seed,
        negative=negative,
        enhance=enhance,
        project=project,
        hidden=hidden,
    )
    await _order(interaction, order)


@command(command_texts.EDIT)
@described(
    "prompt image result image2 image3 image4 mask model size n quality style format seed negative project"
    " hidden"
)
@app_commands.autocomplete(
    model=autocomplete.models_for(Capability.EDIT),
    size=_shapes["size"],
    result=autocomplete.results,
    style=_style,
    project=_project,
)
@served
async def edit(
    interaction: Interaction,
    prompt: Prompt,
    image: Attachment | None = None,
    result: Name | None = None,
    image2: Attachment | None = None,
    image3: Attachment | None = None,
    image4: Attachment | None = None,
    mask: Attachment | None = None,
    model: Name = "",
    size: Name | None = None,
    n: Range[int, 1, 10] = 1,
    quality: Quality | None = None,
    style: Name | None = None,
    format: Format | None = None,  # noqa: A002 - the option's public name
    seed: Seed | None = None,
    negative: Negative | None = None,
    project: Name | None = None,
    hidden: bool = False,
) -> None:
    """`/edit`."""
    options = {
        "model": model, "size": size, "n": n, "quality": quality, "style": style, "format": format,
        "seed": seed, "negative": negative, "project": project, "hidden": hidden,
    }  # fmt: skip
    if result and not image:
        await _on_result(interaction, Capability.EDIT, result, prompt, options)
        return
    found, masking = sources(interaction, image, image2, image3, image4, mask=mask)
    await _order(interaction, draft(Capability.EDIT, found, masking, prompt=prompt, **options))


@command(command_texts.UPSCALE)
@described("image result scale model format project hidden")
@app_commands.autocomplete(
    model=autocomplete.models_for(Capability.UPSCALE), result=autocomplete.results, project=_project
)
@served
async def upscale(
    interaction: Interaction,
    image: Attachment | None = None,
    result: Name | None = None,
    scale: Range[float, 1.0, 16.0] | None = None,
    model: Name = "",
    format: Format | None = None,  # noqa: A002 - the option's public name
    project: Name | None = None,
    hidden: bool = False,
) -> None:
    """`/upscale`."""
    options = {"model": model, "scale": scale, "format": format, "project": project, "hidden": hidden}
    if result and not image:
        await _on_result(interaction, Capability.UPSCALE, result, "", options)
        return
    found, _ = sources(interaction, image)
    await _order(interaction, draft(Capability.UPSCALE, found, **options))


@command(command_texts.VIDEO)
@described(
    "prompt image result image2 image3 seconds model size aspect_ratio resolution seed negative style project"
    " hidden"
)
@app_commands.autocomplete(
    model=autocomplete.models_for(Capability.VIDEO),
    result=autocomplete.results,
    style=_style,
    project=_project,
    **_shapes,
)
@served
async def video(
    interaction: Interaction,
    prompt: Prompt,
    image: Attachment | None = None,
    result: Name | None = None,
    image2: Attachment | None = None,
    image3: Attachment | None = None,
    seconds: Range[float, 1.0, 60.0] | None = None,
    model: Name = "",
    size: Name | None = None,
    aspect_ratio: Name | None = None,
    resolution: Name | None = None,
    seed: Seed | None = None,
    negative: Negative | None = None,
    style: Name | None = None,
    project: Name | None = None,
    hidden: bool = False,
) -> None:
    """`/video`."""
    options = {
        "model": model, "seconds": seconds, "size": size, "aspect_ratio": aspect_ratio,
        "resolution": resolution, "seed": seed, "negative": negative, "style": style, "project": project,
        "hidden": hidden,
    }  # fmt: skip
    if result and not image:
        await _on_result(interaction, Capability.VIDEO, result, prompt, options)
        return
    found, _ = sources(interaction, image, image2, image3)
    await _order(interaction, draft(Capability.VIDEO, found, prompt=prompt, **options))


@command(command_texts.CHAT)
@described("prompt image model system temperature max_tokens style project hidden")
@app_commands.autocomplete(model=autocomplete.models_for(Capability.CHAT), style=_style, project=_project)
@served
async def chat(
    interaction: Interaction,
    prompt: Prompt,
    image: Attachment | None = None,
    model: Name = "",
    system: System | None = None,
    temperature: Range[float, 0.0, 2.0] | None = None,
    max_tokens: Range[int, 1, 100000] | None = None,
    style: Name | None = None,
    project: Name | None = None,
    hidden: bool = False,
) -> None:
    """`/chat`."""
    found, _ = sources(interaction, image)
    order = draft(
        Capability.CHAT,
        found,
        conversation=conversation_of(interaction),
        prompt=prompt,
        model=model,
        system=system,
        temperature=temperature,
        max_tokens=max_tokens,
        style=style,
        project=project,
        hidden=hidden,
    )
    await _order(interaction, order)


ORDERING = (generate, edit, upscale, video, chat)
