"""`project` and `style`: what the admins of a place do in chat, for the operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from adapters.cli.operations.as_json import Json, say_json
from adapters.cli.settings import as_operator
from adapters.common.place_lists.commands import PlaceLists
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.core.request import Actor
from bot.core.tenant import Tenant

project_app = typer.Typer(no_args_is_help=True, help="Projects: what orders are for.")
style_app = typer.Typer(no_args_is_help=True, help="Styles: words around prompts, under names.")

T = TypeVar("T")
Place = Annotated[str, typer.Argument(help="Server or workspace, such as discord:123 or slack:T123.")]
Name = Annotated[str, typer.Argument(help="Its name.")]


def _said(place: str, work: Callable[[PlaceLists, Actor], Awaitable[str]], *, models: bool = False) -> None:
    """Do it and print the answer. Exits with 2 for what is refused."""
    try:
        typer.echo(as_operator(place, models, lambda admin, actor: work(PlaceLists(admin), actor)))
    except GatewayError as error:
        typer.echo(f"The gateway's models cannot be read: {error.message}", err=True)
        raise typer.Exit(2) from None
    except BotError as error:
        raise typer.BadParameter(error.message) from None


def _tenant(place: str) -> Tenant:
    return as_operator(place, False, lambda admin, actor: admin.tenant(actor))


@project_app.command("list")
def project_list(place: Place, json: Json = False) -> None:
    """Show all projects of a place."""
    if json:
        say_json(*map(asdict, _tenant(place).projects))
        return
    _said(place, lambda lists, actor: lists.projects(actor))


@project_app.command("add")
def project_add(place: Place, name: Name) -> None:
    """Add a project."""
    _said(place, lambda lists, actor: lists.add(actor, name))


@project_app.command("rename")
def project_rename(
    place: Place, name: Name, new: Annotated[str, typer.Argument(help="The name from now on.")]
) -> None:
    """Give a project another name; what was spent stays with it."""
    _said(place, lambda lists, actor: lists.rename(actor, name, new))


@project_app.command("close")
def project_close(place: Place, name: Name) -> None:
    """Close a project: it takes no more orders."""
    _said(place, lambda lists, actor: lists.close(actor, name, is_closed=True))


@project_app.command("reopen")
def project_reopen(place: Place, name: Name) -> None:
    """Let a closed project take orders again."""
    _said(place, lambda lists, actor: lists.close(actor, name, is_closed=False))


@project_app.command("default")
def project_default(
    place: Place,
    name: Name,
    channel: Annotated[str, typer.Option(help="Channel id with its platform, such as discord:42.")],
) -> None:
    """Set the project of a channel's orders when nobody says one; none for none."""
    _said(place, lambda lists, actor: lists.default(actor, name, channel))


@style_app.command("list")
def style_list(place: Place, json: Json = False) -> None:
    """Show all styles of a place."""
    if json:
        say_json(*map(asdict, _tenant(place).styles))
        return
    _said(place, lambda lists, actor: lists.styles(actor))


@style_app.command("set")
def style_set(
    place: Place,
    name: Name,
    words: Annotated[str, typer.Argument(help="Words, with {prompt} where the person's own go.")],
    model: Annotated[str, typer.Option(help="The model where the person names none.")] = "",
    options: Annotated[str, typer.Option(help="Further options: '--size 1024x1024 --quality high'.")] = "",
) -> None:
    """Add a style, or change one."""
    _said(place, lambda lists, actor: lists.set_style(actor, name, words, model, options), models=bool(model))


@style_app.command("remove")
def style_remove(place: Place, name: Name) -> None:
    """Remove a style; orders that were accepted with it stay as they are."""
    _said(place, lambda lists, actor: lists.remove_style(actor, name))
