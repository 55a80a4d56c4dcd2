"""The things people can order, and one row for each with everything that is particular to it.

Tables and branches elsewhere read a capability's facts from its row. A new capability needs a member of the
enum, a row here, an order in `request`, and whatever the type checker then asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from bot.core.text.translation import N_


class Capability(StrEnum):
    """What people can order. The values are the names of the commands and are stored."""

    GENERATE = "generate"
    EDIT = "edit"
    UPSCALE = "upscale"
    CHAT = "chat"
    VIDEO = "video"


class Output(StrEnum):
    """The kind of a result."""

    PICTURE = "picture"
    TEXT = "text"
    VIDEO = "video"


FollowUp = Literal["upscale", "vary", "edit", "animate"]
"""The buttons that a result can have, besides the one that repeats the order."""


@dataclass(frozen=True, kw_only=True)
class CapabilityFacts:
    """The row of one capability.

    Words for people, marked and translated where they are shown: `title` says what a person does, `noun`
    names a result, `doing` and `doing_what` describe the work in progress, `asks` labels the prompt's field,
    `picture_wanted` is the message when a picture is missing. `verbs` are words that ask for it.
    `on_picture` is the name of the button that orders it for an existing picture, empty when there is no
    such button.

    Rules: `takes_prompt` is false when an order has no prompt; `default_prompt` replaces a missing prompt
    when there is a picture. `pictures` are the fewest and the most pictures (None: as many as the model
    takes). `stops` is true when work can be stopped after the gateway has begun, `job` when the gateway
    answers with a job that must be polled. `converses` is true when earlier turns are remembered.
    `unlisted_models` is true when the gateway lists none, so that the operator names some; `printed_model` is
    one from the gateway's own pages, for a gateway without a list (Lumenfall API, guides). `options` are the
    public names in the order in which they are offered; `endpoint` is a path below the gateway's base URL,
    and `modality` is the gateway's word for such models (Lumenfall API, models).
    """

    output: Output
    title: str
    noun: str
    nouns: str
    doing: str
    doing_what: str = ""
    verbs: tuple[str, ...]
    on_picture: str = ""
    asks: str = ""
    takes_prompt: bool = True
    default_prompt: str = ""
    pictures: tuple[int, int | None]
    picture_wanted: str = ""
    takes_mask: bool = False
    follow_ups: tuple[FollowUp, ...] = ()
    stops: bool = False
    job: bool = False
    converses: bool = False
    unlisted_models: bool = False
    endpoint: str
    modality: str
    printed_model: str
    options: tuple[str, ...]

    @property
    def needs_picture(self) -> bool:
        """True when every order needs a picture."""
        return self.pictures[0] > 0

    @property
    def takes_pictures(self) -> bool:
        """True when an order can have a picture."""
        return self.pictures[1] != 0


_IMAGE = (
    "size n aspect_ratio resolution quality style format compression seed negative thinking enhance project"
    " hidden"
)

_GENERATE = CapabilityFacts(
    output=Output.PICTURE,
    title=N_("Draw a picture"),
    noun=N_("picture"),
    nouns=N_("pictures"),
    doing=N_("Drawing"),
    doing_what=N_("your picture"),
    verbs=("generate", "imagine", "draw"),
    asks=N_("What you would like to see"),
    pictures=(0, 0),
    follow_ups=("upscale", "vary", "edit", "animate"),
    endpoint="images/generations",
    modality="image",
    printed_model="gemini-3-pro-image",
    options=("prompt", "model", *_IMAGE.split()),
)
_EDIT = CapabilityFacts(
    output=Output.PICTURE,
    title=N_("Edit a picture"),
    noun=N_("edit"),
    nouns=N_("edits"),
    doing=N_("Editing"),
    doing_what=N_("your picture"),
    verbs=("edit",),
    on_picture="edit",
    asks=N_("What should change"),
    pictures=(1, None),
    picture_wanted=N_("Attach the picture to edit."),
    takes_mask=True,
    follow_ups=("upscale", "vary", "edit", "animate"),
    endpoint="images/edits",
    modality="image",
    printed_model="gpt-image-1.5",
    options=("prompt", "model", "image", "mask", *_IMAGE.split()),
)
_UPSCALE = CapabilityFacts(
    output=Output.PICTURE,
    title=N_("Enlarge a picture"),
    noun=N_("upscale"),
    nouns=N_("upscales"),
    doing=N_("Enlarging"),
    doing_what=N_("your picture"),
    verbs=("upscale", "enlarge"),
    on_picture="upscale",
    takes_prompt=False,
    pictures=(1, 1),
    picture_wanted=N_("Attach the picture to make larger."),
    follow_ups=("upscale", "edit", "animate"),
    endpoint="images/edits",
    modality="image",
    printed_model="topaz-image-upscale",
    options=("model", "image", "scale", "format", "project", "hidden"),
)
_CHAT = CapabilityFacts(
    output=Output.TEXT,
    title=N_("Ask a question"),
    noun=N_("answer"),
    nouns=N_("answers"),
    doing=N_("Thinking"),
    verbs=("chat", "ask"),
    on_picture="ask",
    asks=N_("Your question"),
    default_prompt=N_("Describe this picture."),
    pictures=(0, None),
    stops=True,
    converses=True,
    unlisted_models=True,
    endpoint="chat/completions",
    modality="text",
    printed_model="google/gemini-3-flash-preview",
    options=("prompt", "model", "image", "system", "temperature", "max_tokens", "style", "project", "hidden"),
)
_VIDEO = CapabilityFacts(
    output=Output.VIDEO,
    title=N_("Make a video"),
    noun=N_("video"),
    nouns=N_("videos"),
    doing=N_("Filming"),
    doing_what=N_("your video"),
    verbs=("video", "animate"),
    on_picture="animate",
    asks=N_("What should happen"),
    default_prompt=N_("Bring this picture to life."),
    pictures=(0, None),
    follow_ups=("vary",),
    stops=True,
    job=True,
    endpoint="videos",
    modality="video",
    printed_model="sora-2",
    options=(
        *("prompt", "model", "image", "seconds", "size", "n", "aspect_ratio", "resolution"),
        *("seed", "negative", "style", "project", "hidden"),
    ),
)


def about(capability: Capability) -> CapabilityFacts:
    """The facts of a capability."""
    match capability:
        case Capability.GENERATE:
            return _GENERATE
        case Capability.EDIT:
            return _EDIT
        case Capability.UPSCALE:
            return _UPSCALE
        case Capability.CHAT:
            return _CHAT
        case Capability.VIDEO:
            return _VIDEO
        case _:
            assert_never(capability)


def _on_picture() -> Mapping[str, Capability]:
    return {about(item).on_picture: item for item in Capability if about(item).on_picture}


ON_PICTURE: Mapping[str, Capability] = _on_picture()
"""The capability of each button that works on an existing picture, by the button's name."""
