/* Scenarios for strata, written in C++23 without exceptions.
 *
 * A scenario is a class with `describe`, `start` and `iteration`, and, if it wants, `setup`, `judge` and `teardown`; one
 * value of it is one virtual user. `STRATA_EXPORT(Class)` makes a component of it, once.
 *
 * What may fail returns `Result`, an `std::expected`; `STRATA_TRY` passes an error on. Views of texts and bytes
 * (`std::string_view`, `std::span`) live until the export that got them is over: keep a `std::string` for longer.
 */
#ifndef STRATA_HPP
#define STRATA_HPP

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "strata.h"

#undef STRATA_TRY
#undef STRATA_FAIL

namespace strata {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Context = strata_context;
using Timings = strata_timings;
using Point = strata_point;
using Line = strata_line;

/* Why something did not work: of the engine or, as a failure, of the scenario. */
struct Error {
    /* A stable word that reports count by: `timeout`, `login-refused`; at most 64 bytes. */
    std::string code;
    /* A sentence for people. */
    std::string message;
};

template <class T = void>
using Result = std::expected<T, Error>;

namespace inner {

inline const char *c(std::string_view text) { return strata_copy_of(text.data(), text.size()); }

inline uint32_t ms(milliseconds duration) {
    if (duration.count() < 0) return 0;
    return duration.count() > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(duration.count());
}

inline std::unexpected<Error> error(strata_result result) {
    return std::unexpected(Error{result->code, result->message});
}

inline strata_result result(const Result<> &of) {
    return of ? STRATA_OK : strata_failure(c(of.error().code), "%s", of.error().message.c_str());
}

inline Result<> done(strata_result result) {
    if (result) return error(result);
    return {};
}

inline void taken(Result<> &) {}

template <class T>
T taken(Result<T> &result) {
    return std::move(*result);
}

inline std::optional<double> number(strata_number of) {
    return of.given ? std::optional(of.value) : std::nullopt;
}

inline std::optional<std::string_view> text(const char *of) {
    return of ? std::optional<std::string_view>(of) : std::nullopt;
}

}  // namespace inner

/* The value of a `Result`, or, if there is none, a return of its error from the function around it. */
#define STRATA_TRY(call)                                                                                              \
    ({                                                                                                                \
        auto strata_tried = (call);                                                                                   \
        if (!strata_tried) return std::unexpected(std::move(strata_tried.error()));                                   \
        ::strata::inner::taken(strata_tried);                                                                         \
    })

/* A failure, to be returned: `return failure("no-such-user", "user 7 is missing");` */
inline std::unexpected<Error> failure(std::string code, std::string message) {
    return std::unexpected(Error{std::move(code), std::move(message)});
}

/* --- The manifest --------------------------------------------------------------------------------------------- */

class Stage {
  public:
    explicit Stage(strata_stage *stage) : stage(stage) {}
    Stage &ramp(milliseconds duration, uint32_t target) { return of(strata_ramp(stage, inner::ms(duration), target)); }
    Stage &max_vus(uint32_t vus) { return of(strata_max_vus(stage, vus)); }
    Stage &time_unit(milliseconds unit) { return of(strata_time_unit(stage, inner::ms(unit))); }
    Stage &poisson() { return of(strata_poisson(stage)); }
    Stage &start_time(milliseconds time) { return of(strata_start_time(stage, inner::ms(time))); }
    Stage &graceful_stop(milliseconds time) { return of(strata_graceful_stop(stage, inner::ms(time))); }
    Stage &graceful_ramp_down(milliseconds time) { return of(strata_graceful_ramp_down(stage, inner::ms(time))); }
    Stage &max_duration(milliseconds time) { return of(strata_max_duration(stage, inner::ms(time))); }
    Stage &warm_up() { return of(strata_warm_up(stage)); }
    Stage &tag(std::string_view name, std::string_view value) {
        return of(strata_tag(stage, inner::c(name), inner::c(value)));
    }

  private:
    Stage &of(strata_stage *) { return *this; }
    strata_stage *stage;
};

class Goal {
  public:
    explicit Goal(strata_goal *goal) : goal(goal) {}
    Goal &measured(std::string_view selector, std::string_view aggregate) {
        return of(strata_measured(goal, inner::c(selector), inner::c(aggregate)));
    }
    Goal &warn(double bound) { return of(strata_warn_bound(goal, bound)); }
    Goal &in_windows(uint32_t seconds, double percent) { return of(strata_in_windows(goal, seconds, percent)); }
    Goal &abort_on_fail(milliseconds delay) { return of(strata_abort_on_fail(goal, inner::ms(delay))); }

