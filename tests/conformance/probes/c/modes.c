/* What one iteration does, by the name of its mode. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#include "probe.h"

/* How far the clocks of the guest and the run may be apart in mode `sleep`, in milliseconds. */
#define TOLERANCE 50.0
/* What mode `grow` takes at a time. */
#define GROWTH (1 << 20)

static strata_result ok(void) {
    strata_response answer;
    STRATA_TRY(strata_get("/", &answer));
    strata_check("status is 200", answer.status == 200);
    return STRATA_OK;
}

/* Env `ms`. */
static double asked(void) {
    const char *ms = strata_env("ms");
    return ms ? atof(ms) : 100;
}

static double clock_ms(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static void spin(void) {
    for (volatile uint64_t turns = 0;; turns++) {
    }
}

static strata_result compute(void) {
    double ms = asked(), begin = clock_ms(CLOCK_MONOTONIC);
    for (volatile uint64_t turns = 0; clock_ms(CLOCK_MONOTONIC) - begin < ms;) {
        for (int i = 0; i < 10000; i++) turns++;
    }
    strata_check("computing takes as long as asked", clock_ms(CLOCK_MONOTONIC) - begin >= ms);
    return STRATA_OK;
}

static strata_result sleeping(void) {
    double ms = asked(), before = strata_now();
    double own = clock_ms(CLOCK_MONOTONIC), wall = clock_ms(CLOCK_REALTIME);
    strata_sleep(ms / 2);
    usleep((useconds_t)(ms / 2 * 1000));
    double waited = strata_now() - before;
    strata_check("sleep takes as long as asked", waited >= ms);
    bool steady = fabs(clock_ms(CLOCK_MONOTONIC) - own - waited) < TOLERANCE;
    // 2020 is past.
    bool dated = fabs(clock_ms(CLOCK_REALTIME) - wall - waited) < TOLERANCE && wall > 1577836800000.0;
    strata_check("the language's own clock agrees", steady && dated);
    return STRATA_OK;
}

static void grow(void) {
    for (;;) {
        char *taken = malloc(GROWTH);
        if (!taken) strata_trap("no more memory");
        memset(taken, 1, GROWTH);
        __asm__ volatile("" : : "r"(taken) : "memory");
    }
}

#pragma clang diagnostic ignored "-Winfinite-recursion"
/* Not a tail call, so that every turn takes stack. */
__attribute__((noinline)) static uint64_t recurse(volatile uint64_t depth) {
    volatile char taken[256] = {(char)depth};
    return recurse(depth + 1) + (uint64_t)taken[0];
}

static strata_result metrics(const strata_context *context) {
    STRATA_TRY(strata_add("probe_counter", 1));
    STRATA_TRY(strata_add_tagged("probe_counter", 1, "kind", "tagged"));
    STRATA_TRY(strata_add("probe_gauge", context->iteration));
    STRATA_TRY(strata_add("probe_rate", context->iteration % 2 == 0));
    strata_check("an undeclared metric is refused", strata_is(strata_add("undeclared", 1), "unknown-metric"));
    strata_check("NaN is refused", strata_is(strata_add("probe_gauge", NAN), "bad-value"));
    strata_check("a counter does not fall", strata_is(strata_add("probe_counter", -1), "bad-value"));
    strata_check("a trend is not negative", strata_is(strata_add("random", -1), "bad-value"));
    strata_number number;
    STRATA_TRY(strata_stat("http_reqs", "count", &number));
    strata_check("judge's results are absent", !number.given);
    strata_check("the stage has its name", same(strata_stage_name(context->stage), "main"));
    strata_check("a stage that is not there has none", !strata_stage_name(UINT32_MAX));
    return STRATA_OK;
}

static strata_result randoms(double (*next)(void)) {
    for (int i = 0; i < 10; i++) STRATA_TRY(strata_add("random", next()));
    return STRATA_OK;
}

static double own_random(void) { return rand() / (RAND_MAX + 1.0); }

static void wasi(void) {
    strata_check("no file can be read", open("/etc/hostname", O_RDONLY) < 0);
    strata_check("no file can be made", open("probe.txt", O_CREAT | O_WRONLY, 0600) < 0);
    // The library has no `connect`; what it has of sockets is refused.
    strata_check("no address can be connected to", accept(3, NULL, NULL) < 0);
    extern char **environ;
    strata_check("the environment is empty", !environ || !*environ);
    __wasi_size_t count = 1, size = 1;
    strata_check("there are no arguments", __wasi_args_sizes_get(&count, &size) == 0 && count == 0);
}

static void contexts(const strata_context *context, uint32_t iterations) {
    strata_check("vu counts from 1", context->vu >= 1);
    strata_check("iteration counts on", context->iteration == iterations - 1);
    strata_check("the stage is an index", context->stage == 0);
    strata_check("the target is a URL", strncmp(strata_target(), "http://", 7) == 0);
    strata_check("no such env", !strata_env("no-such"));
}

static void flood_log(void) {
    for (int line = 0; line < 10000; line++) {
        strata_log_info("line %d\r\n\x1b[31mred\x1b[0m \a\x01 end", line);
    }
}

static void flood_metrics(void) {
    for (int name = 0; name < 100000; name++) strata_check(strata_format("check %d", name), true);
}

strata_result probe_mode(const char *mode, const strata_context *context, uint32_t iterations) {
    if (same(mode, "ok")) return ok();
    if (same(mode, "trap")) strata_trap("the probe traps in iteration %u", (unsigned)context->iteration);
    if (same(mode, "trap-sometimes")) {
        if (context->iteration % 10 == 9) {
            strata_trap("the probe traps in iteration %u after %u in this instance", (unsigned)context->iteration,
                        (unsigned)iterations);
        }
        return ok();
    }
    if (same(mode, "fail")) STRATA_FAIL("probe", "iteration %u was told to fail", (unsigned)context->iteration);
    if (same(mode, "spin")) spin();
    if (same(mode, "compute")) return compute();
    if (same(mode, "sleep")) return sleeping();
    if (same(mode, "grow")) grow();
    if (same(mode, "recurse")) return strata_add("random", (double)recurse(0));
    if (same(mode, "flood-log")) return flood_log(), STRATA_OK;
    if (same(mode, "flood-metrics")) return flood_metrics(), STRATA_OK;
    if (same(mode, "metrics")) return metrics(context);
    if (same(mode, "random")) return randoms(strata_random);
    if (same(mode, "own-random")) return randoms(own_random);
    if (same(mode, "stderr")) {
        fprintf(stderr, "the probe on standard error, iteration %u\n", (unsigned)context->iteration);
        return STRATA_OK;
    }
    if (same(mode, "print")) return puts("printed by the probe"), STRATA_OK;
    if (same(mode, "send")) return probe_send();
    if (same(mode, "wasi")) return wasi(), STRATA_OK;
    if (same(mode, "context")) return contexts(context, iterations), STRATA_OK;
    if (same(mode, "unicode")) return probe_unicode();
    if (same(mode, "large")) return probe_large();
    if (same(mode, "errors")) return probe_errors();
    if (same(mode, "uncaught")) return probe_uncaught();
    if (same(mode, "statuses")) return probe_statuses();
    if (same(mode, "together")) return probe_together();
    if (same(mode, "web")) return probe_web();
    if (same(mode, "stream")) return probe_stream();
    if (same(mode, "share")) return probe_share(context);
    STRATA_FAIL("probe-mode", "`%s` is not a mode", mode);
}
