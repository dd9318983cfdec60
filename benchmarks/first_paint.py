"""How soon a report shows its fan chart, and how soon the chart answers: `first_paint.py [RUN]`.

Chromium, no network, a cold page each time; milliseconds from the start of navigation to the first
frame after the drawing stands in the page, and to the end of the page's script.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PUBLISHED = Path(__file__).parent.parent / "reports" / "published" / "nk-kursk"
TIMES = 5
WATCH = """addEventListener('DOMContentLoaded', () => {}, {once: true});
(function look() {
    const drawing = document.querySelector('figure .wide svg .mark-area, figure .narrow svg path');
    if (drawing && drawing.getBoundingClientRect().width) {
        requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
    } else requestAnimationFrame(look);
})();"""


def main(run: Path) -> None:
    """Print size, first paint and readiness of a run's page."""
    page = run / "index.html"
    print(f"size      {page.stat().st_size / 1e6:8.2f} MB")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    painted, ready = [], []
    with sync_playwright() as driver:
        for _ in range(TIMES):
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1280, "height": 1600}, offline=True)
            context.add_init_script(WATCH)
            shown = context.new_page()
            shown.goto(page.resolve().as_uri())
            shown.wait_for_selector("html[data-ready]")
            ready.append(shown.evaluate("performance.now()"))
            painted.append(shown.evaluate("window.painted"))
            browser.close()
    for name, times in (("painted", painted), ("ready", ready)):
        print(f"{name:8s}  {statistics.median(times):8.0f} ms (of {TIMES}: {min(times):.0f} to "
              f"{max(times):.0f})")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLISHED)
