"""Makes the files beside it from recordings of Microsoft's Functions MCP extension.

    python -m tests.contract.host.distil FOLDER

FOLDER holds what was recorded: `functions.json` (the functions as the worker reports them), `http.json`
(requests and responses as bytes) and `tools.json`, `resources.json`, `prompts.json` (what the function
returned, the message, the response, and what the function was given). Kept are the exchanges that a
Python function can bring about, without what belongs to the recording alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_SETS = ("tools", "resources", "prompts")
# Of the machine and the client that recorded.
_VOLATILE = {"host", "content-length", "accept-encoding"}


def distil(folder: Path) -> list[dict[str, Any]]:
    """Returns the exchanges of a recording."""
    exchanges = [_http_exchange(record) for record in _read(folder / "http.json")]
    for name in _SETS:
        exchanges += [
            _message_exchange(name, record)
            for record in _read(folder / f"{name}.json")
            if _returnable(record["returned"])
        ]
    return exchanges


def _http_exchange(record: dict[str, Any]) -> dict[str, Any]:
    request, answer = record["request"], record["answer"]
    return {
        "case": f"http: {record['case']}",
        "request": {**request, "body": _as_text(request["body"])},
        "status": answer["status"],
        "headers": answer["headers"],
        **{key: answer[key] for key in ("event", "text") if key in answer},
    }


def _message_exchange(name: str, record: dict[str, Any]) -> dict[str, Any]:
    exchange: dict[str, Any] = {"case": f"{name}: {record['case']}", "body": _as_text(record["request"])}
    if record["returned"] is not None:
        exchange["returned"] = record["returned"]
    exchange["status"] = record["status"]
    exchange |= {"data": record["data"]} if "data" in record else {"text": record["body"]}
    if "given" in record:
        context = record["given"]["context"]
        # They are the same in every message, and kept once.
        del context["transport"]["properties"]["headers"]
        exchange["called"] = {"function": record["given"]["function"], "context": context}
    return exchange


def message_headers(folder: Path) -> dict[str, str]:
    """Returns the headers of every message that reached a function, spelled as the function got them.

    Raises:
        ValueError: They are not the same in all of them.
    """
    sent = [
        {name: value for name, value in headers.items() if name.casefold() not in _VOLATILE}
        for name in _SETS
        for record in _read(folder / f"{name}.json")
        if "given" in record
        for headers in [record["given"]["context"]["transport"]["properties"]["headers"]]
    ]
    if any(headers != sent[0] for headers in sent):
        raise ValueError("the messages of the recording do not share their headers")
    return sent[0]


def _as_text(body: Any) -> str | None:
    """Returns a body as the text whose Latin-1 bytes were sent."""
    if body is None or isinstance(body, str):
        return body
    return json.dumps(body)


def _returnable(returned: Any) -> bool:
    """Tells whether a Python function can return it: the library makes a text of all but bytes."""
    return not isinstance(returned, dict) or (returned["kind"] != "json" and returned["value"] is not None)


def _read(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return records


def main() -> None:
    """Writes the files."""
    folder = Path(sys.argv[1])
    (HERE / "functions.json").write_text(json.dumps(_read(folder / "functions.json"), indent=1) + "\n")
    headers = json.dumps(message_headers(folder))
    lines = ",\n".join(json.dumps(exchange) for exchange in distil(folder))
    (HERE / "exchanges.json").write_text(f'{{"message_headers": {headers},\n"exchanges": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
