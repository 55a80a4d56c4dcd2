"""`/budget` and `/settings`. Discord hides them from members by default; the core asks again every time."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Range

from adapters.common.amounts import amount_of
from adapters.common.audit.table import audit_csv
from adapters.common.audit.words import ACTS
from adapters.common.spending_table import as_csv
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Attachment, open_file
from adapters.discord.forms.budget import budget_form
from adapters.discord.handlers import autocomplete, pages
from adapters.discord.handlers.orders import Name
from adapters.discord.identity import actor_of, member_actor, scoped
from adapters.discord.intake.options import one_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import admin as admin_view
from adapters.discord.views import admin_texts, command_texts
from adapters.discord.views.request import notice
from bot.core.audit.entries import Act, AuditFilter
from bot.core.errors import InvalidOrder
from bot.core.identity import DAY_US
from bot.core.ledger import EVERYONE, GUESTS, Scope
from bot.core.windows import Window
from bot.use_cases.reports import AUDIT_MAX

Amount = Range[str, 1, 30]
MANAGE = discord.Permissions(manage_guild=True)
SERVER_ONLY = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
IN_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
_WINDOW_CHOICES = [
    app_commands.Choice(name=label, value=window.value) for window, label in command_texts.WINDOWS.items()
]

_ACT_CHOICES = [app_commands.Choice(name=label, value=act.value) for act, label in ACTS.items()]

budget = app_commands.Group(
    name="budget",
    description=command_texts.BUDGET,
    default_permissions=MANAGE,
    allowed_contexts=SERVER_ONLY,
    allowed_installs=IN_SERVERS,
)


@budget.command(name="set", description=command_texts.BUDGET_SET)
@app_commands.describe(
    amount=command_texts.BUDGET_AMOUNT,
    window=command_texts.BUDGET_WINDOW,
    member=command_texts.BUDGET_MEMBER,
    role=command_texts.BUDGET_ROLE,
    channel=command_texts.BUDGET_CHANNEL,
    project=command_texts.BUDGET_PROJECT,
    server=command_texts.BUDGET_SERVER,
    guests=command_texts.BUDGET_GUESTS,
)
@app_commands.choices(window=_WINDOW_CHOICES)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def budget_set(
    interaction: Interaction,
    amount: Amount | None = None,
    window: str = "month",
    member: discord.User | None = None,
    role: discord.Role | None = None,
    channel: discord.TextChannel | discord.VoiceChannel | None = None,
    project: Name | None = None,
    server: bool = False,
    guests: bool = False,
) -> None:
    """`/budget set`; without anything it is for, it is every member's default."""
    context, actor = context_of(interaction), await actor_of(interaction)
    if amount is None:
        await interaction.response.send_modal(budget_form(await context.admin.tenant(actor)))
        return
    await defer_privately(interaction)
    targets: list[tuple[Scope, str]] = [(Scope.TENANT, "")] if server else []
    targets += [(Scope.PERSON, scoped(member.id))] if member else []
    targets += [(Scope.ROLE, scoped(role.id))] if role else []
    targets += [(Scope.ROLE, GUESTS)] if guests else []
    targets += [(Scope.CHANNEL, scoped(channel.id))] if channel else []
    targets += [(Scope.PROJECT, project)] if project else []
    if len(targets) > 1:
        raise InvalidOrder(admin_texts.one_kind_of_budget())
    scope, subject = targets[0] if targets else (Scope.PERSON, EVERYONE)
    made = await context.admin.set_budget(
        actor, scope, subject, one_of(Window, window, "window"), amount_of(amount, "amount")
    )
    await answer_privately(interaction, admin_view.budget_set(made))


@budget.command(name="show", description=command_texts.BUDGET_SHOW)
@served
async def budget_show(interaction: Interaction) -> None:
    """`/budget show`."""
    await answer_privately(
        interaction, await pages.budgets(context_of(interaction), await actor_of(interaction))
    )


