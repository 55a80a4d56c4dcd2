"""Slash commands that spend nothing: prices, models, balance, history, cancel, forget, help. All answers
are for the asker alone.
"""

from __future__ import annotations

from typing import Any, Literal

from discord import Attachment, app_commands
from discord.app_commands import Range

from adapters.discord import autocomplete, listings, render
from adapters.discord.answers import Interaction, ponder, served, whisper
from adapters.discord.commands import Prompt
from adapters.discord.desk import desk_of
from adapters.discord.drafts import conversation_of, described, draft, sources
from adapters.discord.people import actor_of
from bot.request import Capability, Order

Ability = Literal["generate", "edit", "upscale", "chat", "video"]
_SIZES = autocomplete.values_for("size")


async def _filled(
    interaction: Interaction, capability: str, image: Attachment | None, **options: Any
) -> tuple[Order, dict[str, bytes]]:
    """An order ready to be priced; what it lacks to be checked is refused before anything is fetched."""
    desk = desk_of(interaction)
    found, _ = sources(interaction, image)
    if capability == Capability.UPSCALE:
        options.pop("prompt", None)
    order = draft(Capability(capability), found, **options)
    await ponder(interaction)
    return await desk.pictures.fill(order)


@app_commands.command(description="What it would cost, without running it")
@described("capability prompt image model size n seconds scale")
@app_commands.autocomplete(model=autocomplete.models_for(), size=_SIZES)
@served
async def estimate(
    interaction: Interaction,
    capability: Ability,
    prompt: Prompt = "a picture",
    image: Attachment | None = None,
    model: str = "",
    size: str | None = None,
    n: Range[int, 1, 10] | None = None,
    seconds: Range[float, 1.0, 60.0] | None = None,
    scale: Range[float, 1.0, 16.0] | None = None,
) -> None:
    """`/estimate`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    options = _fitting(capability, size=size, n=n, seconds=seconds, scale=scale)
    order, pictures = await _filled(interaction, capability, image, prompt=prompt, model=model, **options)
    order = await desk.asking.check(actor, order)
    quote = await desk.service.quotes.estimate(actor, order, pictures)
    rooms = await desk.service.balance(actor)
    await whisper(interaction, listings.estimate(order, quote.price, quote.provider, rooms))


@app_commands.command(description="The same order's price on up to five models")
@described("capability prompt image model model2 model3 model4 model5 size n seconds scale")
@app_commands.autocomplete(
    size=_SIZES,
    model=autocomplete.models_for(),
    model2=autocomplete.models_for(),
    model3=autocomplete.models_for(),
    model4=autocomplete.models_for(),
    model5=autocomplete.models_for(),
)
@served
async def compare(
    interaction: Interaction,
    capability: Ability,
    prompt: Prompt = "a picture",
    image: Attachment | None = None,
    model: str | None = None,
    model2: str | None = None,
    model3: str | None = None,
    model4: str | None = None,
    model5: str | None = None,
    size: str | None = None,
    n: Range[int, 1, 10] | None = None,
    seconds: Range[float, 1.0, 60.0] | None = None,
    scale: Range[float, 1.0, 16.0] | None = None,
) -> None:
    """`/compare`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    names = [name for name in (model, model2, model3, model4, model5) if name]
    if not names:
        names = [item.id for item in (await desk.service.models(actor, "", Capability(capability)))[:5]]
    options = _fitting(capability, size=size, n=n, seconds=seconds, scale=scale)
    order, pictures = await _filled(interaction, capability, image, prompt=prompt, **options)
    quotes = await desk.service.quotes.compare(actor, order, names, pictures)
    await whisper(interaction, listings.comparison(order, quotes))


def _fitting(capability: str, **options: Any) -> dict[str, Any]:
    """The options that the capability has."""
    takes = {
        Capability.GENERATE: {"size", "n"},
        Capability.EDIT: {"size", "n"},
        Capability.UPSCALE: {"scale"},
        Capability.VIDEO: {"size", "seconds", "n"},
        Capability.CHAT: set[str](),
    }[Capability(capability)]
    return {name: value for name, value in options.items() if name in takes}


@app_commands.command(description="Models you can use here, with what they start at")
@app_commands.describe(capability="Only models that can do this", search="Only models whose name holds this")
@served
async def models(interaction: Interaction, capability: Ability | None = None, search: str = "") -> None:
    """`/models`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    wanted = Capability(capability) if capability else None
    found = await desk.service.models(actor, search, wanted)
    tenant = await desk.service.tenant(actor.tenant)
    await whisper(interaction, listings.models(found, wanted, tenant.defaults))


@app_commands.command(description="What you may still spend here, and until when")
@served
async def balance(interaction: Interaction) -> None:
    """`/balance`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    rooms = await desk.service.balance(actor)
    running = await desk.service.running(actor)
    await whisper(interaction, listings.balance(rooms, running))


@app_commands.command(description="Your last requests, what they cost and where they are")
@app_commands.describe(everyone="Everybody's requests, for admins")
@served
async def history(interaction: Interaction, everyone: bool = False) -> None:
    """`/history`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    requests = await desk.service.history(actor, everyone=everyone, limit=15)
    await whisper(interaction, listings.history(requests, everyone=everyone))


@app_commands.command(description="Stop one of your requests")
@app_commands.describe(request="Which one")
@app_commands.autocomplete(request=autocomplete.unfinished)
@served
async def cancel(interaction: Interaction, request: str) -> None:
    """`/cancel`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    await ponder(interaction)
    await desk.service.cancel(actor, request)
    desk.recents.changed(actor)
    await whisper(
        interaction, render.notice("I am stopping it. Its message will say what it cost, if anything.")
    )


@app_commands.command(description="Forget what we have talked about here")
@served
async def forget(interaction: Interaction) -> None:
    """`/forget`."""
    desk, actor = desk_of(interaction), actor_of(interaction)
    await ponder(interaction)
    turns = await desk.service.forget(actor, conversation_of(interaction))
    said = f"Forgotten: {turns} messages." if turns else "There was nothing to forget here."
    await whisper(interaction, render.notice(said))


@app_commands.command(name="help", description="What I can do and how to ask for it")
@served
async def help_(interaction: Interaction) -> None:
    """`/help`."""
    await whisper(interaction, listings.help_card(is_admin=actor_of(interaction).is_admin))


INFORMING = (estimate, compare, models, balance, history, cancel, forget, help_)
