"""Sentences and words: every one is found again at its place."""

import pytest

from estimate.data.sentences import MAX_SENTENCE, Sentence, sentences

TEXTS = [
    'Gen. A told the U.N. "12–15 men" (some 40%) died on Aug. 14. Others’ fate isn’t known…',
    "war—including the 600 deaths. ’Twas ``so''. It's Russia’s 12,000-strong force; $2,000.",
    "A\n\n\nB\r\nC\t. . . D?! “E” «F» 600+ ~40 a/b x\u2028y 𝟙𝟚 é́",
    "WHO said so.", "", " \n ", "...", "5 killed." * 300,
]


def read(text: str) -> list[Sentence]:
    return list(sentences(text))


@pytest.mark.parametrize("text", TEXTS)
def test_places_are_exact_and_in_order(text: str) -> None:
    last = 0
    for number, sentence in enumerate(read(text)):
        assert sentence.number == number
        assert text[sentence.start : sentence.end] == sentence.text
        assert len(sentence.text) <= MAX_SENTENCE
        for word in sentence.words:
            assert last <= word.start < word.end <= sentence.end
            assert text[word.start : word.end] == word.text
            last = word.end


def test_abbreviations_end_no_sentence() -> None:
    (sentence,) = read("Gen. A of the U.S. army said on Sept. 2 that 12 died.")
    assert "12" in [word.text for word in sentence.words]
    assert len(read("It rained. Twelve died.")) == 2


def test_ranges_and_marks_stand_apart() -> None:
    (sentence,) = read("12–15 men, 6,000-7,000 shells, 600+ hurt, ~40 dead in mid-May")
    words = [word.text for word in sentence.words]
    assert words[:3] == ["12", "–", "15"]
    assert [*"+~"] == [word for word in words if word in "+~"]
    assert "6,000" in words
    assert words[-1] == "May"


def test_names_that_look_like_pronouns_do_not_read_as_them() -> None:
    (sentence,) = read("The WHO and the US said so.")
    assert not {"who", "us"} & {word.low for word in sentence.words}


def test_lines_part_sentences_unless_a_machine_wrapped_them() -> None:
    assert [s.headline for s in read("Blast kills 12\nThe port is closed.")] == [True, False]
    line = "and the search for the missing went on through the night while"
    wrapped = "\n".join([line] * 5) + "\n12 died."
    assert len(read(wrapped)) == 1
