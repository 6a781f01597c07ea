/* Tests of the scenario on your own machine, where a call of the engine ends the program. */
#include <iostream>

#include "strata.hpp"

static int failed;

static void expect(bool held, const char *what) {
    if (held) return;
    std::cerr << "failed: " << what << "\n";
    failed = 1;
}

int main() {
    strata_manifest manifest = strata_described();
    expect(std::string_view(manifest.name) == "@NAME@", "it has its name");
    for (strata_goal *goal = manifest.goals; goal; goal = goal->next) {
        expect(goal->selector != nullptr, "every goal is measured");
    }
    return failed;
}
