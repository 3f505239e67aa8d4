"""Describes an unexpected exception for the log: where it was raised and of which type, not its words."""

import traceback

_DEPTH = 5


def describe_bug(error: BaseException, depth: int = _DEPTH) -> str:
    """Returns the types and the lines of code of an exception and of those that led to it.

    An exception's words may hold what it was about: a text of a mail, a name, a token.
    """
    lines = [
        f"{type(error).__module__}.{type(error).__qualname__}",
        *traceback.format_tb(error.__traceback__),
    ]
    if isinstance(error, BaseExceptionGroup) and depth:
        lines += [f"of a group: {describe_bug(each, depth - 1)}" for each in error.exceptions[:_DEPTH]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        lines.append(f"caused by: {describe_bug(cause, depth - 1)}")
    return "\n".join(line.rstrip("\n") for line in lines)
