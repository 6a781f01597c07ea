"""The component: the exports of the contract, on top of the author's class in `scenario.py`.

`strata build` names this module to componentize-py, which imports it once and keeps the memory after that as the
component. Nothing can be imported later: the files stay behind.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import os
import random
import sys
import weakref
from typing import Any, Dict, List, NoReturn, Optional, Sequence, Type

from . import _host, answer, data, log, results, run
from ._errors import Failure
from ._values import Pair
from ._words import described, failure_of, place, sendable
from .finding import Finding
from .manifest import Manifest
from .scenario import Context, Scenario

#: The classes that the engine's answers become.
RECORDS: Dict[str, Dict[str, object]] = {
    "data": {"Order": data.Order},
    "http": {
        "Brief": answer.Brief,
        "Piece": answer.Piece,
        "Response": answer.Response,
        "ServerEvent": answer.ServerEvent,
        "Timings": answer.Timings,
    },
    "log": {"Level": log.Level},
    "results": {"Line": results.Line, "Usl": results.Usl},
    "types": {"Context": Context, "Pair": Pair},
}
#: What the standard library imports when it is first needed, which is too late here.
LATE = ("_strptime", "encodings.ascii", "encodings.latin_1", "encodings.cp1252", "encodings.utf_8_sig")
#: Of a function's code: it is a generator, a coroutine or an asynchronous generator.
NOT_PLAIN = 0x20 | 0x80 | 0x200


class Stdout(io.TextIOBase):
    """What is printed: lines of the log, or of the build as long as that is going on."""

    def __init__(self, build: Optional[io.TextIOBase]) -> None:
        super().__init__()
        self.build = build
        self.pending = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not _host.connected():
            return self.build.write(text) if self.build else len(text)
        *lines, self.pending = (self.pending + text).split("\n")
        for line in lines:
            log.info(line)
        return len(text)

    def finish(self) -> None:
        """Writes the line that was begun."""
        if self.pending:
            log.info(self.pending)
            self.pending = ""


class ToLog(logging.Handler):
    """Hands records of the standard `logging` to the log, line by line."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if record.levelno >= logging.ERROR:
                level = log.Level.ERROR
            elif record.levelno >= logging.WARNING:
                level = log.Level.WARN
            elif record.levelno >= logging.INFO:
                level = log.Level.INFO
            else:
                level = log.Level.DEBUG
            for line in self.format(record).split("\n"):
                log.write(level, line)
        except Exception:
            self.handleError(record)


class Finder:
    """Asked last for a module that is not there: says why."""

    @staticmethod
    def find_spec(name: str, path: Optional[Sequence[str]] = None, target: Any = None) -> NoReturn:
        raise ModuleNotFoundError(
            f"`{name}` is not in the component, which holds what was imported when it was built (hint: import it at "
            "the top of scenario.py)",
            name=name,
        )


def only_scenario(module: Any) -> Type[Scenario]:
    """The class in the author's module that derives from `Scenario`."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Scenario) and value is not Scenario
    ]
    # A class that another one there derives from is a base, not a scenario.
    found = [value for value in dict.fromkeys(found) if not any(o is not value and issubclass(o, value) for o in found)]
    if not found:
        raise TypeError(
            "scenario.py has no class that derives from `strata.Scenario` (hint: begin it with `class Main(Scenario):`)"
        )
    if len(found) > 1:
        names = ", ".join(f"`{value.__name__}`" for value in found)
        raise TypeError(f"scenario.py has {len(found)} scenarios: {names} (hint: keep one of them in it)")
    (chosen,) = found
    missing = sorted(getattr(chosen, "__abstractmethods__", ()))
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise TypeError(f"`{chosen.__name__}` has no {names} (hint: each scenario has `describe` and `iteration`)")
    for name in ("describe", "setup", "start", "iteration", "judge", "teardown"):
        code = getattr(getattr(chosen, name), "__code__", None)
        if code is not None and code.co_flags & NOT_PLAIN:
            raise TypeError(
                f"`{chosen.__name__}.{name}` is a coroutine or generator (hint: make it a plain function; "
                "`http.send_all` sends requests at the same time)"
            )
    return chosen


class WitWorld:
    """The exports, under the names that componentize-py looks for. One object per instance of the component."""

    def __init__(self) -> None:
        self._object: Optional[Scenario] = None
        self._started = False
        self._seeded = False

    def describe(self) -> Manifest:
        try:
            manifest = self._scenario().describe()
            if not isinstance(manifest, Manifest):
                raise TypeError(f"`describe` gave {type(manifest).__name__} instead of a Manifest")
        except BaseException as raised:
            # This export has no failure. A trap is shown with what was written before it.
            line = place(raised, FOLDER)
            sys.stderr.write(sendable(described(raised)) + (f" ({line})" if line else "") + "\n")
            sys.stderr.flush()
            os.abort()
        STDOUT.finish()
        return manifest

    def setup(self) -> bytes:
        try:
            data = self._scenario().setup()
            if data is None:
                data = b""
            elif isinstance(data, str):
                data = data.encode()
            elif not isinstance(data, bytes):
                raise TypeError(f"`setup` gave {type(data).__name__} instead of bytes or a text")
        except BaseException as raised:
            _fail(raised)
        STDOUT.finish()
        return data

    def iteration(self, context: Context) -> None:
        try:
            if not self._started:
                self._object = None
                self._scenario().start()
                self._started = True
            self._object.iteration(context)  # type: ignore[union-attr]
        except BaseException as raised:
            _fail(raised)
        if STDOUT.pending:
            STDOUT.finish()

    def judge(self) -> List[Finding]:
        try:
            findings = list(self._scenario().judge() or ())
            for finding in findings:
                if not isinstance(finding, Finding):
                    raise TypeError(f"`judge` gave {type(finding).__name__} among its findings")
        except BaseException as raised:
            _fail(raised)
        STDOUT.finish()
        return findings

    def teardown(self) -> None:
        try:
            self._scenario().teardown()
        except BaseException as raised:
            _fail(raised)
        STDOUT.finish()

    def _scenario(self) -> Scenario:
        if not self._seeded:
            random.seed(int(run.random() * 2**53))
            self._seeded = True
        if self._object is None:
            self._object = SCENARIO()
        return self._object


def _fail(raised: BaseException) -> NoReturn:
    STDOUT.finish()
    raise _host.Err(failure_of(raised, FOLDER)) from None


STDOUT = Stdout(sys.stdout)  # type: ignore[arg-type]
sys.stdout = STDOUT
logging.getLogger().addHandler(ToLog())
logging.getLogger().setLevel(logging.INFO)

try:
    _author = importlib.import_module("scenario")
except SystemExit as _exit:
    raise RuntimeError(f"scenario.py ends Python while it is imported: {described(_exit)}") from _exit
#: Where the author's modules are, with a slash at its end.
FOLDER = str(_author.__file__).rpartition("/")[0] + "/"
SCENARIO = only_scenario(_author)
for _name in LATE:
    importlib.import_module(_name)
# What a resource of the engine needs when it is made.
weakref.finalize(_author, int).detach()
_host.connect(RECORDS)
sys.meta_path.append(Finder)
# What is there now stays: a collection need not look at it, nor write to its pages, in each user's memory.
gc.collect()
gc.freeze()
