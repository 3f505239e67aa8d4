"""Serves what is in a repository: files and folders by path, blobs and trees by id."""

from __future__ import annotations

import mimetypes
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, binding, wrapped
from local.devops.git import READ, find_repository
from local.devops.git_objects import SUBMODULE, SYMLINK, TREE, Entry
from local.devops.git_versions import api_url, entry_of, flag, version_of
from local.devops.paging import collection
from local.devops.pull_request import Repository

_RAW = ("text", "octetstream")
_LEVELS = ("none", "onelevel", "onelevelplusnestedemptyfolders", "full")
_ENCODINGS = ((b"\xef\xbb\xbf", 65001), (b"\xff\xfe", 1200), (b"\xfe\xff", 1201))


def get_items(call: Call) -> Response:
    """Returns the item at `path`, as JSON or as its bytes; or with `scopePath` the items below."""
    repository = find_repository(call, call.parts["repository"])
    commit = version_of(call, repository)
    level = call.query.get("recursionLevel", "none").casefold()
    if level not in _LEVELS:
        raise binding(f"The value '{level}' is not valid for recursionLevel.")
    written = call.query.get("path")
    path = "/" + (written or call.query.get("scopePath") or "/").strip("/")
    entry = entry_of(call, repository, commit, path)
    if written is not None and level == "none":
        if (wanted := _format(call)) in _RAW:
            return _raw(repository, entry, wanted)
        return JSONResponse(_item(call, repository, commit, path, entry))
    below = _below(repository, path, entry, level) if entry.mode == TREE else []
    return collection([_item(call, repository, commit, *each) for each in [(path, entry), *below]])


def get_blob(call: Call) -> Response:
    """Returns the size of a blob, or its bytes."""
    repository = find_repository(call, call.parts["repository"])
    name = call.parts["sha1"].casefold()
    content = repository.git.blobs.get(name)
    if content is None:
        raise wrapped(
            404, "GitObjectDoesNotExistException", f"TF401342: There is no blob {name} in {repository.name}."
        )
    if (wanted := _format(call)) in _RAW:
        return _raw(repository, Entry("100644", name), wanted)
    return JSONResponse(
        {"objectId": name, "size": len(content), "url": api_url(call, repository, "blobs", name)}
    )


def get_tree(call: Call) -> Response:
    """Returns what stands in a folder, with modes and sizes."""
    repository = find_repository(call, call.parts["repository"])
    name = call.parts["sha1"].casefold()
    tree = repository.git.trees.get(name)
    if tree is None:
        raise wrapped(
            404, "GitObjectDoesNotExistException", f"TF401342: There is no tree {name} in {repository.name}."
        )
    entries = [
        {
            "objectId": entry.id,
            "relativePath": path,
            "mode": entry.mode.lstrip("0"),
            "gitObjectType": entry.type,
            "url": api_url(call, repository, f"{entry.type}s", entry.id),
            **({"size": len(repository.git.blobs[entry.id])} if entry.type == "blob" else {}),
        }
        for path, entry in tree.items()
    ]
    size = sum(20 + len(path.encode()) + len(entry.mode.lstrip("0")) + 2 for path, entry in tree.items())
    url = api_url(call, repository, "trees", name)
    return JSONResponse({"objectId": name, "url": url, "treeEntries": entries, "size": size})


def _format(call: Call) -> str:
    """Returns the form of the response: what `$format` says, or else what is accepted."""
    accepted = call.headers.get("accept", "").partition(";")[0].strip()
    by_type = {"text/plain": "text", "application/octet-stream": "octetstream", "application/zip": "zip"}
    wanted = (call.query.get("$format") or by_type.get(accepted, "json")).casefold()
    if wanted not in (*_RAW, "json"):
        raise argument("$format", "Only json, text and octetStream are served here.")
    return wanted


def _raw(repository: Repository, entry: Entry, wanted: str) -> Response:
    if entry.type != "blob":
        raise argument("path", "Only a file has content of this form.")
    content = repository.git.blobs[entry.id]
    media_type = "text/plain" if wanted == "text" else "application/octet-stream"
    return Response(content, media_type=media_type)


def _below(repository: Repository, path: str, folder: Entry, level: str) -> list[tuple[str, Entry]]:
    if level == "none":
        return []
    found = []
    for name, entry in repository.git.trees[folder.id].items():
        inside = f"{path.rstrip('/')}/{name}"
        found.append((inside, entry))
        if entry.mode == TREE and level == "full":
            found += _below(repository, inside, entry, level)
    return found


def _item(call: Call, repository: Repository, commit: str, path: str, entry: Entry) -> dict[str, Any]:
    content = repository.git.blobs.get(entry.id, b"")
    item: dict[str, Any] = {
        "objectId": entry.id,
        "gitObjectType": entry.type,
        "commitId": commit,
        "path": path,
        "url": api_url(call, repository, f"items/{path}"),
    }
    if entry.mode == TREE:
        item["isFolder"] = True
    if entry.mode == SYMLINK:
        item["isSymLink"] = True
    with_content = flag(call, "includeContent")
    if entry.mode in (TREE, SUBMODULE):
        return item
    if with_content or flag(call, "includeContentMetadata"):
        item["contentMetadata"] = metadata = _metadata(path, content)
        if with_content and not metadata["isBinary"]:
            item["content"] = _decoded(content, metadata["encoding"])
    return item


def _metadata(path: str, content: bytes) -> dict[str, Any]:
    """Returns what the service tells of a file; the encoding is a code page of Windows."""
    name = path.rpartition("/")[2]
    marked = next((page for mark, page in _ENCODINGS if content.startswith(mark)), None)
    try:
        content.decode("utf-8")
        page = marked or 65001
    except UnicodeDecodeError:
        page = marked or 1252
    is_binary = marked is None and b"\0" in content
    guessed = mimetypes.guess_type(name)[0] or "text/plain"
    return {
        "encoding": -1 if is_binary else page,
        "contentType": guessed,
        "fileName": name,
        "extension": name.rpartition(".")[2] if "." in name else "",
        "isBinary": is_binary,
        "isImage": guessed.startswith("image/"),
    }


def _decoded(content: bytes, page: int) -> str:
    names = {65001: "utf-8-sig", 1200: "utf-16", 1201: "utf-16", 1252: "cp1252"}
    return content.decode(names[page], "replace")


_ONE = "git/repositories/{repository}"

OPERATIONS = [
    Operation("GET", f"{_ONE}/items", READ, get_items),
    Operation("GET", f"{_ONE}/blobs/{{sha1}}", READ, get_blob),
    Operation("GET", f"{_ONE}/trees/{{sha1}}", READ, get_tree),
]
