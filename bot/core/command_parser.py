"""One line of text to one order: `/generate a capybara in the rain --model flux --n 2 guidance=7`.

The playground, the terminal and chat platforms whose commands are plain text all read the same commands
(`command_syntax` has the grammar, `options` the names). A line cannot contain pictures, so the result is a
draft: the typed values of an order; `order()` makes the order once the pictures are known. `words` turns an
order back into a line.
"""

from __future__ import annotations

from gettext import gettext as _

from bot.core.capability import Capability, about
from bot.core.command_syntax import quoted, read, reads_as_words, split_command
from bot.core.drafts import Draft, draft
from bot.core.errors import InvalidOrder
from bot.core.options import OptionKind, options_of
from bot.core.request import Order


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
    for option in options_of(order.capability):
        value = getattr(order, option.field, None)
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
        f"{name}={value}" if name in order.extra else f"--{name} {quoted(value) if name in texts else value}"
        for name, value in shown_options(order).items()
    ]
    prompt = order.prompt.strip()
    if prompt and reads_as_words(prompt):
        parts.insert(0, prompt)
    elif prompt:
        parts += ["--", prompt]
    return " ".join((f"/{order.capability}", *parts))
