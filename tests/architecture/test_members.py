"""Nothing that names the members of an enum is forgotten when a member is added.

A place that names some members names all of them, or says here which it leaves out. So a new member fails
every such place by name until somebody has decided. `match` is left to the type checker as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import get_args

from adapters.discord.handlers import actions as discord_actions
from adapters.discord.handlers.orders import ORDERING
from adapters.slack.forms import order_view
from adapters.slack.views import form_texts
from adapters.slack.views import results as slack_results
from bot.core.capability import ON_PICTURE, Capability, FollowUp, about
from bot.core.ledger import Kind, Scope
from bot.core.options import OPTIONS
from bot.core.request import STARTING, TERMINAL, State
from bot.core.windows import Window
from tests.architecture.members import Found, places

ROOT = Path(__file__).parents[2]
ENUMS: Mapping[str, type[StrEnum]] = {
    f"{enum.__module__}.{enum.__name__}": enum for enum in (Capability, Scope, Window, State, Kind)
}
FEWEST = {"Capability": 1}
"""A capability's row answers questions about it, so even one member in a branch is said here."""

LEFT_OUT: Mapping[tuple[str, str], str] = {
    # Plain words without a command, and prices without a capability, mean these.
    ("Capability", "adapters.discord.handlers.autocomplete:models_for"): "edit upscale chat video",
    ("Capability", "adapters.slack.intake.grammar:priced"): "edit upscale chat video",
    ("Capability", "adapters.web.commands:_subject"): "edit upscale chat video",
    # Examples and the demo show some.
    ("Capability", "adapters.slack.views.lists:_EXAMPLES"): "chat",
    ("Capability", "adapters.web.demo:_furnish"): "chat",
    ("Scope", "adapters.web.demo:_furnish"): "installation channel role",
    ("Window", "adapters.web.demo:_furnish"): "week total",
    # The options that these share are named once.
    ("Capability", "bot.core.capability:_GENERATE"): "chat video",
    # What the gateway does not say of a model, and whose rule the scale is.
    ("Capability", "bot.gateway.models:_by_name"): "upscale chat video",
    ("Capability", "bot.gateway.models:model"): "generate edit chat video",
    ("Capability", "bot.gateway.models:text_model"): "generate edit upscale video",
    # Only chats keep turns.
    ("Capability", "storage/queries/requests.sql:chats_of_tenant"): "generate edit upscale video",
    # A chat is not made again by "another one".
    (
        "Capability",
        "storage/queries/conversations.sql:last_order_in_conversation",
    ): "generate edit upscale video",
    (
        "Capability",
        "storage/queries/conversations.sql:last_wanted_in_conversation",
    ): "generate edit upscale video",
    # What was cancelled was not wanted.
    ("State", "storage/queries/conversations.sql:last_wanted_in_conversation"): "received priced"
    " awaiting_confirmation reserved submitted running ambiguous settled delivered refused failed",
    # The installation's budget is the operator's, on the command line.
    ("Scope", "adapters.discord.forms.budget:_whom"): "installation role project everywhere",
    ("Scope", "adapters.common.place_lists.named_choices:budget_subject"): (
        "installation tenant channel person everywhere"
    ),
    ("Scope", "adapters.discord.handlers.admin:budget_set"): "installation everywhere",
    ("Scope", "adapters.slack.views.form_texts:whom"): "installation project everywhere",
    # A workspace, everyone and the installation are no ids to choose.
    ("Scope", "adapters.slack.forms.budget:_FIELDS"): "installation tenant project everywhere",
    ("Scope", "adapters.slack.forms.budget:budget_of"): "installation channel role project everywhere",
    ("Scope", "adapters.slack.handlers.admin:_SCOPES"): "installation tenant project everywhere",
    ("Scope", "adapters.slack.handlers.admin:subject_of"): "installation channel everywhere",
    ("Scope", "adapters.web.budgets:Budgets.subject"): "installation everywhere",
    ("Scope", "bot.use_cases.budgets:_checked"): "channel project role person",
    # A project is named by people, and stored by its id.
    ("Scope", "bot.use_cases.operator:set_limit"): "installation channel role person everywhere",
    # Columns of a closed month, and the filters of a list.
    ("Scope", "bot.use_cases.place_lists.statement_csv:COLUMNS"): "installation tenant role everywhere",
    ("Scope", "storage.requests:history"): "installation channel role everywhere",
    ("Scope", "storage.rows:insert_params"): "installation channel role everywhere",
    ("Scope", "adapters.cli.privacy:_request"): "installation person role everywhere",
    ("Scope", "adapters.cli.privacy:_entry"): "installation person role everywhere",
    ("Scope", "adapters.web.budgets:Budgets._find"): "installation tenant channel role everywhere",
    # Everyone and guests are subjects that are no ids.
    ("Scope", "adapters.cli.known_ids:check_subject"): "installation tenant channel",
    # A new place begins with a total and a limit for everyone.
    (
        "Scope",
        "bot.core.budget_rules.starter_limits:StarterLimits._of_place",
    ): "installation channel project role everywhere",
    # Of the people's budgets only those of the asker are read.
    ("Scope", "storage/queries/money.sql:rules_of"): "installation tenant channel project role",
    ("Scope", "storage/queries/moves.sql:request_lock"): "installation tenant channel project role",
    ("Scope", "storage/queries/overview.sql:known_people"): "installation tenant channel project role",
    # A role has no balance of its own: its budget looks at each person's.
    ("Scope", "storage/queries/money.sql:verify_balances"): "role",
    ("Scope", "storage/queries/upgrades.sql:upgrade_balances"): "role project everywhere",
    ("Scope", "storage.postings:entry_of"): "installation role everywhere",
    ("Scope", "storage.notices.transactions:_digest_row"): "installation tenant role everywhere",
    ("Scope", "bot.core.ledger:subjects"): "installation role everywhere",
    # What an admin approved counts for these alone; the chain has people and their roles.
    ("Scope", "bot.core.ledger:OPERATORS"): "channel project role person",
    ("Scope", "bot.core.limits:_Chain.of"): "installation tenant channel project",
    # Each person has these, or one person has them in all places.
    ("Scope", "bot.core.ledger:Budget.everyones"): "installation tenant channel project role",
    ("Scope", "adapters.cli.budgets:budget_set"): "tenant channel project role person",
    # What no place's admin can change, and whom to ask.
    ("Scope", "bot.use_cases.budgets:_operators"): "tenant channel project role person",
    # One person in all places, and nothing else.
    (
        "Scope",
        "storage/queries/upgrades.sql:upgrade_everywhere",
    ): "installation tenant channel project role person",
    (
        "Scope",
        "storage/queries/wallets.sql:everywhere_spenders",
    ): "installation tenant channel project role person",
    (
        "Scope",
        "storage/queries/wallets.sql:everywhere_budgets",
    ): "installation tenant channel project role person",
    # A total never ends, so it has no window to go on to.
    ("Window", "bot.core.windows:RUNNING"): "total",
    ("Window", "bot.core.ledger:post"): "total",
    # A digest covers a week or a month, of what was charged, failed or was refused.
    ("Window", "bot.core.notices.digest:DIGEST_WINDOWS"): "day total",
    ("Kind", "storage/queries/notices.sql:digest_spending"): "reserve release",
    ("Kind", "storage/queries/notices.sql:digest_days"): "reserve release",
    ("State", "storage/queries/notices.sql:digest_ends"): "received priced awaiting_confirmation reserved"
    " submitted running ambiguous settled delivered cancelled",
    # What a correction is compared with.
    ("Kind", "storage/queries/money.sql:last_hold"): "settle release adjust",
    # The sets of states, and what follows from the state alone.
    ("State", "bot.core.request:TERMINAL"): "received priced awaiting_confirmation reserved submitted running"
    " ambiguous settled",
    ("State", "bot.core.request:HOLDING"): "received priced awaiting_confirmation settled delivered refused"
    " failed cancelled",
    ("State", "bot.core.request:MADE"): "received priced awaiting_confirmation reserved submitted running"
    " ambiguous refused failed cancelled",
    # A message whose outcome is unknown, or that waits for a press, holds up nobody; a chat is no job.
    ("State", "bot.worker.spoken.readings:_BEFORE"): "received priced awaiting_confirmation reserved running"
    " ambiguous delivered refused failed cancelled",
    # Only what has not started waits for others; a measured sentence has no other odd ends.
    ("State", "bot.worker.spoken.wakeups:_WAITING"): "awaiting_confirmation reserved submitted running"
    " ambiguous settled delivered refused failed cancelled",
    ("State", "bot.use_cases.understanding:Measurement._end_of"): "received priced reserved submitted running"
    " settled delivered refused failed cancelled",
    ("State", "bot.use_cases.understanding:Measurement._hear"): "received priced reserved submitted running"
    " settled delivered refused failed cancelled",
    ("State", "bot.core.request:STARTING"): "awaiting_confirmation submitted running ambiguous settled"
    " delivered refused failed cancelled",
    # What rests, or waits for the gateway's log alone, has no share.
    ("State", "storage/queries/requests.sql:claim_candidates"): "ambiguous",
    # A price that waits for its press is in no queue.
    ("State", "storage/queries/requests.sql:waiting"): "received priced reserved submitted running ambiguous"
    " settled delivered refused failed cancelled",
    ("State", "storage/queries/requests.sql:offers"): "received priced reserved submitted running ambiguous"
    " settled delivered refused failed cancelled",
    ("State", "storage/queries/requests.sql:queue"): "awaiting_confirmation ambiguous settled delivered"
    " refused failed cancelled",
    (
        "State",
        "storage/queries/requests.sql:make_job_due",
    ): "received priced awaiting_confirmation reserved submitted"
    " ambiguous settled delivered refused failed cancelled",
    ("State", "bot.telemetry.request_record:STEPS"): "received awaiting_confirmation running ambiguous"
    " refused failed cancelled",
    ("State", "bot.telemetry.metrics:Metrics._moved_money"): "awaiting_confirmation submitted running"
    " ambiguous settled delivered refused failed cancelled",
    ("State", "adapters.slack.views.lists:_ENDED"): "received priced awaiting_confirmation reserved submitted"
    " running ambiguous settled",
    (
        "State",
        "adapters/web/static/js/state.js:ENDED",
    ): "received priced awaiting_confirmation reserved submitted running ambiguous settled",
    ("State", "adapters/web/static/js/message.js:AT"): "delivered refused failed cancelled",
    ("State", "adapters/web/static/js/texts.js:result"): "received priced awaiting_confirmation reserved"
    " submitted running ambiguous settled delivered",
    (
        "State",
        "adapters/web/static/js/message.js:answer",
    ): "received priced reserved submitted running ambiguous",
    ("State", "adapters/web/static/js/message.js:doing"): "awaiting_confirmation reserved submitted running"
    " delivered refused failed cancelled",
}
"""The members that a place leaves out on purpose."""


