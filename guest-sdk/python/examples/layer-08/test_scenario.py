"""The layer's own tests: `python3 -m unittest` in this folder."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scenario import Throughput, items
from strata import Brief
from strata.results import Usl
from strata.http import Timings
from verdict import Endpoint, Level, Scaling, conclude, figure

SLOW = [
    ("/api/posts/feed", 24.47),
    ("/api/groups", 9.38),
    ("/api/events/sidebar", 44.82),
    ("/api/friends/suggestions", 10.81),
]


def scaling(rates, sigma):
    levels = [Level(users, rate, users * 1000 / rate) for users, rate in zip((1, 8), rates)]
    law = Usl(44.82, sigma, 0, max(sigma - 0.02, 0), sigma + 0.02, 1, None)
    return Scaling("/api/events/sidebar", levels, law)


class Verdict(unittest.TestCase):
    def test_the_number_is_the_mean_of_the_rates(self):
        finding = conclude(SLOW, None)
        self.assertAlmostEqual(finding.value, 22.37)
        self.assertEqual(finding.text, "22.37 req/s")

    def test_each_endpoint_has_a_row_with_its_mark(self):
        rows = [(row.label, row.value, row.unit, row.passed) for row in conclude(SLOW, None).breakdown]
        expected = [(path, rate, "req/s", rate >= 20) for path, rate in SLOW]
        self.assertEqual(rows, expected)

    def test_the_analysis_names_the_slow_endpoints_with_their_figures(self):
        expected = (
            "2 of 4 endpoints below 20 req/s: /api/groups (9.38 req/s), /api/friends/suggestions (10.81 req/s)"
        )
        self.assertEqual(conclude(SLOW, None).analysis, expected)

    def test_a_throughput_that_does_not_rise_is_said_with_its_contention(self):
        expected = (
            "; throughput does not rise with concurrency: /api/events/sidebar answers 44.7 req/s with 1 and 44.82 with "
            "8 users, contention sigma 0.997 (95 % interval 0.977 to 1.017), so requests are handled one at a time"
        )
        self.assertTrue(conclude(SLOW, scaling((44.7, 44.82), 0.997)).analysis.endswith(expected))

    def test_a_throughput_that_rises_is_said_too(self):
        analysis = conclude([("/a", 200.0)], scaling((45.0, 358.0), 0.001)).analysis
        self.assertIn("; throughput rises with concurrency: ", analysis)
        self.assertTrue(analysis.endswith("sigma 0.001 (95 % interval 0.000 to 0.021)"), analysis)

    def test_fast_endpoints_are_good_news_only_if_their_mean_is(self):
        self.assertEqual(conclude([("/a", 50.0)], None).analysis, "All endpoints answer 20 req/s or more")
        slow = conclude([("/a", 30.0)], None).analysis
        self.assertEqual(slow, "All endpoints answer 20 req/s or more, but their mean is below 50")

    def test_an_endpoint_without_a_good_answer_counts_as_nothing_per_second(self):
        finding = conclude([("/a", 100.0), ("/b", None)], None)
        self.assertEqual(finding.value, 50.0)
        self.assertEqual(finding.analysis, "1 of 2 endpoints below 20 req/s: /b (0.00 req/s)")

    def test_without_a_good_answer_there_is_no_number(self):
        finding = conclude([("/a", None), ("/b", None)], None)
        self.assertEqual((finding.value, finding.breakdown), (None, []))

    def test_concurrency_is_what_was_measured(self):
        concurrency, rate = Level(8, 44.82, 178.0).point()
        self.assertAlmostEqual(concurrency, 7.978, 3)
        self.assertEqual((rate, Level(1, 44.0, 22.0).point()[0]), (44.82, 1))

    def test_figures_have_the_decimals_that_they_need(self):
        figures = [figure(value) for value in (85.54, 171.6, -4.25, 0.0, -0.001, 100.0, 2.899)]
        self.assertEqual(figures, ["85.54", "171.6", "-4.25", "0", "0", "100", "2.9"])

    def test_a_selector_asks_for_good_answers_of_the_stage(self):
        selector = Endpoint("feed", "/api/posts/feed").selector("http_reqs")
        self.assertEqual(selector, "http_reqs{stage:feed,expected_response:true}")


class Described(unittest.TestCase):
    def test_the_stages_are_the_endpoints_and_then_fewer_users(self):
        stages = [(stage.name, stage.vus, stage.duration_ms) for stage in Throughput().describe().stages]
        full = [(name, 8, 1500) for name in ("feed", "groups", "sidebar", "suggestions")]
        self.assertEqual(stages, full + [(f"sidebar-{users}", users, 500) for users in (1, 2, 3, 4, 6)])

    def test_the_judged_goal_is_the_one_that_the_finding_names(self):
        judged = [goal.name for goal in Throughput().describe().goals if goal.measure is None]
        self.assertEqual(judged, [conclude([], None).goal])

    def test_a_page_without_entries_has_none(self):
        answer = Brief(200, 2, Timings(*[0.0] * 8), 0)
        for page, count in [('{"items":[1,2]}', 2), ("nonsense", 0), ("[]", 0), ('{"items":5}', 0)]:
            with mock.patch.object(Brief, "text", page):
                self.assertEqual(len(items(answer)), count)


if __name__ == "__main__":
    unittest.main()
