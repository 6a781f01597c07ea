/* What one iteration does, by the name of its mode. */
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <sys/socket.h>
#include <unistd.h>
#include <wasi/api.h>

#include "probe.hpp"

using namespace strata;
using Steady = std::chrono::steady_clock;

/* How far the clocks of the guest and the run may be apart in mode `sleep`. */
constexpr auto TOLERANCE = 50ms;
/* What mode `grow` takes at a time. */
constexpr size_t GROWTH = 1 << 20;

static Result<> ok() {
    Response answer = STRATA_TRY(Request::get("/").send());
    check("status is 200", answer.status() == 200);
    return {};
}

/* Env `ms`. */
static std::chrono::duration<double, std::milli> asked() {
    auto ms = env("ms");
    return std::chrono::duration<double, std::milli>(ms ? std::atof(ms->data()) : 100);
}

static Result<> spin() {
    for (volatile uint64_t turns = 0;; turns = turns + 1) {
    }
}

static Result<> compute() {
    auto begin = Steady::now();
    for (volatile uint64_t turns = 0; Steady::now() - begin < asked();) {
        for (int i = 0; i < 10'000; i++) turns = turns + 1;
    }
    check("computing takes as long as asked", Steady::now() - begin >= asked());
    return {};
}

static Result<> sleeping() {
    auto before = now();
    auto own = Steady::now();
    auto wall = std::chrono::system_clock::now();
    strata::sleep(asked() / 2);
    usleep(static_cast<useconds_t>(asked().count() / 2 * 1000));
    auto waited = now() - before;
    check("sleep takes as long as asked", waited >= asked());
    bool steady = abs(Steady::now() - own - waited) < TOLERANCE;
    // 2020 is past.
    bool dated = abs(std::chrono::system_clock::now() - wall - waited) < TOLERANCE &&
                 wall.time_since_epoch() > std::chrono::seconds(1577836800);
    check("the language's own clock agrees", steady && dated);
    return {};
}

static Result<> grow() {
    for (;;) {
        auto *taken = new char[GROWTH];
        std::fill(taken, taken + GROWTH, 1);
        asm volatile("" : : "r"(taken) : "memory");
    }
}

#pragma clang diagnostic ignored "-Winfinite-recursion"
/* Not a tail call, so that every turn takes stack. */
[[gnu::noinline]] static uint64_t recurse(uint64_t depth) {
    volatile char taken[256] = {static_cast<char>(depth)};
    return recurse(depth + 1) + static_cast<uint64_t>(taken[0]);
}

static bool refused(const Result<> &result, std::string_view code) { return !result && result.error().code == code; }

static Result<> metrics(const Context &context) {
    STRATA_TRY(COUNTER.add(1));
    STRATA_TRY(COUNTER.add_tagged(1, "kind", "tagged"));
    STRATA_TRY(GAUGE.add(context.iteration));
    STRATA_TRY(RATE.add(context.iteration % 2 == 0));
    check("an undeclared metric is refused", refused(trend("undeclared").add(1), "unknown-metric"));
    check("NaN is refused", refused(GAUGE.add(NAN), "bad-value"));
    check("a counter does not fall", refused(COUNTER.add(-1), "bad-value"));
    check("a trend is not negative", refused(RANDOM.add(-1), "bad-value"));
    check("judge's results are absent", !STRATA_TRY(strata::stat("http_reqs", "count")));
    check("the stage has its name", stage_name(context.stage) == "main");
    check("a stage that is not there has none", !stage_name(UINT32_MAX));
    return {};
}

template <class Next>
static Result<> randoms(Next next) {
    for (int i = 0; i < 10; i++) STRATA_TRY(RANDOM.add(next()));
    return {};
}

static Result<> wasi() {
    check("no file can be read", open("/etc/hostname", O_RDONLY) < 0);
    check("no file can be made", open("probe.txt", O_CREAT | O_WRONLY, 0600) < 0);
    // The library has no `connect`; what it has of sockets is refused.
    check("no address can be connected to", accept(3, nullptr, nullptr) < 0);
    check("the environment is empty", !environ || !*environ);
    __wasi_size_t count = 1, size = 1;
    check("there are no arguments", __wasi_args_sizes_get(&count, &size) == 0 && count == 0);
    return {};
}

static Result<> contexts(const Context &context, uint32_t iterations) {
    check("vu counts from 1", context.vu >= 1);
    check("iteration counts on", context.iteration == iterations - 1);
    check("the stage is an index", context.stage == 0);
    check("the target is a URL", target().starts_with("http://"));
    check("no such env", !env("no-such"));
    return {};
}

static Result<> flood_log() {
    using namespace std::string_literals;
    for (int line = 0; line < 10'000; line++) info("line "s + std::to_string(line) + "\r\n\x1b[31mred\x1b[0m \a end"s);
    return {};
}

static Result<> flood_metrics() {
    for (int name = 0; name < 100'000; name++) check("check " + std::to_string(name), true);
    return {};
}

static Result<> print() {
    std::cout << "printed by the probe\n";
    return {};
}

Result<> run_mode(std::string_view mode, const Context &context, uint32_t iterations) {
    unsigned iteration = context.iteration;
    if (mode == "ok") return ok();
    if (mode == "trap") strata_trap("the probe traps in iteration %u", iteration);
    if (mode == "trap-sometimes") {
        if (iteration % 10 == 9) {
            strata_trap("the probe traps in iteration %u after %u in this instance", iteration, unsigned(iterations));
        }
        return ok();
    }
    if (mode == "fail") return failure("probe", "iteration " + std::to_string(iteration) + " was told to fail");
    if (mode == "spin") return spin();
    if (mode == "compute") return compute();
    if (mode == "sleep") return sleeping();
    if (mode == "grow") return grow();
    if (mode == "recurse") return RANDOM.add(double(recurse(0)));
    if (mode == "flood-log") return flood_log();
    if (mode == "flood-metrics") return flood_metrics();
    if (mode == "metrics") return metrics(context);
    if (mode == "random") return randoms(strata::random);
    if (mode == "own-random") {
        return randoms([] { return std::uniform_real_distribution<>(0, 1)(generator()); });
    }
    if (mode == "stderr") return fprintf(stderr, "the probe on standard error, iteration %u\n", iteration), Result<>{};
    if (mode == "print") return print();
    if (mode == "send") return send_everything();
    if (mode == "wasi") return wasi();
    if (mode == "context") return contexts(context, iterations);
    if (mode == "unicode") return unicode();
    if (mode == "large") return large();
    if (mode == "errors") return errors();
    if (mode == "uncaught") return uncaught();
    if (mode == "statuses") return statuses();
    if (mode == "together") return together();
    if (mode == "web") return web();
    if (mode == "stream") return stream();
    if (mode == "share") return share(context);
    return failure("probe-mode", "`" + std::string(mode) + "` is not a mode");
}
