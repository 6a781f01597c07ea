"""What a virtual user of @NAME@ does, and what its numbers must be."""

# @LAYER-BEGIN@
from strata import Layer
# @LAYER-END@
from strata import Context, Goal, Manifest, Scenario, Stage, check, http


class User(Scenario):
    def describe(self) -> Manifest:
        return Manifest(
            "@NAME@",
            # @LAYER-BEGIN@
            layer=Layer(@LAYER@, "@NAME@", "Area of the system"),
            # @LAYER-END@
            stages=[Stage.constant_vus("main", vus=2, duration=5)],
            goals=[
                Goal.at_least("checks", 99, "%").measured("checks", "rate"),
                Goal.at_most("p95", 200, "ms").measured("http_req_duration", "p(95)"),
            ],
        )

    def start(self) -> None:
        """Once per virtual user: what every iteration needs."""
        self.front = http.prepare("GET", "/", name="front page")

    def iteration(self, context: Context) -> None:
        """Over and over."""
        answer = self.front.send()
        check("status is 200", answer.status == 200)
