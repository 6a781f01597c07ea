"""Mode `share`: rows, spaces and secrets, with env `describe=shared` and `setup=data`."""

from __future__ import annotations

from strata import Context, Order, Space, check, data, run
from refusing import refused

SPACE = Space("shared")
#: How long is waited for what does not come.
SHORT = 0.02


def everything(context: Context) -> None:
    rows(context)
    values(context)
    queues(context)
    check("a secret arrives", len(run.secret("token")) == 12)
    check("setup's text arrives", run.setup_text() == "from setup")
    check("no set", refused(lambda: data.length("others")) == "not-granted")
    check("no space", refused(lambda: Space("others").get("a")) == "not-granted")
    check("no secret", refused(lambda: run.secret("others")) == "not-granted")
    check("no env", run.env("others") is None)


def rows(context: Context) -> None:
    check("data: length", data.length("rows") == 4)
    check("data: columns", data.columns("rows") == ["name", "note"])
    check("data: a row", data.row("rows", 1)["note"] == 'a, "b" 世界')
    check("data: no such row", refused(lambda: data.row("rows", 4)) == "no-such-row")
    check("data: that of this user", data.take("rows", Order.PER_VU)["name"] == f"r{(context.vu - 1) % 4}")
    check("data: any", data.take("rows", Order.RANDOM)["name"].startswith("r"))
    check("data: in turn", data.take("rows")["name"] == f"r{context.iteration}")
    # As many as there are: each is had once, and then there is none.
    check(f"data: {data.take('rows', Order.UNIQUE)['name']} is had once", True)
    if context.iteration == 3:
        check("data: all are had", refused(lambda: data.take("rows", Order.UNIQUE)) == "end-of-data")


def values(context: Context) -> None:
    key = f"value {context.vu}"
    SPACE.set(key, "1")
    SPACE.set(key, "zwei 世界")
    check("kv: a value", SPACE.get(key) == "zwei 世界")
    check("kv: no number", refused(lambda: SPACE.add(key)) == "bad-value")
    SPACE.delete(key)
    check("kv: no value", SPACE.get(key) is None)
    check("kv: a sum", (SPACE.add(key, 2), SPACE.add(key, -0.5)) == (2, 1.5))
    SPACE.delete(key)
    check("kv: too large", refused(lambda: SPACE.set("k" * 257, "")) == "too-large")


def queues(context: Context) -> None:
    queue, alone = f"queue {context.vu}", f"barrier {context.vu}"
    check("kv: an empty queue", SPACE.pop(queue, SHORT) is None)
    SPACE.push(queue, "first")
    SPACE.push(queue, "second 🌍")
    check("kv: a queue's length", SPACE.queue_length(queue) == 2)
    check("kv: the oldest comes first", [SPACE.pop(queue), SPACE.pop(queue)] == ["first", "second 🌍"])
    check("kv: nobody to wait for", refused(lambda: SPACE.meet(alone, 1, SHORT)) == "")
    check("kv: nobody comes", refused(lambda: SPACE.meet(alone, 2, SHORT)) == "timeout")
    check("kv: nobody is too few", refused(lambda: SPACE.meet(alone, 0, SHORT)) == "bad-value")