def unhandled(found: Found, enums: Mapping[str, type[StrEnum]]) -> dict[tuple[str, str], set[str]]:
    """The places that neither name every member nor say why not, with the members they miss."""
    missing: dict[tuple[str, str], set[str]] = {}
    every = {enum.__name__: {member.value for member in enum} for enum in enums.values()}
    for (enum, place), named in found.items():
        few = len(named) < FEWEST.get(enum, 2) and ".sql:" not in place
        if not few and (left := every[enum] - named - set(LEFT_OUT.get((enum, place), "").split())):
            missing[enum, place] = left
    return missing


FOUND = places(ROOT, ENUMS)


def test_every_place_names_all_members_or_says_which_it_leaves_out():
    assert len(FOUND) > 60, "the places are no longer found"
    assert not unhandled(FOUND, ENUMS)


def test_an_enum_is_imported_from_its_home():
    homes = {name.rpartition(".")[2]: name.rpartition(".")[0] for name in ENUMS if not name.endswith(".Kind")}
    line = re.compile(r"^from (bot\.[\w.]+) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)
    for path in (path for folder in ("bot", "storage", "adapters") for path in (ROOT / folder).rglob("*.py")):
        for module, several, few in line.findall(path.read_text()):
            for name in re.findall(r"\w+", several or few):
                assert homes.get(name, module) == module, f"{path.name} imports {name} from {module}"


def test_what_is_left_out_is_not_named_and_its_place_exists():
    for key, left in LEFT_OUT.items():
        assert key in FOUND, f"{key} names no members any more"
        assert not FOUND[key] & set(left.split()), key


def test_queries_and_the_page_mean_the_same_states_as_the_code():
    starting, terminal = {str(state) for state in STARTING}, {str(state) for state in TERMINAL}
    sql = (ROOT / "storage/queries/requests.sql").read_text()
    assert (
        re.findall(r"state IN \(([^)]*)\) THEN 1 ELSE 0 END AS starts", sql)
        == ["'received', 'priced', 'reserved'"] * 2
    )
    assert starting == {"received", "priced", "reserved"}
    assert FOUND["State", "adapters/web/static/js/state.js:ENDED"] == terminal


def test_no_member_shares_its_row_and_every_option_exists():
    names = {option.name for option in OPTIONS}
    rows = [about(capability) for capability in Capability]
    assert len({id(row) for row in rows}) == len(Capability)
    assert {name for row in rows for name in row.options} == names
    buttons = [row.on_picture for row in rows if row.on_picture]
    assert len(buttons) == len(set(buttons))
    verbs = [verb for row in rows for verb in row.verbs]
    assert len(verbs) == len(set(verbs))


NOT_ON_DISCORD: Mapping[str, str] = {
    "generate": "thinking",
    "edit": "aspect_ratio resolution compression thinking enhance",
    "upscale": "",
    "chat": "",
    "video": "n",
}
"""Options for which Discord's commands have no room; mostly because a command has at most 25."""


def test_every_option_is_offered_on_discord_or_left_out_on_purpose():
    assert {command.name for command in ORDERING} == {str(item) for item in Capability}
    for command in ORDERING:
        offered = {parameter.name for parameter in command.parameters}
        wanted = set(about(Capability(command.name)).options)
        assert wanted - offered == set(NOT_ON_DISCORD[command.name].split()), command.name


def test_slacks_form_offers_options_that_exist():
    for capability, names in order_view._SELECTS.items():
        assert set(names) <= set(about(capability).options)
        assert all(form_texts.option_label(name) for name in names)


def test_every_follow_up_has_its_button_on_every_surface():
    page = (ROOT / "adapters/web/static/js/texts.js").read_text()
    labels = re.search(r"const followUps = \{([^}]*)\}", page)
    assert labels is not None
    offered = set(get_args(FollowUp))
    assert offered <= set(re.findall(r"(\w+):", labels[1]))
    assert offered <= discord_actions.VERBS.keys()
    assert offered == {verb for verb, _ in slack_results._ON_A_PICTURE}
    assert offered - {"vary"} <= ON_PICTURE.keys()
