"""judged.csv: read with the case; what it judges is counted, what it misses is told."""

import threading

import pytest

from estimate.data.case import read_case, read_files
from estimate.data.judged import with_judgement
from estimate.data.problems import CaseError, EstimateError

from .claim_lines import line

HEADER = "code,claim,other,why,who,on"
ECHO = "echo,d2,d1,a count of its own,ed,2020-03-01"


@pytest.fixture
def echoed(draft):
    draft.add(line("d1", 410, "2020-02-01"))
    draft.add(line("d2", 410, "2020-02-05", source="paper"))
    return draft


def judge(draft, *rows, header=HEADER):
    draft.texts["judged.csv"] = "\n".join([header, *rows]) + "\n"
    return draft


def test_without_the_file_nothing_is_judged(echoed):
    case = echoed.read()
    assert [each.code for each in case.warnings] == ["echo"]
    assert case.judged == ()


def test_a_judged_finding_is_no_warning(echoed):
    bare = echoed.read()
    case = judge(echoed, ECHO).read()
    assert case.warnings == ()
    (told,) = case.judged
    assert (told.finding,) == bare.warnings
    assert (told.why, told.who, told.on) == ("a count of its own", "ed", "2020-03-01")
    assert case.fingerprint == bare.fingerprint
    assert case.sha256 | bare.sha256 == case.sha256
    assert case.files["judged.csv"] == echoed.texts["judged.csv"].encode()
    assert read_files(case.files).judged == case.judged


@pytest.mark.parametrize("row", ["echo,d1,,why,,", "echo,d2,,why,,", "echo,d1,d2,why,,"])
def test_any_claim_of_the_finding_may_be_named(echoed, row):
    assert len(judge(echoed, row).read().judged) == 1


def test_columns_that_may_be_left_out(echoed):
    (told,) = judge(echoed, "echo,d2,why", header="code,claim,why").read().judged
    assert (told.who, told.on) == ("", "")


@pytest.mark.parametrize(("row", "column", "rule", "mend"), [
    ("ecko,d2,,why,,", "code", "not one of above-deployed", "did you mean 'echo'?"),
    ("look-alike,d2,,why,,", "code", "not one of", ""),
    ("echo,d9,,why,,", "claim", "not in claims.csv", ""),
    ("echo,d2,d9,why,,", "other", "not in claims.csv", ""),
    ("echo,d2,,,,", "why", "empty", ""), ("echo,d2,, ,,", "why", "empty", ""),
    (",d2,,why,,", "code", "empty", ""), ("echo,,,why,,", "claim", "empty", ""),
    ("echo,d2,,why,,1.3.2020", "on", "not a day", "write 2020-"),
    ("echo,d2,,why", "", "too few fields", ""),
])
def test_faults(echoed, row, column, rule, mend):
    (fault,) = judge(echoed, row).faults()
    assert (fault.file, fault.column) == ("judged.csv", column)
    assert rule in fault.rule
    assert mend in fault.mend


def test_a_judgement_whose_finding_is_gone_is_told(echoed):
    judge(echoed, ECHO, "times-ten,d1,,why,,").cell("d2", "value", "415")
    gone = echoed.read().warnings
    assert [(each.file, each.row, each.code) for each in gone] == [
        ("judged.csv", 2, "judged-gone"), ("judged.csv", 3, "judged-gone")]
    assert "there is no finding 'echo' about d2 to be judged" in gone[0].rule


def test_another_claim_narrows_a_judgement(echoed):
    said = judge(echoed, "echo,d2,c1,why,,").read().warnings
    assert [each.code for each in said] == ["echo", "judged-gone"]


def test_where_findings_are_only_counted_none_is_called_gone(draft):
    for at in range(1500):
        draft.add(line(f"d{at}", 400, "2020-02-01", url=""))
    judge(draft, "missing-link,d0,,why,,", "missing-link,d1400,,why,,")
    case = draft.read()
    assert len(case.judged) == 1
    assert {each.code for each in case.warnings} == {"missing-link", ""}


def test_a_judgement_is_written_and_read_again(echoed):
    folder = echoed.write()
    assert with_judgement(folder, "echo", "d2", "=its own, really", "ed") == 1
    (told,) = read_case(folder).judged
    assert (told.why, told.who) == ("'=its own, really", "ed")
    with pytest.raises(EstimateError, match="'echo' about 'd2' is judged already"):
        with_judgement(folder, "echo", "d2", "again")


def test_what_the_file_held_stays_as_it_is(echoed):
    echoed.add(line("d3", 400, "2020-02-20", url=""))
    folder = judge(echoed, "echo,d2,a count of its own", header="code,claim,why").write()
    before = (folder / "judged.csv").read_bytes().rstrip(b"\n")
    (folder / "judged.csv").write_bytes(before)
    with_judgement(folder, "missing-link", "d3", "seen on paper")
    assert (folder / "judged.csv").read_bytes() == before + b"\nmissing-link,d3,seen on paper\n"
    assert len(read_case(folder).judged) == 2


@pytest.mark.parametrize(("code", "claim", "why", "kind"), [
    ("ecko", "d2", "why", EstimateError), ("echo", "d9", "why", EstimateError),
    ("echo", "d2", " ", CaseError), ("echo", "d2", "x\x00y", CaseError)])
def test_what_cannot_be_written_leaves_the_folder_as_it_was(echoed, code, claim, why, kind):
    folder = judge(echoed, header=HEADER).write()
    (folder / "judged.csv").unlink()
    with pytest.raises(kind):
        with_judgement(folder, code, claim, why)
    assert not list(folder.glob("*judged.csv*"))


def test_two_writers_at_once_lose_nothing(draft):
    for at in range(8):
        draft.add(line(f"d{at}", 400, "2020-02-01", url=""))
    folder = draft.write()
    hands = [threading.Thread(target=with_judgement, args=(folder, "missing-link", f"d{at}", "why"))
             for at in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(read_case(folder).judged) == 8
