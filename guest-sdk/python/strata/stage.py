"""The load of a scenario: `Stage`, with k6's six executors."""

from __future__ import annotations

from typing import Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ._values import Duration, Pair, count, millis, optional_count, optional_millis, text


class Ramp(NamedTuple):
    """A point of a ramp: in `duration_ms` it goes to `target`."""

    duration_ms: int
    target: int


class Stage:
    """A named part of the load, run after the stage before it.

    Use one of the six constructors. All of them take `warm_up` (nothing of the stage is counted), `tags` (on every
    sample of the stage), `graceful_stop` (how long running iterations may go on after its time, 30 seconds unless
    set) and `start_time` (how long after the stage before it, or the layer's start, it begins). Durations are seconds
    or a `timedelta`.
    """

    def __init__(
        self,
        name: str,
        executor: str,
        *,
        vus: int,
        max_vus: Optional[int] = None,
        iterations: Optional[int] = None,
        rate: Optional[int] = None,
        time_unit: Optional[Duration] = None,
        duration: Optional[Duration] = None,
        graceful_stop: Optional[Duration] = None,
        graceful_ramp_down: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
        ramps: Iterable[Tuple[Duration, int]] = (),
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        poisson: bool = False,
    ) -> None:
        self.name = text("the name of a stage", name)
        what = f"of the stage `{name}`"
        self.executor = executor
        self.vus = count(f"vus {what}", vus)
        self.max_vus = optional_count(f"max_vus {what}", max_vus)
        self.iterations = optional_count(f"iterations {what}", iterations)
        self.rate = optional_count(f"rate {what}", rate)
        self.time_unit_ms = optional_millis(f"time_unit {what}", time_unit)
        self.duration_ms = optional_millis(f"duration {what}", duration)
        self.graceful_stop_ms = optional_millis(f"graceful_stop {what}", graceful_stop)
        self.graceful_ramp_down_ms = optional_millis(f"graceful_ramp_down {what}", graceful_ramp_down)
        self.start_time_ms = optional_millis(f"start_time {what}", start_time)
        self.ramps: List[Ramp] = [
            Ramp(millis(f"a ramp's duration {what}", time), count(f"a ramp's target {what}", target))
            for time, target in ramps
        ]
        self.warm_up = bool(warm_up)
        self.tags = [
            Pair(text(f"a tag's name {what}", tag), text(f"the tag `{tag}` {what}", value))
            for tag, value in (tags or {}).items()
        ]
        self.options = [Pair("arrival", "poisson")] if poisson else []

    @classmethod
    def constant_vus(
        cls,
        name: str,
        vus: int,
        duration: Duration,
        *,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """`vus` virtual users that iterate for `duration`."""
        return cls(
            name,
            "constant-vus",
            vus=vus,
            duration=duration,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )

    @classmethod
    def per_vu_iterations(
        cls,
        name: str,
        vus: int,
        iterations: int,
        *,
        max_duration: Optional[Duration] = None,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """`vus` virtual users that run `iterations` each, within `max_duration` (10 minutes unless set)."""
        return cls(
            name,
            "per-vu-iterations",
            vus=vus,
            iterations=iterations,
            duration=max_duration,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )

    @classmethod
    def shared_iterations(
        cls,
        name: str,
        vus: int,
        iterations: int,
        *,
        max_duration: Optional[Duration] = None,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """`vus` virtual users that run `iterations` between them, within `max_duration` (10 minutes unless set)."""
        return cls(
            name,
            "shared-iterations",
            vus=vus,
            iterations=iterations,
            duration=max_duration,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )

    @classmethod
    def ramping_vus(
        cls,
        name: str,
        vus: int,
        ramps: Iterable[Tuple[Duration, int]],
        *,
        graceful_ramp_down: Optional[Duration] = None,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """As many virtual users as a line says, from `vus` at its start over its points: `[(30, 100), (60, 0)]`.

        The iteration of a user that a ramp takes away may go on for `graceful_ramp_down` (30 seconds unless set).
        """
        return cls(
            name,
            "ramping-vus",
            vus=vus,
            ramps=ramps,
            graceful_ramp_down=graceful_ramp_down,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )

    @classmethod
    def constant_arrival_rate(
        cls,
        name: str,
        rate: int,
        vus: int,
        duration: Duration,
        *,
        max_vus: Optional[int] = None,
        time_unit: Optional[Duration] = None,
        poisson: bool = False,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """`rate` iterations per `time_unit` (a second unless set) for `duration`, whatever becomes of those before.

        They are run by `vus` virtual users that are made ready beforehand, and at most `max_vus`. With `poisson` they
        arrive as those of independent users do: gaps are exponential and follow from the run's seed.
        """
        return cls(
            name,
            "constant-arrival-rate",
            rate=rate,
            vus=vus,
            duration=duration,
            max_vus=max_vus,
            time_unit=time_unit,
            poisson=poisson,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )

    @classmethod
    def ramping_arrival_rate(
        cls,
        name: str,
        rate: int,
        vus: int,
        ramps: Iterable[Tuple[Duration, int]],
        *,
        max_vus: Optional[int] = None,
        time_unit: Optional[Duration] = None,
        poisson: bool = False,
        warm_up: bool = False,
        tags: Optional[Mapping[str, str]] = None,
        graceful_stop: Optional[Duration] = None,
        start_time: Optional[Duration] = None,
    ) -> Stage:
        """As `constant_arrival_rate`, at a rate that follows a line from `rate` at its start over its points."""
        return cls(
            name,
            "ramping-arrival-rate",
            rate=rate,
            vus=vus,
            ramps=ramps,
            max_vus=max_vus,
            time_unit=time_unit,
            poisson=poisson,
            warm_up=warm_up,
            tags=tags,
            graceful_stop=graceful_stop,
            start_time=start_time,
        )
