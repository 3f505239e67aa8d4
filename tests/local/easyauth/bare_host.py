"""The local Functions host with nothing in front, as `func start` runs it; it prints its port.

A process of its own, as the function app's settings are the environment of its process. Its one
argument is the folder of a running tenant.
"""

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

from local.control import Control
from local.host import started
from local.host.settings import apply
from local.layout import Layout

if __name__ == "__main__":
    apply(Layout.load(Path(sys.argv[1])))
    # Whoever connects while the app is still loading waits for it.
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(started(Control()), log_level="warning", lifespan="off")
    asyncio.run(uvicorn.Server(config).serve([listener]))
