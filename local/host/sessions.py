"""The client states that the extension hands out and takes back; under Core Tools they are plain."""

from __future__ import annotations

import uuid


class Sessions:
    """Makes and reads states of the form `client|instance`. None of them is kept."""

    def __init__(self) -> None:
        self.instance_id = uuid.uuid4().hex

    def new(self) -> str:
        """Makes the state of a new client."""
        return f"{uuid.uuid4().hex}|{self.instance_id}"

    @staticmethod
    def parts(state: str) -> tuple[str, str] | None:
        """Returns the client and the instance of a state, None when it is none."""
        parts = [part for part in state.split("|") if part]
        return (parts[0], parts[1]) if len(parts) == 2 else None
