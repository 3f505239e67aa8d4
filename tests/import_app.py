"""Imports the function app; prints what it declares, and what a call returns if a tool is named."""

import asyncio
import json
import sys
from types import ModuleType, SimpleNamespace

import azure.functions as func

import function_app


def is_installed(module: ModuleType) -> bool:
    """Whether a module is of a package that was installed, neither Python's nor this project's."""
    return "site-packages" in (getattr(module, "__file__", None) or "")


# Before anything is called: what was needed to declare the triggers.
loaded = {
    "ours": sorted(name for name in sys.modules if name.partition(".")[0] == "shared"),
    "others": sorted({name.partition(".")[0] for name, each in sys.modules.items() if is_installed(each)}),
    "azure": sorted(name for name in sys.modules if name.count(".") == 1 and name.startswith("azure.")),
}
functions = {each.get_function_name(): each for each in function_app.app.get_functions()}
request = func.HttpRequest("GET", "http://localhost/api/health", body=b"")
health = asyncio.run(functions["health"].get_user_function()(request))
envelope = None
if sys.argv[1:]:
    context = json.dumps(
        {"name": sys.argv[1], "transport": {"name": "http-streamable", "properties": {"headers": {}}}}
    )
    told_by_host = SimpleNamespace(trace_context=SimpleNamespace(trace_parent=None, trace_state=None))
    envelope = asyncio.run(functions[sys.argv[1]].get_user_function()(context, told_by_host))
told = {
    "triggers": {name: each.get_trigger().get_dict_repr() for name, each in functions.items()},
    "health": [health.status_code, health.get_body().decode(), health.mimetype],
    "envelope": envelope,
    "loaded": loaded,
}
sys.stdout.write(json.dumps(told, default=str))
