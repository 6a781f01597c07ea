/* Modes `web` and `stream`: what browsers and services do, and answers that are read while they come. */
#include <algorithm>

#include "probe.hpp"

using namespace strata;

static Request get(std::string url) { return Request::get(url).name(url); }
static Request echo() { return Request::post("/echo").name("echo"); }

template <class T>
static bool refused(const Result<T> &result, std::string_view code) {
    return !result && result.error().code == code;
}

static std::optional<std::string_view> value_of(Pairs pairs, std::string_view name) {
    auto found = std::ranges::find_if(pairs, [&](const strata_pair &pair) { return pair.name == name; });
    return found == pairs.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

static Result<> redirects() {
    Response followed = STRATA_TRY(get("/redirect/3").send());
    check("redirects are followed", followed.status() == 200 && followed.text() == "ok\n");
    Prepared request = STRATA_TRY(get("/redirect/3").redirects(0).prepare());
    Brief first = STRATA_TRY(request.send());
    check("a redirect can be an answer", first.status() == 302);
    check("headers of a kept answer", value_of(first.headers(), "location") == "/redirect/2");
    Response some = STRATA_TRY(get("/redirect/3").redirects(2).send());
    check("the last one is given", some.header("location") == "/redirect/0");
    Response seen = STRATA_TRY(Request::post("/see-other").name("see-other").body("x").send());
    check("see other is a GET", seen.text() == "GET");
    check("a redirect leads only where it may", refused(get("/away").send(), "host-not-allowed"));
    const Request both[] = {get("/redirect/1"), get("/cookies")};
    check("redirects of several", std::ranges::all_of(send_all(both), [](const auto &answer) {
              return answer && answer->status() == 200;
          }));
    return {};
}

static Result<> jar() {
    clear_cookies();
    check("a jar can be emptied", STRATA_TRY(get("/cookies").send()).body().empty());
    STRATA_TRY(get("/set-cookie/a/1").send());
    STRATA_TRY(set_cookie("/", "b=2; Path=/cookies"));
    check("cookies are sent", STRATA_TRY(get("/cookies").send()).text() == "b=2; a=1");
    Pairs known = cookies("/");
    check("cookies can be read", known.size() == 1 && value_of(known, "a") == "1");
    check("a request without cookies", STRATA_TRY(get("/cookies").cookies(false).send()).body().empty());
    check("a request with its own", STRATA_TRY(get("/cookies").header("cookie", "own=1").send()).text() == "own=1");
    check("a cookie of another is refused", refused(set_cookie("/", "c=1; Domain=example.com"), "bad-request"));
    clear_cookies();
    return {};
}

static Result<> encodings() {
    Response plain = STRATA_TRY(get("/gzip").send());
    check("compression is not asked for", !plain.header("content-encoding"));
    Prepared request = STRATA_TRY(get("/gzip").compression("gzip").prepare());
    Brief decoded = STRATA_TRY(request.send());
    check("gzip is decoded", decoded.text() == "hello, world\n" && decoded.length() == 13);
    Response coded = STRATA_TRY(get("/gzip").compression("gzip").keep_encoded().send());
    check("or left as it came", coded.text().starts_with("\x1f\x8b"));
    check("bad-encoding", refused(get("/coded").send(), "bad-encoding"));
    return {};
}

static Result<> authorization() {
    Response basic = STRATA_TRY(get("/authorization").basic_auth("Aladdin", "open sesame").send());
    check("basic authorization", basic.text() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    check("bearer authorization", STRATA_TRY(get("/authorization").bearer_auth("token").send()).text() == "Bearer token");
    auto both = get("/authorization").basic_auth("a", "b").bearer_auth("c").send();
    check("one of them", refused(both, "bad-request"));
    return {};
}

static Result<> forms() {
    Response form = STRATA_TRY(echo().form({{"user", "me & you"}, {"n", "1"}}).send());
    check("a form", form.text() == "user=me+%26+you&n=1");
    check("the kind of a form", form.header("content-type") == "application/x-www-form-urlencoded");
    auto file = Part{.name = "f", .content = "content", .file_name = "f.txt", .content_type = "text/plain"};
    Response parts = STRATA_TRY(echo().multipart({{.name = "a", .content = "1"}, file}).send());
    check("parts of a form",
          parts.text().contains("filename=\"f.txt\"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--"));
    check("a body from setup", STRATA_TRY(echo().body_from_setup().send()).text() == "from setup");
    check("a part of it", STRATA_TRY(echo().body_from_setup(5, 10).send()).text() == "setup");
    check("no more than there is", refused(echo().body_from_setup(5, 11).prepare(), "bad-request"));
    return {};
}

Result<> web() {
    STRATA_TRY(redirects());
    STRATA_TRY(jar());
    STRATA_TRY(encodings());
    STRATA_TRY(authorization());
    return forms();
}

static Result<> pieces() {
    Incoming incoming = STRATA_TRY(get("/pieces/5").open());
    check("stream: status", incoming.status() == 200);
    check("stream: headers", value_of(incoming.headers(), "transfer-encoding").has_value());
    size_t length = 0;
    double last = 0;
    bool held = true;
    for (;;) {
        Scope scope;
        auto piece = STRATA_TRY(incoming.read(400));
        if (!piece) break;
        held &= piece->body.size() <= 400 && piece->at_ms >= last;
        length += piece->body.size();
        last = piece->at_ms;
    }
    check("stream: pieces are no longer than asked for, and in order", held);
    check("stream: everything comes", length == 5000);
    check("stream: pieces have their times", last > 0 && last <= now().count());
    check("stream: the end is the end", !STRATA_TRY(incoming.read(1)));
    return {};
}

static Result<> events() {
    Incoming incoming = STRATA_TRY(get("/events").open());
    std::string found;
    while (auto event = STRATA_TRY(incoming.next_event())) {
        found += "[" + std::string(event->kind) + " " + std::string(event->id) + " " + std::string(event->data) + "]";
    }
    check("stream: events", found == "[message  one][add 7 two\nlines][message 7 three]");
    return {};
}

static Result<> stalls() {
    Incoming incoming = STRATA_TRY(get("/stalls").timeout(200ms).open());
    for (;;) {
        auto piece = incoming.read(100);
        if (piece && *piece) continue;
        check("stream: timeout within", refused(piece, "timeout"));
        return {};
    }
}

Result<> stream() {
    STRATA_TRY(pieces());
    STRATA_TRY(events());
    {
        Incoming endless = STRATA_TRY(get("/endless").open());
        check("stream: an answer without an end", STRATA_TRY(endless.read(UINT32_MAX)).has_value());
        endless.close();
    }
    check("stream: timeout", refused(get("/delay/2000").timeout(50ms).open(), "timeout"));
    STRATA_TRY(stalls());
    check("stream: a redirect is an answer", STRATA_TRY(get("/redirect/1").open()).status() == 302);
    check("stream: host-not-allowed", refused(Request::get("http://192.0.2.1/").open(), "host-not-allowed"));
    return {};
}