  private:
    Goal &of(strata_goal *) { return *this; }
    strata_goal *goal;
};

/* A metric of the scenario's own: a constant that is declared in the manifest and written to in iterations. */
struct Metric {
    strata_kind kind;
    const char *name;
    const char *unit;

    /* Errors: `unknown-metric`, `bad-value`. */
    Result<> add(double value) const { return inner::done(strata_add(name, value)); }
    Result<> add_tagged(double value, std::string_view tag, std::string_view tag_value) const {
        return inner::done(strata_add_tagged(name, value, inner::c(tag), inner::c(tag_value)));
    }
};

constexpr Metric counter(const char *name, const char *unit = "") { return {STRATA_COUNTER, name, unit}; }
constexpr Metric gauge(const char *name, const char *unit = "") { return {STRATA_GAUGE, name, unit}; }
constexpr Metric rate(const char *name) { return {STRATA_RATE, name, ""}; }
constexpr Metric trend(const char *name, const char *unit = "") { return {STRATA_TREND, name, unit}; }

/* What a scenario is. Stages run in the order in which they are added. */
class Manifest {
  public:
    explicit Manifest(strata_manifest *manifest) : manifest(manifest) {}
    Manifest &name(std::string_view name) { return strata_name(manifest, inner::c(name)), *this; }
    Manifest &layer(uint32_t number, std::string_view title, std::string_view area) {
        return strata_layer(manifest, number, inner::c(title), inner::c(area)), *this;
    }
    Manifest &fix_priority(strata_priority priority) { return strata_fix_priority(manifest, priority), *this; }
    Manifest &metric(const Metric &metric) {
        return strata_declare(manifest, metric.kind, metric.name, metric.unit), *this;
    }
    Manifest &needs_host(std::string_view host) { return strata_needs_host(manifest, inner::c(host)), *this; }
    Manifest &needs_env(std::string_view key) { return strata_needs_env(manifest, inner::c(key)), *this; }
    Manifest &needs_data(std::string_view set) { return strata_needs_data(manifest, inner::c(set)), *this; }
    Manifest &needs_kv(std::string_view space) { return strata_needs_kv(manifest, inner::c(space)), *this; }
    Manifest &needs_secret(std::string_view name) { return strata_needs_secret(manifest, inner::c(name)), *this; }

    Stage constant_vus(std::string_view name, uint32_t vus, milliseconds duration) {
        return Stage(strata_constant_vus(manifest, inner::c(name), vus, inner::ms(duration)));
    }
    Stage per_vu_iterations(std::string_view name, uint32_t vus, uint32_t iterations) {
        return Stage(strata_per_vu_iterations(manifest, inner::c(name), vus, iterations));
    }
    Stage shared_iterations(std::string_view name, uint32_t vus, uint32_t iterations) {
        return Stage(strata_shared_iterations(manifest, inner::c(name), vus, iterations));
    }
    Stage ramping_vus(std::string_view name, uint32_t vus) {
        return Stage(strata_ramping_vus(manifest, inner::c(name), vus));
    }
    Stage constant_arrival_rate(std::string_view name, uint32_t rate, uint32_t vus, milliseconds duration) {
        return Stage(strata_constant_arrival_rate(manifest, inner::c(name), rate, vus, inner::ms(duration)));
    }
    Stage ramping_arrival_rate(std::string_view name, uint32_t rate, uint32_t vus) {
        return Stage(strata_ramping_arrival_rate(manifest, inner::c(name), rate, vus));
    }

    Goal at_least(std::string_view name, double target, std::string_view unit) {
        return Goal(strata_at_least(manifest, inner::c(name), target, inner::c(unit)));
    }
    Goal at_most(std::string_view name, double target, std::string_view unit) {
        return Goal(strata_at_most(manifest, inner::c(name), target, inner::c(unit)));
    }
    Goal above(std::string_view name, double target, std::string_view unit) {
        return Goal(strata_above(manifest, inner::c(name), target, inner::c(unit)));
    }
    Goal below(std::string_view name, double target, std::string_view unit) {
        return Goal(strata_below(manifest, inner::c(name), target, inner::c(unit)));
    }

