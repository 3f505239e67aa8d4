"""Keeps pre-authenticated addresses: downloads, and upload sessions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.graph.drive import Drive
from local.graph.drive_items import DriveItem

_DOWNLOAD_LIFE = timedelta(hours=1)
_SESSION_LIFE = timedelta(days=1)


@dataclass(frozen=True)
class Download:
    """Holds one file, for whoever knows the address."""

    drive: Drive
    item: DriveItem
    expires: datetime
    converted: bytes | None = None
    earlier: bytes | None = None


@dataclass
class Monitor:
    """Holds a copy under way: it is carried out when it is looked at the second time."""

    carry_out: Callable[[], str]
    looks: int = 0
    outcome: dict[str, Any] | None = None


@dataclass
class Session:
    """Holds a file that arrives in fragments; `commit` takes it when it is whole.

    `size` of a file is unknown until its first fragment.
    """

    url: str
    expires: datetime
    commit: Callable[[bytes], Any]
    size: int | None = None
    received: bytearray = field(default_factory=bytearray)


class Uploads:
    """Holds the addresses given out so far, by the secret in them."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.downloads: dict[str, Download] = {}
        self.files: dict[str, Session] = {}
        self.attachments: dict[str, Session] = {}
        self.monitors: dict[str, Monitor] = {}

    def open_download(
        self,
        drive: Drive,
        item: DriveItem,
        now: datetime,
        converted: bytes | None = None,
        earlier: bytes | None = None,
    ) -> str:
        """Returns an address where a file, what it was converted to, or an earlier version is for an hour."""
        secret = secrets.token_urlsafe(24)
        self.downloads[secret] = Download(drive, item, now + _DOWNLOAD_LIFE, converted, earlier)
        return f"{self.base_url}/download/{secret}"

    def open_file(self, commit: Callable[[bytes], Any], now: datetime) -> Session:
        """Returns a session for a file of a drive."""
        secret = secrets.token_urlsafe(24)
        session = Session(f"{self.base_url}/upload/{secret}", now + _SESSION_LIFE, commit)
        self.files[secret] = session
        return session

    def open_attachment(self, size: int, commit: Callable[[bytes], Any], now: datetime) -> Session:
        """Returns a session for an attachment of a message, whose size is known beforehand."""
        secret = secrets.token_urlsafe(24)
        session = Session(f"{self.base_url}/attachment/{secret}", now + _SESSION_LIFE, commit, size)
        self.attachments[secret] = session
        return session

    def open_monitor(self, carry_out: Callable[[], str]) -> str:
        """Returns an address that tells how a copy goes; `carry_out` makes it, and returns its id."""
        secret = secrets.token_urlsafe(24)
        self.monitors[secret] = Monitor(carry_out)
        return f"{self.base_url}/monitor/{secret}"
