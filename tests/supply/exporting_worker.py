"""A worker that sends telemetry as a deployment's settings say: a call, a request in it, an audit line.

It is a process of its own, with what a deployment installs on its path and the settings in its environment,
and prints the hosts it looked up.
"""

import json
import logging
import os
import socket
import sys
import time
from typing import Any

_LOOKED_UP: set[str] = set()
_look_up = socket.getaddrinfo


def _noted(host: Any, *arguments: Any, **named: Any) -> Any:
    _LOOKED_UP.add(str(host))
    return _look_up(host, *arguments, **named)


def main(address: str) -> None:
    """Make a request to the address while a call is observed, and wait until all is sent."""
    socket.getaddrinfo = _noted
    # In the order of a worker: this comes before the app is loaded.
    from azure_functions_runtime.otel import initialize_azure_monitor, otel_manager  # noqa: PLC0415

    initialize_azure_monitor()
    assert otel_manager.get_azure_monitor_available()
    import httpx  # noqa: PLC0415
    from opentelemetry import metrics, trace  # noqa: PLC0415
    from opentelemetry._logs import get_logger_provider  # noqa: PLC0415

    from shared.observability.telemetry import observed_call  # noqa: PLC0415

    # The distribution keeps a few traces a second, none in its first moment.
    time.sleep(2)
    with observed_call("mail_search", writes=False, headers={}) as call:
        httpx.get(address)
        call.finish("ok", "{}")
    logging.getLogger("audit").debug("what is below the level is not sent")
    for provider in (trace.get_tracer_provider(), get_logger_provider(), metrics.get_meter_provider()):
        provider.force_flush()
    sys.stdout.write(json.dumps(sorted(_LOOKED_UP)))
    sys.stdout.flush()
    # Its threads go on asking for live metrics.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