  private:
    strata_manifest *manifest;
};

/* --- Requests ------------------------------------------------------------------------------------------------- */

using Bytes = std::span<const uint8_t>;
/* Names and values: `pair.name`, `pair.value`. */
using Pairs = std::span<const strata_pair>;

namespace inner {

inline Pairs pairs(const strata_pair *of) {
    size_t count = 0;
    while (of[count].name) count++;
    return {of, count};
}

inline std::string_view view(strata_bytes bytes) {
    return {reinterpret_cast<const char *>(bytes.data), bytes.size};
}

}  // namespace inner

/* A whole answer. */
class Response {
  public:
    explicit Response(const strata_response &response) : response(response) {}
    uint32_t status() const { return response.status; }
    std::string_view protocol() const { return response.protocol; }
    const Timings &timings() const { return response.timings; }
    Bytes body() const { return {response.body.data, response.body.size}; }
    std::string_view text() const { return inner::view(response.body); }
    std::optional<std::string_view> header(std::string_view name) const {
        return inner::text(strata_response_header(&response, inner::c(name)));
    }
    /* In the order received, names in lower case. */
    Pairs headers() const { return inner::pairs(response.headers); }

  private:
    strata_response response;
};

/* An answer whose headers and body stay with the engine until this user's next request. */
class Brief {
  public:
    explicit Brief(const strata_brief &brief) : brief(brief) {}
    uint32_t status() const { return brief.status; }
    uint32_t length() const { return brief.length; }
    uint32_t index() const { return brief.index; }
    const Timings &timings() const { return brief.timings; }
    /* Empty if it was discarded, or if another request was sent since. */
    Bytes body() const {
        strata_bytes bytes = strata_body(brief);
        return {bytes.data, bytes.size};
    }
    /* Bytes that are not UTF-8 are replaced. */
    std::string_view text() const { return strata_body_text(brief); }
    std::optional<std::string_view> header(std::string_view name) const {
        return inner::text(strata_header(brief, inner::c(name)));
    }
    /* In the order received, names in lower case. */
    Pairs headers() const { return inner::pairs(strata_headers(brief)); }

  private:
    strata_brief brief;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

namespace inner {

inline const strata_pair *headers(const Headers &of) {
    auto *pairs = static_cast<strata_pair *>(strata_alloc((of.size() + 1) * sizeof(strata_pair)));
    for (size_t i = 0; i < of.size(); i++) pairs[i] = {of[i].first.c_str(), of[i].second.c_str()};
    return pairs;
}

}  // namespace inner

/* What is different in one sending of a prepared request; what is left out stays. */
struct Overrides {
    std::optional<std::string> url = {};
    Headers headers = {};
    std::optional<std::string> body = {};
};

/* A request that is checked and encoded once and sent many times. */
class Prepared {
  public:
    explicit Prepared(strata_prepared prepared) : prepared(prepared) {}
    Prepared(Prepared &&other) noexcept : prepared(std::exchange(other.prepared, {0})) {}
    Prepared &operator=(Prepared &&other) noexcept {
        std::swap(prepared, other.prepared);
        return *this;
    }
    ~Prepared() { strata_forget(prepared); }

    Result<Brief> send() const {
        strata_brief brief;
        if (auto result = strata_send_prepared(prepared, &brief)) return inner::error(result);
        return Brief(brief);
    }
    Result<Brief> send_with(const Overrides &with) const {
        strata_overrides overrides = {};
        if (with.url) overrides.url = with.url->c_str();
        overrides.headers = inner::headers(with.headers);
        if (with.body) overrides.body = {reinterpret_cast<const uint8_t *>(with.body->data()), with.body->size()};
        strata_brief brief;
        if (auto result = strata_send_with(prepared, overrides, &brief)) return inner::error(result);
        return Brief(brief);
    }
    strata_prepared handle() const { return prepared; }

