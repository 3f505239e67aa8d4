"""Tells which delegated permissions include which others."""

from __future__ import annotations

_INCLUDED_BY: dict[str, frozenset[str]] = {
    "User.Read": frozenset({"User.ReadWrite", "User.ReadBasic.All", "User.Read.All", "Directory.Read.All"}),
    "User.ReadBasic.All": frozenset({"User.Read.All", "Directory.Read.All"}),
    "User.Read.All": frozenset({"Directory.Read.All"}),
    "GroupMember.Read.All": frozenset({"Group.Read.All", "Directory.Read.All"}),
    "Application.Read.All": frozenset({"Application.ReadWrite.All", "Directory.Read.All"}),
    "DelegatedPermissionGrant.Read.All": frozenset(
        {"DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"}
    ),
    "Mail.ReadBasic": frozenset({"Mail.Read", "Mail.ReadWrite", "Mail.Read.Shared", "Mail.ReadWrite.Shared"}),
    "Mail.Read": frozenset({"Mail.ReadWrite", "Mail.Read.Shared", "Mail.ReadWrite.Shared"}),
    "Mail.ReadWrite": frozenset({"Mail.ReadWrite.Shared"}),
    "Mail.Send": frozenset({"Mail.Send.Shared"}),
    "Mail.Read.Shared": frozenset({"Mail.ReadWrite.Shared"}),
    # What is shared includes what is one's own.
    "Calendars.ReadBasic": frozenset(
        {"Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"}
    ),
    "Calendars.Read": frozenset(
        {"Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"}
    ),
    "Calendars.ReadWrite": frozenset({"Calendars.ReadWrite.Shared"}),
    "Calendars.Read.Shared": frozenset({"Calendars.ReadWrite.Shared"}),
    "MailboxSettings.Read": frozenset({"MailboxSettings.ReadWrite"}),
    "OnlineMeetings.Read": frozenset({"OnlineMeetings.ReadWrite"}),
    "Contacts.Read": frozenset({"Contacts.ReadWrite"}),
    "Chat.ReadBasic": frozenset({"Chat.Read", "Chat.ReadWrite"}),
    "Chat.Read": frozenset({"Chat.ReadWrite"}),
    "ChatMessage.Send": frozenset({"Chat.ReadWrite"}),
    "Chat.Create": frozenset({"Chat.ReadWrite"}),
    # What lists notebooks may be done with every permission to read; pages are made with less.
    "Notes.Create": frozenset({"Notes.Read", "Notes.ReadWrite", "Notes.Read.All", "Notes.ReadWrite.All"}),
    "Notes.Read": frozenset({"Notes.ReadWrite", "Notes.Read.All", "Notes.ReadWrite.All"}),
    "Notes.ReadWrite": frozenset({"Notes.ReadWrite.All"}),
    "Tasks.Read": frozenset({"Tasks.ReadWrite"}),
    "Files.Read": frozenset(
        {"Files.ReadWrite", "Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}
    ),
    "Files.Read.All": frozenset({"Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}),
    "Files.ReadWrite": frozenset({"Files.ReadWrite.All", "Sites.ReadWrite.All"}),
    "Files.ReadWrite.All": frozenset({"Sites.ReadWrite.All"}),
    "Sites.Read.All": frozenset({"Sites.ReadWrite.All"}),
}


def granted(wanted: str, scopes: frozenset[str]) -> bool:
    """Tells whether a token with these scopes may do what the wanted permission allows."""
    return wanted in scopes or bool(scopes & _INCLUDED_BY.get(wanted, frozenset()))
