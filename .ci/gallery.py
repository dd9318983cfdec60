"""Write docs/gallery: resolved cases with their settled truth drawn on what the tool said of them.

`make gallery` runs it; a few minutes. Each case is fitted from its claims alone, with the priors
that left its conflict out; the truth is read after the last fit.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from estimate.data.case import Case
from estimate.data.library import read_library
from estimate.model.fit import Settings, fit
from estimate.model.known import keep
from estimate.model.learned import read_learned
from estimate.model.result import Fit
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
    said = {}
    for name, group in gallery.chosen(scores.cases).items():
        print(f"{name} ({group})", flush=True)
        said[name] = (contents(fitted(library.case(name))), group)
    entries = [gallery.entry(words, library.truth(name), group)
               for name, (words, group) in said.items()]
    GALLERY.mkdir(parents=True, exist_ok=True)
    gallery.write_pictures(entries, GALLERY)
    (GALLERY / "README.md").write_text(
        gallery.text(entries, "../../reports/published/nk-kursk"), encoding="utf-8")


if __name__ == "__main__":
    main()
