"""The marks of Discord and Slack become words: none survives, plain text stays, and twice is once."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.intake import marks as discord_marks
from adapters.slack.intake import marks as slack_marks
from bot.core.text.clean_text import clean

DISCORD = discord_marks.Names(
    user=lambda number: {1: "Ada", 5: "12", 6: "<@1>"}.get(number, ""),
    role=lambda number: {2: "artists"}.get(number, ""),
    channel=lambda number: {3: "general"}.get(number, ""),
    ignored=frozenset({9}),
)
SLACK = slack_marks.Names(
    users={"U1": "Ada", "U5": "<@U1>", "U6": "U1"}, groups={"S1": "@designers"}, ignored=frozenset({"U9"})
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@9> draw <@1> and <@!1>", "  draw @Ada and @Ada"),
        ("<@77>", "@unknown-user"),
        ("<@&2> in <#3>", "@artists in #general"),
        ("<#4> <@&4>", "#unknown @unknown-role"),
        ("a <:blobcat:123456> and <a:party:9>", "a :blobcat: and :party:"),
        ("at <t:1700000000:R>", "at 2023-11-14 22:13 UTC"),
        ("<t:9999999999999>", "9999999999999"),
        ("use </edit image:123>", "use /edit image"),
        ("see <https://example.org/a?b=<c>", "see <https://example.org/a?b=<c>"),
        ("see <https://example.org/a>", "see https://example.org/a"),
        ("go to <id:browse>", "go to browse"),
        ("<@5>", "@12"),
        ("<@6>", "@@1"),
        ("1 < 2 and 3 > 2, <b>bold</b>", "1 < 2 and 3 > 2, <b>bold</b>"),
        ("<@\u200b1>", "@Ada"),
        ("wi\u200bde", "wide"),
    ],
)
def test_discords_marks(text: str, words: str) -> None:
    assert discord_marks.plain_words(text, DISCORD) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U9> draw <@U1>", "draw @Ada"),
        ("<@U1|ada.l> <@U77>", "@ada.l @somebody"),
        ("in <#C1|general> and <#C2|> and <#C3>", "in #general and #channel and #channel"),
        ("<!subteam^S1> <!subteam^S2|@ops> <!subteam^S3>", "@designers @ops @group"),
        ("<!here> <!channel|@channel>", "@here @channel"),
        ("<!date^1700000000^{date}|14 Nov 2023>", "14 Nov 2023"),
        ("<https://example.org/a|example.org/a>", "https://example.org/a"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("<https://example.org/a|our report>", "our report (https://example.org/a)"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        ("&lt;@U1&gt; &amp;lt;", "@Ada &lt;"),
        (":wave::skin-tone-2: :custom:", ":wave::skin-tone-2: :custom:"),
        ("<@U5> <@U6>", "@@U1 @U1"),
    ],
)
def test_slacks_marks(text: str, words: str) -> None:
    assert slack_marks.plain_words(text, SLACK) == words


PIECES = st.sampled_from(
    [
        *"<>@&#:!|^/at 19",
        *"<@1> <@U1> <@&2> <#3> <:a:5> <a <t:7> <!here> <#C1| x> <!date^1^y| <https://a.b|".split(),
        *("&lt;", "&amp;"),
        *("\u200b", "\u200d", "😀", "</ab:1>", "<id:guide>"),
    ]
)
NESTED = st.lists(PIECES, max_size=40).map("".join)
PLAIN = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="<>&"), max_size=200)
ANY_DISCORD = re.compile(r"<@!?\d+>|<@&\d+>|<#\d+>|<a?:\w+:\d{1,20}>|<t:\d+(:[tTdDfFRsS])?>")
ANY_SLACK = re.compile(r"<@[UWB][A-Z0-9]+(\|[^<>]*)?>|<#[CGD][A-Z0-9]+(\|[^<>]*)?>|<![a-z]+[^<>]*>")


@given(NESTED | st.text(max_size=60))
def test_no_mark_survives_and_twice_is_once(text: str) -> None:
    words = discord_marks.plain_words(text, DISCORD)
    assert not ANY_DISCORD.search(words)
    assert discord_marks.plain_words(words, DISCORD) == words
    words = slack_marks.without_marks(text, SLACK)
    assert not ANY_SLACK.search(words)
    assert slack_marks.without_marks(words, SLACK) == words
    assert not ANY_SLACK.search(slack_marks.plain_words(text, SLACK))


@given(PLAIN)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert discord_marks.plain_words(text, DISCORD) == clean(text)
    assert slack_marks.plain_words(text, SLACK) == clean(text).strip()


@pytest.mark.parametrize(
    "piece",
    ["<", "<@", "<@1", "<@1>", "<<@1>", "<:a", "<a:", "<t:1:", "</a ", "<!date^", "<https://a|", "<#C1|"],
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    def taken(count: int) -> float:
        text, started = piece * count, time.process_time()
        discord_marks.plain_words(text, DISCORD)
        slack_marks.plain_words(text, SLACK)
        return time.process_time() - started

    taken(100)
    short, long = taken(2_000), taken(16_000)
    assert long < max(short, 0.01) * 40  # eight times as long; a square would be sixty-four times
