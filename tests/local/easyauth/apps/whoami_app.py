"""A function app whose one tool tells which identity headers reached it."""

import json

import azure.functions as func

app = func.FunctionApp()


@app.mcp_tool_trigger(arg_name="call", tool_name="whoami", description="Who called.")
def whoami(call: str) -> str:
    headers = json.loads(call)["transport"]["properties"]["headers"]
    return json.dumps([headers["X-MS-CLIENT-PRINCIPAL-ID"], headers["Authorization"]])