  private:
    strata_prepared prepared;
};

/* A piece of a body. */
struct Piece {
    /* When the engine read it, on the clock of `now`, in milliseconds. */
    double at_ms;
    Bytes body;
};

/* An event of a `text/event-stream`. */
struct Event {
    double at_ms;
    /* `message` unless the server says otherwise. */
    std::string_view kind, data, id;
};

/* An answer that is read while it comes: a long body, server-sent events. It belongs to the iteration that opened it and
 * is closed at the end of its block at the latest. */
class Incoming {
  public:
    explicit Incoming(strata_incoming incoming) : incoming(incoming) {}
    Incoming(Incoming &&other) noexcept : incoming(std::exchange(other.incoming, {0})) {}
    Incoming &operator=(Incoming &&other) noexcept {
        std::swap(incoming, other.incoming);
        return *this;
    }
    ~Incoming() { close(); }

    uint32_t status() const { return strata_incoming_status(incoming); }
    /* In the order received, names in lower case. */
    Pairs headers() const { return inner::pairs(strata_incoming_headers(incoming)); }
    /* Waits for the next piece, of at most `max` bytes; nothing at the end of the body. */
    Result<std::optional<Piece>> read(uint32_t max = 65536) {
        strata_piece piece;
        if (auto result = strata_read(incoming, max, &piece)) return inner::error(result);
        if (!piece.body.size) return std::nullopt;
        return Piece{piece.at_ms, {piece.body.data, piece.body.size}};
    }
    /* Waits for the next event; nothing at the end of the body. */
    Result<std::optional<Event>> next_event() {
        strata_event event;
        if (auto result = strata_next_event(incoming, &event)) return inner::error(result);
        if (!event.kind) return std::nullopt;
        return Event{event.at_ms, event.kind, event.data, event.id};
    }
    /* Gives it back, and its connection with it if it has not ended. */
    void close() { strata_close(&incoming); }

  private:
    strata_incoming incoming;
};

/* A part of a `multipart/form-data` body. */
struct Part {
    std::string name;
    std::string content;
    /* Of a file; left out for a field. */
    std::optional<std::string> file_name = {};
    std::string content_type = "application/octet-stream";
};

/* What to ask for: `Request::get("/feed").name("feed").timeout(500ms)`. */
class Request {
  public:
    Request(std::string method, std::string url) : verb(std::move(method)), url(std::move(url)) {}
    static Request get(std::string url) { return {"GET", std::move(url)}; }
    static Request post(std::string url) { return {"POST", std::move(url)}; }
    static Request put(std::string url) { return {"PUT", std::move(url)}; }
    static Request del(std::string url) { return {"DELETE", std::move(url)}; }

