"""Seeds the store of a tenant from the data files, with times counted from the start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.devops.build_seed import add_builds
from local.devops.data_files import data_file, named_id
from local.devops.git_seed import add_repositories
from local.devops.people import People
from local.devops.store import Iteration, Organization, Project, Store, Team
from local.devops.wiki_seed import add_wikis
from local.devops.work_item_seed import add_work_items
from local.relative_time import at


def fresh_store(base_url: str, now: datetime) -> Store:
    """Returns everything the data files describe."""
    described = data_file("devops.json")
    store = Store(base_url, now, People(described["guests"]))
    for entry in described["organizations"]:
        projects = [_project(project, described["iterations"], now) for project in entry["projects"]]
        store.organizations[entry["name"]] = Organization(entry["id"], entry["name"], projects)
    add_repositories(store)
    add_builds(store)
    add_work_items(store)
    add_wikis(store)
    return store


def _project(described: dict[str, Any], iterations: list[dict[str, str]], now: datetime) -> Project:
    name = described["name"]
    return Project(
        id=described["id"],
        name=name,
        description=described["description"],
        revision=described["revision"],
        updated=at(described["updated"], now),
        teams=tuple(Team(**{**team, "members": tuple(team["members"])}) for team in described["teams"]),
        areas=tuple(described["areas"]),
        iterations=tuple(
            Iteration(
                id=named_id("iteration", name, iteration["name"]),
                name=iteration["name"],
                path=f"{name}\\{iteration['name']}",
                start=at(iteration["start"], now).date(),
                finish=at(iteration["finish"], now).date(),
            )
            for iteration in iterations
        ),
    )
