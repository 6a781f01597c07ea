"""The package outside of the engine: what its builders make, and what they refuse."""

import inspect
import sys
import unittest
from datetime import timedelta
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import strata
from strata import Failure, File, Finding, Goal, HttpError, Incoming, Manifest, Request, Row, Scenario, Stage, Trend
from strata import _host, _words
from strata.http import Options


class Stages(unittest.TestCase):
    def test_each_constructor_sets_only_what_its_executor_has(self):
        stages = [
            (Stage.constant_vus("a", 8, 3), "constant-vus", {"duration_ms": 3000}),
            (Stage.per_vu_iterations("a", 8, 5), "per-vu-iterations", {"iterations": 5}),
            (Stage.shared_iterations("a", 8, 5, max_duration=60), "shared-iterations", {"iterations": 5, "duration_ms": 60000}),
            (Stage.ramping_vus("a", 8, [(30, 100)], graceful_ramp_down=1), "ramping-vus", {"graceful_ramp_down_ms": 1000}),
            (Stage.constant_arrival_rate("a", 50, 8, 3), "constant-arrival-rate", {"rate": 50, "duration_ms": 3000}),
            (Stage.ramping_arrival_rate("a", 50, 8, [(0, 9)], max_vus=9), "ramping-arrival-rate", {"rate": 50, "max_vus": 9}),
        ]
        optional = ["max_vus", "iterations", "rate", "time_unit_ms", "duration_ms", "graceful_stop_ms"]
        optional += ["graceful_ramp_down_ms", "start_time_ms"]
        for stage, executor, numbers in stages:
            found = {name: getattr(stage, name) for name in optional if getattr(stage, name) is not None}
            self.assertEqual((stage.executor, stage.vus, found), (executor, 8, numbers))

    def test_durations_are_seconds_or_a_timedelta(self):
        durations = [0.29, timedelta(minutes=1), 0, 10**9]
        millis = [Stage.constant_vus("a", 1, duration).duration_ms for duration in durations]
        self.assertEqual(millis, [290, 60000, 0, 2**32 - 1])

    def test_what_the_contract_cannot_take_is_refused_by_name(self):
        for make, kind, why in [
            (lambda: Stage.constant_vus("a", "8", 3), TypeError, "vus of the stage `a`"),
            (lambda: Stage.constant_vus("a", -1, 3), ValueError, "vus of the stage `a`"),
            (lambda: Stage.constant_vus("a", 1, -3), ValueError, "duration of the stage `a`"),
            (lambda: Stage.constant_vus("a", 1, float("nan")), ValueError, "duration of the stage `a`"),
            (lambda: Stage.constant_vus("a", 1, "3s"), TypeError, "duration of the stage `a`"),
            (lambda: Stage.constant_vus("\ud800", 1, 3), ValueError, "name of a stage"),
            (lambda: Goal.at_least("g", "50", "ms"), TypeError, "target of the goal `g`"),
            (lambda: Manifest("m", stages=["main"]), TypeError, "stages takes a Stage"),
            (lambda: Finding("f", value="1"), TypeError, "value of the finding `f`"),
            (lambda: Request("GET", "/", body={"a": 1}), TypeError, "json="),
            (lambda: Request("GET", 5), TypeError, "a URL"),
            (lambda: strata.Space("s").set("k", 1), TypeError, "the value of `k` is a text"),
            (lambda: strata.Space("s").meet("b", 0.5, 1), TypeError, "parties is a whole number"),
            (lambda: strata.data.take("rows", "unique"), TypeError, "an order takes a Order"),
        ]:
            with self.assertRaises(kind) as raised:
                make()
            self.assertIn(why, str(raised.exception))


class Goals(unittest.TestCase):
    def test_a_goal_is_judged_unless_it_is_measured(self):
        goal = Goal.at_most("p95", 200, "ms", warn=300)
        self.assertEqual((goal.op, goal.target, goal.warn, goal.measure), ("<=", 200.0, 300.0, None))
        self.assertEqual(goal.measured("http_req_duration", "p(95)").measure, ("http_req_duration", "p(95)"))

    def test_each_constructor_has_its_comparison(self):
        makers = [Goal.at_least, Goal.at_most, Goal.above, Goal.below]
        self.assertEqual([make("a", 1, "").op for make in makers], [">=", "<=", ">", "<"])

    def test_windows_and_aborts_are_options(self):
        goal = Goal.at_most("p95", 200, "ms").in_windows(10, 97.5).abort_on_fail(5)
        expected = [("over", "10s"), ("met", "97.5%"), ("abort-on-fail", "true"), ("delay", "5000ms")]
        self.assertEqual(goal.options, expected)


