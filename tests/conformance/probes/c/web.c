/* Modes `web` and `stream`: what browsers and services do, and answers that are read while they come. */
#include "probe.h"

static strata_result sent(strata_request request, strata_response *answer) {
    if (!request.name) request.name = request.url;
    return strata_send(request, answer);
}

static bool says(const strata_response *answer, const char *text) { return same((const char *)answer->body.data, text); }

static bool refused(strata_request request, const char *code) {
    strata_response answer;
    return strata_is(strata_send(request, &answer), code);
}

static const char *value_of(const strata_pair *pairs, const char *name) { return strata_cell(pairs, name); }

static strata_result redirects(void) {
    strata_response followed, some, seen;
    STRATA_TRY(sent(STRATA_GET("/redirect/3"), &followed));
    strata_check("redirects are followed", followed.status == 200 && says(&followed, "ok\n"));
    strata_prepared request;
    strata_brief first;
    STRATA_TRY(strata_prepare(STRATA_GET("/redirect/3", .redirects = STRATA_NO_REDIRECTS), &request));
    STRATA_TRY(strata_send_prepared(request, &first));
    strata_check("a redirect can be an answer", first.status == 302);
    strata_check("headers of a kept answer", same(value_of(strata_headers(first), "location"), "/redirect/2"));
    strata_forget(request);
    STRATA_TRY(sent(STRATA_GET("/redirect/3", .redirects = 2), &some));
    strata_check("the last one is given", same(strata_response_header(&some, "location"), "/redirect/0"));
    STRATA_TRY(sent(STRATA_POST("/see-other", .body = strata_text("x")), &seen));
    strata_check("see other is a GET", says(&seen, "GET"));
    strata_check("a redirect leads only where it may", refused(STRATA_GET("/away"), "host-not-allowed"));
    strata_request both[] = {STRATA_GET("/redirect/1"), STRATA_GET("/cookies")};
    strata_sent *answers = strata_send_all(both, 2);
    bool good = true;
    for (int i = 0; i < 2; i++) good &= !answers[i].result && answers[i].answer.status == 200;
    strata_check("redirects of several", good);
    return STRATA_OK;
}

static strata_result cookies(void) {
    strata_response answer;
    strata_clear_cookies();
    STRATA_TRY(sent(STRATA_GET("/cookies"), &answer));
    strata_check("a jar can be emptied", answer.body.size == 0);
    STRATA_TRY(sent(STRATA_GET("/set-cookie/a/1"), &answer));
    STRATA_TRY(strata_set_cookie("/", "b=2; Path=/cookies"));
    STRATA_TRY(sent(STRATA_GET("/cookies"), &answer));
    strata_check("cookies are sent", says(&answer, "b=2; a=1"));
    const strata_pair *known = strata_cookies("/");
    strata_check("cookies can be read", same(value_of(known, "a"), "1") && !known[1].name);
    STRATA_TRY(sent(STRATA_GET("/cookies", .cookies = STRATA_NO), &answer));
    strata_check("a request without cookies", answer.body.size == 0);
    STRATA_TRY(sent(STRATA_GET("/cookies", .headers = STRATA_HEADERS({"cookie", "own=1"})), &answer));
    strata_check("a request with its own", says(&answer, "own=1"));
    strata_check("a cookie of another is refused",
                 strata_is(strata_set_cookie("/", "c=1; Domain=example.com"), "bad-request"));
    strata_clear_cookies();
    return STRATA_OK;
}

static strata_result encodings(void) {
    strata_response plain, coded;
    STRATA_TRY(sent(STRATA_GET("/gzip"), &plain));
    strata_check("compression is not asked for", !strata_response_header(&plain, "content-encoding"));
    strata_prepared request;
    strata_brief decoded;
    STRATA_TRY(strata_prepare(STRATA_GET("/gzip", .compression = "gzip"), &request));
    STRATA_TRY(strata_send_prepared(request, &decoded));
    strata_check("gzip is decoded", same(strata_body_text(decoded), "hello, world\n") && decoded.length == 13);
    strata_forget(request);
    STRATA_TRY(sent(STRATA_GET("/gzip", .compression = "gzip", .keep_encoded = true), &coded));
    strata_check("or left as it came", coded.body.size > 2 && coded.body.data[0] == 0x1f && coded.body.data[1] == 0x8b);
    strata_check("bad-encoding", refused(STRATA_GET("/coded"), "bad-encoding"));
    return STRATA_OK;
}

