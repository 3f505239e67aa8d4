"""Seeds wikis and their pages."""

from __future__ import annotations

from typing import Any

from local.devops.data_files import data_file, named_id
from local.devops.store import Store
from local.devops.wiki_page import Wiki, WikiPage
from local.relative_time import at

_FIRST_PAGE = 101


def add_wikis(store: Store) -> None:
    """Fills the organization with its wikis; pages are in the order of the data file."""
    organization = store.organizations["larkspur"]
    next_id = _FIRST_PAGE
    for entry in data_file("devops_wiki.json")["wikis"]:
        project = organization.project(entry["project"])
        if project is None:
            raise ValueError(f"wiki {entry['name']} names an unknown project")
        wiki = Wiki(named_id("wiki", entry["name"]), entry["name"], project.id)
        wiki.branches = tuple(entry.get("branches", wiki.branches))
        wiki.mapped_path = entry.get("mapped_path", "/")
        wiki.pages["/"] = WikiPage(next_id, "/", "", 0, store.people.named("ben"), project.updated)
        for page in entry["pages"]:
            next_id += 1
            wiki.pages[page["path"]] = _page(store, wiki, page, next_id)
        next_id += 1
        organization.wikis.append(wiki)


def _page(store: Store, wiki: Wiki, entry: dict[str, Any], page_id: int) -> WikiPage:
    parent = wiki.page(entry["path"].rpartition("/")[0] or "/")
    if parent is None:
        raise ValueError(f"the page {entry['path']} has no parent")
    return WikiPage(
        id=page_id,
        path=entry["path"],
        content="\n".join(entry["content"]) + "\n",
        order=len(wiki.children(parent)),
        author=store.people.named(entry["by"]),
        changed=at(entry["changed"], store.started),
    )
