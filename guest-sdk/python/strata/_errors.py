"""Why something did not work: `Error` comes from the engine, `Failure` goes to it."""

from __future__ import annotations


class Error(Exception):
    """Why a call into the engine did not do its work.

    One that the scenario does not catch fails the iteration with the same code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        #: A stable word, such as `timeout`; each function lists its own.
        self.code = code
        #: A sentence for people with the offending value.
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Failure(Exception):
    """Raise it where the scenario cannot do its work: `raise Failure("login-refused", "no session came back")`.

    Reports count failures by their code and show the first few messages of each.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        #: A stable word, at most 64 bytes.
        self.code = code
        #: A sentence for people.
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class OutsideEngine(RuntimeError):
    """A call into the engine where there is none: in a test, or while a module is being imported."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"the engine is asked for `{function}` and is not there (hint: call it in `start`, `iteration`, `setup`, "
            "`judge` or `teardown` rather than at the top of a module, and replace it in tests with "
            "`unittest.mock.patch`)"
        )
        #: What it is asked for, such as `run.target`.
        self.function = function
