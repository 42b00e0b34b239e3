"""A real Firefox without a window, spoken to by its own protocol (Marionette): no package and no driver is needed for it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import PATIENCE

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
MARKS = [
    pytest.mark.skipif(FIREFOX is None, reason="NO FIREFOX on this machine: apt-get install firefox-esr"),
    pytest.mark.slow,
]
"""What tests in Firefox are marked with."""
if FIREFOX is None:
    warnings.warn("NO FIREFOX: the chat page is tested in Chromium alone (apt-get install firefox-esr)", stacklevel=1)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver hands over an element (W3C WebDriver, 12)."""
NO_PORT = 9
"""Where nobody listens: whatever is not on this machine is asked for there."""
PREFERENCES = {
    "marionette.port": 0, "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": NO_PORT,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": NO_PORT, "ui.prefersReducedMotion": 1,
    "app.update.disabledForTesting": True, "datareporting.policy.dataSubmissionEnabled": False,
}  # fmt: skip


class Firefox:
    """One window of a Firefox."""

    def __init__(self, port: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._rest = b""
        self._number = 0
        self._read()  # what it says of itself
        self.ask("WebDriver:NewSession", {})

    def ask(self, command: str, values: dict[str, Any]) -> Any:
        """The result of a command of WebDriver's."""
        self._number += 1
        said = json.dumps([0, self._number, command, values]).encode()
        self._line.sendall(str(len(said)).encode() + b":" + said)
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def open(self, address: str) -> None:
        """Open a page, and wait until it is there."""
        self.ask("WebDriver:Navigate", {"url": address})

    def texts(self, selector: str) -> list[str]:
        """What can be read in each element."""
        return [self._value("WebDriver:GetElementText", {"id": one}) for one in self._find("css selector", selector)]

    def type(self, selector: str, text: str) -> None:
        """Type into the first element."""
        self.ask("WebDriver:ElementSendKeys", {"id": self._find("css selector", selector)[0], "text": text})

    def press(self, label: str) -> None:
        """Press the last button, link or fold with this label that can be seen."""
        path = f'//*[self::button or self::a or self::summary][normalize-space()="{label}"]'
        seen = [
            one for one in self._find("xpath", path) if self._value("WebDriver:IsElementDisplayed", {"id": one})
        ]  # fmt: skip
        middle = {"script": "arguments[0].scrollIntoView({block: 'center'})", "args": [{ELEMENT: seen[-1]}]}
        self.ask("WebDriver:ExecuteScript", middle)  # out from under the box that sticks, as somebody would scroll it
        self.ask("WebDriver:ElementClick", {"id": seen[-1]})

    def run(self, script: str) -> Any:
        """What a script in the page gives back."""
        return self._value("WebDriver:ExecuteScript", {"script": script, "args": []})

    @property
    def address(self) -> str:
        """The address of the page."""
        return str(self._value("WebDriver:GetCurrentURL", {}))

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; what goes away while it is looked at is looked at again."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if holds():
                    return
            except AssertionError:
                pass
            time.sleep(0.1)
        assert holds()

    def _find(self, using: str, value: str) -> list[str]:
        return [one[ELEMENT] for one in self.ask("WebDriver:FindElements", {"using": using, "value": value})]

    def _value(self, command: str, values: dict[str, Any]) -> Any:
        return self.ask(command, values)["value"]

    def _read(self) -> Any:
        while b":" not in self._rest:
            self._more()
        length, _, self._rest = self._rest.partition(b":")
        while len(self._rest) < int(length):
            self._more()
        said, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return json.loads(said)

    def _more(self) -> None:
        got = self._line.recv(65_536)
        assert got, "Firefox has ended"
        self._rest += got


@contextmanager
def firefox(script: bool = True) -> Iterator[Firefox]:
    """A Firefox with a profile of its own, that asks nothing of the network; it is ended by its own number."""
    with tempfile.TemporaryDirectory() as folder:
        wishes = {**PREFERENCES, "javascript.enabled": script}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wishes.items())
        (Path(folder) / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [str(FIREFOX), "--headless", "--no-remote", "--marionette", "--profile", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Firefox(_port(process, Path(folder) / "MarionetteActivePort"))
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _port(process: subprocess.Popen[bytes], file: Path) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if file.is_file() and (text := file.read_text(encoding="ascii")):
            return int(text)
        time.sleep(0.1)
    raise AssertionError("Firefox did not start")