    Request &&header(std::string name, std::string value) && {
        fields.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
    Request &&body(std::string bytes) && {
        content = std::move(bytes);
        return std::move(*this);
    }
    /* A body that is JSON already, with its `content-type`. */
    Request &&json(std::string text) && {
        return std::move(*this).header("content-type", "application/json").body(std::move(text));
    }
    /* The tag `name` in reports; the path unless set. */
    Request &&name(std::string name) && {
        label = std::move(name);
        return std::move(*this);
    }
    /* Until the last byte of the answer; what the run says, or 60 seconds, unless set. */
    Request &&timeout(milliseconds timeout) && { return set([&](auto &plain) { plain.timeout_ms = inner::ms(timeout); }); }
    /* Until the connection is open; what the run says, or ten seconds, unless set. */
    Request &&connect_timeout(milliseconds timeout) && {
        return set([&](auto &plain) { plain.connect_timeout_ms = inner::ms(timeout); });
    }
    /* From when the request goes out to the first byte of the answer; what the run says, or `timeout`, unless set. */
    Request &&first_byte_timeout(milliseconds timeout) && {
        return set([&](auto &plain) { plain.first_byte_timeout_ms = inner::ms(timeout); });
    }
    Request &&discard_body() && {
        return set([](auto &plain) { plain.discard_body = true; });
    }
    /* How many redirects are followed, at most 100; what the run says, or 10, unless set. 0 gives the first answer. */
    Request &&redirects(uint32_t most) && {
        int32_t number = most > INT32_MAX ? INT32_MAX : static_cast<int32_t>(most);
        return set([&](auto &plain) { plain.redirects = number ? number : STRATA_NO_REDIRECTS; });
    }
    /* Whether the user's cookies go with it, and the answer's are kept; what the run says, or yes, unless set. */
    Request &&cookies(bool yes) && {
        return set([&](auto &plain) { plain.cookies = yes ? STRATA_YES : STRATA_NO; });
    }
    /* What the answer may be compressed with: `gzip, br, zstd, deflate`, `all` or `none`. A kept body is decoded. */
    Request &&compression(std::string codings) && {
        codings_ = std::move(codings);
        return std::move(*this);
    }
    /* Leaves a compressed body as it came. */
    Request &&keep_encoded() && {
        return set([](auto &plain) { plain.keep_encoded = true; });
    }
    /* The header `authorization` of a user, who has no colon, with a password. */
    Request &&basic_auth(std::string_view user, std::string_view password) && {
        basic_ = std::string(user) + ":" + std::string(password);
        return std::move(*this);
    }
    /* The header `authorization` with a token. */
    Request &&bearer_auth(std::string token) && {
        bearer_ = std::move(token);
        return std::move(*this);
    }
    /* The fields of a form, `application/x-www-form-urlencoded`. */
    Request &&form(const Headers &fields) && {
        return std::move(*this).encoded(strata_form({}, inner::headers(fields)));
    }
    /* The parts of a form, `multipart/form-data`: fields and files. */
    Request &&multipart(const std::vector<Part> &parts) && {
        std::vector<strata_part> lent;
        for (const Part &part : parts) {
            strata_bytes content = {reinterpret_cast<const uint8_t *>(part.content.data()), part.content.size()};
            const char *file = part.file_name ? part.file_name->c_str() : nullptr;
            lent.push_back({part.name.c_str(), content, file, part.content_type.c_str()});
        }
        lent.push_back({});
        return std::move(*this).encoded(strata_multipart({}, lent.data()));
    }
    /* The body is what `setup` returned, or its bytes from `from` up to `to`: the way for large uploads. */
    Request &&body_from_setup(uint32_t from = 0, uint32_t to = 0) && {
        return set([&](auto &plain) { plain.body_from_setup = true, plain.setup_from = from, plain.setup_to = to; });
    }

    /* Sends and waits for the whole answer. Copies headers and body, which is the larger part of its cost. */
    Result<Response> send() const {
        strata_response response;
        if (auto result = strata_send(lent(), &response)) return inner::error(result);
        return Response(response);
    }
    /* Checks and encodes. Costs a few microseconds; do it once, in `start`. */
    Result<Prepared> prepare() const {
        strata_prepared prepared;
        if (auto result = strata_prepare(lent(), &prepared)) return inner::error(result);
        return Prepared(prepared);
    }
    /* Sends and waits for the status and the headers; the body is read from what this gives. Redirects are not followed
     * and nothing is decoded. */
    Result<Incoming> open() const {
        strata_incoming incoming;
        if (auto result = strata_open(lent(), &incoming)) return inner::error(result);
        return Incoming(incoming);
    }
    /* As the C functions take it; it points into this request. */
    strata_request lent() const {
        strata_request request = plain;
        request.method = verb.c_str();
        request.url = url.c_str();
        request.headers = inner::headers(fields);
        request.body = {reinterpret_cast<const uint8_t *>(content.data()), content.size()};
        request.name = label.c_str();
        if (codings_) request.compression = codings_->c_str();
        if (basic_) request.basic_auth = basic_->c_str();
        if (bearer_) request.bearer_auth = bearer_->c_str();
        return request;
    }

  private:
    template <class Change>
    Request &&set(Change change) {
        change(plain);
        return std::move(*this);
    }
    Request &&encoded(const strata_request &form) && {
        std::string type = form.headers[0].value;
        return std::move(*this).header("content-type", std::move(type)).body(std::string(inner::view(form.body)));
    }

    std::string verb, url, content, label;
    std::optional<std::string> codings_, basic_, bearer_;
    Headers fields;
    /* What is no text. */
    strata_request plain = {};
};

/* Sends requests at the same time and waits for all answers, which come in the order of the requests. At most 256. */
inline std::vector<Result<Response>> send_all(std::span<const Request> requests) {
    std::vector<strata_request> lent;
    for (const Request &request : requests) lent.push_back(request.lent());
    strata_sent *sent = strata_send_all(lent.data(), lent.size());
    std::vector<Result<Response>> answers;
    for (size_t i = 0; i < lent.size(); i++) {
        if (sent[i].result) {
            answers.push_back(inner::error(sent[i].result));
        } else {
            answers.push_back(Response(sent[i].answer));
        }
    }
    return answers;
}

/* As `send_all`, for prepared requests: the cheapest way to send several. */
inline std::vector<Result<Brief>> send_all(std::span<const Prepared> requests) {
    std::vector<strata_prepared> lent;
    for (const Prepared &request : requests) lent.push_back(request.handle());
    strata_sent_prepared *sent = strata_send_all_prepared(lent.data(), lent.size());
    std::vector<Result<Brief>> answers;
    for (size_t i = 0; i < lent.size(); i++) {
        if (sent[i].result) {
            answers.push_back(inner::error(sent[i].result));
        } else {
            answers.push_back(Brief(sent[i].answer));
        }
    }
    return answers;
}

/* The cookies of this user that would go to a URL, in the order in which they are sent. */
inline Pairs cookies(std::string_view url) { return inner::pairs(strata_cookies(inner::c(url))); }
/* Takes a cookie as if the server at a URL had set it: `session=1; Path=/`. */
inline Result<> set_cookie(std::string_view url, std::string_view line) {
    return inner::done(strata_set_cookie(inner::c(url), inner::c(line)));
}
/* Forgets all cookies of this user, who keeps them from iteration to iteration otherwise. */
inline void clear_cookies() { strata_clear_cookies(); }

/* Frees at the end of its block what was returned since its beginning: for a loop that reads much in one iteration. */
class Scope {
  public:
    Scope() : scope(strata_scope_begin()) {}
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;
    ~Scope() { strata_scope_end(scope); }

