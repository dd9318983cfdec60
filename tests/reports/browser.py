"""A headless Chromium driven through its debugging pipe; nothing but the standard library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path),
    None,
)
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Browser:
    """One page of a browser; `events` are what it reported since it was opened."""

    def __init__(self) -> None:
        assert CHROMIUM is not None
        self._folder = tempfile.mkdtemp()
        read_theirs, self._write = os.pipe()
        self._read, write_theirs = os.pipe()

        def hand_over() -> None:
            one, two = os.dup(read_theirs), os.dup(write_theirs)
            os.dup2(one, 3)
            os.dup2(two, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self._process = subprocess.Popen(
            [CHROMIUM, *_QUIET, f"--user-data-dir={self._folder}", "about:blank"],
            close_fds=False,
            preexec_fn=hand_over,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_theirs)
        os.close(write_theirs)
        self._buffer, self._number, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = next(
            t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page"
        )
        attached = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=0,
            uploadThroughput=0,
        )

    def close(self) -> None:
        """End the browser that was started here."""
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._read, 1 << 16)
            assert part, "the browser has gone"
            self._buffer += part
        raw, self._buffer = self._buffer.split(b"\0", 1)
        message: dict[str, Any] = json.loads(raw)
        return message

    def send(self, method: str, **parameters: Any) -> Any:
        """Send one command and wait for its answer."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._write, json.dumps(command).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def open(
        self, page: Path, width: int, dark: bool = False, scripts: bool = True, settle: float = 30.0
    ) -> None:
        """Open a page at a width and wait until its charts are drawn."""
        self.events.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send("Page.navigate", url=page.resolve().as_uri())
        until = time.monotonic() + settle
        done = "document.readyState === 'complete'"
        if scripts:
            done += " && document.querySelectorAll('.vega-embed').length"
            done += " === document.querySelectorAll('figure').length"
        while time.monotonic() < until and not self.ask(done):
            time.sleep(0.2)

    def ask(self, expression: str) -> Any:
        """Give the value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """Whatever the console said, and every request that went beyond the file itself."""
        self.ask("1")
        said = []
        for event in self.events:
            method, what = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled":
                said.append(f"{what['type']}: {[a.get('value') for a in what['args']]}")
            elif method == "Runtime.exceptionThrown":
                said.append(f"exception: {what['exceptionDetails'].get('text')}")
            elif method == "Log.entryAdded":
                said.append(f"log: {what['entry']['text']}")
            elif method == "Network.requestWillBeSent" and what["type"] != "Document":
                if not what["request"]["url"].startswith("data:,"):
                    said.append(f"request: {what['request']['url']}")
        return said
