"""Forms, and what was filled in.

discord.py keeps open forms in memory only, so a form open across a restart would be dropped without a
word. Here a form's id says what it is for, like a button's, and its values are read from the submission
itself: a form opened before a restart is served after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from adapters.common import shared_texts
from adapters.discord.intake.attachments import Source
from adapters.discord.intake.marks import plain_words
from adapters.discord.intake.options import PictureUpload
from adapters.discord.intake.said import names_of
from adapters.discord.views import form_texts
from adapters.discord.views.markdown import clamp
from bot.core.errors import InvalidOrder
from bot.core.request import Request

FORM_LIFE_S = 900
FIELD_MOST = 4000

FORM_ID = re.compile(r"form:(?P<verb>[a-z_]{2,20}):(?P<subject>[A-Za-z0-9_.\-]{0,70})")


@dataclass(frozen=True, kw_only=True)
class SubmittedForm:
    """A submitted form: text by field, chosen values by field, files that came along."""

    verb: str
    subject: str
    texts: Mapping[str, str]
    chosen: Mapping[str, Sequence[str]]
    files: Sequence[Source]

    def text(self, name: str) -> str:
        """What was typed, or nothing."""
        return self.texts.get(name, "").strip()

    def choice(self, name: str) -> str:
        """The one value chosen, or nothing."""
        return next(iter(self.chosen.get(name, ())), "")

    def picture(self) -> int:
        """Which picture was chosen, from 1. Raises InvalidOrder for what the form never offered."""
        chosen = self.choice("picture") or "1"
        if not chosen.isdecimal() or len(chosen) > 3:
            raise InvalidOrder(shared_texts.no_such_picture(), field="image")
        return int(chosen)


def filled(interaction: discord.Interaction[Any]) -> SubmittedForm | None:
    """The form of a submission; None for a form that is not ours."""
    data: Any = interaction.data or {}
    match = FORM_ID.fullmatch(data.get("custom_id", ""))
    if match is None:
        return None
    texts: dict[str, str] = {}
    chosen: dict[str, Sequence[str]] = {}
    for field in _fields(data.get("components", [])):
        name = field.get("custom_id", "")
        if "values" in field:
            chosen[name] = field["values"]
        elif field.get("value") is not None:
            texts[name] = str(field["value"])
    if "prompt" in texts:
        texts["prompt"] = plain_words(texts["prompt"], names_of(interaction))
    attachments = (data.get("resolved") or {}).get("attachments") or {}
    return SubmittedForm(
        verb=match["verb"],
        subject=match["subject"],
        texts=texts,
        chosen=chosen,
        files=[_file(item) for item in attachments.values()],
    )


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:
            yield component["component"]
        elif "components" in component:
            yield from _fields(component["components"])
        else:
            yield component


def _file(item: Mapping[str, Any]) -> Source:
    return Source(
        url=item["url"],
        size=int(item.get("size", 0)),
        content_type=item.get("content_type") or "",
        width=item.get("width") or 0,
        height=item.get("height") or 0,
        name=item.get("filename") or "",
        hidden=str(item.get("filename") or "").startswith("SPOILER_"),
    )


def form(verb: str, subject: str, title: str, *fields: ui.Item[Any]) -> ui.Modal:
    """An empty form of up to five fields."""
    modal = ui.Modal(title=title[:45], custom_id=f"form:{verb}:{subject}", timeout=FORM_LIFE_S)
    for field in fields:
        modal.add_item(field)
    return modal


def text_field(
    name: str,
    label: str,
    *,
    value: str = "",
    hint: str = "",
    long: bool = False,
    required: bool = True,
    most: int = FIELD_MOST,
) -> ui.Label[Any]:
    """A line or a box to type in."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    box: ui.TextInput[Any] = ui.TextInput(
        custom_id=name, style=style, required=required, default=value[:most] or None, max_length=most
    )
    return ui.Label(text=label[:45], description=hint[:100] or None, component=box)


def choice_field(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]],
    *,
    chosen: Sequence[str] = (),
    hint: str = "",
    required: bool = True,
    most: int = 1,
    placeholder: str = "",
) -> ui.Label[Any]:
    """One or several of up to 25 (value, label) pairs; `placeholder` stands where none is chosen."""
    items = [
        discord.SelectOption(label=clamp(text, 100), value=value, default=value in chosen)
        for value, text in options[:25]
    ]
    select: ui.Select[Any] = ui.Select(
        custom_id=name,
        options=items,
        placeholder=clamp(placeholder, 150) or None,
        required=required,
        min_values=1 if required else 0,
        max_values=min(most, len(items)),
    )
    return ui.Label(text=label[:45], description=hint[:100] or None, component=select)


def remix(request: Request, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Vary with changes. `names` are the fields of styles and projects, here and below."""
    model = text_field("model", form_texts.model(), value=request.order.model, required=False, most=100)
    cut = len(request.order.prompt) > FIELD_MOST
    hint = form_texts.cut_to_what_fits(FIELD_MOST) if cut else ""
    prompt = text_field("prompt", form_texts.prompt(), value=request.order.prompt, hint=hint, long=True)
    return form("remix", request.id, form_texts.vary_with_changes(), prompt, model, *names)


def edit(request: Request, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Change one picture of a result."""
    prompt = text_field("prompt", form_texts.what_should_change(), long=True)
    return form("edit", request.id, form_texts.edit(), prompt, *_which(request), *names)


def animate(request: Request, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Make a video of one picture of a result."""
    return form("animate", request.id, form_texts.animate(), *_video_fields(), *_which(request), *names)


def _which(request: Request) -> list[ui.Item[Any]]:
    if len(request.assets) < 2:
        return []
    options = [(str(index), form_texts.picture_number(index)) for index in range(1, len(request.assets) + 1)]
    return [choice_field("picture", form_texts.which_picture(), options, chosen=("1",))]


def _video_fields() -> list[ui.Item[Any]]:
    return [
        text_field(
            "prompt",
            form_texts.what_should_happen(),
            hint=form_texts.empty_for_a_surprise(),
            long=True,
            required=False,
        ),
        text_field(
            "seconds", form_texts.seconds(), hint=form_texts.seconds_allowed(), required=False, most=5
        ),
    ]


def edit_at(subject: str, count: int, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Change a picture of anybody's message, with further pictures if one likes."""
    more = PictureUpload(custom_id="more", required=False, min_values=0, max_values=3)
    return form(
        "edit_at",
        subject,
        form_texts.edit_image(),
        text_field("prompt", form_texts.what_should_change(), long=True),
        *_which_of(count),
        ui.Label(
            text=form_texts.further_pictures(),
            description=form_texts.to_take_something_from(),
            component=more,
        ),
        *names,
    )


def animate_at(subject: str, count: int, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Make a video of a picture of anybody's message."""
    fields = [*_video_fields(), *_which_of(count), *names]
    return form("animate_at", subject, form_texts.animate_image(), *fields)


def ask_at(subject: str, names: Sequence[ui.Item[Any]] = ()) -> ui.Modal:
    """Ask something about a message, with all its pictures and files."""
    question = text_field(
        "prompt",
        form_texts.what_to_know(),
        hint=form_texts.empty_for_a_description(),
        long=True,
        required=False,
    )
    return form("ask_at", subject, form_texts.ask_about_this(), question, *names)


def _which_of(count: int) -> list[ui.Item[Any]]:
    if count < 2:
        return []
    options = [(str(index), form_texts.picture_number(index)) for index in range(1, min(count, 25) + 1)]
    return [choice_field("picture", form_texts.which_picture(), options, chosen=("1",))]
