"""The form for a budget. Pure: a view out, and what was sent in as what it binds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.common import shared_texts
from adapters.common.amounts import amount_of
from adapters.common.place_lists.named_choices import budget_subject, budget_subjects
from adapters.common.wording import capital
from adapters.slack.forms.settings import field_block, view
from adapters.slack.identity import slack_id
from adapters.slack.views import form_texts
from adapters.slack.views.layout import Block, option, plain
from bot.core.budget_names import per
from bot.core.errors import InvalidOrder
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.tenant import Tenant
from bot.core.windows import Window

BUDGET = "budget"
PROJECTS_MOST = 90
"""Projects in the form; a list of Slack's has 100 entries. The command takes any project by its name."""
_FIELDS = {"person": "person", "role": "group", "channel": "channel"}


def budget_form(tenant: Tenant) -> Block:
    """Whom, how much, how often; the place's projects are among those that a budget can be for."""
    named = [*form_texts.whom(), *budget_subjects(tenant, PROJECTS_MOST)]
    scopes = [option(label, name) for name, label in named]
    windows = [option(capital(per(window)), window.value) for window in Window]
    whom: Block = {"type": "static_select", "options": scopes, "initial_option": scopes[0]}
    often: Block = {
        "type": "static_select",
        "options": windows,
        "initial_option": windows[list(Window).index(Window.MONTH)],
    }
    return view(
        BUDGET,
        shared_texts.set_a_budget(),
        [
            field_block("scope", form_texts.budget_is_for(), whom),
            field_block("person", form_texts.person(), {"type": "users_select"}, optional=True),
            field_block("channel", form_texts.channel(), {"type": "channels_select"}, optional=True),
            field_block(
                "group",
                form_texts.user_group(),
                {"type": "external_select", "min_query_length": 0},
                optional=True,
            ),
            field_block(
                "limit", form_texts.dollars(), {"type": "plain_text_input", "placeholder": plain("5.00", 150)}
            ),
            field_block("window", form_texts.how_often(), often),
        ],
        form_texts.set_it(),
    )


def budget_of(given: Mapping[str, Any]) -> tuple[Scope, str, Window, Micros]:
    """Scope, subject, window and limit. Raises InvalidOrder whose field is the block."""
    scope, window = str(given.get("scope") or ""), given.get("window")
    limit, named = amount_of(given.get("limit") or "", "limit"), budget_subject(scope)
    if (named is None and scope not in dict(form_texts.whom())) or window not in set(Window):
        raise InvalidOrder(form_texts.choose_whom_and_how_often(), field="scope")
    if named is not None:
        return *named, Window(window), limit
    if scope == "everyone":
        return Scope.PERSON, EVERYONE, Window(window), limit
    if scope == "tenant":
        return Scope.TENANT, "", Window(window), limit
    subject = str(given.get(_FIELDS[scope]) or "").strip()
    if not subject:
        raise InvalidOrder(form_texts.choose_which(), field=_FIELDS[scope])
    return Scope(scope), slack_id(subject), Window(window), limit
