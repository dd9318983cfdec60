"""Days that text names, against the article's day, which was a Tuesday."""

from datetime import date

import pytest

from estimate.data.sentences import sentences
from estimate.data.when import Span, full_days, spans

TUESDAY = date(2025, 9, 2)


def read(text: str, published: date | None = TUESDAY) -> list[Span]:
    return [each for sentence in sentences(text) for each in spans(sentence.words, published)]


@pytest.mark.parametrize(("text", "role", "start", "end"), [
    ("on Sept. 2", "in", "2025-09-02", "2025-09-02"),
    ("on 3 May", "in", "2025-05-03", "2025-05-03"),
    ("on October 3", "in", "2024-10-03", "2024-10-03"),
    ("on 2024-12-31", "in", "2024-12-31", "2024-12-31"),
    ("on April 29, 2025", "in", "2025-04-29", "2025-04-29"),
    ("on Tuesday", "in", "2025-09-02", "2025-09-02"),
    ("on Wednesday", "in", "2025-08-27", "2025-08-27"),
    ("yesterday", "bare", "2025-09-01", "2025-09-01"),
    ("overnight", "bare", "2025-09-01", "2025-09-02"),
    ("since October", "from", "2024-10-01", "2024-10-31"),
    ("since mid-April", "from", "2025-04-01", "2025-04-30"),
    ("since the beginning of this year", "from", "2025-01-01", "2025-09-02"),
    ("since the start of 2024", "from", "2024-01-01", "2024-12-31"),
    ("by 2 September", "to", "2025-09-02", "2025-09-02"),
    ("as of 10 August", "to", "2025-08-10", "2025-08-10"),
    ("until the end of June", "to", "2025-06-30", "2025-06-30"),
    ("in the past week", "in", "2025-08-26", "2025-09-02"),
    ("in the past 24 hours", "in", "2025-09-01", "2025-09-02"),
    ("over the last three days", "in", "2025-08-30", "2025-09-02"),
    ("two weeks ago", "bare", "2025-08-19", "2025-08-19"),
    ("last week", "bare", "2025-08-25", "2025-08-31"),
    ("last month", "bare", "2025-08-01", "2025-08-31"),
    ("this year", "bare", "2025-01-01", "2025-09-02"),
    ("at the weekend", "in", "2025-08-30", "2025-08-31"),
    ("in January", "in", "2025-01-01", "2025-01-31"),
    ("in March 2022", "in", "2022-03-01", "2022-03-31"),
    ("in 2019", "in", "2019-01-01", "2019-12-31"),
    ("since 24 February last year", "from", "2024-02-24", "2024-02-24"),
    ("in the first half of the year", "in", "2025-01-01", "2025-06-30"),
    ("between January and March", "in", "2025-01-01", "2025-03-31"),
    ("Wednesday's raid", "in", "2025-08-27", "2025-08-27"),
])
def test_days(text: str, role: str, start: str, end: str) -> None:
    (span,) = read(text)
    assert (span.role, str(span.start), str(span.end)) == (role, start, end)


@pytest.mark.parametrize("text", [
    "they may die", "on the march", "2,000 of 5000 men", "the deadliest this year", "30 February",
    "in 1066", "the third this month", "0 March", "", "on 31/02/2025",
])
def test_what_names_no_day(text: str) -> None:
    assert [span for span in read(text) if span.end is not None] == []


def test_without_the_article_s_day_only_full_days_are_known() -> None:
    assert [span.end for span in read("on Tuesday", None)] == [None]
    assert [span.end for span in read("last week", None)] == [None]
    assert [span.end for span in read("on 3 May 2024", None)] == [date(2024, 5, 3)]
    (sentence,) = sentences("On May 9, 2025, as in June 2024 and on Friday")
    assert full_days(sentence.words) == [date(2025, 5, 9)]


@pytest.mark.parametrize("day", [date(1800, 1, 1), date(2100, 12, 31), date(2024, 2, 29)])
def test_the_ends_of_the_calendar_stop_nothing(day: date) -> None:
    text = "since 3 May, last week, 9 years ago, on Friday, in the past 999 months, last year"
    for span in read(text, day):
        assert span.end is None or date(1, 1, 1) <= span.end <= date(2101, 1, 1)
