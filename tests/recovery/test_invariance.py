"""What should not move the answer does not, byte for byte; what should, moves the right party.

The fast tests compare what the sampler is given (same arrays, same seed: same draws). The slow ones
fit the bundled case and compare the tables that come out.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import variants
from variants import BUNDLED, Change, differences, rewritten

from estimate.data.case import Case, read_case
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.fit import Compiled, compile_model, fit
from estimate.model.priors import Priors
from estimate.model.result import Fit
from estimate.model.sampler import Settings
from estimate.model.summary import claims, estimates, sources

QUICK = Settings(draws=60, tune=60, chains=2, seed=11)
FULL = Settings(draws=1000, tune=600, chains=2, seed=11)
CUT = date(2025, 6, 30)
SAME: list[tuple[str, Change]] = [
    ("shuffled rows", variants.shuffled), ("20 more outlets in via", variants.echoed),
    ("exact copies of the NIS's rows", variants.copied)]


@pytest.fixture(scope="module")
def case() -> Case:
    """The bundled case."""
    return read_case(BUNDLED)


def given(case: Case, as_of: date | None = None) -> object:
    """What the model of a case is built from."""
    return plan(select(case, as_of))


@pytest.mark.parametrize(("name", "change"), SAME)
def test_model_is_given_the_same(case: Case, tmp_path: Path, name: str, change: Change) -> None:
    """Row order, echoes and copies change nothing of what the sampler is given.

    Which of two identical rows is heard is only a name.
    """
    found = differences(given(case), given(rewritten(case, tmp_path, change)))
    assert [line for line in found if "copies" not in name or ".claim[" not in line] == []


def test_later_claims_are_not_looked_at(case: Case, tmp_path: Path) -> None:
    """With an as-of day, more claims published later change nothing."""
    longer = rewritten(case, tmp_path, lambda t: variants.continued(t, CUT))
    assert len(longer.claims) > len(case.claims)
    assert differences(given(case, CUT), given(longer, CUT)) == []


def test_carried_forward_figures_add_no_figure(case: Case, tmp_path: Path) -> None:
    """Repeats are seen as repeats: the figures of the likelihood stay as they were."""
    again = rewritten(case, tmp_path, variants.repeated)
    one, two = plan(select(case)).observations, plan(select(again)).observations
    assert one.claim == two.claim
    np.testing.assert_array_equal(one.log_figure, two.log_figure)


def test_something_does_change(case: Case, tmp_path: Path) -> None:
    """The comparison is not blind."""
    used = select(case).used
    known = used.loc[used["quantity"] == "casualties", "id"].iloc[-1]

    def one_more(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([table, table[table["id"] == known].assign(id="new", value="9000")])

    assert differences(given(case), given(rewritten(case, tmp_path, one_more)))


def tables(result: Fit) -> dict[str, bytes]:
    """The three tables as they are written."""
    makers = {"estimates": estimates, "sources": sources, "claims": claims}
    return {name: make(result).to_csv(index=False).encode() for name, make in makers.items()}


@pytest.fixture(scope="module")
def quick(case: Case) -> dict[str, bytes]:
    """Tables of a short fit of the bundled case."""
    return tables(fit(case, settings=QUICK))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "change"), SAME)
def test_estimates_are_the_same_bytes(case: Case, quick: dict[str, bytes], tmp_path: Path,
                                      name: str, change: Change) -> None:
    """Same seed, same bytes of estimates.csv, after a compilation of its own."""
    result = tables(fit(rewritten(case, tmp_path, change), settings=QUICK))
    assert result["estimates"] == quick["estimates"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_later_claims_change_no_byte(case: Case, tmp_path: Path) -> None:
    """Tables of the claims in view, with and without claims published later."""
    longer = rewritten(case, tmp_path, lambda t: variants.continued(t, CUT))
    one, two = (tables(fit(c, as_of=CUT, settings=QUICK)) for c in (case, longer))
    assert one == two


@pytest.fixture(scope="module")
def compiled(case: Case) -> Compiled:
    """The bundled case's model, compiled once."""
    return compile_model(plan(select(case)), Priors())


def headline(case: Case, compiled: Compiled, log_figure: np.ndarray | None = None) -> tuple:
    """Draws of the log headline, and mean bias by source about losses and about the killed."""
    seen = compiled.design.observations
    figures = np.where(seen.zero, 0.0, seen.log_figure if log_figure is None else log_figure)
    redrawn = compiled.with_data(figures, seen.zero.astype(float))
    draws = redrawn.sample(FULL)["posterior"].to_dataset()
    place = compiled.design.quantities.index(case.headline)
    final = np.log(draws["cumulative"].values[:, :, place, -1]).reshape(-1)
    bias, extra = (draws[k].mean(("chain", "draw")).values for k in ("bias", "bias_killed"))
    return final, bias, bias + extra


@pytest.fixture(scope="module")
def base(case: Case, compiled: Compiled) -> tuple:
    """The bundled case as it is."""
    return headline(case, compiled)


def _width(final: np.ndarray) -> float:
    low, high = np.quantile(final, [0.05, 0.95])
    return float(high - low)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_repeating_is_no_new_evidence(case: Case, base: tuple, tmp_path: Path,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    """The NIS's rows again after 3, 10 and 20 days: median moves < 6%, width shrinks < 10%."""
    again = rewritten(case, tmp_path, variants.repeated)
    final = headline(again, compile_model(plan(select(again)), Priors()))[0]
    moved = math.expm1(np.median(final) - np.median(base[0]))
    shrunk = 1 - _width(final) / _width(base[0])
    with capsys.disabled():
        print(f"\nNIS repeated: headline median {moved:+.1%}, log-width {-shrunk:+.1%}")
    assert abs(moved) < 0.06
    assert shrunk < 0.10


def _speaking(case: Case) -> list[str]:
    design = plan(select(case))
    family = dict(zip(case.sources["id"], case.sources["family"], strict=True))
    heard = {design.observations.source[i] for i in design.speaks_of_losses}
    return sorted({family[s] for s in heard})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_family_that_triples_is_held_to_account(
        case: Case, compiled: Compiled, base: tuple, capsys: pytest.CaptureFixture[str]) -> None:
    """A family's claims x 3: its bias takes half of log 3 or more, the headline half or less."""
    family = dict(zip(case.sources["id"], case.sources["family"], strict=True))
    seen, faults, lines = compiled.design.observations, [], []
    spoken, speaker = compiled.design.speaks_of_losses, compiled.design.source_of
    about = {r.observation: int(r.quantity == "killed") for r in reversed(seen.readings)}
    for name in _speaking(case):
        mine = np.array([family[s] == name for s in seen.source])
        final, *bias = headline(case, compiled, seen.log_figure + mine * math.log(3))
        voices = [(about[i], speaker[i]) for i in spoken if mine[i]]
        own = float(np.mean([bias[k][s] - base[1 + k][s] for k, s in voices]))
        moved = float(np.median(final) - np.median(base[0]))
        lines.append(f"{name:22s} {len(voices):3d} claims: its bias x{math.exp(own):.2f}, "
                     f"headline x{math.exp(moved):.2f}")
        if own < math.log(3) / 2 or moved > math.log(3) / 2:
            faults.append(lines[-1])
    with capsys.disabled():
        print("\neach family's claims x 3 (half of it: x1.73)", *lines, sep="\n")
    assert not faults


