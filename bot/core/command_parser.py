"""One line of text to one order: `/generate a capybara in the rain --model flux --n 2 guidance=7`.

The playground, the terminal and chat platforms whose commands are plain text all read the same commands
(`options` has the names). A line cannot contain pictures, so the result is a
draft: the typed values of an order; `order()` makes the order once the pictures are known. `words` turns an
order back into a line.

Options are `--name value` or `--name=value`; a dash and an underscore are the same. Keyboards and platforms
make longer dashes of two hyphens and round quotes of straight ones, so these count as what was typed. The
value of an option of kind TEXT extends to the next option or, if quoted, to the closing quote. `key=value` at
the end of a line is an option if there is one of that name, else an extra; a list or an object in JSON may
contain spaces. Everything after a lone `--`, and everything in quotes, is free text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.capability import Capability, about
from bot.core.drafts import Draft, draft
from bot.core.errors import InvalidOrder
from bot.core.options import (
    SWITCHES,
    Option,
    OptionKind,
    named,
    nearest,
    options_of,
    public_name,
    unknown_option,
)
from bot.core.request import Order
from bot.core.text.command_tokens import Token, Tokens, is_quoted
from bot.core.text.translation import gettext as _

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
    position, rest, tokens = 0, "", Tokens(text)
    while found := tokens.after(position):
        position = found.end
        if found.ends:
            rest = text[position:].strip()
            break
        option = _option(found, known, command)
        if option is None:
            (taking[1] if taking else free).append(found.span)
            continue
        _close(options, taking, text)
        taking = None
        value, position = _value(option, found, tokens)
        if value is None and option.kind is OptionKind.TEXT:
            taking = (option, [])
        else:
            _put(options, option, found.name, value)
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
    if any(token.name or token.ends for token in Tokens(prompt)):
        return False
    return not is_quoted(prompt) and not _EXTRA.fullmatch(prompt.split()[-1])


def _option(found: Token, known: Sequence[Option], command: str) -> Option | None:
    if not found.name:
        return None
    option = named(found.name, known)
    if option is None and found.dash == "--":
        unknown_option(found.name, known, command)
    # A dash of another kind is often punctuation, so it is an option only before a known name.
    return option


def _value(option: Option, found: Token, tokens: Tokens) -> tuple[str | None, int]:
    if found.value is not None:
        return _unquoted(found.value), found.end
    following = tokens.after(found.end)
    if following is None or following.name or following.ends:
        return ("on" if option.kind in SWITCHES else None), found.end
    if following.quoted:
        return _unquoted(following.quoted), following.end
    if option.kind is OptionKind.TEXT or (option.kind in SWITCHES and following.word not in option.choices):
        return ("on" if option.kind in SWITCHES else None), found.end
    return following.word, following.end


def _close(options: dict[str, str], taking: tuple[Option, list[tuple[int, int]]] | None, text: str) -> None:
    if taking is not None:
        _put(options, taking[0], taking[0].name, _joined(text, taking[1]) or None)


def _put(options: dict[str, str], option: Option, name: str, value: str | None) -> None:
    name = public_name(name) if option.kind is OptionKind.PICTURE else option.name
    if value is None:
        text = _("--{name} needs a value: {help}").format(name=name, help=_(option.help))
        raise InvalidOrder(text, field=name)
    if name in options:
        raise InvalidOrder(_("--{name} was given twice.").format(name=name), field=name)
    options[name] = value


def _trailing_extras(text: str, spans: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], dict[str, str]]:
    found: list[tuple[str, str]] = []
    for span in reversed(spans):
        one = _EXTRA.fullmatch(text, *span)
        if one is None or not _one_value(one["value"]):
            break
        found.append((one["key"], one["value"]))
    return spans[: len(spans) - len(found)], dict(reversed(found))


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
    out: list[str] = []
    last = None
    for start, end in spans:
        gap = text[last:start] if last is not None else ""
        out += [gap if gap.isspace() else " " if out else "", text[start:end]]
        last = end
    return "".join(out).strip()


def _unquoted(text: str) -> str:
    return text[1:-1].strip() if is_quoted(text) else text


def parse(text: str, *, default: Capability = Capability.CHAT) -> Draft:
    """Turn a line into a draft; without a command the whole line is the prompt of `default`.

    Raises InvalidOrder, and nothing else, for an unknown command or option or a value of the wrong kind.
    """
    name, rest = split_command(text, [item.value for item in Capability])
    if not name:
        return Draft(capability=default, values={"prompt": rest} if rest else {})
    return parse_options(Capability(name), rest)


def parse_options(capability: Capability, text: str) -> Draft:
    """Turn the part of a line after its command into a draft. Raises InvalidOrder."""
    line = read(text, options_of(capability), command=capability.value)
    options = dict(line.options)
    if line.text and "prompt" in options:
        raise InvalidOrder(_("Give the prompt only once: as text or with --prompt."), field="prompt")
    if line.text and not about(capability).takes_prompt:
        message = _("/{command} takes no prompt, only options such as --scale 2.")
        raise InvalidOrder(message.format(command=capability), field="prompt")
    if line.text:
        options["prompt"] = line.text
    return draft(capability, options, extra=line.extra)


def shown_options(order: Order) -> dict[str, str]:
    """The order's options except the prompt and the pictures, by public name; extras come last."""
    shown: dict[str, str] = {}
    named_values = {"project": order.project_name, "style": order.styled.name if order.styled else ""}
    for option in options_of(order.capability):
        value = named_values.get(option.name) or getattr(order, option.field, None)
        if (
            option.kind is OptionKind.PICTURE
            or option.name == "prompt"
            or value in (None, "", option.default)
        ):
            continue
        shown[option.name] = _shown(value)
    return shown | dict(order.extra)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def words(order: Order) -> str:
    """The command line of this order, without pictures and remembered turns; `parse` reads it back."""
    texts = {option.name for option in options_of(order.capability) if option.kind is OptionKind.TEXT}
    parts = [
        f"{name}={value}"
        if name in order.extra
        else f"--{name} {quoted(value) if name in texts or ' ' in value else value}"
        for name, value in shown_options(order).items()
    ]
    prompt = order.prompt.strip()
    if prompt and reads_as_words(prompt):
        parts.insert(0, prompt)
    elif prompt:
        parts += ["--", prompt]
    return " ".join((f"/{order.capability}", *parts))
