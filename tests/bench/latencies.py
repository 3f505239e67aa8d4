"""The fixed latencies of the services, the same in every table."""

from collections.abc import Mapping

LATENCIES: Mapping[str, float] = {"entra": 0.080, "graph": 0.060, "devops": 0.080, "identity": 0.020}
"""Seconds each service takes before it begins to answer."""
