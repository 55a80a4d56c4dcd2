"""`/estimate` and `/compare`: prices that run nothing, and the buttons under them that do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from discord import Attachment, app_commands
from discord.app_commands import Range

from adapters.discord.context import context_of
from adapters.discord.handlers import autocomplete
from adapters.discord.handlers.orders import Name, Prompt
from adapters.discord.identity import actor_of
from adapters.discord.intake.options import command, conversation_of, described, one_of, sources
from adapters.discord.intake.saved_offers import Offer
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.submission import AnswerTarget
from adapters.discord.views import command_texts, texts
from adapters.discord.views import lists as list_view
from adapters.discord.views.lists import PriceButton
from bot.core.capability import Capability, about
from bot.core.errors import NotFound
from bot.core.presses import press_of
from bot.core.prices.pricing import AskPrice
from bot.core.request import Order, Request
from bot.use_cases.quotes import COMPARE_MAX

ABILITIES = [
    app_commands.Choice(name=app_commands.locale_str(ability.value, typed="yes"), value=ability.value)
    for ability in Capability
]
_SIZES = autocomplete.values_for("size")


@command(command_texts.ESTIMATE)
@described("capability prompt image model size n seconds scale style project")
@app_commands.choices(capability=ABILITIES)
@app_commands.autocomplete(
    model=autocomplete.models_for(),
    size=_SIZES,
    style=autocomplete.own_styles,
    project=autocomplete.projects,
)
@served
async def estimate(
    interaction: Interaction,
    capability: str,
    prompt: Prompt | None = None,
    image: Attachment | None = None,
    model: Name = "",
    size: Name | None = None,
    n: Range[int, 1, 10] | None = None,
    seconds: Range[float, 1.0, 60.0] | None = None,
    scale: Range[float, 1.0, 16.0] | None = None,
    style: Name | None = None,
    project: Name | None = None,
) -> None:
    """`/estimate`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    more = {"size": size, "n": n, "seconds": seconds, "scale": scale, "style": style, "project": project}
    offer = _offer(interaction, capability, prompt, image, **more)
    order, pictures = await _filled(interaction, offer, model)
    order = await context.submission.check(actor, order)
    quote = await context.service.quotes.estimate(actor, order, pictures)
    rooms = await context.service.balance(actor)
    run = await _run(interaction, replace(offer, models=(order.model,)))
    await answer_privately(interaction, list_view.estimate(order, quote.price, quote.provider, rooms, run))


@app_commands.command(description=command_texts.COMPARE)
@described("capability prompt image model model2 model3 model4 model5 size n seconds scale style project")
@app_commands.choices(capability=ABILITIES)
@app_commands.autocomplete(
    size=_SIZES,
    style=autocomplete.own_styles,
    project=autocomplete.projects,
    model=autocomplete.models_for(),
    model2=autocomplete.models_for(),
    model3=autocomplete.models_for(),
    model4=autocomplete.models_for(),
    model5=autocomplete.models_for(),
)
@served
async def compare(
    interaction: Interaction,
    capability: str,
    prompt: Prompt | None = None,
    image: Attachment | None = None,
    model: Name | None = None,
    model2: Name | None = None,
    model3: Name | None = None,
    model4: Name | None = None,
    model5: Name | None = None,
    size: Name | None = None,
    n: Range[int, 1, 10] | None = None,
    seconds: Range[float, 1.0, 60.0] | None = None,
    scale: Range[float, 1.0, 16.0] | None = None,
    style: Name | None = None,
    project: Name | None = None,
) -> None:
    """`/compare`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    names = [name for name in (model, model2, model3, model4, model5) if name]
    if not names:
        offered = await context.service.models(actor, "", one_of(Capability, capability, "capability"))
        names = [item.id for item in offered[:COMPARE_MAX]]
    more = {"size": size, "n": n, "seconds": seconds, "scale": scale, "style": style, "project": project}
    offer = _offer(interaction, capability, prompt, image, **more)
    order, pictures = await _filled(interaction, offer, "")
    quotes = await context.service.quotes.compare(actor, order, names, pictures)
    run = await _run(interaction, replace(offer, models=tuple(quote.model for quote in quotes)))
    await answer_privately(interaction, list_view.comparison(offer.capability, offer.prompt, quotes, run))


def _offer(
    interaction: Interaction, name: str, prompt: str | None, image: Attachment | None, **options: Any
) -> Offer:
    """What is asked about, with those options that the capability has. Raises BadImage."""
    capability = one_of(Capability, name, "capability")
    found, _ = sources(interaction, image)
    fitting = {
        name: value
        for name, value in options.items()
        if name in about(capability).options and value is not None
    }
    said = prompt or "" if about(capability).takes_prompt else ""
    return Offer(capability=capability, prompt=said, options=fitting, pictures=found)


async def _filled(interaction: Interaction, offer: Offer, model: str) -> tuple[Order, dict[str, bytes]]:
    """An order ready to be priced; what it lacks to be checked is refused before anything is fetched."""
    order = offer.order(model)
    await defer_privately(interaction)
    return await context_of(interaction).pictures.fill(order)


async def _run(interaction: Interaction, offer: Offer) -> PriceButton | None:
    """What the buttons need to run it; None where a prompt is missing."""
    if not offer.complete:
        return None
    subject = str(interaction.id)
    until = await context_of(interaction).offers.keep(subject, (await actor_of(interaction)).person, offer)
    return PriceButton(subject=subject, until=until)


async def run(interaction: Interaction, subject: str, number: int) -> None:
    """A price was pressed: the order on that model, from the beginning."""
    context, actor = context_of(interaction), await actor_of(interaction)
    offer = await context.offers.recall(subject, actor)
    if not 1 <= number <= len(offer.models):
        raise NotFound(texts.no_such_model())
    press, model = press_of(actor, subject, f"run:{number}"), offer.models[number - 1]
    if offer.message:
        await _run_spoken(interaction, offer.message, model, press)
        return
    order = offer.order(model, conversation=conversation_of(interaction))

    async def accept(where: AnswerTarget) -> Request:
        agreed: AnswerTarget = {**where, "ask_price": AskPrice.ABOVE}  # the button had the price on it
        return await context.submission.submit(actor, order, agreed, press=press)

    await context.submission.derived(interaction, order, accept)
    context.recent_requests.changed(actor)


async def _run_spoken(interaction: Interaction, message_id: str, model: str, press: str) -> None:
    """The order whose prices a message asked for, on the picture of its conversation that it meant."""
    context, actor = context_of(interaction), await actor_of(interaction)
    order, note = await context.talk.priced(actor, message_id)
    order = replace(order, model=model)
    uses = (note.picture,) if note.picture else ()

    async def accept(where: AnswerTarget) -> Request:
        agreed: AnswerTarget = {**where, "ask_price": AskPrice.ABOVE}
        return await context.service.submit(actor, order, press=press, uses=uses, **agreed)

    await context.submission.derived(interaction, order, accept)
    context.recent_requests.changed(actor)


PRICING = (estimate, compare)
