"""What `judge` found out: `Finding`."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Optional

from ._values import Pair, number, text


class Row(NamedTuple):
    """A line under a result."""

    #: What was looked at.
    label: str
    #: Its number.
    value: float
    #: The unit of the number.
    unit: str
    #: Whether it is good enough by itself; left out where a line only informs.
    passed: Optional[bool] = None


class Finding:
    """What was found out about the goal of that name. Without a number it means NO DATA for a judged goal."""

    def __init__(
        self,
        goal: str,
        *,
        value: Optional[float] = None,
        text: Optional[str] = None,
        analysis: str = "",
        breakdown: Iterable[Row] = (),
    ) -> None:
        self.goal = _text("the goal of a finding", goal)
        #: To hold against the goal's target, in its unit. A measured goal keeps the engine's number.
        self.value = None if value is None else number(f"the value of the finding `{goal}`", value)
        #: How the result reads where a number and its unit do not say it: `1:1 ratio`.
        self.text = None if text is None else _text(f"the text of the finding `{goal}`", text)
        #: What is wrong and the evidence for it, or why it is good.
        self.analysis = _text(f"the analysis of the finding `{goal}`", analysis)
        #: The lines under the result, in order.
        self.breakdown: List[Row] = []
        #: None is known in this version.
        self.options: List[Pair] = []
        for row in breakdown:
            self.row(*row)

    def row(self, label: str, value: float, unit: str, passed: Optional[bool] = None) -> Finding:
        """Adds a line under the result; `passed` is left out where it only informs."""
        row = Row(
            _text("the label of a row", label),
            number(f"the value of the row `{label}`", value),
            _text(f"the unit of the row `{label}`", unit),
            None if passed is None else bool(passed),
        )
        self.breakdown.append(row)
        return self


# `text` is a parameter above.
_text = text
