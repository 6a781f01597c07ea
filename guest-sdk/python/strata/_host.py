"""The engine's side of the contract, as componentize-py's generated modules offer it.

`connect` is called once, by `_entry`, when all modules of the scenario are imported. Before that, and on the author's
machine, each function raises `OutsideEngine`.
"""

from __future__ import annotations

from typing import Any, Callable, NoReturn, Type, TypeVar

from ._errors import Error, OutsideEngine

T = TypeVar("T")


class Outside:
    """Stands in for an interface of the engine, and for what is in it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Outside:
        if name.startswith("__"):
            raise AttributeError(name)
        return Outside(f"{self._name}.{name}")

    def __call__(self, *_: object) -> NoReturn:
        raise OutsideEngine(self._name)


class NoErr(Exception):
    """Stands in for the class in which the generated modules wrap errors; never raised."""

    value: Any


data: Any = Outside("data")
http: Any = Outside("http")
kv: Any = Outside("kv")
log: Any = Outside("log")
metrics: Any = Outside("metrics")
results: Any = Outside("results")
run: Any = Outside("run")
Err: Any = NoErr


def connected() -> bool:
    """Whether calls reach the engine."""
    return not isinstance(run, Outside)


def asked(question: Callable[[], T], kind: Type[Error] = Error) -> T:
    """What the engine answers; its error as one of that class."""
    try:
        return question()
    except Err as refused:
        raise kind(refused.value.code, refused.value.message) from None


def connect(records: dict[str, dict[str, object]]) -> None:
    """Lets calls reach the engine; `records` are the classes that its answers become, by interface and name.

    componentize-py looks a record's class up in the generated module after the application is imported. Putting the
    package's own class there saves a copy of each answer.
    """
    global data, http, kv, log, metrics, results, run, Err
    from componentize_py_types import Err as wrapper  # type: ignore[import-not-found]
    from wit_world import imports  # type: ignore[import-not-found]
    from wit_world.imports import (  # type: ignore[import-not-found]
        data as data_,
        http as http_,
        kv as kv_,
        log as log_,
        metrics as metrics_,
        results as results_,
        run as run_,
    )

    for interface, classes in records.items():
        module = getattr(imports, interface)
        for name, record in classes.items():
            if not hasattr(module, name):
                raise LookupError(f"the generated module `{interface}` has no `{name}`")
            setattr(module, name, record)
    data, http, kv, log, metrics, results = data_, http_, kv_, log_, metrics_, results_
    run, Err = run_, wrapper