class Requests(unittest.TestCase):
    def test_a_request_has_what_it_was_given(self):
        request = Request("POST", "/ä?b=1", headers={"x-a": "ü"}, json={"n": "世"}, timeout=0.05, discard_body=True)
        self.assertEqual(request.headers, [("x-a", "ü"), ("content-type", "application/json")])
        self.assertEqual((request.body, request.timeout_ms), ('{"n":"世"}'.encode(), 50))
        self.assertEqual(request.options, [("body", "discard")])
        own = Request("POST", "/", headers=[("Content-Type", "a/b")], json=[])
        self.assertEqual((own.headers, own.body), ([("Content-Type", "a/b")], b"[]"))
        self.assertEqual(Request("POST", "/", body="ü").body, b"\xc3\xbc")

    def test_every_option_is_said_in_the_contracts_words(self):
        request = Request(
            "PUT",
            "/",
            connect_timeout=0.3,
            first_byte_timeout=timedelta(seconds=1),
            discard_body=True,
            redirects=0,
            cookies=False,
            compression=["gzip", "br"],
            keep_encoded=True,
            basic_auth=("me", "a:b"),
            bearer_auth="t",
            body_from_setup=(1, 3),
        )
        expected = [
            ("body", "discard"),
            ("connect-timeout-ms", "300"),
            ("first-byte-timeout-ms", "1000"),
            ("redirects", "0"),
            ("cookies", "no"),
            ("compression", "gzip, br"),
            ("decode", "no"),
            ("basic-auth", "me:a:b"),
            ("bearer-auth", "t"),
            ("body-from", "setup-data 1..3"),
        ]
        self.assertEqual(request.options, expected)
        whole = Request("PUT", "/", body_from_setup=True, cookies=True, compression="all")
        self.assertEqual(whole.options, [("cookies", "yes"), ("compression", "all"), ("body-from", "setup-data")])
        self.assertEqual(Request("GET", "/").options, [])
        taken = set(inspect.signature(Request).parameters) - {"method", "url"}
        self.assertEqual(set(Options.__annotations__), taken)

    def test_what_an_option_cannot_be_is_refused_by_name(self):
        for given, kind, why in [
            ({"redirects": -1}, ValueError, "redirects is from 0"),
            ({"connect_timeout": "1s"}, TypeError, "a connect_timeout is a number"),
            ({"basic_auth": "me:x"}, TypeError, "basic_auth is a user and a password"),
            ({"basic_auth": ("a:b", "c")}, ValueError, "'a:b', which can have no colon"),
            ({"body_from_setup": 5}, TypeError, "body_from_setup is `True` or a pair"),
            ({"body_from_setup": (0.5, 1)}, TypeError, "a place of body_from_setup is a whole number"),
            ({"form": {"a": b"b"}}, TypeError, "the field `a` is a text or a number"),
            ({"form": "a=1"}, TypeError, "are a mapping, not str"),
            ({"form": {}, "json": 1}, TypeError, "json or form, not both"),
            ({"multipart": {"a": File(1, "n")}}, TypeError, "the file `n` is bytes or a text"),
            ({"redirect": 1}, TypeError, "redirect"),
        ]:
            with self.assertRaises(kind) as raised:
                Request("GET", "/", **given)
            self.assertIn(why, str(raised.exception))

    def test_fields_are_written_as_browsers_write_them(self):
        request = Request("POST", "/", form={"user": "me & you", "ñ=": "1+1~*-._'()!", "many": ["a", "2"]})
        self.assertEqual(request.headers, [("content-type", "application/x-www-form-urlencoded")])
        body = b"user=me+%26+you&%C3%B1%3D=1%2B1%7E*-._%27%28%29%21&many=a&many=2"
        self.assertEqual(request.body, body)
        own = Request("POST", "/", form={"a": 1.5}, headers={"Content-Type": "own"})
        self.assertEqual((own.headers, own.body), ([("Content-Type", "own")], b"a=1.5"))

    def test_parts_are_told_apart_by_what_none_of_them_has(self):
        parts = {
            'a"b': 1,
            "f": File(b"x----strata-form-2-", "x\r\ny.txt", "text/plain"),
            "g": [File("----strata-form-"), "ü"],
        }
        request = Request("POST", "/", multipart=parts)
        self.assertEqual(request.headers, [("content-type", "multipart/form-data; boundary=----strata-form-1-")])
        expected = (
            '------strata-form-1-\r\ncontent-disposition: form-data; name="a%22b"\r\n\r\n1\r\n'
            '------strata-form-1-\r\ncontent-disposition: form-data; name="f"; filename="x%0D%0Ay.txt"\r\n'
            "content-type: text/plain\r\n\r\nx----strata-form-2-\r\n"
            '------strata-form-1-\r\ncontent-disposition: form-data; name="g"; filename="file"\r\n'
            "content-type: application/octet-stream\r\n\r\n----strata-form-\r\n"
            '------strata-form-1-\r\ncontent-disposition: form-data; name="g"\r\n\r\nü\r\n------strata-form-1---\r\n'
        )
        self.assertEqual(request.body.decode(), expected)

    def test_a_streamed_answer_is_read_to_its_end_and_closed_once(self):
        raw = mock.MagicMock()
        raw.status.return_value = 200
        raw.headers.return_value = [strata.Pair("etag", "a")]
        raw.read.side_effect = [strata.Piece(1500.0, b"ab"), strata.Piece(2000.0, b"c"), None]
        raw.next_event.side_effect = [strata.ServerEvent(1.0, "add", "a", "7"), None]
        with Incoming(raw) as answer:
            self.assertEqual((answer.status, answer.header("ETag"), answer.header("age")), (200, "a", None))
            self.assertEqual([(piece.at, piece.body) for piece in answer.pieces(5)], [(1.5, b"ab"), (2.0, b"c")])
            self.assertEqual([(event.kind, event.data) for event in answer.events()], [("add", "a")])
            raw.read.assert_called_with(5)
            with self.assertRaises(TypeError):
                answer.read(0.5)
        answer.close()
        raw.__exit__.assert_called_once()
        with self.assertRaises(ValueError):
            answer.read()

    def test_a_response_finds_headers_in_any_case(self):
        response = strata.Response(200, "HTTP/1.1", [strata.Pair("etag", "a"), strata.Pair("etag", "b")], b"o\xff", None)
        self.assertEqual((response.header("ETag"), response.header("age")), ("a", None))
        self.assertEqual(response.text, "o\ufffd")

    def test_errors_of_the_engine_keep_their_code(self):
        class Refused(Exception):
            value = HttpError("timeout", "no answer in 50 ms")

        engine = mock.Mock()
        engine.send.side_effect = Refused
        with mock.patch.object(_host, "http", engine), mock.patch.object(_host, "Err", Refused):
            with self.assertRaises(HttpError) as raised:
                strata.http.get("/")
        self.assertEqual((raised.exception.code, str(raised.exception)), ("timeout", "timeout: no answer in 50 ms"))

    def test_without_the_engine_calls_say_so(self):
        calls = [
            (lambda: strata.http.get("/"), "http.send"),
            (lambda: strata.http.prepare("GET", "/"), "http.Prepared.prepare"),
            (lambda: strata.check("a", True), "metrics.check"),
            (lambda: strata.http.open("GET", "/"), "http.Incoming.open"),
            (lambda: strata.http.cookies("/"), "http.cookies"),
            (lambda: strata.data.take("rows"), "data.take"),
            (lambda: strata.Space("a").get("b"), "kv.get"),
            (lambda: strata.run.secret("a"), "run.secret"),
            (lambda: strata.run.target(), "run.target"),
            (lambda: strata.log.info("a"), "log.log"),
            (lambda: strata.results.stat("a", "avg"), "results.stat"),
            (lambda: Trend("a").add(1), "metrics.add"),
        ]
        for call, name in calls:
            with self.assertRaises(strata.OutsideEngine) as raised:
                call()
            self.assertIn(f"`{name}`", str(raised.exception))


