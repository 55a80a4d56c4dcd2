"""`project` and `style`: what the admins of a place do in chat, for the operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer

from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.failures import unreadable
from adapters.cli.settings import as_operator
from adapters.common.place_lists import texts
from adapters.common.place_lists.commands import PlaceLists
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.core.place_lists.projects import Project
from bot.core.place_lists.styles import Style
from bot.core.request import Actor
from bot.use_cases.admin import Admin

project_app = typer.Typer(no_args_is_help=True, help="Projects: what orders are for.")
style_app = typer.Typer(no_args_is_help=True, help="Styles: words around prompts, under names.")

T = TypeVar("T")
Place = Annotated[str, typer.Argument(help="Server or workspace, such as discord:123 or slack:T123.")]
Name = Annotated[str, typer.Argument(help="Its name.")]


def _done(place: str, work: Callable[[Admin, Actor], Awaitable[T]], *, models: bool = False) -> T:
    """Do it as the operator. Raises BadParameter for what is refused."""
    try:
        return as_operator(place, models, work)
    except GatewayError as error:
        raise unreadable("models", error) from None
    except BotError as error:
        raise typer.BadParameter(error.message) from None


def _show(text: str, facts: Iterable[Mapping[str, Any]], *, json: bool) -> None:
    if json:
        say_json(*facts)
    else:
        typer.echo(text)


def _projects(place: str, work: Callable[[Admin, Actor], Awaitable[list[Project]]], *, json: bool) -> None:
    """Do it and print all projects of the place as they are then."""
    known = _done(place, work)
    _show(texts.projects(known), map(asdict, known), json=json)


@project_app.command("list")
def project_list(place: Place, json: Json = False) -> None:
    """Show all projects of a place."""
    _projects(place, lambda admin, actor: admin.projects.all(actor), json=json)


@project_app.command("add")
def project_add(place: Place, name: Name, json: Json = False) -> None:
    """Add a project."""
    _projects(place, lambda admin, actor: admin.projects.add(actor, name), json=json)


@project_app.command("rename")
def project_rename(
    place: Place,
    name: Name,
    new: Annotated[str, typer.Argument(help="The name from now on.")],
    json: Json = False,
) -> None:
    """Give a project another name; what was spent stays with it."""
    _projects(place, lambda admin, actor: admin.projects.rename(actor, name, new), json=json)


@project_app.command("close")
def project_close(place: Place, name: Name, json: Json = False) -> None:
    """Close a project: it takes no more orders."""
    _projects(place, lambda admin, actor: admin.projects.close(actor, name, is_closed=True), json=json)


@project_app.command("reopen")
def project_reopen(place: Place, name: Name, json: Json = False) -> None:
    """Let a closed project take orders again."""
    _projects(place, lambda admin, actor: admin.projects.close(actor, name, is_closed=False), json=json)


@project_app.command("default")
def project_default(
    place: Place,
    name: Name,
    channel: Annotated[str, typer.Option(help="Channel id with its platform, such as discord:42.")],
    json: Json = False,
) -> None:
    """Set the project of a channel's orders when nobody says one; the name none ends that."""
    made = _done(place, lambda admin, actor: admin.projects.set_default(actor, channel, name))
    facts = {"channel": channel, "project": asdict(made) if made else None}
    say(texts.default_set(made), facts, json=json)


@style_app.command("list")
def style_list(place: Place, json: Json = False) -> None:
    """Show all styles of a place."""
    known = _done(place, lambda admin, actor: admin.styles.all(actor))
    _show(texts.styles(known), map(asdict, known), json=json)


@style_app.command("set")
def style_set(
    place: Place,
    name: Name,
    words: Annotated[str, typer.Argument(help="Words, with {prompt} where the person's own go.")],
    model: Annotated[str, typer.Option(help="The model where the person names none.")] = "",
    options: Annotated[str, typer.Option(help="Further options: '--size 1024x1024 --quality high'.")] = "",
    json: Json = False,
) -> None:
    """Add a style, or change one."""

    async def work(admin: Admin, actor: Actor) -> Style:
        return await PlaceLists(admin).made_style(actor, name, words, model, options)

    made = _done(place, work, models=bool(model))
    say(texts.style_set(made), asdict(made), json=json)


@style_app.command("remove")
def style_remove(place: Place, name: Name, json: Json = False) -> None:
    """Remove a style; orders that were accepted with it stay as they are."""
    _done(place, lambda admin, actor: admin.styles.remove(actor, name))
    say(texts.style_removed(), {"place": place, "removed": name}, json=json)
