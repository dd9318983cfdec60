"""Write docs/gallery: resolved cases with their settled truth drawn on what the tool said of them.

`make gallery` runs it; a few minutes. Each case is fitted from its claims alone, with the priors
that left its conflict out; the truth is read after the last fit.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from estimate.data.case import Case
from estimate.data.library import read_library
from estimate.model.fit import fit
from estimate.model.known import keep
from estimate.model.learned import read_learned
from estimate.model.result import Fit
from estimate.model.sampler import Settings
from estimate.model.scorefile import scores_of
from estimate.model.vintages import SHORT, vintages
from estimate.reports import gallery
from estimate.reports.contents import contents

GALLERY = Path(__file__).parent.parent / "docs" / "gallery"
SEED = 1


def fitted(case: Case) -> Fit:
    """Fit a case, and what could be known of it on each day."""
    made = fit(case, settings=Settings(seed=SEED))
    made.account["command"] = f"estimate fit resolved:{case.id} --seed {SEED} --history"
    short = Settings(seed=SEED, **SHORT)
    keep(made, vintages(case, settings=short), "claim", asdict(short))
    return made


def main() -> None:
    """Fit the cases, then write the page and its pictures."""
    library, scores = read_library(), scores_of(read_learned())
    if scores is None:
        raise SystemExit("data/priors/backtest.json is of other priors: run `estimate backtest "
                         "--out data/priors/backtest.json` first")
    entries: list[gallery.Entry] = []
    for group, names in gallery.candidates(scores.cases).items():
        for name in names:
            if sum(each.group == group for each in entries) == gallery.SHOWN[group]:
                break
            made, truth = fitted(library.case(name)), library.truth(name)
            found = gallery.group_of(made.vintages()[-1], truth)
            print(f"{name}: {group} in the scores, {found or 'neither'} in this fit", flush=True)
            if found == group:
                entries.append(gallery.entry(contents(made), truth, group))
    GALLERY.mkdir(parents=True, exist_ok=True)
    for old in (*GALLERY.glob("*.svg"), *GALLERY.glob("*.png")):
        old.unlink()
    gallery.write_pictures(entries, GALLERY)
    (GALLERY / "README.md").write_text(
        gallery.text(entries, "../../reports/published/nk-kursk"), encoding="utf-8")


if __name__ == "__main__":
    main()
