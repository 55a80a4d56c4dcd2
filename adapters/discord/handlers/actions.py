"""What a press on a lasting button does. Who presses and what may be done is looked up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.discord.context import AdapterContext, context_of
from adapters.discord.forms import budget as budget_form
from adapters.discord.forms import modals
from adapters.discord.forms import settings as settings_form
from adapters.discord.forms.modals import SubmittedForm
from adapters.discord.forms.place_names import name_fields, names_in
from adapters.discord.handlers import (
    approvals,
    context_menus,
    homes,
    links,
    notices,
    pages,
    posting,
    results,
    talk,
)
from adapters.discord.handlers import prices as price_commands
from adapters.discord.handlers.context_menus import seconds_of
from adapters.discord.identity import actor_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, redraw
from adapters.discord.submission import AnswerTarget
from adapters.discord.views import request as request_view
from adapters.discord.views import texts
from adapters.discord.views import unknown as unknown_view
from bot.core.capability import Capability
from bot.core.drafts import changes_of
from bot.core.errors import InvalidOrder, NotFound
from bot.core.events import Progressed
from bot.core.money import Micros
from bot.core.order_rules import alternative, changed
from bot.core.request import Request, State

Verb = Callable[[Interaction, str, int], Awaitable[None]]


async def pressed(interaction: Interaction, verb: str, subject: str, number: int) -> None:
    """A button. Raises NotFound for one that an older version drew."""
    work = VERBS.get(verb)
    if work is None:
        raise NotFound(texts.outdated_button())
    await work(interaction, subject, number)


async def sent_in(interaction: Interaction, form: SubmittedForm) -> None:
    """A form."""
    work = FORMS.get(form.verb)
    if work is None:
        raise NotFound(texts.outdated_form())
    await work(interaction, form)


# going on


async def confirm(interaction: Interaction, request_id: str, number: int) -> None:
    """Agree to the price that the button shows; buttons of older versions do not carry it."""
    await interaction.response.defer()
    shown = Micros(number) if number else None
    service, actor = context_of(interaction).service, await actor_of(interaction)
    await service.confirm(actor, request_id, shown)
    request = await service.request(actor, request_id)
    if request.state is not State.AWAITING_CONFIRMATION:  # else a higher price is on a new button already
        await redraw(interaction, request_view.progress(Progressed(request=request)))


async def cancel(interaction: Interaction, request_id: str, _number: int) -> None:
    """Stop."""
    await stop(interaction, request_id, texts.stopping())


async def stop(interaction: Interaction, request_id: str, said: str) -> None:
    """Cancel a request, by a button or by command; `said` is the answer, in private."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    await context.service.cancel(actor, request_id)
    context.recent_requests.changed(actor)
    await answer_privately(interaction, request_view.notice(said))


async def settle(interaction: Interaction, request_id: str, _number: int) -> None:
    """An admin ends a request with an unknown outcome."""
    await defer_privately(interaction)
    ended = await context_of(interaction).admin.settle_unknown(await actor_of(interaction), request_id)
    await answer_privately(interaction, unknown_view.ended(ended))


async def again(interaction: Interaction, request_id: str, _number: int) -> None:
    """The same once more."""
    await _repeat(interaction, request_id, lambda _old: {})


async def use_alternative(interaction: Interaction, request_id: str, number: int) -> None:
    """The same order, changed as the refusal offered."""
    await _repeat(interaction, request_id, lambda old: alternative(old, number - 1))


async def _repeat(
    interaction: Interaction, request_id: str, change: Callable[[Request], Mapping[str, Any]]
) -> None:
    context, actor = context_of(interaction), await actor_of(interaction)
    old = await context.service.reusable(actor, request_id)
    changes = change(old)

    async def accept(where: AnswerTarget) -> Request:
        return await context.service.repeat(actor, request_id, changes=changes, **where)

    await _derived(interaction, context, changed(old.order, {**changes, "history": ()}), accept)


async def vary(interaction: Interaction, request_id: str, _number: int) -> None:
    """The same with another seed."""
    await _vary(interaction, request_id, {})


async def _vary(interaction: Interaction, request_id: str, changes: dict[str, Any]) -> None:
    context, actor = context_of(interaction), await actor_of(interaction)
    old = await context.service.reusable(actor, request_id)

    async def accept(where: AnswerTarget) -> Request:
        model = changes.get("model")
        if model and model != old.order.model:
            return await context.service.repeat(actor, request_id, changes={**changes, "seed": None}, **where)
        return await context.service.vary(actor, request_id, changes=changes, **where)

    await _derived(interaction, context, changed(old.order, changes), accept)