  private:
    strata_scope scope;
};

/* --- Rows and shared values ------------------------------------------------------------------------------------ */

/* A row of a data set. */
class Row {
  public:
    explicit Row(const strata_pair *row) : row(row) {}
    /* The cell of a column. */
    std::optional<std::string_view> get(std::string_view column) const {
        return inner::text(strata_cell(row, inner::c(column)));
    }
    /* Columns and cells, in the order of the file. */
    Pairs cells() const { return inner::pairs(row); }

  private:
    const strata_pair *row;
};

/* A set of rows, which the manifest asks for with `needs_data`: `Data("users").take(STRATA_UNIQUE)`. */
class Data {
  public:
    explicit Data(std::string set) : set(std::move(set)) {}
    Result<uint32_t> length() const {
        uint32_t length;
        if (auto result = strata_data_length(set.c_str(), &length)) return inner::error(result);
        return length;
    }
    Result<std::vector<std::string>> columns() const {
        strata_texts texts;
        if (auto result = strata_data_columns(set.c_str(), &texts)) return inner::error(result);
        return std::vector<std::string>(texts.items, texts.items + texts.count);
    }
    /* The row of an index, from 0; takes nothing. Error: `no-such-row`. */
    Result<Row> row(uint32_t index) const {
        const strata_pair *row;
        if (auto result = strata_data_row(set.c_str(), index, &row)) return inner::error(result);
        return Row(row);
    }
    /* Takes a row. Where there is none left it is `end-of-data`: pass it on, and the iteration was none. */
    Result<Row> take(strata_order order) const {
        const strata_pair *row;
        if (auto result = strata_data_take(set.c_str(), order, &row)) return inner::error(result);
        return Row(row);
    }

  private:
    std::string set;
};

/* Values that all users share, in a space that the manifest asks for with `needs_kv`. */
class Space {
  public:
    explicit Space(std::string name) : name(std::move(name)) {}
    /* A value, if it is there. */
    Result<std::optional<std::string>> get(std::string_view key) const {
        const char *value;
        return found(strata_kv_get(name.c_str(), inner::c(key), &value), value);
    }
    Result<> set(std::string_view key, std::string_view value) const {
        return inner::done(strata_kv_set(name.c_str(), inner::c(key), inner::c(value)));
    }
    Result<> erase(std::string_view key) const { return inner::done(strata_kv_delete(name.c_str(), inner::c(key))); }
    /* Adds to a number, 0 if it is not there, and gives the sum. Error: `bad-value`. */
    Result<double> add(std::string_view key, double by) const {
        double sum;
        if (auto result = strata_kv_add(name.c_str(), inner::c(key), by, &sum)) return inner::error(result);
        return sum;
    }
    /* Puts a value at the end of a queue. */
    Result<> push(std::string_view queue, std::string_view value) const {
        return inner::done(strata_kv_push(name.c_str(), inner::c(queue), inner::c(value)));
    }
    /* Takes the oldest value of a queue, waiting for one at most so long. */
    Result<std::optional<std::string>> pop(std::string_view queue, milliseconds wait = 0ms) const {
        const char *value;
        return found(strata_kv_pop(name.c_str(), inner::c(queue), inner::ms(wait), &value), value);
    }
    Result<uint32_t> queue_length(std::string_view queue) const {
        uint32_t length;
        if (auto result = strata_kv_length(name.c_str(), inner::c(queue), &length)) return inner::error(result);
        return length;
    }
    /* Waits until so many users are at a barrier, this one included. Errors: `timeout`, `bad-value`. */
    Result<> meet(std::string_view barrier, uint32_t parties, milliseconds wait) const {
        return inner::done(strata_kv_meet(name.c_str(), inner::c(barrier), parties, inner::ms(wait)));
    }

