"""Where the alternatives find the services, what they ask them for, and the port they listen on."""

import os

GRAPH = os.environ["BENCH_GRAPH"]
DEVOPS_PROFILE = os.environ["BENCH_DEVOPS_PROFILE"]
PORT = int(os.environ["BENCH_PORT"])
GRAPH_SCOPES = ["https://graph.microsoft.com/User.Read"]
DEVOPS_SCOPES = ["499b84ac-1321-427f-aa17-267ca6975798/vso.profile"]
API_VERSION = {"api-version": "7.1"}
