"""What one iteration does, by the name of its mode."""

from __future__ import annotations

import os
import random as own
import socket
import sys
import time
from typing import Callable, NoReturn

import sending
import sharing
import streaming
import web as browsing
from refusing import refused
from strata import Context, Counter, Failure, Gauge, HttpError, Rate, Request, Trend, check, http, log, results
from strata import run

COUNTER = Counter("probe_counter")
GAUGE = Gauge("probe_gauge")
RATE = Rate("probe_rate")
RANDOM = Trend("random")

#: How far the language's own clock and the run's may be apart in mode `sleep`, in seconds.
TOLERANCE = 0.05
TEXT = 'Grüße, 世界 🌍 – "quoted"'


def trap(context: Context, iterations: int) -> NoReturn:
    abort(f"the probe traps in iteration {context.iteration} after {iterations} in this instance")


def abort(why: str) -> NoReturn:
    """Ends the instance, as no exception does."""
    sys.stderr.write(f"{why}\n")
    sys.stderr.flush()
    os.abort()


def asked() -> float:
    """Env `ms`, in seconds."""
    return float(run.env("ms", "100")) / 1000


def ok(context: Context, iterations: int) -> None:
    check("status is 200", http.get("/").status == 200)


def trap_sometimes(context: Context, iterations: int) -> None:
    if context.iteration % 10 == 9:
        trap(context, iterations)
    ok(context, iterations)


def fail(context: Context, iterations: int) -> None:
    raise Failure("probe", f"iteration {context.iteration} was told to fail")


def spin(context: Context, iterations: int) -> None:
    while True:
        pass


def compute(context: Context, iterations: int) -> None:
    begin, turns = time.monotonic(), 0
    while time.monotonic() - begin < asked():
        for _ in range(1000):
            turns += 1
    check("computing takes as long as asked", time.monotonic() - begin >= asked())


def sleep(context: Context, iterations: int) -> None:
    before, monotonic = run.now(), time.monotonic()
    run.sleep(asked())
    waited = run.now() - before
    check("sleep takes as long as asked", waited >= asked())
    check("the language's own clock agrees", abs(time.monotonic() - monotonic - waited) < TOLERANCE)


def grow(context: Context, iterations: int) -> None:
    taken = []
    while True:
        taken.append(bytearray(b"\x01") * (1 << 20))


def recurse(context: Context, iterations: int) -> None:
    recurse(context, iterations)


def flood_log(context: Context, iterations: int) -> None:
    for line in range(10_000):
        log.info(f"line {line}\r\n\x1b[31mred\x1b[0m \x07\0 end")


def flood_metrics(context: Context, iterations: int) -> None:
    for name in range(100_000):
        check(f"check {name}", True)


def metrics(context: Context, iterations: int) -> None:
    COUNTER.add(1)
    COUNTER.add(1, ("kind", "tagged"))
    GAUGE.add(context.iteration)
    RATE.add(context.iteration % 2 == 0)
    check("an undeclared metric is refused", refused(lambda: Trend("undeclared").add(1)) == "unknown-metric")
    check("NaN is refused", refused(lambda: GAUGE.add(float("nan"))) == "bad-value")
    check("a counter does not fall", refused(lambda: COUNTER.add(-1)) == "bad-value")
    check("a trend is not negative", refused(lambda: RANDOM.add(-1)) == "bad-value")
    check("judge's results are absent", results.stat("http_reqs", "count") is None)
    check("the stage has its name", run.stage_name(context.stage) == "main")
    check("a stage that is not there has none", run.stage_name(2**32 - 1) is None)


def random(context: Context, iterations: int) -> None:
    for _ in range(10):
        RANDOM.add(run.random())


def own_random(context: Context, iterations: int) -> None:
    for _ in range(10):
        RANDOM.add(own.random())


def stderr(context: Context, iterations: int) -> None:
    print(f"the probe on standard error, iteration {context.iteration}", file=sys.stderr)


def print_(context: Context, iterations: int) -> None:
    print("printed by the probe")