  private:
    static Result<std::optional<std::string>> found(strata_result result, const char *const &value) {
        if (result) return inner::error(result);
        return value ? std::optional<std::string>(value) : std::nullopt;
    }
    std::string name;
};

/* --- The run, checks and lines -------------------------------------------------------------------------------- */

/* Counts whether something held, in the rate `checks`. Gives `held` back. */
inline bool check(const char *name, bool held) { return strata_check(name, held); }
inline bool check(const std::string &name, bool held) { return strata_check(name.c_str(), held); }

/* The base URL of the target without a slash at its end. */
inline std::string_view target() { return strata_target(); }
/* A value given by `--env NAME=VALUE` or the phase file, of a key that the manifest asks for. */
inline std::optional<std::string_view> env(std::string_view name) { return inner::text(strata_env(inner::c(name))); }
/* What `setup` returned. A copy each time. */
inline std::string_view setup_data() { return inner::view(strata_setup_data()); }
/* The same, bytes that are not UTF-8 replaced. */
inline std::string_view setup_text() { return strata_setup_text(); }
/* A secret that the manifest asks for with `needs_secret`; reports show `***`. Error: `not-granted`. */
inline Result<std::string> secret(std::string_view name) {
    const char *value;
    if (auto result = strata_secret(inner::c(name), &value)) return inner::error(result);
    return value;
}
inline std::optional<std::string_view> stage_name(uint32_t index) { return inner::text(strata_stage_name(index)); }
/* Waits, without holding up other users. */
inline void sleep(std::chrono::duration<double, std::milli> time) { strata_sleep(time.count()); }
/* The time since the run began. */
inline std::chrono::duration<double, std::milli> now() { return std::chrono::duration<double, std::milli>(strata_now()); }
/* A number of at least 0 and below 1 that follows from the run's seed. */
inline double random() { return strata_random(); }
/* A generator that is seeded from the run's seed, one for each user. */
inline std::mt19937 &generator() {
    static std::mt19937 seeded(static_cast<uint32_t>(strata_random() * 4294967296.0));
    return seeded;
}

inline void debug(const std::string &line) { strata_log_debug("%s", line.c_str()); }
inline void info(const std::string &line) { strata_log_info("%s", line.c_str()); }
inline void warn(const std::string &line) { strata_log_warn("%s", line.c_str()); }
inline void log_error(const std::string &line) { strata_log_error("%s", line.c_str()); }

/* --- Results and findings, for `judge` ------------------------------------------------------------------------- */

/* One number: `stat("http_req_duration{stage:warm}", "p(95)")`; nothing where there were no samples. */
inline Result<std::optional<double>> stat(std::string_view selector, std::string_view aggregate) {
    strata_number number;
    if (auto result = strata_stat(inner::c(selector), inner::c(aggregate), &number)) return inner::error(result);
    return inner::number(number);
}

/* The values that a tag has in the selected series, in order, each once; at most 1,000. */
inline Result<std::vector<std::string>> values(std::string_view selector, std::string_view tag) {
    strata_texts texts;
    if (auto result = strata_values(inner::c(selector), inner::c(tag), &texts)) return inner::error(result);
    return std::vector<std::string>(texts.items, texts.items + texts.count);
}

struct Usl {
    double lambda, sigma, kappa, sigma_low, sigma_high, r_squared;
    std::optional<double> peak;
};

inline Result<Line> fit_linear(std::span<const Point> points) {
    Line line;
    if (auto result = strata_fit_linear(points.data(), points.size(), &line)) return inner::error(result);
    return line;
}

inline Result<Usl> fit_usl(std::span<const Point> points) {
    strata_usl law;
    if (auto result = strata_fit_usl(points.data(), points.size(), &law)) return inner::error(result);
    return Usl{law.lambda, law.sigma, law.kappa, law.sigma_low, law.sigma_high, law.r_squared, inner::number(law.peak)};
}

/* What was found out about a goal. */
class Finding {
  public:
    explicit Finding(strata_finding *finding) : finding(finding) {}
    Finding &value(double value) { return of(strata_value(finding, value)); }
    Finding &text(const std::string &text) { return of(strata_value_text(finding, "%s", text.c_str())); }
    Finding &analysis(const std::string &text) { return of(strata_analysis(finding, "%s", text.c_str())); }
    /* `passed` is left out where the row only informs. */
    Finding &row(std::string_view label, double value, std::string_view unit, std::optional<bool> passed = {}) {
        strata_verdict verdict = !passed ? STRATA_INFORMS : *passed ? STRATA_PASSED : STRATA_FAILED;
        return of(strata_row(finding, inner::c(label), value, inner::c(unit), verdict));
    }

