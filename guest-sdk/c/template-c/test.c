/* Tests of the scenario on your own machine, where a call of the engine ends the program. */
#include <stdio.h>

#include "strata.h"

static int failed;

static void expect(bool held, const char *what) {
    if (held) return;
    fprintf(stderr, "failed: %s\n", what);
    failed = 1;
}

int main(void) {
    strata_manifest manifest = strata_described();
    expect(strcmp(manifest.name, "@NAME@") == 0, "it has its name");
    for (strata_goal *goal = manifest.goals; goal; goal = goal->next) {
        expect(goal->selector != NULL, "every goal is measured");
    }
    return failed;
}
