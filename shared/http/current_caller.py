"""Tells for whom a request is sent, so that callers share an API fairly and their failures are told apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CALLER: ContextVar[str | None] = ContextVar("caller", default=None)


@contextmanager
def acting_for(tenant_id: str, object_id: str) -> Iterator[None]:
    """Marks every request of its body as sent for this user of this tenant."""
    before = _CALLER.set(f"{tenant_id}/{object_id}")
    try:
        yield
    finally:
        _CALLER.reset(before)


def current_caller() -> str | None:
    """Returns for whom the current request is sent; None for the server's own, such as for signing keys."""
    return _CALLER.get()
