"""Imports the function app; prints what it declares, and what a call returns if a tool is named."""

import asyncio
import json
import sys
from types import SimpleNamespace

import azure.functions as func

import function_app

functions = {each.get_function_name(): each for each in function_app.app.get_functions()}
request = func.HttpRequest("GET", "http://localhost/api/health", body=b"")
health = asyncio.run(functions["health"].get_user_function()(request))
envelope = None
if sys.argv[1:]:
    context = json.dumps({"name": sys.argv[1], "transport": {"properties": {"headers": {}}}})
    told_by_host = SimpleNamespace(trace_context=SimpleNamespace(trace_parent=None, trace_state=None))
    envelope = asyncio.run(functions[sys.argv[1]].get_user_function()(context, told_by_host))
told = {
    "triggers": {name: each.get_trigger().get_dict_repr() for name, each in functions.items()},
    "health": [health.status_code, health.get_body().decode(), health.mimetype],
    "envelope": envelope,
    "loaded": [name for name in ("msal", "httpx", "cryptography", "azure.identity") if name in sys.modules],
}
sys.stdout.write(json.dumps(told, default=str))
