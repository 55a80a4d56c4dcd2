"""Blocked words: what a rule finds, what it leaves alone, and that neither rules nor texts take long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.common.settings_table import setting_of
from adapters.common.settings_values import parsed, revised, text_of
from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import InvalidOrder, WordsBlocked
from bot.core.identity import Via
from bot.core.order_rules import Checks
from bot.core.request import Actor, ChatOrder, GenerateOrder
from bot.core.setting_rules import check_prompts
from bot.core.tenant import Tenant
from bot.core.text.blocked_words import RULE_MAX, broken_rule, well_formed_rule
from bot.core.text.skeletons import skeleton
from bot.core.validation import OrderLimits

RULES = ("nudes", "free pills", "porn*", "*drug*", "猫", "bat", "кот", "Straße", "a?c", "casi*no")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("send NUDES!", "nudes"),
        ("n u d e s", "nudes"),
        ("please n.u.d.e.s now", "nudes"),
        ("n_u_d_e_s", "nudes"),
        ("send me a n u d e s i n k", "nudes"),
        ("a c a s i n o", "casi*no"),
        ("a p o r n o", "porn*"),
        ("nüdès", "nudes"),
        ("пudeѕ", "nudes"),
        ("𝓷𝓾𝓭𝓮𝓼", "nudes"),
        ("ｎｕｄｅｓ", "nudes"),
        ("n\u200bu\u00add\u2060es", "nudes"),
        ("🇳🇺🇩🇪🇸", "nudes"),
        ("[nudes](https://example.org)", "nudes"),
        ("free\npills", "free pills"),
        ("freepills", "free pills"),
        ("fre epi lls", "free pills"),
        ("f r e e  p i l l s", "free pills"),
        ("pornography", "porn*"),
        ("antidrugs", "*drug*"),
        ("黒猫です", "猫"),
        ("КОТ", "кот"),
        ("STRASSE", "Straße"),
        ("abc", "a?c"),
        ("casiXXno", "casi*no"),
    ],
)
def test_what_a_rule_finds(text: str, rule: str) -> None:
    assert broken_rule(RULES, ["nothing here", text]) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "denudes",
        "nude",
        "combat",
        "plan b at noon",
        "free the pills",
        "ac",
        "abbc",
        "4ndroid",
        "casino s",
    ],
)
def test_what_it_leaves_alone(text: str) -> None:
    rules = [rule for rule in RULES if rule != "casi*no"]
    assert broken_rule(rules, [text]) == ""


WORD = st.text("abcdefghij", min_size=3, max_size=10)


@given(WORD, st.lists(WORD, max_size=6), st.sampled_from(["", "\u200b", "\u0301", ".", " "]))
def test_a_word_is_found_wherever_it_stands_and_however_it_is_spread(
    word: str, others: list[str], between: str
) -> None:
    text = " ".join([*others, between.join(word.upper()), "Zq"])
    assert broken_rule([word], [text]) == word


@given(WORD, st.lists(WORD, max_size=6))
def test_a_short_word_is_not_found_where_it_is_no_word(word: str, others: list[str]) -> None:
    found = broken_rule([word], [" ".join(others)])
    assert (found == word) == (word in others) or (len(word) >= 6 and word in "".join(others))


@given(st.text(max_size=80))
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(st.lists(st.text(max_size=RULE_MAX), max_size=4), st.text(max_size=200))
def test_no_rule_and_no_text_raise(rules: list[str], text: str) -> None:
    assert broken_rule(rules, [text]) in ("", *rules)


@pytest.mark.parametrize(
    "rule", ["a*a*a*a*a*a*a*b", "*a*b*c*d*", "?????????*z", "aaaaaaaaaa", "(a+)+$", "ab cd*"]
)
@pytest.mark.parametrize("piece", ["a", "a ", "a b ", "ab", "aa.", "ａ", "ﷺ"])
def test_time_grows_with_the_length_only(rule: str, piece: str) -> None:
    def taken(length: int) -> float:
        text, started = piece * (length // len(piece)), time.process_time()
        broken_rule([rule], [text])
        return time.process_time() - started

    taken(100)
    assert taken(16_000) < max(taken(2_000), 0.01) * 40  # eight times as long; a square would be 64 times


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("word", True),
        ("猫", True),
        ("a", False),
        ("*", False),
        ("**?", False),
        ("a,b", False),
        ("x" * 65, False),
    ],
)
def test_well_formed_rules(rule: str, fits: bool) -> None:
    assert well_formed_rule(rule) is fits


# where it is asked

ACTOR = Actor(tenant="discord:1", person="discord:2", channel="discord:3")
TENANT = Tenant(
    id="discord:1",
    blocked_words=("nudes",),
    house_prompt="You are the guide of a museum.",
    channel_prompts={"discord:3": "Answer in verse."},
)
CHECKS = Checks(Catalog(), OrderLimits(), defaults=dict.fromkeys(Capability, "some-model"))


@pytest.mark.parametrize(
    "order",
    [
        GenerateOrder(model="", prompt="nudes"),
        GenerateOrder(model="", prompt="a fox", negative_prompt="n u d e s"),
        GenerateOrder(model="", prompt="a fox", extra={"style_hint": "nudes"}),
        ChatOrder(model="", prompt="hello", system="talk of nudes"),
    ],
)
def test_every_text_of_an_order_is_asked(order: GenerateOrder | ChatOrder) -> None:
    with pytest.raises(WordsBlocked) as refused:
        CHECKS.check(ACTOR, TENANT, order)
    assert refused.value.rule == "nudes"
    assert "nudes" not in str(refused.value)


def test_rules_that_came_later_stop_what_was_accepted() -> None:
    order = CHECKS.check(ACTOR, Tenant(id="discord:1"), ChatOrder(model="", prompt="nudes"))
    with pytest.raises(WordsBlocked):
        CHECKS.check_again(ACTOR, TENANT, order)


def test_a_chat_carries_the_words_of_its_place_and_channel_once() -> None:
    order = CHECKS.check(ACTOR, TENANT, ChatOrder(model="", prompt="hello", system="Be brief."))
    assert isinstance(order, ChatOrder)
    assert (order.house, order.system) == ("You are the guide of a museum.\n\nAnswer in verse.", "Be brief.")
    again = CHECKS.check(ACTOR, Tenant(id="discord:1", house_prompt="New."), order)
    assert isinstance(again, ChatOrder)
    assert again.house == "New."
    away = Actor(**{**vars(ACTOR), "place": "discord:dm:2", "via": Via.DIRECT})
    direct = CHECKS.check(away, TENANT, order)
    assert isinstance(direct, ChatOrder)
    assert direct.house is None


def test_prompts_are_bounded() -> None:
    check_prompts({"house_prompt": "x" * 2000})
    for changes in (
        {"house_prompt": "x" * 2001},
        {"channel_prompts": {"c": "x" * 2001}},
        {"channel_prompts": {str(number): "x" for number in range(51)}},
        {"house_prompt": "\x00"},
    ):
        with pytest.raises(InvalidOrder):
            check_prompts(changes)


def test_settings_of_words_are_typed_and_read_back() -> None:
    row = setting_of("blocked-words")
    assert parsed(row, "free pills, casino*\nnudes") == ("free pills", "casino*", "nudes")
    assert parsed(row, "none") == ()
    assert revised(row, ("a1",), "+ free pills") == ("a1", "free pills")
    assert revised(row, ("a1", "free pills"), "- free pills") == ("a1",)
    with pytest.raises(InvalidOrder):
        parsed(row, "*")
    row = setting_of("channel_prompts")
    kept = parsed(row, "art = Answer in verse.\nlab=Be exact = always")
    assert kept == {"art": "Answer in verse.", "lab": "Be exact = always"}
    assert parsed(row, text_of(row, kept)) == kept
    assert revised(row, kept, "+ art = In prose.") == {"art": "In prose.", "lab": "Be exact = always"}
    assert revised(row, kept, "- art") == {"lab": "Be exact = always"}
    with pytest.raises(InvalidOrder):
        parsed(row, "no equals sign")
