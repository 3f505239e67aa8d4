"""Removes hop-by-hop header fields."""

from __future__ import annotations

# RFC 9110, 7.6.1: besides those the Connection field itself lists.
_HOP_BY_HOP = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"}
)

type RawHeaders = list[tuple[bytes, bytes]]


def end_to_end(headers: RawHeaders) -> RawHeaders:
    """Returns the headers that an intermediary forwards (RFC 9110, section 7.6.1)."""
    listed = {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP | listed]