static strata_result authorization(void) {
    strata_response basic, bearer;
    STRATA_TRY(sent(STRATA_GET("/authorization", .basic_auth = "Aladdin:open sesame"), &basic));
    strata_check("basic authorization", says(&basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    STRATA_TRY(sent(STRATA_GET("/authorization", .bearer_auth = "token"), &bearer));
    strata_check("bearer authorization", says(&bearer, "Bearer token"));
    strata_request both = STRATA_GET("/authorization", .basic_auth = "a:b", .bearer_auth = "c");
    strata_check("one of them", refused(both, "bad-request"));
    return STRATA_OK;
}

static strata_result forms(void) {
    strata_response answer;
    strata_request echo = STRATA_POST("/echo");
    STRATA_TRY(sent(strata_form(echo, STRATA_FIELDS({"user", "me & you"}, {"n", "1"})), &answer));
    strata_check("a form", says(&answer, "user=me+%26+you&n=1"));
    strata_check("the kind of a form", same(strata_response_header(&answer, "content-type"),
                                            "application/x-www-form-urlencoded"));
    const strata_part *parts = STRATA_PARTS(
        {.name = "a", .content = strata_text("1")},
        {.name = "f", .content = strata_text("content"), .file_name = "f.txt", .content_type = "text/plain"});
    STRATA_TRY(sent(strata_multipart(echo, parts), &answer));
    const char *file = "filename=\"f.txt\"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--";
    strata_check("parts of a form", strstr((const char *)answer.body.data, file) != NULL);
    STRATA_TRY(sent(STRATA_POST("/echo", .body_from_setup = true), &answer));
    strata_check("a body from setup", says(&answer, "from setup"));
    STRATA_TRY(sent(STRATA_POST("/echo", .body_from_setup = true, .setup_from = 5, .setup_to = 10), &answer));
    strata_check("a part of it", says(&answer, "setup"));
    strata_request beyond = STRATA_POST("/echo", .body_from_setup = true, .setup_from = 5, .setup_to = 11);
    strata_check("no more than there is", refused(beyond, "bad-request"));
    return STRATA_OK;
}

strata_result probe_web(void) {
    STRATA_TRY(redirects());
    STRATA_TRY(cookies());
    STRATA_TRY(encodings());
    STRATA_TRY(authorization());
    return forms();
}

static strata_result pieces(strata_incoming incoming) {
    strata_check("stream: status", strata_incoming_status(incoming) == 200);
    strata_check("stream: headers", value_of(strata_incoming_headers(incoming), "transfer-encoding") != NULL);
    size_t length = 0;
    double last = 0;
    bool held = true;
    for (;;) {
        strata_scope scope = strata_scope_begin();
        strata_piece piece;
        STRATA_TRY(strata_read(incoming, 400, &piece));
        if (!piece.body.size) break;
        held &= piece.body.size <= 400 && piece.at_ms >= last;
        length += piece.body.size;
        last = piece.at_ms;
        strata_scope_end(scope);
    }
    strata_check("stream: pieces are no longer than asked for, and in order", held);
    strata_check("stream: everything comes", length == 5000);
    strata_check("stream: pieces have their times", last > 0 && last <= strata_now());
    strata_piece after;
    STRATA_TRY(strata_read(incoming, 1, &after));
    strata_check("stream: the end is the end", after.body.size == 0);
    return STRATA_OK;
}

static strata_result events(strata_incoming incoming) {
    const char *found = "";
    for (;;) {
        strata_event event;
        STRATA_TRY(strata_next_event(incoming, &event));
        if (!event.kind) break;
        found = strata_format("%s[%s %s %s]", found, event.kind, event.id, event.data);
    }
    strata_check("stream: events", same(found, "[message  one][add 7 two\nlines][message 7 three]"));
    return STRATA_OK;
}

/* Opens it, lets it be read and closes it. */
static strata_result opened(strata_request request, strata_result (*read)(strata_incoming incoming)) {
    strata_incoming incoming;
    if (!request.name) request.name = request.url;
    STRATA_TRY(strata_open(request, &incoming));
    strata_result result = read(incoming);
    strata_close(&incoming);
    strata_close(&incoming);
    return result;
}

static strata_result endless(strata_incoming incoming) {
    strata_piece piece;
    STRATA_TRY(strata_read(incoming, UINT32_MAX, &piece));
    strata_check("stream: an answer without an end", piece.body.size > 0);
    return STRATA_OK;
}

static strata_result stalls(strata_incoming incoming) {
    strata_piece piece = {.body = {.size = 1}};
    strata_result result = STRATA_OK;
    while (!result && piece.body.size) result = strata_read(incoming, 100, &piece);
    strata_check("stream: timeout within", strata_is(result, "timeout"));
    return STRATA_OK;
}

static strata_result moved(strata_incoming incoming) {
    strata_check("stream: a redirect is an answer", strata_incoming_status(incoming) == 302);
    return STRATA_OK;
}

strata_result probe_stream(void) {
    STRATA_TRY(opened(STRATA_GET("/pieces/5"), pieces));
    STRATA_TRY(opened(STRATA_GET("/events"), events));
    STRATA_TRY(opened(STRATA_GET("/endless"), endless));
    strata_incoming none;
    strata_check("stream: timeout", strata_is(strata_open(STRATA_GET("/delay/2000", .timeout_ms = 50), &none), "timeout"));
    STRATA_TRY(opened(STRATA_GET("/stalls", .timeout_ms = 200), stalls));
    STRATA_TRY(opened(STRATA_GET("/redirect/1"), moved));
    strata_check("stream: host-not-allowed",
                 strata_is(strata_open(STRATA_GET("http://192.0.2.1/"), &none), "host-not-allowed"));
    return STRATA_OK;
}