def send(context: Context, iterations: int) -> None:
    sending.everything()


def wasi(context: Context, iterations: int) -> None:
    check("no file can be read", denied(lambda: open("/etc/hostname")))
    check("no file can be made", denied(lambda: open("probe.txt", "w")))
    check("no address can be connected to", denied(lambda: socket.socket().connect(("127.0.0.1", 9))))
    check("the environment is empty", not os.environ)
    check("there are no arguments", not sys.argv)


def context(context: Context, iterations: int) -> None:
    check("vu counts from 1", context.vu >= 1)
    check("iteration counts on", context.iteration == iterations - 1)
    check("the stage is an index", context.stage == 0)
    check("the target is a URL", run.target().startswith("http://"))
    check("no such env", run.env("no-such") is None)


def unicode(context: Context, iterations: int) -> None:
    headers = {"content-type": "text/plain; charset=utf-8"}
    answer = http.post("/echo", body=TEXT, headers=headers, name="écho 世界")
    check("echo: status is 200", answer.status == 200)
    check("echo: text comes back", answer.text == TEXT)
    check("Unicode: 世界 🌍", True)
    log.info(TEXT)


def large(context: Context, iterations: int) -> None:
    answer = http.prepare("GET", "/bytes/4194304").send()
    check("large: length", answer.length == 4194304)
    body = answer.body
    edges = (body[at : at + 1] for at in (0, len(body) // 2, len(body) - 1))
    check("large: body", len(body) == 4194304 and all(edge == b"x" for edge in edges))
    echo = http.post("/echo", body=b"y" * 1048576)
    check("large: echo", len(echo.body) == 1048576)


def errors(context: Context, iterations: int) -> None:
    requests = {
        "timeout": Request("GET", "/delay/2000", timeout=0.05),
        "closed": Request("GET", "/close"),
        "protocol": Request("GET", "/garbage"),
        "body-too-large": Request("GET", "/endless"),
        "connect-refused": Request("GET", run.env("nobody", "") + "/"),
    }
    for code, request in requests.items():
        check(code, refused(request.send) == code)


def uncaught(context: Context, iterations: int) -> None:
    http.get("/delay/2000", timeout=0.05)


def throw(context: Context, iterations: int) -> None:
    raise ValueError("thrown by the probe")


def statuses(context: Context, iterations: int) -> None:
    check("404 is an answer", http.get("/status/404").status == 404)
    check("503 is an answer", http.get("/status/503").status == 503)


def together(context: Context, iterations: int) -> None:
    answers = http.send_all([Request("GET", "/delay/200") for _ in range(8)])
    good = [answer for answer in answers if not isinstance(answer, HttpError) and answer.status == 200]
    check("together: all answer", len(good) == 8)


def web(context: Context, iterations: int) -> None:
    browsing.everything()


def stream(context: Context, iterations: int) -> None:
    streaming.everything()


def share(context: Context, iterations: int) -> None:
    sharing.everything(context)


def denied(call: Callable[[], object]) -> bool:
    """Whether the system refuses a call of the standard library."""
    try:
        call()
    except OSError:
        return True
    return False


#: The functions by the names of their modes.
MODES: dict[str, Callable[[Context, int], None]] = {
    "ok": ok,
    "trap": trap,
    "trap-sometimes": trap_sometimes,
    "fail": fail,
    "spin": spin,
    "compute": compute,
    "sleep": sleep,
    "grow": grow,
    "recurse": recurse,
    "flood-log": flood_log,
    "flood-metrics": flood_metrics,
    "metrics": metrics,
    "random": random,
    "stderr": stderr,
    "send": send,
    "wasi": wasi,
    "context": context,
    "unicode": unicode,
    "large": large,
    "errors": errors,
    "uncaught": uncaught,
    "throw": throw,
    "own-random": own_random,
    "print": print_,
    "statuses": statuses,
    "together": together,
    "web": web,
    "stream": stream,
    "share": share,
}
