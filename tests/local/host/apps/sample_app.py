"""A function app that shows the host everything an app can do, right and wrong."""

import asyncio
import json
import threading

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
waiting = asyncio.Semaphore(0)
released = asyncio.Event()
finished: list[str] = []


def reset():
    released.clear()
    finished.clear()


async def both_wait():
    await waiting.acquire()
    await waiting.acquire()


ECHO_PROPERTIES = [
    {"propertyName": "text", "propertyType": "string", "description": "What to say", "isRequired": True},
    {"propertyName": "level", "propertyType": "string", "description": "", "enumValues": ["low", "high"]},
    {"propertyName": "ids", "propertyType": "integer", "description": "Several", "isArray": True},
]
GREET_INPUT = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}},
    "required": ["name"],
    "additionalProperties": False,
}
GREET_OUTPUT = {"type": "object", "properties": {"greeting": {"type": "string"}}, "required": ["greeting"]}


@app.mcp_tool_trigger(
    arg_name="context",
    tool_name="echo",
    description="The context as the function got it.",
    tool_properties=json.dumps(ECHO_PROPERTIES),
)
@app.function_name("echo")
async def echo(context: str) -> str:
    return context


@app.mcp_tool_trigger(
    arg_name="call",
    tool_name="greet",
    description="A greeting, structured.",
    tool_properties="[]",
    inputSchema=json.dumps(GREET_INPUT),
    useWorkerInputSchema=True,
    outputSchema=json.dumps(GREET_OUTPUT),
    useResultSchema=True,
    metadata=json.dumps({"writes": False}),
)
@app.function_name("greet")
async def greet(call: str, context: func.Context) -> str:
    greeting = f"Hello, {json.loads(call)['arguments']['name']}."
    return json.dumps(
        {
            "type": "call_tool_result",
            "content": json.dumps(
                {
                    "content": [{"type": "text", "text": greeting}],
                    "structuredContent": {"greeting": greeting},
                    "isError": False,
                    "_meta": {"trace": context.trace_context.trace_parent},
                }
            ),
        }
    )


@app.mcp_tool_trigger(arg_name="call", tool_name="returns", description="", useResultSchema=True)
@app.function_name("returns")
async def returns(call: str) -> str:
    return json.loads(call)["arguments"]["envelope"]


@app.mcp_tool_trigger(arg_name="call", tool_name="fails", description="Raises.")
@app.function_name("fails")
async def fails(call: str) -> str:
    raise RuntimeError("the secret reason")


@app.mcp_tool_trigger(arg_name="call", tool_name="surrogate", description="Not Unicode.")
@app.function_name("surrogate")
async def surrogate(call: str) -> str:
    return "\ud800"


@app.mcp_tool_trigger(arg_name="call", tool_name="cancels", description="Cancels itself.")
@app.function_name("cancels")
async def cancels(call: str) -> str:
    raise asyncio.CancelledError


@app.mcp_tool_trigger(arg_name="call", tool_name="in_a_thread", description="A synchronous function.")
@app.function_name("in_a_thread")
def in_a_thread(call: str) -> str:
    return threading.current_thread().name


@app.mcp_tool_trigger(arg_name="call", tool_name="waits", description="Until somebody calls releases.")
@app.function_name("waits")
async def waits(call: str) -> str:
    waiting.release()
    await released.wait()
    finished.append(json.loads(call)["arguments"]["who"])
    return "released"


@app.mcp_tool_trigger(arg_name="call", tool_name="releases", description="Lets those that wait go on.")
@app.function_name("releases")
async def releases(call: str) -> str:
    released.set()
    await asyncio.sleep(0)
    return "done"


@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({"status": "ok"}), mimetype="application/json")


@app.route("orders/{number}/{*rest}", methods=["GET", "POST"])
def orders(req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers["X-Colour"],
        "body": req.get_body().decode(),
    }
    response = func.HttpResponse(json.dumps(seen), status_code=201, mimetype="application/json")
    response.headers.add("Set-Cookie", "flavour=plain; Path=/")
    return response


@app.route("broken", auth_level=func.AuthLevel.ANONYMOUS)
def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("the secret reason")


@app.route("unsendable", auth_level=func.AuthLevel.ANONYMOUS)
def unsendable(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("", headers={"X-Name": "\u0141ukasz"})
