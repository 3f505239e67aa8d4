"""Keeps `local.settings.json`: reads it, changes some of its values, and leaves the rest alone."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from local.setup.errors import SetupError

_NEW: Mapping[str, Any] = {
    "IsEncrypted": False,
    "Host": {"LocalHttpPort": 7071},
    "Values": {"FUNCTIONS_WORKER_RUNTIME": "python", "AzureWebJobsStorage": "UseDevelopmentStorage=true"},
}
_OWNER_ONLY = 0o600
_RECENT = 300.0


class SettingsFile:
    """Reads and changes one file, which holds a secret and is for its owner alone."""

    def __init__(self, path: Path) -> None:
        # A link stays one: it is what it leads to that changes.
        self.path = path.resolve()
        self.name = path.name

    def values(self) -> dict[str, str]:
        """Returns the app settings (`Values`); none if there is no file.

        Raises:
            SetupError: The file cannot be read, or is not what Functions Core Tools write.
        """
        document = self._read()
        return dict(document["Values"]) if document else {}

    def port(self) -> int:
        """Returns the port on which Core Tools serve the app.

        Raises:
            SetupError: The file cannot be read, or the port is no port.
        """
        host = (self._read() or _NEW).get("Host")
        port = host.get("LocalHttpPort", 7071) if isinstance(host, dict) else 7071
        if isinstance(port, bool) or not str(port).isdecimal() or not 0 < int(port) < 65536:
            raise SetupError(f"{self.name}: Host.LocalHttpPort is no port.", "Make it one, such as 7071.")
        return int(port)

    def was_just_written(self) -> bool:
        """Tells whether the file changed within the last minutes."""
        try:
            return time.time() - self.path.stat().st_mtime < _RECENT
        except OSError:
            return False

    def differs(self, wanted: Mapping[str, str]) -> bool:
        """Tells whether `put` would change anything.

        Raises:
            SetupError: The file cannot be read.
        """
        document = self._read()
        if document is None:
            return True
        values = document["Values"]
        return any(values.get(name) != value for name, value in wanted.items()) or not self._is_private()

    def put(self, wanted: Mapping[str, str]) -> None:
        """Sets these values and keeps everything else, in one step and for the owner's eyes only.

        Raises:
            SetupError: The file cannot be read or written.
        """
        document = self._read() or json.loads(json.dumps(_NEW))
        self._write({**document, "Values": {**_NEW["Values"], **document["Values"], **wanted}})

    def drop(self, names: Collection[str]) -> list[str]:
        """Removes these values and keeps everything else; returns those that were there.

        Raises:
            SetupError: The file cannot be read or written.
        """
        document = self._read()
        if document is None:
            return []
        found = [name for name in document["Values"] if name in names]
        if found:
            kept = {name: value for name, value in document["Values"].items() if name not in names}
            self._write({**document, "Values": kept})
        return found

    def _read(self) -> dict[str, Any] | None:
        try:
            # Some editors on Windows begin a file with a byte order mark.
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(
                f"{self.name} cannot be read: {type(error).__name__}.",
                "Look at its rights and its encoding (UTF-8).",
            ) from error
        return self._parsed(text)

    def _parsed(self, text: str) -> dict[str, Any]:
        untouched = "mend it, or move it away; it is left as it is"
        try:
            document = json.loads(text, object_pairs_hook=_without_doubles)
        except json.JSONDecodeError as error:
            raise SetupError(
                f"{self.name}, line {error.lineno}: {error.msg} (column {error.colno}).",
                f"It is not JSON: {untouched}.",
            ) from error
        except _DoubleError as error:
            raise SetupError(
                f"{self.name}, line {_line_of(text, str(error))}: {error} is there twice.",
                f"Remove one of the two: {untouched}.",
            ) from error
        except RecursionError as error:
            raise SetupError(f"{self.name} is nested too deeply.", f"{untouched.capitalize()}.") from error
        values = document.get("Values") if isinstance(document, dict) else None
        if not isinstance(values, dict):
            raise SetupError(
                f'{self.name}, line 1: it has no object "Values".',
                f"See local.settings.json.example: {untouched}.",
            )
        if document.get("IsEncrypted"):
            raise SetupError(f"{self.name} is encrypted.", "Decrypt it: func settings decrypt")
        wrong = [name for name, value in values.items() if not isinstance(value, str)]
        if wrong:
            raise SetupError(
                f"{self.name}, line {_line_of(text, wrong[0])}: {wrong[0]} is not text.",
                f"Put its value in quotes: {untouched}.",
            )
        return dict(document)

    def _write(self, document: Mapping[str, Any]) -> None:
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        unfinished: Path | None = None
        try:
            # Of mode 0600 from the first moment; the file itself is replaced in one step or not at all.
            descriptor, name = tempfile.mkstemp(
                prefix=f"{self.path.name}.", suffix=".tmp", dir=self.path.parent
            )
            unfinished = Path(name)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
        except OSError as error:
            raise SetupError(
                f"{self.name} cannot be written: {error.strerror}.",
                "Look at the rights to its folder and the space on the disk, and run it again.",
            ) from error
        finally:
            if unfinished is not None:
                unfinished.unlink(missing_ok=True)

    def _is_private(self) -> bool:
        # Windows has no such modes; a user's folders are theirs alone there.
        return os.name == "nt" or self.path.stat().st_mode & 0o777 == _OWNER_ONLY


class _DoubleError(Exception):
    """Reports a name that an object has twice, of which a parser would keep one."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _DoubleError(name)
        found[name] = value
    return found


def _line_of(text: str, name: str) -> int:
    """Returns the last line that names something."""
    quoted = json.dumps(name)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if quoted in line]
    return lines[-1] if lines else 1
