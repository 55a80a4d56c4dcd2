"""The form as a view: fields that follow the capability and the model. Pure: what is known in, a view out.

Block ids carry what they depend on, because Slack keeps what was typed for as long as a block keeps its id
(Slack docs, Updating modals): a prompt survives a change of capability, a size does not survive its model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from adapters.common.place_lists.named_choices import NamedChoice
from adapters.slack.forms import place_names
from adapters.slack.views import admin_texts, form_texts, texts
from adapters.slack.views.layout import Block, clamp, context, escape, option, packed, plain, section
from adapters.slack.views.lists import price_hint
from bot.core.capability import Capability, Output, about
from bot.core.catalog import Model
from bot.core.errors import TooLate
from bot.core.money import Micros, dollars
from bot.core.options import OPTIONS
from bot.core.request import ReplyTo
from bot.core.text.translation import gettext as _

CALLBACK = "form"
_CHOICES = {item.name: item.choices for item in OPTIONS}
_SELECTS = {
    Capability.GENERATE: ("size", "n", "quality"),
    Capability.EDIT: ("size", "n", "quality"),
    Capability.UPSCALE: ("scale",),
    Capability.VIDEO: ("seconds", "aspect_ratio", "resolution"),
    Capability.CHAT: (),
}
_EXAMPLES = {
    Capability.GENERATE: "--seed 7 --style vivid",
    Capability.EDIT: "--seed 7 --style vivid",
    Capability.UPSCALE: "--format png",
    Capability.VIDEO: "--seed 7 --negative rain",
    Capability.CHAT: "--temperature 0.7",
}
"""Further options to type, as an example."""
_METADATA = 3000


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a form begins with. `files` are Slack's ids of the pictures it works on; `request` and `index` one
    picture of a result; `message` is the key of a message that is asked about, and `about` its words in a
    form of an earlier version; `where` the address of the answer.
    """

    capability: str = Capability.GENERATE
    prompt: str = ""
    model: str = ""
    files: tuple[str, ...] = ()
    request: str = ""
    index: int = 0
    about: str = ""
    message: str = ""
    place: bool = False
    where: ReplyTo = field(default_factory=dict[str, Any])

    @property
    def has_source(self) -> bool:
        """True where the picture is chosen already."""
        return bool(self.files or self.request)

    def packed(self, limit: int = _METADATA) -> str:
        """As text for private_metadata or a button's value, which have little room."""
        kept = {name: value for name, value in asdict(self).items() if value}
        return packed(kept, limit, "about", "prompt")


_START = TypeAdapter(Start)


def unpacked(text: str) -> Start:
    """What `packed` wrote. Raises TooLate for what this version cannot have written."""
    try:
        start = _START.validate_json(text or "{}")
        return replace(start, capability=Capability(start.capability))
    except ValueError:
        raise TooLate(texts.outdated()) from None


def skeleton(start: Start) -> Block:
    """What opens at once, before anything has been asked of anybody."""
    return _view(start, [section(admin_texts.one_moment())], submit="")


def problem_block(start: Start, text: str) -> Block:
    """A form that cannot be filled in, and why."""
    return _view(start, [section(f"🚫 {escape(text)}")], submit="")


def _view(start: Start, blocks: Sequence[Block], *, submit: str) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(_(about(Capability(start.capability)).title), 24),
        "close": plain(form_texts.close(), 24),
        "private_metadata": start.packed(),
        "blocks": list(blocks),
    }
    return view | ({"submit": plain(submit, 24)} if submit else {})


def form(start: Start, model: Model | None, *, threshold: Micros, named: Sequence[NamedChoice] = ()) -> Block:
    """The whole form for a capability and a model. `named` are the lists of styles and projects."""
    capability = Capability(start.capability)
    blocks = [_capability(start), _model(capability, model)]
    if about(capability).takes_prompt:
        blocks.append(_prompt(start))
    blocks += _pictures(start, capability)
    suffix = model.id if model else "any"
    for name in _SELECTS[capability]:
        values = choices(name, model)
        if len(values) > 1:
            blocks.append(_select(name, values, suffix))
    blocks += [place_names.field(one, capability) for one in named]
    blocks.append(_more(capability))
    if start.place:
        blocks.append(_place())
    blocks.append(context(_price_line(model, threshold)))
    return _view(
        start,
        blocks,
        submit=form_texts.ask() if about(capability).output is Output.TEXT else form_texts.make_it(),
    )


def _input(
    block_id: str, label: str, element: Block, *, optional: bool = False, tells: bool = False
) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
        "dispatch_action": tells,
    }


