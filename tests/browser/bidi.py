"""The system's Firefox, driven by WebDriver BiDi over its own socket: no driver program is needed."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket


class Firefox:
    """One window of a headless Firefox."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(f"{address}/session", timeout=30, suppress_origin=True)
        self._serial = 0
        self.call("session.new", capabilities={})
        self.window: str = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._serial += 1
        self._socket.send(json.dumps({"id": self._serial, "method": method, "params": params}))
        while True:
            told: dict[str, Any] = json.loads(self._socket.recv())
            if told.get("id") == self._serial:
                assert told["type"] == "success", told
                return dict(told["result"])

    def goto(self, url: str) -> None:
        """Load a page and wait until it is there."""
        self.call("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def reload(self) -> None:
        """Load the page anew."""
        self.call("browsingContext.reload", context=self.window, wait="complete")

    def size(self, width: int, height: int) -> None:
        """Set the size of the view."""
        viewport = {"width": width, "height": height}
        self.call("browsingContext.setViewport", context=self.window, viewport=viewport)

    def value(self, expression: str) -> Any:
        """Return what an expression of JSON values gives in the page."""
        script = f"JSON.stringify({expression})"
        target = {"context": self.window}
        told = self.call("script.evaluate", expression=script, target=target, awaitPromise=True)
        assert told["type"] == "success", told
        text = told["result"].get("value")
        return None if text is None else json.loads(text)

    def until(self, expression: str, seconds: float = 15) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.value(f"Boolean({expression})"):
                return
            time.sleep(0.1)
        raise AssertionError(f"it did not come about: {expression}")

    def press(self, keys: str) -> None:
        """Press keys one after the other; WebDriver's code points stand for Tab (U+E004), Enter (U+E007) …."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.call("input.performActions", context=self.window, actions=[source])

    def click(self, selector: str) -> None:
        """Click on the middle of the first element that a selector finds."""
        place = json.dumps(selector)
        self.value(f"document.querySelector({place}).scrollIntoView({{block: 'center'}})")
        at = self.value(
            f"(() => {{ const box = document.querySelector({place}).getBoundingClientRect();"
            "return {x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2)}; })()"
        )
        actions = [
            {"type": "pointerMove", "x": at["x"], "y": at["y"]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        self.call("input.performActions", context=self.window, actions=[source])

    def picture(self, path: Path) -> None:
        """Write a picture of the view."""
        told = self.call("browsingContext.captureScreenshot", context=self.window)
        path.write_bytes(base64.b64decode(told["data"]))

    def close(self) -> None:
        """Let go of the browser."""
        self._socket.close()


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Firefox]:
    """Run a headless Firefox on a profile of its own."""
    profile.mkdir(parents=True)
    (profile / "user.js").write_text('user_pref("app.update.enabled", false);\n', "utf-8")
    log = profile / "said.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"],
            stdout=said,
            stderr=said,
        )
    window = None
    try:
        window = Firefox(_address(log))
        yield window
    finally:
        if window is not None:
            window.close()
        process.terminate()
        process.wait(20)


def _address(log: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace"))
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise TimeoutError(log.read_text(errors="replace"))
