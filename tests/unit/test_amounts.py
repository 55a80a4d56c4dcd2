"""Amounts of money as people type them: one parser for Discord, Slack, the browser and the command line."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.common.amounts import amount_of, looks_like_amount, split_amount
from adapters.common.settings_table import setting_of
from adapters.common.settings_values import parsed, text_of
from adapters.slack.forms.budget import budget_of
from adapters.slack.handlers.admin import limit_of, window_of
from adapters.web.commands import _budget_words
from bot.core.errors import InvalidOrder
from bot.core.money import DOLLAR, MAX_MICROS, ZERO, Micros, dollars, editable, from_dollars, parse_amount
from bot.core.text.translation import speaking
from bot.core.windows import Window

AMOUNTS = st.integers(0, MAX_MICROS).map(Micros) | st.integers(0, 10**9).map(Micros)
READ = {
    "1,50": 1_500_000,
    "1.50": 1_500_000,
    "1,5": 1_500_000,
    "1.000,50": 1_000_500_000,
    "1,000.50": 1_000_500_000,
    "1,000,000": 1_000_000_000_000,
    "1.000.000": 1_000_000_000_000,
    "1 000": 1_000_000_000,
    "1\u202f000,50": 1_000_500_000,
    "1'000": 1_000_000_000,
    "1’000.50": 1_000_500_000,
    "1000": 1_000_000_000,
    "1234.567": 1_234_567_000,
    "$5": 5_000_000,
    "$ 5": 5_000_000,
    "5 $": 5_000_000,
    "5$": 5_000_000,
    "US$5": 5_000_000,
    "5 USD": 5_000_000,
    "usd 5": 5_000_000,
    "5 dollars": 5_000_000,
    "0.5": 500_000,
    ".5": 500_000,
    ",5": 500_000,
    "0.001": 1_000,
    "0,500": 500_000,
    "$0.0001": 100,
    "1.0000000": 1_000_000,
    " 5 ": 5_000_000,
    "１，５０": 1_500_000,
    "0": 0,
    "1000000000000": MAX_MICROS,
}
REFUSED = {
    "-5": "An amount must be \\$0 or more",
    "−5": "An amount must be \\$0 or more",
    "$-5": "An amount must be \\$0 or more",
    "-$5": "An amount must be \\$0 or more",
    "(5)": "An amount must be \\$0 or more",
    "": "is not an amount",
    "$": "is not an amount",
    "lots": "is not an amount",
    "NaN": "is not an amount",
    "inf": "is not an amount",
    "1e5": "is not an amount",
    "1_000": "is not an amount",
    "+5": "is not an amount",
    "5.": "is not an amount",
    "1.2.3": "is not an amount",
    "1.00,50": "is not an amount",
    "10 00": "is not an amount",
    "1,000 000": "is not an amount",
    "5 7": "is not an amount",
    "€5": "in US dollars",
    "5 EUR": "in US dollars",
    "5²": "is not an amount",
    "½": "is not an amount",
    "٥": "is not an amount",
    "1.0000001": "six decimals",
    "1000000000000.01": "at most",
    "9" * 31: "30 characters",
}


@pytest.mark.parametrize(("text", "micros"), READ.items())
def test_amounts_are_read_in_both_conventions(text: str, micros: int) -> None:
    assert parse_amount(text) == micros


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items())
def test_what_is_no_amount_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,000", "could mean $1,000.00 or $1.00. Please write 1000.00 or 1.00."),
        ("$1.000", "could mean $1,000.00 or $1.00. Please write 1000.00 or 1.00."),
        ("12.345", "could mean $12,345.00 or $12.345. Please write 12345.00 or 12.3450."),
    ],
)
def test_what_reads_as_two_amounts_is_refused_with_both(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_amount(text)
    assert str(caught.value).endswith(sentence)


def european(text: str) -> str:
    return text.translate({ord(","): ".", ord("."): ","})


@given(AMOUNTS)
@example(Micros(1_001_000))
def test_what_a_form_shows_is_read_back(amount: Micros) -> None:
    assert parse_amount(editable(amount)) == amount
    assert parse_amount(european(editable(amount))) == amount
    with speaking("de"):
        assert editable(amount) == european(editable(amount)).replace(".", ",")
        assert parse_amount(editable(amount)) == amount


@given(AMOUNTS)
def test_what_people_are_shown_is_read_back_or_asked_about_and_never_read_as_another(amount: Micros) -> None:
    for shown in (dollars(amount), european(dollars(amount)), dollars(amount).replace(",", "'")):
        two_readings = len(re.split("[.,]", shown)[-1]) == 3 and amount < 1000 * DOLLAR
        if two_readings and amount >= DOLLAR:
            with pytest.raises(ValueError, match="could mean"):
                parse_amount(shown)
        else:
            assert parse_amount(shown) == amount


@given(st.text(max_size=40))
def test_any_text_is_an_amount_within_bounds_or_a_sentence(text: str) -> None:
    said = ""
    try:
        amount = parse_amount(text)
    except ValueError as error:
        said, amount = str(error), ZERO
    assert 0 <= amount <= MAX_MICROS
    assert not said or said.endswith(".")


@pytest.mark.parametrize(
    "text", ["1,50", "$5", "1_0", "NaN", "Infinity", "１", "1" * 101, "1e99", "0x10", ""]
)
def test_a_machines_number_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        from_dollars(text)


def test_a_machines_number_may_have_an_exponent_and_a_sign() -> None:
    assert [from_dollars("4e-5"), from_dollars(-0.5), from_dollars(2)] == [40, -500_000, 2_000_000]


# the surfaces


def test_the_amount_at_the_beginning_of_a_line_is_taken_whole() -> None:
    assert split_amount("1 000,50 $ per day".split()) == ("1 000,50 $", ["per", "day"])
    assert split_amount(["5", "month"]) == ("5", ["month"])
    assert split_amount(["month"]) == ("", ["month"])
    assert not looks_like_amount("mia")
    assert looks_like_amount("-5")


def test_the_browsers_line_finds_the_amount_wherever_it_stands() -> None:
    assert _budget_words("mia 1,50 day") == {"limit": "1,50", "window": Window.DAY, "who": "mia"}
    assert _budget_words("mia -5 day") == {"limit": "-5", "window": Window.DAY, "who": "mia"}
    assert _budget_words("1 000 $ for mia") == {"limit": "1 000 $", "who": "mia"}


def test_slacks_line_takes_the_amount_and_leaves_the_window() -> None:
    assert limit_of("1,50 month".split()) == (1_500_000, ["month"])
    amount, rest = limit_of("1 000 USD a week".split())
    assert (amount, window_of(rest)) == (1_000_000_000, Window.WEEK)
    with pytest.raises(InvalidOrder, match="lots"):
        limit_of(["lots"])


@pytest.mark.parametrize("text", ["1,000", "-5", "NaN", "lots"])
def test_every_surface_refuses_the_same(text: str) -> None:
    for use in (
        lambda: amount_of(text, "limit"),
        lambda: limit_of([text]),
        lambda: parsed(setting_of("threshold"), text),
        lambda: parsed(setting_of("cap"), text),
        lambda: budget_of({"limit": text, "scope": "everyone", "window": "day"}),
    ):
        with pytest.raises(InvalidOrder) as caught:
            use()
        assert caught.value.field in ("limit", "threshold", "cap")


def test_every_surface_reads_a_comma_as_the_decimals() -> None:
    assert amount_of("1,50", "limit") == amount_of(1.5, "limit") == 1_500_000
    assert parsed(setting_of("threshold"), "1,50") == 1_500_000
    assert parsed(setting_of("cap"), "1.000,50") == 1_000_500_000
    assert budget_of({"limit": "1,50", "scope": "tenant", "window": "day"})[3] == 1_500_000


@pytest.mark.parametrize("number", [-5, float("nan"), float("inf"), 1e13, True, None, [5]])
def test_a_number_that_is_no_amount_is_refused(number: object) -> None:
    with pytest.raises(InvalidOrder):
        amount_of(number, "limit")


@given(AMOUNTS)
def test_a_settings_form_shows_what_it_reads(amount: Micros) -> None:
    row = setting_of("threshold")
    assert parsed(row, text_of(row, amount)) == amount