class Failures(unittest.TestCase):
    FOLDER = str(Path(__file__).resolve().parent) + "/"

    def failure(self, raise_it):
        try:
            raise_it()
        except BaseException as raised:
            return _words.failure_of(raised, self.FOLDER)

    def test_an_exception_names_its_class_text_and_line(self):
        def fail():
            raise ValueError("no number")

        line = fail.__code__.co_firstlineno + 1
        failure = self.failure(fail)
        self.assertEqual(failure.code, "exception")
        self.assertEqual(failure.message, f"ValueError: no number (test_sdk.py:{line})")

    def test_the_line_is_the_authors_where_a_library_raised(self):
        import json

        failure = self.failure(lambda: json.loads("{"))
        self.assertRegex(failure.message, r"^JSONDecodeError: .* \(test_sdk.py:\d+\)$")

    def test_codes_of_errors_and_failures_are_kept(self):
        def error():
            raise HttpError("timeout", "no answer")

        def failure():
            raise Failure("login-refused", "no session")

        self.assertEqual(self.failure(error).code, "timeout")
        self.assertRegex(self.failure(error).message, r"^no answer \(test_sdk.py:\d+\)$")
        self.assertEqual(str(self.failure(failure)), "login-refused: no session")

    def test_a_message_is_bounded_and_can_be_sent(self):
        class Odd(Exception):
            def __str__(self):
                raise RuntimeError

        def odd():
            raise Odd

        def long():
            raise ValueError("\ud800" + "x" * 100_000)

        self.assertIn("Odd: (no text, RuntimeError in its __str__)", self.failure(odd).message)
        message = self.failure(long).message
        self.assertLess(len(message.encode()), 1100)
        self.assertIn(r"\ud800", message)


class Findings(unittest.TestCase):
    def test_rows_keep_their_order(self):
        finding = Finding("x", value=1, breakdown=[Row("/a", 1, "req/s", True)]).row("/b", 2, "")
        self.assertEqual(finding.breakdown, [("/a", 1.0, "req/s", True), ("/b", 2.0, "", None)])
        self.assertIsNone(Finding("x").value)


class Defaults(unittest.TestCase):
    def test_only_describe_and_iteration_must_be_written(self):
        class Least(Scenario):
            def describe(self):
                return Manifest("least", stages=[])

            def iteration(self, context):
                pass

        least = Least()
        self.assertEqual([least.setup(), least.start(), least.judge(), least.teardown()], [None] * 4)
        with self.assertRaises(TypeError):
            Scenario()


if __name__ == "__main__":
    unittest.main()
