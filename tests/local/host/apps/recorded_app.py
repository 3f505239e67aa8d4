"""The functions that were recorded behind Microsoft's extension; they return what a test lays down."""

import base64
import json
from pathlib import Path

import azure.functions as func

CONTRACT = Path(__file__).resolve().parents[3] / "contract" / "host"

app = func.FunctionApp()
returned = {}
calls = []


def declare(name, binding):
    def run(context: dict):
        # The library hands prompts over parsed, tools and resources as text.
        calls.append((name, json.loads(context) if isinstance(context, str) else context._data))
        if returned == "raises":
            raise RuntimeError("the secret reason")
        value = returned["value"]
        return base64.b64decode(value) if returned["kind"] == "bytes" else value

    properties = {key: value for key, value in binding.items() if key not in ("direction", "type", "name")}
    app.function_name(name)(app.generic_trigger("context", type=binding["type"], **properties)(run))


for function in json.loads((CONTRACT / "functions.json").read_text()):
    for binding in function["bindings"]:
        declare(function["name"], binding)
