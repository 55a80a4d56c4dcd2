"""Parses lines of text with `--options`; other modules interpret the values.

Options are `--name value` or `--name=value`; a dash and an underscore are the same. Keyboards and platforms
make longer dashes of two hyphens and round quotes of straight ones, so these count as what was typed. The
value of an option of kind TEXT extends to the next option or, if quoted, to the closing quote. `key=value` at
the end of a line is an option if there is one of that name, else an extra; a list or an object in JSON may
contain spaces. Everything after a lone `--`, and everything in quotes, is free text.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from gettext import gettext as _
from typing import NoReturn

from bot.core.errors import InvalidOrder
from bot.core.options import OPTIONS, Option, OptionKind, named, public_name

_END = r"(?=\s|$)"
_QUOTED = rf"\"[^\"]*\"{_END}|“[^”]*”{_END}|„[^“”]*[“”]{_END}|«[^»]*»{_END}|‘[^’]*’{_END}|'[^']*'{_END}"
_TOKEN = re.compile(
    rf"(?P<end>--){_END}"
    rf"|(?P<dash>--|[‐‑−]{{2}}|[‒–—―]{{1,2}})(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>{_QUOTED}|\S*))?{_END}"
    rf"|(?P<quoted>{_QUOTED})"
    rf"|(?P<word>[a-z][a-z0-9_.]+=(?:\[.*?\]|\{{.*?\}}){_END}|\S+)"
)
_COMMAND = re.compile(r"/(?P<name>[A-Za-z][\w-]*)(?:\s+|$)")
_EXTRA = re.compile(r"(?P<key>[a-z][a-z0-9_.]+)=(?P<value>\S+|[\[{].*[\]}])")


@dataclass(frozen=True, kw_only=True)
class ParsedLine:
    """A parsed line: its free text as typed, its options by public name, its extras."""

    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


def split_command(text: str, known: Iterable[str]) -> tuple[str, str]:
    """The command without its slash, and the rest; the command is empty if there is no slash.

    Raises InvalidOrder with the most similar of `known` for a command that is not among them.
    """
    found = _COMMAND.match(text.strip())
    if found is None:
        return "", text.strip()
    name, names = found["name"].lower(), list(known)
    if name not in names:
        hint = nearest(name, names)
        raise InvalidOrder(
            _("There is no command /{name}.").format(name=name[:40])
            + (" " + _("Did you mean /{name}?").format(name=hint) if hint else ""),
            field="command",
        )
    return name, text.strip()[found.end() :].strip()


def read(text: str, known: Sequence[Option], *, command: str = "") -> ParsedLine:
    """Parse a line that may have the `known` options. Raises InvalidOrder for any other option."""
    options: dict[str, str] = {}
    free: list[tuple[int, int]] = []
    taking: tuple[Option, list[tuple[int, int]]] | None = None
    position, rest = 0, ""
    while found := _TOKEN.search(text, position):
        position = found.end()
        if found["end"]:
            rest = text[position:].strip()
            break
        option = _option(found, known, command)
        if option is None:
            (taking[1] if taking else free).append(found.span())
            continue
        _close(options, taking, text)
        taking = None
        value, position = _value(option, found, text)
        if value is None and option.kind is OptionKind.TEXT:
            taking = (option, [])
        else:
            _put(options, option, found["name"], value)
    _close(options, taking, text)
    free, extra = _trailing_extras(text, free)
    for name in list(extra):
        if (option := named(name, known)) is not None:
            _put(options, option, name, extra.pop(name))
    words = _unquoted(_joined(text, free))
    return ParsedLine(text=f"{words} {rest}".strip() if rest else words, options=options, extra=extra)


def quoted(text: str) -> str:
    """The text in the first kind of quotes that it does not contain."""
    for left, right in ('""', "“”", "''"):
        if left not in text and right not in text:
            return left + text + right
    return '"' + text.replace('"', "'") + '"'


def reads_as_words(prompt: str) -> bool:
    """True if a prompt would be parsed as free text only."""
    if any(found["name"] or found["end"] for found in _TOKEN.finditer(prompt)):
        return False
    return not re.fullmatch(_QUOTED, prompt) and not _EXTRA.fullmatch(prompt.split()[-1])


def unknown_option(name: str, known: Sequence[Option], command: str) -> NoReturn:
    """Raise InvalidOrder for an option that does not exist or does not go with the command."""
    name = public_name(name)
    where = f"/{command}" if command else "this command"
    if any(option.name == name for option in OPTIONS):
        text = _("--{name} cannot be used with {command}.")
        raise InvalidOrder(text.format(name=name, command=where), field=name)
    where = where[0].upper() + where[1:]
    hint = nearest(name, [option.name for option in known])
    if hint:
        advice = _("Did you mean --{name}?").format(name=hint)
    else:
        advice = _("Put the words in quotes if they belong to the prompt.")
    raise InvalidOrder(
        _("{command} has no option --{name}.").format(command=where, name=name[:40]) + " " + advice,
        field=name,
    )


def nearest(name: str, names: Sequence[str]) -> str:
    """The most similar name, or an empty string if none is similar."""
    return next(iter(difflib.get_close_matches(name[:100], names, n=1, cutoff=0.5)), "")


def _option(found: re.Match[str], known: Sequence[Option], command: str) -> Option | None:
    if not found["name"]:
        return None
    option = named(found["name"], known)
    if option is None and found["dash"] == "--":
        unknown_option(found["name"], known, command)
    # A dash of another kind is often punctuation, so it is an option only before a known name.
    return option


def _value(option: Option, found: re.Match[str], text: str) -> tuple[str | None, int]:
    if found["value"] is not None:
        return _unquoted(found["value"]), found.end()
    following = _TOKEN.search(text, found.end())
    if following is None or following["name"] or following["end"]:
        return ("on" if option.kind is OptionKind.SWITCH else None), found.end()
    if following["quoted"]:
        return _unquoted(following["quoted"]), following.end()
    if option.kind is OptionKind.TEXT or (
        option.kind is OptionKind.SWITCH and following["word"] not in option.choices
    ):
        return ("on" if option.kind is OptionKind.SWITCH else None), found.end()
    return following["word"], following.end()


def _close(options: dict[str, str], taking: tuple[Option, list[tuple[int, int]]] | None, text: str) -> None:
    if taking is not None:
        _put(options, taking[0], taking[0].name, _joined(text, taking[1]) or None)


def _put(options: dict[str, str], option: Option, name: str, value: str | None) -> None:
    name = public_name(name) if option.kind is OptionKind.PICTURE else option.name
    if value is None:
        text = _("--{name} needs a value: {help}").format(name=name, help=option.help)
        raise InvalidOrder(text, field=name)
    if name in options:
        raise InvalidOrder(_("--{name} was given twice.").format(name=name), field=name)
    options[name] = value


def _trailing_extras(text: str, spans: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], dict[str, str]]:
    extra: dict[str, str] = {}
    while spans and (found := _EXTRA.fullmatch(text, *spans[-1])) and _one_value(found["value"]):
        extra = {found["key"]: found["value"], **extra}
        spans = spans[:-1]
    return spans, extra


def _one_value(text: str) -> bool:
    """A value without spaces, or JSON."""
    if not any(character.isspace() for character in text):
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text of the spans; spaces and line breaks between neighbours are kept."""
    out, last = "", None
    for start, end in spans:
        gap = text[last:start] if last is not None else ""
        out += (gap if gap.isspace() else " " if out else "") + text[start:end]
        last = end
    return out.strip()


def _unquoted(text: str) -> str:
    found = re.fullmatch(_QUOTED, text)
    return text[1:-1].strip() if found else text
