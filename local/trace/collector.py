"""Collects from every service of the tenant what it observes, as it happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx

from local.layout import Layout
from local.observations import Observation
from local.tenant import LISTENERS

SERVICES = ("host", "entra", "identity", "graph", "devops")
_LOGGER = logging.getLogger(__name__)
_WAIT = 1
_PAUSE = 0.5
"""Seconds until a service that did not answer is asked again."""


class Collector:
    """Reads the observations of each service, and hands them on in the order they were made there.

    A service that is stopped is asked until it is back.
    """

    def __init__(
        self, layout: Layout, http: httpx.AsyncClient, take: Callable[[str, Observation], None]
    ) -> None:
        self._layout = layout
        self._http = http
        self._take = take

    async def run(self) -> None:
        """Collects until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for service in SERVICES:
                group.create_task(self._follow(service))

    async def _follow(self, service: str) -> None:
        url = f"{getattr(self._layout, LISTENERS[service][0])}/_control/observations"
        cursor = ""
        while True:
            try:
                answer = await self._http.get(url, params={"after": cursor, "wait": _WAIT})
                read: dict[str, Any] = answer.raise_for_status().json()
            except (httpx.HTTPError, ValueError) as error:
                _LOGGER.debug("%s tells nothing: %s", service, type(error).__name__)
                await asyncio.sleep(_PAUSE)
                continue
            cursor = read["cursor"]
            for observation in read["observations"]:
                self._take(service, observation)
