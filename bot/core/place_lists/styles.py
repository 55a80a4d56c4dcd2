"""Styles: words around a prompt, and perhaps a model and options, under a name that admins give.

The words have one `{prompt}`, the place of the person's own words; words without it come after them. An order
keeps the words as they were when it was accepted, so a style that is changed or removed later changes nothing
that was agreed to.

The gateway has styles of its own (`vivid`, `natural`, and what a model lists): those names cannot be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.errors import InvalidOrder
from bot.core.place_lists.names import find, new_name
from bot.core.text.clean_text import clean, storable
from bot.core.text.translation import gettext as _

STYLES_MAX = 50
WORDS_MAX = 600
"""Characters of a style's words."""
OPTIONS_MAX = 10
PLACE = "{prompt}"
"""Where the person's own words go."""
GATEWAY_STYLES = ("vivid", "natural")
"""Values of the gateway's own parameter `style` (Lumenfall API, images/generations)."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """One style of a place. `options` are options by their public names, as they are typed."""

    id: str
    name: str
    words: str
    model: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class AppliedStyle:
    """A style in an order: its name and words when the order was accepted; erased words are empty."""

    name: str
    words: str = PLACE

    def around(self, prompt: str) -> str:
        """The words of the style around the person's own."""
        before, place, after = self.words.partition(PLACE)
        return f"{before}{prompt}{after}" if place else prompt


Styles = Sequence[Style]


def with_style(styles: Styles, style: Style) -> tuple[Style, ...]:
    """With a style set: a new one, or another in the place of the one of the same name."""
    old = find(style.name, styles)
    if old is None:
        if len(styles) >= STYLES_MAX:
            text = _("A place can have at most {most} styles.")
            raise InvalidOrder(text.format(most=STYLES_MAX), field="style")
        return (*styles, style)
    return tuple(style if one.id == old.id else one for one in styles)


def style_name(name: str, gateway_names: Iterable[str]) -> str:
    """The name for a style. Raises InvalidOrder for the gateway's own and for what is no name."""
    found = new_name(name, (), field="style")
    if found.casefold() in {one.casefold() for one in (*GATEWAY_STYLES, *gateway_names)}:
        text = _("“{name}” is a style of the gateway's own. Choose another name.")
        raise InvalidOrder(text.format(name=found), field="style")
    return found


def style_words(words: str) -> str:
    """The words with the place of the prompt. Raises InvalidOrder."""
    found = clean(words).strip() if storable(words) else ""
    if not found or len(found) > WORDS_MAX or found.count(PLACE) > 1:
        text = _("The words of a style have 1 to {most} characters, with {place} at most once.")
        raise InvalidOrder(text.format(most=WORDS_MAX, place=PLACE), field="words")
    return found if PLACE in found else f"{PLACE}, {found}"
