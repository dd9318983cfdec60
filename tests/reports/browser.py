"""The Chromium found here, driven by Playwright; no page that it opens has a network."""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page, sync_playwright

CHROMIUM = next(
    (path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path),
    None,
)
NARROW = 500  # px; below this a window is a telephone's
_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# The page's script sets the mark once all its charts are drawn; a page without one is as it is.
_READY = "html[data-ready], html:not(:has(script[type=module]))"
# What axe cannot judge in front of a gradient, it can in front of plain ground.
_PLAIN_GROUND = "document.querySelectorAll('.scroll').forEach(e => e.style.background = 'none')"


class Browser:
    """One Chromium; each `open` gives it a new `page` and forgets the last one."""

    def __init__(self) -> None:
        self._driver = sync_playwright().start()
        self._chromium = self._driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        self._said: list[str] = []
        self.page = self._chromium.new_page()

    def close(self) -> None:
        """End the browser that was started here."""
        self._chromium.close()
        self._driver.stop()

    def open(
        self,
        page: Path,
        width: int,
        dark: bool = False,
        scripts: bool = True,
        height: int = 900,
        settle: float = 30.0,
    ) -> Page:
        """Open a page at a width and wait at most `settle` seconds until its charts are drawn."""
        self.page.context.close()
        self._said = []
        context = self._chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            is_mobile=width < NARROW,
            has_touch=width < NARROW,
            offline=True,
            accept_downloads=True,
        )
        context.set_default_timeout(1000 * settle)
        self.page = context.new_page()
        document = page.resolve().as_uri()
        self.page.on("console", lambda note: self._said.append(f"{note.type}: {note.text}"))
        self.page.on("pageerror", lambda error: self._said.append(f"exception: {error}"))
        self.page.on("request", lambda asked: self._asked(asked.url, document))
        self.page.goto(document)
        if scripts:
            self.page.wait_for_selector(_READY)
        return self.page

    def _asked(self, url: str, document: str) -> None:
        if url != document and not url.startswith(("data:,", "blob:")):
            self._said.append(f"request: {url}")

    def ask(self, expression: str) -> Any:
        """Give the value of an expression in the page."""
        return self.page.evaluate(expression)

    def complaints(self) -> list[str]:
        """Whatever the console said, and every request that went beyond the file itself."""
        self.page.wait_for_timeout(50)  # what was said is told with the next messages
        return list(self._said)

    def violations(self) -> list[str]:
        """Serious and critical violations that axe-core finds in the page as it stands."""
        self.ask(_AXE.read_text("utf-8"))
        self.ask(_PLAIN_GROUND)
        found = self.ask("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        return [
            f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node['failureSummary']}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]


def printed(pdf: bytes) -> list[int]:
    """Give the number of runs of text and pictures on each page of a PDF that Chromium made."""
    parts = dict(re.findall(rb"\n(\d+) 0 obj\n(.*?)\nendobj", pdf, re.S))
    counts = []
    for body in parts.values():
        if re.search(rb"/Type /Page\b", body):
            content = re.search(rb"/Contents (\d+) 0 R", body)
            assert content is not None
            stream = parts[content[1]].split(b"stream\n", 1)[1]
            drawn = zlib.decompressobj().decompress(stream)
            counts.append(len(re.findall(rb"\b(?:Tj|TJ|Do)\b", drawn)))
    return counts
