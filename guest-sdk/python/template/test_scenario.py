"""Tests on this machine: `python3 -m unittest`."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent / "strata-sdk"))

import strata
from scenario import User


class UserTest(unittest.TestCase):
    def test_every_goal_is_measured(self):
        manifest = User().describe()
        self.assertEqual(manifest.name, "@NAME@")
        self.assertTrue(all(goal.measure for goal in manifest.goals))

    def test_an_iteration_asks_for_the_front_page(self):
        user = User()
        with mock.patch("strata.http.prepare") as prepare, mock.patch("scenario.check") as check:
            prepare.return_value.send.return_value.status = 200
            user.start()
            user.iteration(strata.Context(vu=1, iteration=0, stage=0))
        prepare.assert_called_once_with("GET", "/", name="front page")
        check.assert_called_once_with("status is 200", True)

    def test_nothing_is_sent_without_the_engine(self):
        with self.assertRaises(strata.OutsideEngine):
            strata.http.get("/")


if __name__ == "__main__":
    unittest.main()
