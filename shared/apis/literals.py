"""Quotes values for the query languages of Graph and Azure DevOps, so that they stay values."""

from datetime import UTC, datetime


def odata_string(value: str) -> str:
    """Quotes a text for `$filter`, quotes inside doubled (OData 4.01 URL Conventions, 5.1.1.14)."""
    return "'" + value.replace("'", "''") + "'"


def odata_time(moment: datetime) -> str:
    """Formats a moment for `$filter`, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def wiql_string(value: str) -> str:
    """Quotes a text for WIQL: in single quotes, those inside it doubled."""
    return "'" + value.replace("'", "''") + "'"


def kql_phrase(value: str) -> str:
    """Quotes words as one phrase of KQL; a quote becomes a space, as KQL cannot write one in a phrase."""
    return '"' + " ".join(value.replace('"', " ").split()) + '"'


def search_string(query: str) -> str:
    """Quotes a whole query for Graph's `$search`: in double quotes, those inside it escaped."""
    escaped = query.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
