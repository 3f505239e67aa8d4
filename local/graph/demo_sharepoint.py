"""Creates the sites, lists and files of the demo tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from local.graph.demo_text import data, dates, file_content, filled, variations
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem, Grant, Version
from local.graph.mailbox import utc
from local.graph.sharepoint import HOSTNAME, MY_HOSTNAME, Column, SharePointList, Site, stable_guid
from local.graph.store import Tenant
from local.organisation import organisation
from local.relative_time import at


def fill_sharepoint(tenant: Tenant) -> None:
    """Makes the sites of `sites.json`, and the drives of `files.json`."""
    now = tenant.clock()
    for told in data("sites")["sites"]:
        site = _site(told, now)
        tenant.sharepoint.sites.append(site)
        for described in told.get("lists", []):
            _add_list(tenant, site, described, now)
    drives = data("files")
    for site in tenant.sharepoint.sites:
        if site.name in drives["sites"]:
            _add_library(tenant, site, drives["sites"][site.name], now)
    for user in organisation().users:
        personal = user.user_principal_name.replace("@", "_").replace(".", "_")
        address = f"https://{MY_HOSTNAME}/personal/{personal}/Documents"
        drive = Drive(_drive_id(user.alias), "OneDrive", user, address, tenant.clock)
        tenant.drives[drive.id] = drive
        _add_files(drive, drives["people"].get(user.alias, []), user.alias, now)


def _site(told: dict[str, Any], now: datetime) -> Site:
    name = told["name"]
    members = frozenset(told["members"]) if "members" in told else None
    site_id = f"{HOSTNAME},{stable_guid('site', name)},{stable_guid('web', name)}"
    created = at(told["created"], now)
    followers = frozenset(told.get("followers", []))
    return Site(site_id, name, told["title"], told["description"], created, members, followers=followers)


def _drive_id(name: str) -> str:
    return (
        "b!"
        + stable_guid("drive", name).replace("-", "")
        + stable_guid("library", name).replace("-", "")[:20]
    )


def _new_list(site: Site, title: str, description: str, template: str, created: datetime) -> SharePointList:
    list_id = stable_guid(site.id, title)
    path = "Shared%20Documents" if template == "documentLibrary" else f"Lists/{quote(title)}"
    site.lists[list_id] = SharePointList(
        list_id, title, description, f"{site.web_url}/{path}", template, created, {}
    )
    return site.lists[list_id]


def _add_list(tenant: Tenant, site: Site, told: dict[str, Any], now: datetime) -> None:
    created = at(told["created"], now)
    made = _new_list(site, told["title"], told["description"], told.get("template", "genericList"), created)
    made.hidden = told.get("hidden", False)
    made.columns = {each["name"]: Column(**each) for each in told["columns"]}
    moments = [name for name, column in made.columns.items() if column.kind == "dateTime"]
    rows = [*told.get("items", []), *_varied(told.get("templates", []))]
    first = "".join(moments[:1])
    for row in sorted(rows, key=lambda each: at(each[first], now)) if first else rows:
        author = organisation().user(row.get("by", "hugo"))
        when = at(row[first], now) if first else created
        fields = {
            name: utc(at(value, now)) if name in moments and value else value
            for name, value in row.items()
            if name != "by"
        }
        tenant.sharepoint.add_item(site, made, author, fields, when)


def _varied(templates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for template in templates:
        for values in variations(template):
            days = template["first_day"] + values["index"] * template["every_days"]
            values["at"] = f"-{int(days)}d {6 + values['index'] * 5 % 14:02}:{values['index'] * 13 % 60:02}"
            rows.append({name: _value(value, values) for name, value in template["fields"].items()})
    return rows


def _value(value: Any, values: dict[str, Any]) -> Any:
    """Returns a field of a template: a name alone keeps the type of what it stands for."""
    if isinstance(value, str) and value[:1] == "{" and value[1:-1] in values:
        return values[value[1:-1]]
    return filled(value, values) if isinstance(value, str) else value


def _add_library(tenant: Tenant, site: Site, files: list[dict[str, Any]], now: datetime) -> None:
    owner = organisation().user("hugo")
    documents = _new_list(site, "Documents", "", "documentLibrary", site.created)
    documents.columns = {"FileLeafRef": Column("FileLeafRef", "Name", "text", indexed=True, read_only=True)}
    drive = Drive(
        _drive_id(site.name), "Documents", owner, f"{site.web_url}/Shared%20Documents", tenant.clock
    )
    drive.site_id = site.id
    tenant.drives[drive.id] = drive
    _add_files(drive, files, "hugo", now)


def _add_files(drive: Drive, files: list[dict[str, Any]], author: str, now: datetime) -> None:
    for template in files:
        for values in variations({"count": 1} | template):
            told = {**template, "name": filled(template["name"], values)}
            user = organisation().user(told.get("by", author))
            folder, name = drive.folder_for(drive.root, filled(told["path"], values) + told["name"], user)
            content, words = file_content(told, dates(now) | values)
            item, _ = drive.put(folder, name, content, user, "fail")
            for each in told.get("earlier", []):
                before = organisation().user(each["by"])
                item.earlier.append(Version(each["text"].encode(), before, at(each["at"], now)))
            item.words = words
            item.version += len(item.earlier)
            item.opened_by = organisation().user(told["open_by"]) if "open_by" in told else None
            for alias, role in told.get("shared", {}).items():
                other = organisation().user(alias)
                address = other.user_principal_name
                item.grants.append(Grant(stable_guid(item.id, alias), role, other, address))
            _date(drive, item, at(told["at"], now))


def _date(drive: Drive, item: DriveItem, moment: datetime) -> None:
    """Dates the file, and any folder just made for it, as the data file says."""
    item.created = item.modified = moment
    folder = drive.items[item.parent_id or drive.root.id]
    while folder.parent_id:
        folder.created, folder.modified = min(folder.created, moment), min(folder.modified, moment)
        folder = drive.items[folder.parent_id]
