"""The settings as modals: the table's fields, picked from Slack's own lists where Slack has one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.common import shared_texts
from adapters.common.settings_forms import Field, field_of
from adapters.common.settings_table import GROUP_TITLES, Group, Kind
from adapters.common.settings_values import Given, text_of
from adapters.common.wording import capital
from adapters.slack.identity import raw_id
from adapters.slack.views import form_texts
from adapters.slack.views.admin import modal_pages
from adapters.slack.views.layout import Block, header, option, plain
from bot.core.capability import Capability
from bot.core.errors import InvalidOrder
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

SETTINGS = "settings"
_TEXT = 3000
"""Characters of one text field (Slack docs, Block Kit)."""
_MANY: Mapping[Kind, tuple[Block, str]] = {
    Kind.CHANNELS: (
        {
            "type": "multi_conversations_select",
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        },
        "initial_conversations",
    ),
    Kind.PEOPLE: ({"type": "multi_users_select"}, "initial_users"),
}


def settings_form(tenant: Tenant, groups: Mapping[str, str], number: int = 0) -> Block:
    """One modal, filled with what holds now; `groups` are the names of user groups by id."""
    modals = modal_pages(tenant)
    blocks: list[Block] = []
    for page in modals[min(number, len(modals) - 1)]:
        blocks.append(header(_(GROUP_TITLES[Group(page.name.partition(".")[0])])))
        blocks += [_block(field, tenant, groups) for field in page.fields]
    return view(SETTINGS, form_texts.settings(), blocks, form_texts.save())


def view(callback: str, title: str, blocks: list[Block], submit: str) -> Block:
    """A modal; without `submit` one that only shows."""
    made: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain(form_texts.close(), 24),
        "blocks": blocks,
    }
    return made | ({"submit": plain(submit, 24)} if submit else {})


def field_block(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """One field of a modal; its answer is found by `name`."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2000),
        "element": {"action_id": name, **element},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def group_select(chosen: Sequence[str] = (), groups: Mapping[str, str] | None = None) -> Block:
    """User groups, loaded from Slack while the person types; several where some are `chosen` already."""
    named = groups or {}
    options = [option(named.get(one, one), one) for one in chosen]
    element: Block = {"type": "multi_external_select", "min_query_length": 0}
    return element | ({"initial_options": options} if options else {})


def _block(field: Field, tenant: Tenant, groups: Mapping[str, str]) -> Block:
    element = _element(field, getattr(tenant, field.row.name), groups)
    return field_block(
        field.name, field.title, element, optional=bool(field.row.empty), hint=_(field.row.help)
    )


def _element(field: Field, value: Any, groups: Mapping[str, str]) -> Block:
    row = field.row
    match row.kind:
        case Kind.MONEY | Kind.ZONE | Kind.PATTERNS:
            return _text(field, text_of(row, value))
        case Kind.TEXT | Kind.CHANNEL_TEXTS | Kind.WORDS:
            return {**_text(field, text_of(row, value, _bare)), "multiline": True}
        case Kind.SWITCH:
            return _one([option(label, name) for name, label in form_texts.switch()], text_of(row, value))
        case Kind.CHOICE:
            return _one([option(capital(_(label)), one.value) for one, label in row.choices.items()], value)
        case Kind.CAPABILITIES:
            chosen = [option(one, one) for one in value]
            several: Block = {
                "type": "multi_static_select",
                "options": [option(one.value, one.value) for one in Capability],
            }
            return several | ({"initial_options": chosen} if chosen else {})
        case Kind.MODELS:
            model = [option(one, one) for one in field.values]
            return {"type": "external_select", "min_query_length": 0} | (
                {"initial_option": model[0]} if model else {}
            )
        case Kind.CHANNEL:
            one_channel: Block = {"type": "conversations_select"}
            return one_channel | ({"initial_conversation": raw_id(value)} if value else {})
        case Kind.ROLES:
            return group_select([raw_id(one) for one in field.values], groups)
        case Kind.CHANNELS | Kind.PEOPLE:
            element, initial = _MANY[row.kind]
            picked = [raw_id(one) for one in field.values]
            return element | ({initial: picked} if picked else {})


def _bare(kind: Kind, value: str) -> str:
    return raw_id(value) if kind is Kind.CHANNEL else value


def _text(field: Field, text: str) -> Block:
    if len(text) > _TEXT:
        raise InvalidOrder(shared_texts.too_long_for_a_form(field.title))
    return {"type": "plain_text_input"} | ({"initial_value": text} if text else {})


def _one(options: list[Block], value: str) -> Block:
    chosen = [one for one in options if one["value"] == value]
    return {"type": "static_select", "options": options} | ({"initial_option": chosen[0]} if chosen else {})


def given_in(answers: Mapping[str, Any]) -> dict[str, Given]:
    """What was typed and chosen, by field; nothing where a field was left empty."""
    return {name: "" if value is None else value for name, value in answers.items()}


def asked_for(action: str) -> tuple[Kind, str] | None:
    """Whether a field of these forms loads its options: user groups, or models of a capability."""
    if action in ("group", "exempt_roles"):
        return Kind.ROLES, ""
    try:
        field = field_of(action)
    except InvalidOrder:
        return None
    return (field.row.kind, field.key) if field.row.kind in (Kind.ROLES, Kind.MODELS) else None
