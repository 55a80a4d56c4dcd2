"""Rules for message and modal components, and their way into a stored message and out again.

A stored component is the bot's own, with ids given and each `attachment://name` bound to the attachment it
means, so that its URL can be signed afresh whenever the message is shown.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.fakes.discord_server import file_types
from tests.fakes.discord_server.base import ApiError, Json, form_error
from tests.fakes.discord_server.entities import Attachment

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 18, 19, 21, 22, 23
SELECTS = (3, 5, 6, 7, 8)
MAX_COMPONENTS = 40
MAX_TEXT = 4000
LINK_STYLE, PREMIUM_STYLE = 5, 6


def walk(components: Sequence[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """Every component, parents first, with its dotted path in the request."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk(component.get("components") or [], f"{here}.components")
        for slot in ("accessory", "component"):
            if isinstance(component.get(slot), dict):
                yield f"{here}.{slot}", component[slot]


def media_of(component: Json) -> list[Json]:
    """The media objects inside one component."""
    kind = component.get("type")
    if kind == GALLERY:
        return [item["media"] for item in component["items"]]
    if kind == THUMBNAIL:
        return [component["media"]]
    return [component["file"]] if kind == FILE else []


def check_message(components: Sequence[Json], *, v2: bool) -> None:
    """Raise what Discord answers when a message's components break a rule."""
    if not v2:
        _check_classic(components)
    found = list(walk(components))
    if len(found) > MAX_COMPONENTS:
        raise form_error("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"at most {MAX_COMPONENTS}")
    total = sum(len(item.get("content", "")) for _, item in found if item.get("type") == TEXT_DISPLAY)
    if total > MAX_TEXT:
        text = f"The total displayable text size exceeds the maximum size of {MAX_TEXT}"
        raise form_error("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
    _check_custom_ids(found)
    _check_sizes(found)


def _check_classic(components: Sequence[Json]) -> None:
    if len(components) > 5:
        raise form_error("components", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    for index, component in enumerate(components):
        if component.get("type") != ACTION_ROW:
            raise form_error(f"components.{index}.type", "BASE_TYPE_CHOICES", "Value must be one of (1,).")


def _check_custom_ids(found: Sequence[tuple[str, Json]]) -> None:
    seen: set[str] = set()
    for path, component in found:
        custom_id = component.get("custom_id")
        if component.get("type") == BUTTON:
            linked = component.get("style") in (LINK_STYLE, PREMIUM_STYLE)
            if linked == (custom_id is not None):
                raise form_error(
                    f"{path}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID", "A custom id or a url, not both."
                )
        if custom_id is None:
            continue
        if not 1 <= len(custom_id) <= 100:
            raise form_error(
                f"{path}.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
            )
        if custom_id in seen:
            raise form_error(
                f"{path}.custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen.add(custom_id)


_LENGTHS: dict[int, list[tuple[str, int, int]]] = {
    ACTION_ROW: [("components", 1, 5)],
    BUTTON: [("label", 0, 80)],
    STRING_SELECT: [("options", 1, 25), ("placeholder", 0, 150)],
    SECTION: [("components", 1, 3)],
    TEXT_DISPLAY: [("content", 1, MAX_TEXT)],
    GALLERY: [("items", 1, 10)],
    CONTAINER: [("components", 1, MAX_COMPONENTS)],
    LABEL: [("label", 1, 45), ("description", 1, 100)],
    TEXT_INPUT: [("label", 1, 45), ("placeholder", 0, 100), ("value", 0, 4000)],
}


def _check_sizes(found: Sequence[tuple[str, Json]]) -> None:
    for path, component in found:
        for name, low, high in _LENGTHS.get(component.get("type", 0), []):
            value = component.get(name)
            if value is not None and not low <= len(value) <= high:
                raise form_error(
                    f"{path}.{name}", "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length."
                )
        bare = not component.get("label") and not component.get("emoji")
        if component.get("type") == BUTTON and bare and component.get("style") != PREMIUM_STYLE:
            raise form_error(
                f"{path}.label", "BUTTON_COMPONENT_LABEL_OR_EMOJI", "A label or an emoji is needed."
            )
        if component.get("type") == ACTION_ROW:
            _check_row(path, component)


def _check_row(path: str, row: Json) -> None:
    kinds = [child.get("type") for child in row["components"]]
    if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
        raise form_error(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select fills its row.")


def check_modal(data: Json) -> None:
    components = data.get("components") or []
    if not 1 <= len(components) <= 5:
        raise form_error("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if not 1 <= len(data.get("title") or "") <= 45:
        raise form_error("data.title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    for index, component in enumerate(components):
        if component.get("type") not in (ACTION_ROW, TEXT_DISPLAY, LABEL):
            raise form_error(
                f"data.components.{index}.type", "BASE_TYPE_CHOICES", "Value must be one of (1, 10, 18)."
            )
    found = [(path, item) for path, item in walk(components)]
    for path, item in found:
        file_types.check(path, item)
    _check_custom_ids(found)
    _check_sizes(found)


def store(
    components: Sequence[Json], attachments: Sequence[Attachment], own_url: Callable[[str], int | None]
) -> list[Json]:
    """A copy with ids given and media bound; `own_url` knows this server's links.

    Raises: ApiError 50035 when `attachment://name` names nothing that the message carries.
    """
    kept = copy.deepcopy(list(components))
    taken = {item["id"] for _, item in walk(kept) if item.get("id")}
    next_id = 1
    for path, component in walk(kept):
        if not component.get("id"):
            while next_id in taken:
                next_id += 1
            component["id"] = next_id
            taken.add(next_id)
        for media in media_of(component):
            _bind(path, media, attachments, own_url)
    return kept


def _bind(
    path: str, media: Json, attachments: Sequence[Attachment], own_url: Callable[[str], int | None]
) -> None:
    url: str = media["url"]
    if url.startswith("attachment://"):
        name = url.removeprefix("attachment://")
        match = next((item for item in attachments if item.filename == name), None)
        if match is None:
            raise form_error(
                f"{path}.media.url",
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                f"The referenced attachment does not exist: {name}",
            )
        media["attachment_id"] = match.id
    elif not url.startswith(("http://", "https://")):
        raise form_error(
            f"{path}.media.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of http, https, attachment."
        )
    else:
        own = own_url(url)
        if own is not None and any(item.id == own for item in attachments):
            media["attachment_id"] = own


_DEFAULTS: dict[int, Json] = {
    FILE: {"spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
    THUMBNAIL: {"description": None, "spoiler": False},
} | {kind: {"min_values": 1, "max_values": 1} for kind in SELECTS}


def show(
    components: Sequence[Json], media: Callable[[Json], Json], file_of: Callable[[Json], Attachment | None]
) -> list[Any]:
    """The components as a response carries them; `media` renders one media object with a fresh URL."""
    return [_show_one(component, media, file_of) for component in components]


def _show_one(
    component: Json, media: Callable[[Json], Json], file_of: Callable[[Json], Attachment | None]
) -> Json:
    kind = component["type"]
    out = _DEFAULTS.get(kind, {}) | {key: value for key, value in component.items() if value is not None}
    if "components" in out:
        out["components"] = show(out["components"], media, file_of)
    if "accessory" in out:
        out["accessory"] = _show_one(out["accessory"], media, file_of)
    if kind == GALLERY:
        out["items"] = [
            {
                "description": item.get("description"),
                "spoiler": bool(item.get("spoiler")),
                "media": media(item["media"]),
            }
            for item in out["items"]
        ]
    elif kind == THUMBNAIL:
        out["media"] = media(out["media"])
    elif kind == FILE:
        found = file_of(out["file"])
        out |= {"name": found.filename if found else None, "size": found.size if found else None}
        out["file"] = media(out["file"])
    elif kind == CONTAINER:
        out["accent_color"] = component.get("accent_color")
    return out


def reject_legacy_fields(body: Json) -> None:
    """A Components V2 message has no content, embeds, poll or stickers."""
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            raise form_error(name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)


def empty_message() -> ApiError:
    return ApiError(400, 50006, "Cannot send an empty message")
