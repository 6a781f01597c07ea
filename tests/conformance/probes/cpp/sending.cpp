/* Mode `send`: every function for requests against the target's `/`. The checks hold for any target that answers 200
 * there with a body and a `content-type`. */
#include <algorithm>
#include <cmath>

#include "probe.hpp"

using namespace strata;

static bool good(const auto &answers) {
    return std::ranges::all_of(answers, [](const auto &answer) { return answer && answer->status() == 200; });
}

static Result<Response> whole() {
    Response answer = STRATA_TRY(Request::get("/").name("send").send());
    check("send: status is 200", answer.status() == 200);
    check("send: there is a body", !answer.body().empty());
    bool lower = std::ranges::all_of(answer.headers(), [](const strata_pair &header) {
        return std::ranges::none_of(std::string_view(header.name), [](char c) { return c >= 'A' && c <= 'Z'; });
    });
    check("send: header names are lower case", lower);
    const Timings &timings = answer.timings();
    double sum = timings.sending + timings.waiting + timings.receiving;
    check("send: duration is the sum of its parts", std::abs(timings.duration - sum) < 0.01);
    Response discarded = STRATA_TRY(Request::get("/").name("send").discard_body().send());
    check("send: a discarded body is empty", discarded.body().empty());
    return answer;
}

static Result<> prepared(const Response &whole) {
    Prepared request = STRATA_TRY(Request::get("/").name("prepared").header("x-probe", "prepared").prepare());
    Brief answer = STRATA_TRY(request.send());
    auto body = answer.body();
    check("prepared.send: status is 200", answer.status() == 200);
    check("prepared.send: length is the body's", answer.length() == body.size());
    check("prepared.send: body is that of send", std::ranges::equal(body, whole.body()));
    check("prepared.send: text is the body", answer.text() == whole.text());
    check("prepared.send: header in any case",
          answer.header("Content-Type") && answer.header("Content-Type") == whole.header("content-type"));
    check("prepared.send: no such header", !answer.header("x-no-such-header"));

    Brief other = STRATA_TRY(request.send_with({.url = "/?probe=1", .headers = {{"x-probe-more", "1"}}}));
    check("prepared.send-with: status is 200", other.status() == 200);
    check("prepared.send-with: earlier answers are gone", other.index() == 0 || answer.body().empty());
    Prepared discarding = STRATA_TRY(Request::get("/").name("prepared").discard_body().prepare());
    Brief discarded = STRATA_TRY(discarding.send());
    check("prepared.send: a discarded body is empty", discarded.body().empty());
    return {};
}

static Result<> at_once(const Response &whole) {
    const Request requests[] = {
        Request::get("/").name("all"),
        Request::get("/?probe=1").name("all"),
        Request::get("/").name("all"),
    };
    auto answers = send_all(requests);
    check("send-all: an answer for each", answers.size() == 3);
    check("send-all: status is 200", good(answers));
    check("send-all: in order", std::ranges::equal(STRATA_TRY(std::move(answers[2])).body(), whole.body()));

    std::vector<Prepared> prepared;
    for (const Request &request : requests) prepared.push_back(STRATA_TRY(request.prepare()));
    auto briefs = send_all(prepared);
    check("send-all-prepared: an answer for each", briefs.size() == 3);
    check("send-all-prepared: status is 200", good(briefs));
    check("send-all-prepared: all answers are kept", std::ranges::all_of(briefs, [](const auto &brief) {
              return brief && brief->body().size() == brief->length();
          }));
    check("send-all: none for none", send_all(std::span<const Request>()).empty());
    return {};
}

template <class T>
static bool refused(const Result<T> &result, std::string_view code) {
    return !result && result.error().code == code;
}

static void refusals() {
    check("bad-url", refused(Request::get("http://").prepare(), "bad-url"));
    check("bad-request: method", refused(Request("G T", "/").prepare(), "bad-request"));
    check("bad-request: header", refused(Request::get("/").header("x\r\ny", "1").prepare(), "bad-request"));
    check("host-not-allowed", refused(Request::get("http://192.0.2.1/").prepare(), "host-not-allowed"));
    check("unsupported: scheme", refused(Request::get("ftp://192.0.2.1/").prepare(), "unsupported"));
    auto answers = send_all(std::vector<Request>(257, Request::get("/")));
    check("send-all: 257 are too many",
          std::ranges::all_of(answers, [](const auto &answer) { return refused(answer, "bad-request"); }));
}

Result<> send_everything() {
    Response answer = STRATA_TRY(whole());
    STRATA_TRY(prepared(answer));
    STRATA_TRY(at_once(answer));
    refusals();
    return {};
}

/* --- Against a server that knows `/echo`, `/bytes`, `/delay` and others ----------------------------------------- */

Result<> unicode() {
    const std::string text = "Grüße, 世界 🌍 – \"quoted\"";
    Response answer = STRATA_TRY(Request::post("/echo")
                                     .name("écho 世界")
                                     .header("content-type", "text/plain; charset=utf-8")
                                     .body(text)
                                     .send());
    check("echo: status is 200", answer.status() == 200);
    check("echo: text comes back", answer.text() == text);
    check("Unicode: 世界 🌍", true);
    info(text);
    return {};
}

Result<> large() {
    constexpr size_t size = 4'194'304, sent = 1'048'576;
    Prepared request = STRATA_TRY(Request::get("/bytes/4194304").prepare());
    Brief answer = STRATA_TRY(request.send());
    check("large: length", answer.length() == size);
    Bytes body = answer.body();
    check("large: body", body.size() == size && body[0] == 'x' && body[size / 2] == 'x' && body[size - 1] == 'x');
    Response echo = STRATA_TRY(Request::post("/echo").body(std::string(sent, 'y')).send());
    check("large: echo", echo.body().size() == sent);
    return {};
}

Result<> errors() {
    check("timeout", refused(Request::get("/delay/2000").timeout(50ms).send(), "timeout"));
    check("closed", refused(Request::get("/close").send(), "closed"));
    check("protocol", refused(Request::get("/garbage").send(), "protocol"));
    check("body-too-large", refused(Request::get("/endless").send(), "body-too-large"));
    std::string nobody(env("nobody").value_or(""));
    check("connect-refused", refused(Request::get(nobody + "/").send(), "connect-refused"));
    return {};
}

Result<> uncaught() {
    STRATA_TRY(Request::get("/delay/2000").timeout(50ms).send());
    return {};
}

Result<> statuses() {
    check("404 is an answer", STRATA_TRY(Request::get("/status/404").send()).status() == 404);
    check("503 is an answer", STRATA_TRY(Request::get("/status/503").send()).status() == 503);
    return {};
}

Result<> together() {
    auto answers = send_all(std::vector<Request>(8, Request::get("/delay/200")));
    check("together: all answer", answers.size() == 8 && good(answers));
    return {};
}
