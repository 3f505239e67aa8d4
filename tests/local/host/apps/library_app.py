"""Resources and prompts as the library's own decorators declare them."""

import json

import azure.functions as func

app = func.FunctionApp()
READER_CALLS = []


@app.mcp_resource_trigger(
    arg_name="context",
    uri="library://books/{shelf}/{id}",
    resource_name="book",
    title="Book",
    mime_type="text/markdown",
    metadata=json.dumps({"k": 1}),
)
@app.function_name("book")
async def book(context: str) -> str:
    READER_CALLS.append(json.loads(context))
    contents = {"uri": READER_CALLS[-1]["uri"], "text": "# A book"}
    return json.dumps({"content": json.dumps(contents)})


@app.mcp_resource_trigger(arg_name="context", uri="library://cover", resource_name="cover")
@app.function_name("cover")
async def cover(context: str) -> bytes:
    return b"\x00\x01"


@app.mcp_prompt_trigger(
    arg_name="context",
    prompt_name="recommend",
    prompt_arguments=[func.PromptArgument("reader", "Who reads", required=True), func.PromptArgument("mood")],
    description="Recommends a book.",
)
@app.function_name("recommend")
async def recommend(context: func.PromptInvocationContext) -> str:
    authorization = context.transport["properties"]["headers"].get("Authorization")
    return f"Recommend a book to {context.arguments['reader']}. ({authorization})"


@app.mcp_tool_trigger(arg_name="context", tool_name="borrow", description="Borrows.")
@app.function_name("borrow")
async def borrow(context: str) -> str:
    return context
