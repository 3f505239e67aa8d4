"""Small Bicep files, written where a test wants them and evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.infra.bicep.deployment import SUBSCRIPTION, Deployment
from tests.infra.bicep.source import Source, read

GROUP = f"{SUBSCRIPTION}/resourceGroups/work"


def sources(folder: Path, files: Mapping[str, str]) -> dict[str, Source]:
    """The files, read from a folder they are written to."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return {path: read(folder, path) for path in files if path.endswith(".bicep")}


def deployed(folder: Path, files: Mapping[str, str] | str, **arguments: Any) -> Deployment:
    """What `main.bicep` of these files deploys to a resource group."""
    files = {"main.bicep": files} if isinstance(files, str) else files
    deployment = Deployment(folder, sources(folder, files), "main.bicep", arguments, scope=GROUP)
    _ = deployment.resources, deployment.outputs
    return deployment