def _capability(start: Start) -> Block:
    offered = [item for item in Capability if about(item).takes_pictures or not start.has_source]
    options = [option(_(about(item).title), item.value) for item in offered]
    chosen = option(_(about(Capability(start.capability)).title), start.capability)
    element = {
        "type": "static_select",
        "action_id": "form_capability",
        "options": options,
        "initial_option": chosen,
    }
    return _input("capability", form_texts.what(), element, tells=True)


def _model(capability: Capability, model: Model | None) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": "form_model",
        "min_query_length": 0,
        "placeholder": plain(form_texts.default_model(), 150),
    }
    if model is not None:
        element["initial_option"] = model_option(model)
    return _input(f"model-{capability}", form_texts.model(), element, optional=True, tells=True)


def model_option(model: Model) -> Block:
    """A model with its price hint."""
    return option(f"{model.id}{price_hint(model, ' – ')}", model.id)


def _prompt(start: Start) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": "prompt",
        "multiline": True,
        "max_length": 3000,
    }
    if start.prompt:
        element["initial_value"] = clamp(start.prompt, 3000)
    row = about(Capability(start.capability))
    return _input("prompt", _(row.asks), element, optional=row.output is Output.VIDEO and start.has_source)


def _pictures(start: Start, capability: Capability) -> list[Block]:
    row = about(capability)
    if not row.takes_pictures:
        return []
    if start.has_source:
        return [context(form_texts.on_chosen_picture())]
    element = {
        "type": "file_input",
        "action_id": "files",
        "filetypes": ["png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif", "tif", "tiff", "bmp"],
        "max_files": row.pictures[1] or 4,
    }
    return [_input("files", form_texts.pictures(), element, optional=not row.needs_picture)]


def choices(name: str, model: Model | None) -> tuple[str, ...]:
    """What a model takes for an option; what most take where the catalogue does not say."""
    if model is not None:
        if name == "scale" and model.scale is not None:
            return () if model.scale.fixed else tuple(f"{one:g}" for one in model.scale.factors) or ("2", "4")
        if name in model.choices:
            return model.choices[name]
        if name == "n" and model.max_n:
            return tuple(str(number) for number in range(1, min(model.max_n, 10) + 1))
        if name == "seconds" and model.max_seconds:
            return tuple(one for one in ("4", "5", "6", "8", "10", "15") if float(one) <= model.max_seconds)
    return _CHOICES.get(name, ())


def _select(name: str, values: Iterable[str], suffix: str) -> Block:
    element = {
        "type": "static_select",
        "action_id": name,
        "placeholder": plain(form_texts.models_own(), 150),
        "options": [option(one, one) for one in list(values)[:100]],
    }
    return _input(clamp(f"{name}-{suffix}", 255), form_texts.option_label(name), element, optional=True)


def _more(capability: Capability) -> Block:
    element = {
        "type": "plain_text_input",
        "action_id": "more",
        "placeholder": plain(_EXAMPLES[capability], 150),
    }
    return _input(f"more-{capability}", form_texts.more_options(), element, optional=True)


def _place() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "default_to_current_conversation": True,
        "placeholder": plain(form_texts.a_direct_message(), 150),
    }
    return _input("place", form_texts.where_to_post(), element, optional=True)


def _price_line(model: Model | None, threshold: Micros) -> str:
    hint = form_texts.model_costs(price_hint(model, " ")) if model and price_hint(model) else ""
    return form_texts.price_found_first(hint, dollars(threshold))


# reading a form back


def answers(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed and chosen, by action id: text, a value, a list of values or files, or None."""
    found: dict[str, Any] = {}
    for block in ((view.get("state") or {}).get("values") or {}).values():
        for action_id, state in block.items():
            found[action_id] = _answer(state)
    return found


def capability_of(given: Mapping[str, Any], start: Start) -> Capability:
    """What was chosen, else what the form began with. Raises TooLate for what this version does not offer."""
    try:
        return Capability(given.get("form_capability") or start.capability)
    except ValueError:
        raise TooLate(texts.outdated()) from None


def _answer(state: Mapping[str, Any]) -> Any:
    chosen = state.get("selected_option")
    if chosen:
        return chosen["value"]
    if state.get("selected_options"):
        return [option["value"] for option in state["selected_options"]]
    return next((value for name, value in state.items() if name != "type" and value), None)


def block_of(view: Mapping[str, Any], name: str) -> str:
    """The block in which an option's complaint is shown; the further options where it has none."""
    ids = [block["block_id"] for block in view.get("blocks") or () if block.get("type") == "input"]
    wanted = {"image": "files", "mask": "files", "images": "files"}.get(name, name)
    for block_id in ids:
        if block_id == wanted or block_id.startswith(f"{wanted}-"):
            return block_id
    return next((block_id for block_id in ids if block_id.startswith("more-")), ids[-1] if ids else "")
