"""Lines people type become orders, or a refusal that helps; nothing else comes out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.capability import Capability
from bot.core.command_parser import parse, words
from bot.core.drafts import draft
from bot.core.errors import InvalidOrder
from bot.core.options import OPTIONS, options_of
from bot.core.request import ChatOrder, EditOrder, GenerateOrder, Upload, UpscaleOrder, VideoOrder

PICTURE = Upload(digest="ab" * 32, content_type="image/png", width=8, height=8, size=10)


def test_words_options_and_extras_become_a_typed_order() -> None:
    order = parse(
        "/generate a capybara in rain --model flux --n 2 --size=1536x1024 guidance=7.5 x_y=z"
    ).order()
    assert order == GenerateOrder(
        model="flux",
        prompt="a capybara in rain",
        n=2,
        size="1536x1024",
        extra={"guidance": "7.5", "x_y": "z"},
    )


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("--aspect-ratio 16:9", "aspect_ratio", "16:9"),
        ("--Aspect_Ratio 16:9", "aspect_ratio", "16:9"),
        ("--ratio=16:9", "aspect_ratio", "16:9"),
        ("—model flux", "model", "flux"),
        ("–n 3", "n", 3),
        ("――n 3", "n", 3),
        ("−−n 3", "n", 3),
        ("‑‑n=3", "n", 3),
        ("--negative „kein Text“", "negative_prompt", "kein Text"),
        ("--negative «pas de texte»", "negative_prompt", "pas de texte"),
        ("--negative blurry, low quality", "negative_prompt", "blurry, low quality"),
        ('--negative "blurry --n 9"', "negative_prompt", "blurry --n 9"),
        ("--negative=“no text”", "negative_prompt", "no text"),
        ("--format webp", "output_format", "webp"),
        ("--compression 80", "output_compression", 80),
        ("--thinking high", "thinking_level", "high"),
        ("--enhance", "prompt_enhancement", "on"),
        ("--enhance off", "prompt_enhancement", "off"),
        ("--seed -1", "seed", -1),
    ],
)
def test_options_are_read_however_they_are_typed(line: str, field: str, value: object) -> None:
    order = parse(f"/generate a cat {line}").order()
    assert (order.prompt, getattr(order, field)) == ("a cat", value)


def test_options_may_stand_before_the_words() -> None:
    assert parse("/generate --enhance --n 2 a cat").order() == GenerateOrder(
        model="", prompt="a cat", n=2, prompt_enhancement="on"
    )
    assert parse("/generate --prompt a cat --n 2").order() == GenerateOrder(model="", prompt="a cat", n=2)


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [
        ("a sign saying “hello --world”", "a sign saying “hello --world”"),
        ('"a capybara"', "a capybara"),
        ("a cat's hat and a dog's", "a cat's hat and a dog's"),
        ("night — quiet —calm", "night — quiet —calm"),
        ("5 −n is minus n", "5 −n is minus n"),
        ("-- --model is a word here", "--model is a word here"),
        ("E=mc2", "E=mc2"),
        ('size "big=yes"', 'size "big=yes"'),
        ("two\n\nlines  kept", "two\n\nlines  kept"),
    ],
)
def test_the_prompt_stays_as_typed(typed: str, prompt: str) -> None:
    assert parse(f"/generate {typed}").order().prompt == prompt


def test_text_without_a_command_is_one_prompt() -> None:
    assert parse("what does git commit --amend do?").order() == ChatOrder(
        model="", prompt="what does git commit --amend do?"
    )
    assert parse("/usr/bin is what?").capability is Capability.CHAT
    assert parse("a cat", default=Capability.GENERATE).order() == GenerateOrder(model="", prompt="a cat")


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("/generate a cat --modle flux", "modle", "Did you mean --model?"),
        ("/generat a cat", "command", "Did you mean /generate?"),
        ("/generate a cat --seconds 4", "seconds", "cannot be used with /generate"),
        ("/generate a cat --n two", "n", "whole number"),
        ("/generate a cat --n 1.5", "n", "whole number"),
        ("/generate a cat --n", "n", "needs a value"),
        ("/generate a cat --n 1 --n 2", "n", "given twice"),
        ("/generate a cat --prompt dog", "prompt", "once"),
        ("/upscale make it big", "prompt", "no prompt"),
        ("/video sea --seconds nan", "seconds", "a number"),
        ("/video sea --seconds 1e999", "seconds", "a number"),
        ("/generate a cat --seed " + "9" * 5000, "seed", "whole number"),
    ],
)
def test_refusals_name_the_option_and_help(line: str, field: str, says: str) -> None:
    with pytest.raises(InvalidOrder, match=r".") as caught:
        parse(line).order()
    assert caught.value.field == field
    assert says in str(caught.value)


def test_an_extra_named_like_an_option_is_that_option() -> None:
    assert parse("/generate a cat seed=5").order() == GenerateOrder(model="", prompt="a cat", seed=5)
    with pytest.raises(InvalidOrder, match="given twice"):
        parse("/generate a cat --seed 4 seed=5")
    with pytest.raises(InvalidOrder, match="is an option, not an extra"):
        draft(Capability.GENERATE, {"prompt": "a"}, extra={"n": 10})


def test_a_draft_says_what_is_missing() -> None:
    assert parse("/generate --n 2").missing() == ("prompt",)
    assert parse("/edit").missing() == ("prompt", "image")
    assert parse("/edit a hat").missing(images=1) == ()
    assert parse("/upscale").missing() == ("image",)
    with pytest.raises(InvalidOrder, match="Attach the picture"):
        parse("/upscale --scale 2").order()


def test_pictures_complete_an_order() -> None:
    assert parse("/edit a hat").order([PICTURE, PICTURE], PICTURE) == EditOrder(
        model="", prompt="a hat", images=(PICTURE, PICTURE), mask=PICTURE
    )
    assert parse("/upscale --scale 2").order([PICTURE]) == UpscaleOrder(model="", image=PICTURE, scale=2.0)
    assert parse("/video waves --seconds 4").order([PICTURE]) == VideoOrder(
        model="", prompt="waves", seconds=4.0, references=(PICTURE,)
    )
    with pytest.raises(InvalidOrder, match="one picture"):
        parse("/upscale").order([PICTURE, PICTURE])
    with pytest.raises(InvalidOrder, match="no picture"):
        parse("/generate a cat").order([PICTURE])
    with pytest.raises(InvalidOrder, match="mask"):
        parse("/chat look").order([PICTURE], PICTURE)


def test_pictures_named_in_a_line_are_kept_for_those_who_can_fetch_them() -> None:
    read = parse("/edit a hat --image cat.png --image2 'my dog.png' --mask=m.png")
    assert read.pictures == {"image": "cat.png", "image2": "my dog.png", "mask": "m.png"}


def test_json_values_are_typed_like_text() -> None:
    made = draft(Capability.GENERATE, {"prompt": "a", "n": 2, "seed": None, "output_format": "png"})
    assert made.order() == GenerateOrder(model="", prompt="a", n=2, output_format="png")
    for wrong in ({"n": True}, {"n": [1]}, {"prompt": 5}, {"size": {"w": 1}}, {"nn": 1}):
        with pytest.raises(InvalidOrder):
            draft(Capability.GENERATE, {"prompt": "a", **wrong})


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
PIECES = st.sampled_from(
    [
        "/generate",
        "/edit ",
        "/chat",
        "/",
        "--model",
        "--n",
        "=",
        "--",
        "—",
        '"',
        "“",
        "”",
        "'",
        " ",
        "\n",
        "a=b",
    ]
)


@given(st.lists(TEXT | PIECES, max_size=12).map("".join))
def test_any_text_is_an_order_or_a_refusal(line: str) -> None:
    try:
        read = parse(line)
        order = read.order([PICTURE] if read.capability in (Capability.EDIT, Capability.UPSCALE) else [])
    except InvalidOrder:
        return
    assert order.capability is read.capability


WORD = st.text(st.characters(categories=("Ll", "Nd")), min_size=1, max_size=12)
PROMPT = st.lists(WORD | st.sampled_from(["--model", "—", "ab=c", '"x', "'", "“hi”", "--"]), min_size=1).map(
    " ".join
)


@given(
    st.builds(
        GenerateOrder,
        model=WORD,
        prompt=PROMPT,
        n=st.integers(1, 10),
        seed=st.none() | st.integers(0, 2**32),
        negative_prompt=st.none() | st.lists(WORD, min_size=1).map(" ".join),
        prompt_enhancement=st.sampled_from([None, "on", "off"]),
        extra=st.dictionaries(st.sampled_from(["guidance", "x_y"]), WORD),
    )
)
def test_an_order_written_as_a_line_reads_back(order: GenerateOrder) -> None:
    assert parse(words(order)).order() == order


def test_lines_of_the_other_capabilities_read_back() -> None:
    video = VideoOrder(model="veo", prompt="waves", seconds=4.5, references=(PICTURE,))
    assert parse(words(video)).order([PICTURE]) == video
    chat = ChatOrder(model="a/b", prompt='"quoted"', system="be kind", temperature=0.5, max_tokens=9)
    assert parse(words(chat)).order() == chat
    upscale = UpscaleOrder(model="u", image=PICTURE, scale=2.0)
    assert parse(words(replace(upscale, extra={"ab": "c"}))).order([PICTURE]).extra == {"ab": "c"}


def test_every_option_of_the_table_is_a_field_of_its_order() -> None:
    samples = {
        Capability.GENERATE: parse("/generate a").order(),
        Capability.EDIT: parse("/edit a").order([PICTURE]),
        Capability.UPSCALE: parse("/upscale").order([PICTURE]),
        Capability.CHAT: parse("/chat a").order(),
        Capability.VIDEO: parse("/video a").order(),
    }
    for capability, order in samples.items():
        for option in options_of(capability):
            assert option.name == "image" or hasattr(order, option.field), option
    assert {option.name for option in OPTIONS} == {
        option.name for capability in Capability for option in options_of(capability)
    }
