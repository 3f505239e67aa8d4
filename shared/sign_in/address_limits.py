"""Limits how often one network address may make this server work for it."""

import math
import time
from collections.abc import Callable

from shared.policy.rate_limit import MemoryBuckets
from shared.settings.rate import Rate
from shared.sign_in.oauth_errors import OAuthError


class AddressLimit:
    """Counts one sort of request for each address, in each instance of the app by itself."""

    def __init__(
        self,
        name: str,
        rate: Rate,
        *,
        clock: Callable[[], float] = time.monotonic,
        max_addresses: int = 10_000,
    ) -> None:
        self._name = name
        self._buckets = MemoryBuckets(rate, clock=clock, max_entries=max_addresses)

    async def check(self, address: str) -> None:
        """Counts a request of this address.

        Raises:
            OAuthError: `temporarily_unavailable`, with status 429 and the seconds after which there is room.
        """
        wait = await self._buckets.take(self._name, address)
        if wait > 0:
            raise OAuthError(
                "temporarily_unavailable",
                "Too many requests came from this address. Wait a little, then try again.",
                status=429,
                retry_after=math.ceil(wait),
                reason="rate_limited",
            )
