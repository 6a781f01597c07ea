/* Mode `share`: rows, shared values and secrets. */
#include "probe.hpp"

using namespace strata;

/* How long nobody comes. */
constexpr auto NOBODY = 20ms;

template <class T>
static bool refused(const Result<T> &result, std::string_view code) {
    return !result && result.error().code == code;
}

static Result<> rows(const Context &context) {
    Data rows("rows");
    check("data: length", STRATA_TRY(rows.length()) == 4);
    check("data: columns", STRATA_TRY(rows.columns()) == std::vector<std::string>{"name", "note"});
    Row row = STRATA_TRY(rows.row(1));
    check("data: a row", row.get("note") == "a, \"b\" 世界" && !row.get("other") && row.cells().size() == 2);
    check("data: no such row", refused(rows.row(4), "no-such-row"));
    std::string own = "r" + std::to_string((context.vu - 1) % 4);
    check("data: that of this user", STRATA_TRY(rows.take(STRATA_PER_VU)).get("name") == own);
    check("data: any", STRATA_TRY(rows.take(STRATA_RANDOM)).get("name").value_or("").starts_with("r"));
    check("data: in turn", STRATA_TRY(rows.take(STRATA_SEQUENTIAL)).get("name").value_or("").starts_with("r"));
    // As many as there are: each is had once, and then there is none.
    Row once = STRATA_TRY(rows.take(STRATA_UNIQUE));
    check("data: " + std::string(once.get("name").value_or("")) + " is had once", true);
    if (context.iteration == 3) check("data: all are had", refused(rows.take(STRATA_UNIQUE), "end-of-data"));
    return {};
}

static Result<> values(const Space &space, const std::string &key) {
    STRATA_TRY(space.set(key, "1"));
    STRATA_TRY(space.set(key, "zwei 世界"));
    check("kv: a value", STRATA_TRY(space.get(key)) == "zwei 世界");
    check("kv: no number", refused(space.add(key, 1), "bad-value"));
    STRATA_TRY(space.erase(key));
    check("kv: no value", !STRATA_TRY(space.get(key)));
    double first = STRATA_TRY(space.add(key, 2)), second = STRATA_TRY(space.add(key, -0.5));
    check("kv: a sum", first == 2 && second == 1.5);
    STRATA_TRY(space.erase(key));
    check("kv: too large", refused(space.set(std::string(257, 'k'), ""), "too-large"));
    return {};
}

static Result<> queues(const Space &space, const std::string &vu) {
    std::string queue = "queue " + vu, alone = "barrier " + vu;
    check("kv: an empty queue", !STRATA_TRY(space.pop(queue, NOBODY)));
    STRATA_TRY(space.push(queue, "first"));
    STRATA_TRY(space.push(queue, "second 🌍"));
    check("kv: a queue's length", STRATA_TRY(space.queue_length(queue)) == 2);
    auto first = STRATA_TRY(space.pop(queue, NOBODY)), second = STRATA_TRY(space.pop(queue));
    check("kv: the oldest comes first", first == "first" && second == "second 🌍");
    check("kv: nobody to wait for", space.meet(alone, 1, NOBODY).has_value());
    check("kv: nobody comes", refused(space.meet(alone, 2, NOBODY), "timeout"));
    check("kv: nobody is too few", refused(space.meet(alone, 0, NOBODY), "bad-value"));
    return {};
}

Result<> share(const Context &context) {
    Space space("shared");
    std::string vu = std::to_string(context.vu);
    STRATA_TRY(rows(context));
    STRATA_TRY(values(space, "value " + vu));
    STRATA_TRY(queues(space, vu));
    check("a secret arrives", STRATA_TRY(secret("token")).size() == 12);
    check("setup's text arrives", setup_text() == "from setup");
    check("no set", refused(Data("others").length(), "not-granted"));
    check("no space", refused(Space("others").get("a"), "not-granted"));
    check("no secret", refused(secret("others"), "not-granted"));
    check("no env", !env("others"));
    return {};
}
