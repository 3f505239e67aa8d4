"""Loads a function app and calls its functions, both through Microsoft's own worker library.

The library keeps its functions in one registry per process, under ids made of their names,
so two apps of one process must not share a script name or a function name.
"""

from __future__ import annotations

import json
import sys
import traceback
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.bindings.meta import load_binding_registry
from azure_functions_runtime.functions import Registry
from azure_functions_runtime.handle_event import _functions
from azure_functions_runtime.loader import index_function_app, process_indexed_function
from azure_functions_runtime.native_invocation import invocation_request_native
from azure_functions_runtime.utils.threadpool import get_threadpool_executor, start_threadpool_executor

from local.host.errors import InvocationError, StartupError
from local.host.tracing import TraceContext

_registry = cast(Registry, _functions)

DEFAULT_SCRIPT = "function_app.py"


class _BindingInfo(SimpleNamespace):
    """Stands in for the message of that name; the numbers are those of FunctionRpc.proto."""

    inout = 2
    out = 1
    undefined = 0


_MESSAGES = SimpleNamespace(
    BindingInfo=_BindingInfo,
    RpcFunctionMetadata=SimpleNamespace,
    RpcRetryOptions=SimpleNamespace,
)


@dataclass(frozen=True)
class Function:
    """An indexed function: its bindings as `function.json` would have them, keys in lower case."""

    name: str
    function_id: str
    bindings: tuple[dict[str, Any], ...]

    @property
    def trigger(self) -> dict[str, Any]:
        """The binding that starts it."""
        return next(binding for binding in self.bindings if binding["type"].casefold().endswith("trigger"))

    async def invoke(self, invocation_id: str, argument: Datum, trace: TraceContext) -> Datum | None:
        """What the function returned when its trigger is given this argument.

        Raises:
            InvocationError: It raised, or returned what its binding cannot carry.
        """
        succeeded, returned, _, error, _ = await invocation_request_native(
            invocation_id,
            self.function_id,
            [(self.trigger["name"], argument)],
            {},
            trace_parent=trace.parent,
            trace_state=trace.state,
        )
        if not succeeded:
            # Its message may hold anything; the library has logged it, the host keeps only the kind.
            raise InvocationError(f"{self.name} raised {str(error).partition('(')[0]}")
        return _sendable(returned)


def datum(kind: str, value: Any) -> Datum:
    """A value as it travels between host and worker."""
    return Datum(value, kind)


def _sendable(returned: Datum | None) -> Datum | None:
    """The datum, if it could travel to the host in a protobuf message, whose strings are UTF-8."""
    if returned is not None and isinstance(returned.value, str):
        try:
            returned.value.encode()
        except UnicodeEncodeError as error:
            raise InvocationError("the returned text is not Unicode") from error
    return returned


def load_functions(app_folder: Path, script: str = DEFAULT_SCRIPT) -> list[Function]:
    """The functions of the app whose script stands in this folder, ready to be invoked.

    Raises:
        StartupError: The script is missing, raised, declares no app, or declares a function
            the worker refuses.
    """
    if not (app_folder / script).is_file():
        raise StartupError(f"there is no {script} in {app_folder}")
    if str(app_folder) not in sys.path[:1]:
        sys.path.insert(0, str(app_folder))
    load_binding_registry()
    if get_threadpool_executor() is None:
        start_threadpool_executor()
    try:
        indexed = index_function_app(script)
        _refuse_taken_names(indexed)
        metadata, _ = process_indexed_function(_MESSAGES, _registry, indexed, str(app_folder))
    except StartupError:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise StartupError(
            f"{script} cannot be loaded: {type(error).__name__}: {error} ({place.filename}:{place.lineno})"
        ) from error
    return [_function(each) for each in metadata]


def _function(metadata: Any) -> Function:
    bindings = [json.loads(binding) for binding in metadata.raw_bindings]
    return Function(
        metadata.name,
        metadata.function_id,
        tuple({key.casefold(): value for key, value in binding.items()} for binding in bindings),
    )


def _refuse_taken_names(indexed: list[Any]) -> None:
    for function in indexed:
        name = function.get_function_name()
        if _registry.get_function(str(uuid.uuid5(uuid.NAMESPACE_OID, name))) is not None:
            raise StartupError(f"a function named {name!r} is already loaded in this process")