@budget.command(name="why", description=command_texts.BUDGET_WHY)
@app_commands.describe(member=command_texts.WHOM, project=command_texts.WHY_PROJECT)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def budget_why(interaction: Interaction, member: discord.User, project: Name = "") -> None:
    """`/budget why`: asked in a channel, that channel's budgets are told too."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    if isinstance(member, discord.Member):
        about = member_actor(member, actor)
        found = await context.admin.why(actor, about, project)
    else:
        about = await context.admin.as_last_seen(actor, scoped(member.id), actor.channel)
        found = await context.admin.why(actor, about, project)
    await answer_privately(interaction, admin_view.why(found))


@budget.command(name="remove", description=command_texts.BUDGET_REMOVE)
@app_commands.describe(budget=command_texts.WHICH_ONE)
@app_commands.autocomplete(budget=autocomplete.budgets)
@served
async def budget_remove(interaction: Interaction, budget: Name) -> None:
    """`/budget remove`."""
    await defer_privately(interaction)
    await context_of(interaction).admin.remove_budget(await actor_of(interaction), budget)
    await answer_privately(interaction, notice(admin_texts.removed()))


@budget.command(name="grant", description=command_texts.BUDGET_GRANT)
@app_commands.describe(
    budget=command_texts.GRANT_BUDGET,
    amount=command_texts.GRANT_AMOUNT,
    member=command_texts.GRANT_MEMBER,
)
@app_commands.autocomplete(budget=autocomplete.budgets)
@served
async def budget_grant(
    interaction: Interaction, budget: Name, amount: Amount, member: discord.User | None = None
) -> None:
    """`/budget grant`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    micros = amount_of(amount, "amount")
    await context.admin.grant(actor, budget, scoped(member.id) if member else "", micros)
    await answer_privately(
        interaction, admin_view.granted(micros, f"<@{member.id}>" if member else admin_texts.this_budget())
    )


@budget.command(name="report", description=command_texts.BUDGET_REPORT)
@app_commands.describe(days=command_texts.REPORT_DAYS)
@served
async def budget_report(interaction: Interaction, days: Range[int, 1, 366] = 30) -> None:
    """`/budget report`."""
    context, actor = context_of(interaction), await actor_of(interaction)
    found = await context.admin.report(actor, days=days)
    table = Attachment(name="spending.csv", source=as_csv(found.spending))
    files = [open_file(table)] if found.spending.rows else []
    await answer_privately(interaction, admin_view.report(found), files=files)


@app_commands.command(description=command_texts.SETTINGS)
@app_commands.default_permissions(MANAGE)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@served
async def settings(interaction: Interaction) -> None:
    """`/settings`."""
    await answer_privately(
        interaction, await pages.settings(context_of(interaction), await actor_of(interaction))
    )


@app_commands.command(description=command_texts.AUDIT)
@app_commands.describe(
    member=command_texts.AUDIT_MEMBER, kind=command_texts.AUDIT_KIND, days=command_texts.AUDIT_DAYS
)
@app_commands.choices(kind=_ACT_CHOICES)
@app_commands.default_permissions(MANAGE)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@served
async def audit(
    interaction: Interaction,
    member: discord.User | None = None,
    kind: str = "",
    days: Range[int, 1, 3660] | None = None,
) -> None:
    """`/audit`: the newest lines, and all of them as a file."""
    context, actor = context_of(interaction), await actor_of(interaction)
    await defer_privately(interaction)
    since = context.service.clock.now() - days * DAY_US if days else 0
    act = one_of(Act, kind, "kind") if kind else None
    wanted = AuditFilter(person=scoped(member.id) if member else "", act=act, since=since)
    found = await context.admin.audit(actor, wanted, limit=AUDIT_MAX)
    table = Attachment(name="audit.csv", source=audit_csv(found.entries, found.names))
    files = [open_file(table)] if found.entries else []
    await answer_privately(interaction, admin_view.audit(found, wanted, file=True), files=files)


ADMINISTERING = (budget, settings, audit)