async def upscale(interaction: Interaction, request_id: str, number: int) -> None:
    """Enlarge one picture of a result."""
    await _on_result(interaction, request_id, max(1, number), Capability.UPSCALE, "", {})


async def _on_result(
    interaction: Interaction,
    request_id: str,
    number: int,
    capability: Capability,
    prompt: str,
    changes: dict[str, Any],
) -> None:
    context, actor = context_of(interaction), await actor_of(interaction)
    old = await context.service.reusable(actor, request_id)
    if not 1 <= number <= len(old.assets):
        raise InvalidOrder(texts.no_such_picture_in_result(), field="image")

    async def accept(where: AnswerTarget) -> Request:
        picture = await results.platform_copy(interaction, context, old, number - 1)
        return await context.service.from_result(
            actor,
            request_id,
            number - 1,
            capability,
            prompt=prompt,
            changes=changes,
            picture=picture,
            **where,
        )

    await _derived(
        interaction, context, results.on_result(old.assets[number - 1], capability, prompt, changes), accept
    )


async def _derived(interaction: Interaction, context: AdapterContext, order: Any, accept: Any) -> None:
    await context.submission.derived(interaction, order, accept)
    context.recent_requests.changed(await actor_of(interaction))


# forms about a result


async def remix(interaction: Interaction, request_id: str, _number: int) -> None:
    """Open "vary with changes"."""
    request = await results.seen(interaction, request_id)
    names = await name_fields(interaction, request.capability, request.order, repeats=True)
    await interaction.response.send_modal(modals.remix(request, names))


async def edit(interaction: Interaction, request_id: str, _number: int) -> None:
    """Open "edit"."""
    request = await results.seen(interaction, request_id)
    names = await name_fields(interaction, Capability.EDIT, request.order)
    await interaction.response.send_modal(modals.edit(request, names))


async def animate(interaction: Interaction, request_id: str, _number: int) -> None:
    """Open "animate"."""
    request = await results.seen(interaction, request_id)
    names = await name_fields(interaction, Capability.VIDEO, request.order)
    await interaction.response.send_modal(modals.animate(request, names))


async def remixed(interaction: Interaction, form: SubmittedForm) -> None:
    """ "Vary with changes" was sent in."""
    changes = {"prompt": form.text("prompt"), "model": form.text("model"), **names_in(form)}
    await _vary(interaction, form.subject, {name: value for name, value in changes.items() if value})


async def edited(interaction: Interaction, form: SubmittedForm) -> None:
    """ "Edit" was sent in."""
    number, changes = form.picture(), changes_of(Capability.EDIT, names_in(form))
    await _on_result(interaction, form.subject, number, Capability.EDIT, form.text("prompt"), changes)


async def animated(interaction: Interaction, form: SubmittedForm) -> None:
    """ "Animate" was sent in."""
    changes = changes_of(Capability.VIDEO, {**seconds_of(form), **names_in(form)})
    number = form.picture()
    await _on_result(interaction, form.subject, number, Capability.VIDEO, form.text("prompt"), changes)


VERBS: dict[str, Verb] = {
    "confirm": confirm,
    "cancel": cancel,
    "settle": settle,
    "again": again,
    "model": use_alternative,
    "run": price_commands.run,
    "vary": vary,
    "upscale": upscale,
    "remix": remix,
    "edit": edit,
    "animate": animate,
    "details": results.details,
    "more": results.details,
    "delete": results.delete,
    "use": results.use,
    "post": posting.post_again,
    "home": homes.pressed,
    "link": links.pressed,
    "ask": approvals.ask,
    "approve": approvals.approve,
    "deny": approvals.deny,
    "set": settings_form.opened,
    "page": pages.turned,
    "plan": talk.agree,
    "drop": talk.drop,
    "choose": talk.choose,
    "meant": talk.meant,
    "unwanted": talk.unwanted,
    "compare": talk.compare,
    "quiet": notices.quiet,
    "digest": notices.digest_settings,
}
FORMS: dict[str, Callable[[Interaction, SubmittedForm], Awaitable[None]]] = {
    "remix": remixed,
    "edit": edited,
    "animate": animated,
    "edit_at": context_menus.submitted,
    "animate_at": context_menus.submitted,
    "ask_at": context_menus.asked,
    "set": settings_form.sent_in,
    "budget": budget_form.budget_sent_in,
}
