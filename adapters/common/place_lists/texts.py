"""What the commands for projects, styles and statements answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.money import dollars
from bot.core.place_lists.projects import Project
from bot.core.place_lists.styles import Style
from bot.core.ports.statements import ClosedMonth
from bot.core.text.translation import gettext as _
from bot.core.text.translation import ngettext
from bot.use_cases.place_lists.statements import StatementCheck

_SHOWN = 60


def projects(known: Sequence[Project], default: Project | None = None) -> str:
    """The list: open projects, closed ones, and that of the channel."""
    opened = [one.name for one in known if not one.closed]
    closed = [one.name for one in known if one.closed]
    lines = [_("Projects: {names}").format(names=" · ".join(opened[:_SHOWN])) if opened else no_projects()]
    if closed:
        lines.append(_("Closed: {names}").format(names=" · ".join(closed[:_SHOWN])))
    if default is not None:
        lines.append(
            _("Orders in this channel are for {name} when nobody says one.").format(name=default.name)
        )
    return "\n".join(lines)


def no_projects() -> str:
    return _("There are no open projects here.")


def default_set(default: Project | None) -> str:
    if default is None:
        return _("Orders in this channel are for no project when nobody says one.")
    return _("Orders in this channel are for {name} when nobody says one.").format(name=default.name)


def styles(known: Sequence[Style]) -> str:
    """The list, one style to a line."""
    return "\n".join(map(style, known[:_SHOWN])) if known else _("There are no styles here.")


def style(one: Style) -> str:
    """A style with its words, model and options."""
    more = [one.model] if one.model else []
    more += [f"{name} {value}" for name, value in one.options.items()]
    text = f"{one.name}: {one.words}"
    return f"{text} ({' · '.join(more)})" if more else text


def style_set(one: Style) -> str:
    return _("Set. People use it with the option style, or by saying so.") + f"\n{style(one)}"


def style_removed() -> str:
    return _("Removed. Orders that were accepted with it stay as they are.")


def statement(one: ClosedMonth) -> str:
    """A closed month in one line."""
    lines = ngettext("{count} line", "{count} lines", one.entries).format(count=one.entries)
    text = _("{month}: {spent}, {lines} (entries {first} to {last}, by the clock of {zone})")
    return text.format(
        month=one.month,
        spent=dollars(one.spent),
        lines=lines,
        first=one.after_id + 1,
        last=one.last_id,
        zone=one.zone,
    )


def statements(known: Sequence[ClosedMonth]) -> str:
    return "\n".join(map(statement, known[:24])) if known else _("No month has been closed here yet.")


def check(found: StatementCheck) -> str:
    """Whether a statement still sums up, and what the log says where it was asked."""
    lines = [statement(found.statement)]
    if found.sound:
        lines.append(_("It is the sum of its entries in the ledger, and joins the months beside it."))
    else:
        text = _("The ledger sums up to {again} in {count} entries now. Please tell the bot's operator.")
        lines.append(text.format(again=dollars(found.again), count=found.entries_again))
    if found.theirs is not None:
        text = _("The gateway's log has {theirs} for its requests; {elsewhere} of that is in other months.")
        lines.append(text.format(theirs=dollars(found.theirs), elsewhere=dollars(found.elsewhere)))
    for one in found.differences:
        theirs = "–" if one.theirs is None else dollars(one.theirs)
        text = _("{request}: ours {ours}, the gateway's {theirs}")
        lines.append(text.format(request=one.request_id, ours=dollars(one.ours), theirs=theirs))
    return "\n".join(lines)


def packed(files: int) -> str:
    """What is said beside files that are packed."""
    if files == 1:
        return _("The table is large, so it comes packed as a ZIP file.")
    text = _(
        "The table is large, so it comes in {count} ZIP files; each begins with the line of column names."
    )
    return text.format(count=files)


def too_large() -> str:
    return _(
        "This month is too large for files in a chat. The operator can write it with"
        " `lumenfall-bot statement show`, as one file of any size."
    )


def project_usage() -> str:
    return _(
        "Say `project`, `project add NAME`, `project rename OLD to NEW`, `project close NAME`,"
        " `project reopen NAME` or `project default NAME` (or `none`)."
    )


def style_usage() -> str:
    return _(
        "Say `style`, `style remove NAME` or `style set NAME = WORDS`, where {prompt} is the place of the"
        " person's words; options such as --model and --size may follow."
    )


def statement_usage() -> str:
    return _(
        "Say `statement`, `statement create 2026-10`, `statement show 2026-10` or `statement verify 2026-10`."
    )
