"""Options and pictures to orders, the same on every surface."""

from dataclasses import dataclass, replace

import pytest

from bot.core.capability import Capability, about
from bot.core.drafts import changes_of, order_of
from bot.core.errors import BadImage, InvalidOrder
from bot.core.request import ChatOrder, EditOrder, Upload, UpscaleOrder, VideoOrder, uploads_of, with_uploads
from bot.core.validation import OrderLimits, check

PICTURE = Upload(digest="a1" * 32, content_type="image/png", width=64, height=64, size=100)
OTHER = Upload(digest="b2" * 32, content_type="image/png", width=32, height=32, size=50)
MASK = Upload(digest="c3" * 32, content_type="image/png", width=64, height=64, size=90, has_alpha=True)


def smallest(capability: Capability):
    """The least that makes an order."""
    row = about(capability)
    said = {"prompt": "a fox"} if row.takes_prompt else {}
    return order_of(capability, said, [PICTURE] * row.pictures[0])


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_has_an_order(capability):
    order = smallest(capability)
    assert order.capability is capability
    assert len(uploads_of(order)) == about(capability).pictures[0]
    assert order.prompt == ("a fox" if about(capability).takes_prompt else "")


@pytest.mark.parametrize("given", [{"seconds": "6,5 s"}, {"seconds": "6.5"}, {"seconds": 6.5}])
def test_numbers_may_be_typed_or_written_with_their_unit(given):
    order = order_of(Capability.VIDEO, {"prompt": "waves", **given})
    assert isinstance(order, VideoOrder)
    assert order.seconds == 6.5


@pytest.mark.parametrize(
    ("capability", "given", "images", "field"),
    [
        (Capability.GENERATE, {}, 0, "prompt"),
        (Capability.GENERATE, {"prompt": "a fox"}, 1, "image"),
        (Capability.EDIT, {"prompt": "hat"}, 0, "image"),
        (Capability.EDIT, {}, 1, "prompt"),
        (Capability.UPSCALE, {}, 0, "image"),
        (Capability.UPSCALE, {}, 2, "image"),
        (Capability.UPSCALE, {"scale": "big"}, 1, "scale"),
        (Capability.UPSCALE, {"prompt": "hat"}, 1, "prompt"),
        (Capability.VIDEO, {"prompt": "waves", "seconds": "long"}, 0, "seconds"),
        (Capability.VIDEO, {"prompt": "waves", "n": 1.5}, 0, "n"),
        (Capability.CHAT, {"prompt": "hello", "system": 3}, 0, "system"),
        (Capability.GENERATE, {"prompt": "a fox", "enhance": "perhaps"}, 0, "enhance"),
        (Capability.CHAT, {}, 0, "prompt"),
    ],
)
def test_a_refusal_names_the_option(capability, given, images, field):
    with pytest.raises(InvalidOrder) as refused:
        order_of(capability, given, [PICTURE] * images)
    assert refused.value.field == field


@pytest.mark.parametrize("capability", [Capability.CHAT, Capability.VIDEO])
def test_words_may_be_missing_where_a_picture_says_what_is_meant(capability):
    assert order_of(capability, {}, [PICTURE]).prompt == about(capability).default_prompt != ""
    assert order_of(capability, {"prompt": "slowly"}, [PICTURE]).prompt == "slowly"


def test_a_mask_goes_with_an_edit_alone():
    assert order_of(Capability.EDIT, {"prompt": "hat"}, [PICTURE], MASK).mask is MASK
    with pytest.raises(InvalidOrder) as refused:
        order_of(Capability.VIDEO, {"prompt": "waves"}, [PICTURE], MASK)
    assert refused.value.field == "mask"


def test_changes_have_the_names_of_the_orders_fields():
    changes = changes_of(Capability.GENERATE, {"negative": "rain", "format": "webp", "n": 2, "size": None})
    assert changes == {"negative_prompt": "rain", "output_format": "webp", "n": 2}


def test_pictures_are_replaced_one_by_one():
    edit = order_of(Capability.EDIT, {"prompt": "hat"}, [PICTURE, OTHER], MASK)
    larger = {one: replace(one, size=one.size + 1) for one in uploads_of(edit)}
    new = larger.__getitem__
    assert uploads_of(with_uploads(edit, new)) == (new(PICTURE), new(OTHER), new(MASK))
    for capability, kind in ((Capability.UPSCALE, UpscaleOrder), (Capability.CHAT, ChatOrder)):
        order = order_of(capability, {}, [PICTURE])
        assert isinstance(order, kind)
        assert uploads_of(with_uploads(order, new)) == (new(PICTURE),)
    generate = order_of(Capability.GENERATE, {"prompt": "a fox"})
    assert with_uploads(generate, new) is generate
    assert isinstance(edit, EditOrder)


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A picture that a platform still holds."""

    url: str
    width: int = 64
    height: int = 64
    has_alpha: bool = False


def test_an_order_can_be_made_and_checked_before_its_pictures_are_here():
    there, hole = Elsewhere(url="https://x/1"), Elsewhere(url="https://x/2", has_alpha=True)
    made = order_of(Capability.EDIT, {"prompt": "hat"}, [there], hole)
    assert uploads_of(made) == (there, hole)
    check(made, None, OrderLimits())
    here = with_uploads(made, {there: PICTURE, hole: MASK}.__getitem__)
    assert here == order_of(Capability.EDIT, {"prompt": "hat"}, [PICTURE], MASK)
    with pytest.raises(BadImage):
        check(
            order_of(Capability.EDIT, {"prompt": "hat"}, [there], replace(hole, width=1)), None, OrderLimits()
        )


@pytest.mark.parametrize(
    "digest", ["", "a1", "A1" * 32, "g" * 64, "a1" * 32 + "\n", "https://cdn.example/1.png"]
)
def test_an_upload_is_named_by_a_digest_and_nothing_else(digest):
    with pytest.raises(ValueError, match="SHA-256"):
        replace(PICTURE, digest=digest)
