"""Write docs/screens: the published report as a browser shows it, wide, narrow, dark and on paper.

`make screens` runs it; it needs Chromium.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "reports" / "published" / "nk-kursk" / "index.html"
SCREENS = ROOT / "docs" / "screens"
VIEWS = {  # width and height in px, scheme
    "wide": (1280, 1900, "light"),
    "narrow": (390, 2400, "light"),
    "dark": (1280, 1900, "dark"),
}


def main() -> None:
    """Open the page in each view and keep what is seen."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (width, height, scheme) in VIEWS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, offline=True)
            page = context.new_page()
            page.goto(PAGE.as_uri())
            page.wait_for_selector("html[data-ready]")
            page.screenshot(path=SCREENS / f"{name}.png")
            if name == "wide":
                page.pdf(path=SCREENS / "a4.pdf", prefer_css_page_size=True, print_background=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