  private:
    Finding &of(strata_finding *) { return *this; }
    strata_finding *finding;
};

class Findings {
  public:
    explicit Findings(strata_findings *findings) : findings(findings) {}
    /* Adds a finding, so far without a number, which means NO DATA for a judged goal. */
    Finding about(std::string_view goal) { return Finding(strata_finding_about(findings, inner::c(goal))); }

  private:
    strata_findings *findings;
};

/* --- The scenario --------------------------------------------------------------------------------------------- */

namespace inner {

template <class S>
strata_result setup(strata_bytes *data) {
    if constexpr (requires { S::setup(); }) {
        Result<std::string> made = S::setup();
        if (!made) return result(std::unexpected(made.error()));
        *data = {reinterpret_cast<const uint8_t *>(strata_copy_of(made->data(), made->size())), made->size()};
    }
    return STRATA_OK;
}

template <class S>
strata_result judge(strata_findings *findings) {
    if constexpr (requires(Findings &of) { S::judge(of); }) {
        Findings of(findings);
        return result(S::judge(of));
    }
    return STRATA_OK;
}

template <class S>
strata_result teardown() {
    if constexpr (requires { S::teardown(); }) return result(S::teardown());
    return STRATA_OK;
}

}  // namespace inner

/* Makes the component of a class with
 *
 *     static void describe(strata::Manifest &manifest);
 *     static strata::Result<Class> start();
 *     strata::Result<> iteration(const strata::Context &context);
 *
 * and, if it wants, `static Result<std::string> setup()`, `static Result<> judge(Findings &)` and
 * `static Result<> teardown()`. `start` makes the user's state, as part of its first iteration; again after a trap, and at
 * the next iteration after a failure. */
#define STRATA_EXPORT(Class)                                                                                          \
    static std::optional<Class> strata_user;                                                                          \
    extern "C" void scenario_describe(strata_manifest *manifest) {                                                    \
        ::strata::Manifest of(manifest);                                                                              \
        Class::describe(of);                                                                                          \
    }                                                                                                                 \
    extern "C" strata_result scenario_start(void) {                                                                   \
        ::strata::Result<Class> user = Class::start();                                                                \
        if (!user) return ::strata::inner::result(std::unexpected(user.error()));                                     \
        strata_user.emplace(std::move(*user));                                                                        \
        return STRATA_OK;                                                                                             \
    }                                                                                                                 \
    extern "C" strata_result scenario_iteration(const strata_context *context) {                                      \
        return ::strata::inner::result(strata_user->iteration(*context));                                             \
    }                                                                                                                 \
    extern "C" strata_result scenario_setup(strata_bytes *data) { return ::strata::inner::setup<Class>(data); }       \
    extern "C" strata_result scenario_judge(strata_findings *findings) {                                              \
        return ::strata::inner::judge<Class>(findings);                                                               \
    }                                                                                                                 \
    extern "C" strata_result scenario_teardown(void) { return ::strata::inner::teardown<Class>(); }                   \
    static_assert(true)

}  // namespace strata

#endif
