"""`/project`, `/style` and `/statement`. Discord hides them from members by default; the core asks again."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import Range

from adapters.common.place_lists.commands import PlaceLists
from adapters.discord.context import context_of
from adapters.discord.delivery.transport import Attachment, open_file
from adapters.discord.handlers import autocomplete
from adapters.discord.handlers.admin import IN_SERVERS, MANAGE, SERVER_ONLY
from adapters.discord.identity import actor_of
from adapters.discord.responses import Interaction, answer_privately, defer_privately, served
from adapters.discord.views import command_texts
from adapters.discord.views.markdown import escape
from adapters.discord.views.request import notice, with_files
from bot.core.request import Actor

Name = Range[str, 1, 60]
Month = Range[str, 7, 7]
_TEXT = 3500
"""Characters of one answer; a message of components takes 4,000."""


def _group(name: str, description: str) -> app_commands.Group:
    return app_commands.Group(
        name=name,
        description=description,
        default_permissions=MANAGE,
        allowed_contexts=SERVER_ONLY,
        allowed_installs=IN_SERVERS,
    )


project = _group("project", command_texts.PROJECT)
style = _group("style", command_texts.STYLE)
statement = _group("statement", command_texts.STATEMENT)


async def _begin(interaction: Interaction) -> tuple[PlaceLists, Actor]:
    await defer_privately(interaction)
    return PlaceLists(context_of(interaction).admin), await actor_of(interaction)


async def _answer(interaction: Interaction, text: str) -> None:
    await answer_privately(interaction, notice(escape(text, _TEXT)))


@project.command(name="list", description=command_texts.PROJECT_LIST)
@served
async def project_list(interaction: Interaction) -> None:
    """`/project list`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.projects(actor))


@project.command(name="add", description=command_texts.PROJECT_ADD)
@app_commands.describe(name=command_texts.NAME)
@served
async def project_add(interaction: Interaction, name: Name) -> None:
    """`/project add`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.add(actor, name))


@project.command(name="rename", description=command_texts.PROJECT_RENAME)
@app_commands.describe(project=command_texts.WHICH_ONE, name=command_texts.NAME)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def project_rename(interaction: Interaction, project: Name, name: Name) -> None:
    """`/project rename`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.rename(actor, project, name))


@project.command(name="close", description=command_texts.PROJECT_CLOSE)
@app_commands.describe(project=command_texts.WHICH_ONE)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def project_close(interaction: Interaction, project: Name) -> None:
    """`/project close`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.close(actor, project, is_closed=True))


@project.command(name="reopen", description=command_texts.PROJECT_REOPEN)
@app_commands.describe(project=command_texts.WHICH_ONE)
@app_commands.autocomplete(project=autocomplete.closed_projects)
@served
async def project_reopen(interaction: Interaction, project: Name) -> None:
    """`/project reopen`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.close(actor, project, is_closed=False))


@project.command(name="default", description=command_texts.PROJECT_DEFAULT)
@app_commands.describe(project=command_texts.PROJECT_OR_NONE)
@app_commands.autocomplete(project=autocomplete.projects)
@served
async def project_default(interaction: Interaction, project: Name) -> None:
    """`/project default`: for the channel that it is asked in."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.default(actor, project))


@style.command(name="list", description=command_texts.STYLE_LIST)
@served
async def style_list(interaction: Interaction) -> None:
    """`/style list`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.styles(actor))


@style.command(name="set", description=command_texts.STYLE_SET)
@app_commands.describe(
    name=command_texts.NAME,
    words=command_texts.STYLE_WORDS,
    model=command_texts.STYLE_MODEL,
    options=command_texts.STYLE_OPTIONS,
)
@app_commands.autocomplete(name=autocomplete.own_styles, model=autocomplete.models_for())
@served
async def style_set(
    interaction: Interaction,
    name: Name,
    words: Range[str, 1, 600],
    model: Range[str, 1, 100] | None = None,
    options: Range[str, 1, 300] | None = None,
) -> None:
    """`/style set`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.set_style(actor, name, words, model or "", options or ""))


@style.command(name="remove", description=command_texts.STYLE_REMOVE)
@app_commands.describe(name=command_texts.WHICH_ONE)
@app_commands.autocomplete(name=autocomplete.own_styles)
@served
async def style_remove(interaction: Interaction, name: Name) -> None:
    """`/style remove`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.remove_style(actor, name))


@statement.command(name="list", description=command_texts.STATEMENT_LIST)
@served
async def statement_list(interaction: Interaction) -> None:
    """`/statement list`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.statements(actor))


@statement.command(name="create", description=command_texts.STATEMENT_CREATE)
@app_commands.describe(month=command_texts.MONTH)
@served
async def statement_create(interaction: Interaction, month: Month | None = None) -> None:
    """`/statement create`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.create_statement(actor, month or ""))


@statement.command(name="show", description=command_texts.STATEMENT_SHOW)
@app_commands.describe(month=command_texts.MONTH)
@app_commands.autocomplete(month=autocomplete.closed_months)
@served
async def statement_show(interaction: Interaction, month: Month) -> None:
    """`/statement show`."""
    lists, actor = await _begin(interaction)
    found = await lists.statement(actor, month)
    files = [open_file(Attachment(name=one.name, source=one.data)) for one in found.files]
    shown = with_files(escape(found.text, _TEXT), [one.name for one in found.files])
    await answer_privately(interaction, shown, files=files)


@statement.command(name="verify", description=command_texts.STATEMENT_VERIFY)
@app_commands.describe(month=command_texts.MONTH)
@app_commands.autocomplete(month=autocomplete.closed_months)
@served
async def statement_verify(interaction: Interaction, month: Month) -> None:
    """`/statement verify`."""
    lists, actor = await _begin(interaction)
    await _answer(interaction, await lists.verify_statement(actor, month))


LISTING = (project, style, statement)
