"""Rows of files that the user gives: `--data users=users.csv`, or `[data.users]` in the phase file.

    user = data.take("users", Order.UNIQUE)
    http.post("/login", form={"name": user["name"]})

The manifest asks for a set with `Need.data("users")`; one that it does not name is the error `not-granted`.
"""

from __future__ import annotations

from enum import Enum
from typing import Dict, List, cast

from . import _host
from ._values import a, count, text


class Order(Enum):
    """Which row is taken; the values are those of the contract."""

    #: The one after that which was taken last, by whichever virtual user of the layer.
    SEQUENTIAL = 0
    #: Any, from the run's seed and the user's number.
    RANDOM = 1
    #: That of this user's number, the first row for user 1; after the last row it goes on with the first.
    PER_VU = 2
    #: One that nobody in this run has had, in any layer.
    UNIQUE = 3


def length(set: str) -> int:
    """How many rows a set has. Raises `Error` with the code `not-granted`."""
    name = text("a set of rows", set)
    return cast(int, _host.asked(lambda: _host.data.length(name)))


def columns(set: str) -> List[str]:
    """The names of its columns, in order. Raises `Error` with the code `not-granted`."""
    name = text("a set of rows", set)
    return cast(List[str], _host.asked(lambda: _host.data.columns(name)))


def row(set: str, index: int) -> Dict[str, str]:
    """The row of an index, from 0, as columns and cells; takes nothing.

    Raises `Error` with the code `not-granted` or `no-such-row`.
    """
    name, number = text("a set of rows", set), count("the index of a row", index)
    return dict(_host.asked(lambda: _host.data.row(name, number)))


def take(set: str, order: Order = Order.SEQUENTIAL) -> Dict[str, str]:
    """Takes a row, as columns and cells.

    Where there is none left it raises `Error` with the code `end-of-data`: not caught, the load ends there and the
    iteration was none. Other codes: `not-granted`; `no-such-row` for `Order.PER_VU` outside of `iteration`.
    """
    name, which = text("a set of rows", set), a("an order", Order, order)
    return dict(_host.asked(lambda: _host.data.take(name, which)))
