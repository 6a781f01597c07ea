/* Mode `send`: every function for requests against the target's `/`. The checks hold for any target that answers 200
 * there with a body and a `content-type`. */
#include <ctype.h>
#include <math.h>

#include "probe.h"

static bool equal(strata_bytes a, strata_bytes b) { return a.size == b.size && memcmp(a.data, b.data, a.size) == 0; }

static bool is_lower(const char *name) {
    for (; *name; name++) {
        if (isupper((unsigned char)*name)) return false;
    }
    return true;
}

static strata_result whole(strata_response *answer) {
    STRATA_TRY(strata_send(STRATA_GET("/", .name = "send"), answer));
    strata_check("send: status is 200", answer->status == 200);
    strata_check("send: there is a body", answer->body.size > 0);
    bool lower = true;
    for (const strata_pair *header = answer->headers; header->name; header++) lower &= is_lower(header->name);
    strata_check("send: header names are lower case", lower);
    const strata_timings *timings = &answer->timings;
    double sum = timings->sending + timings->waiting + timings->receiving;
    strata_check("send: duration is the sum of its parts", fabs(timings->duration - sum) < 0.01);
    strata_response discarded;
    STRATA_TRY(strata_send(STRATA_GET("/", .name = "send", .discard_body = true), &discarded));
    strata_check("send: a discarded body is empty", discarded.body.size == 0);
    return STRATA_OK;
}

static strata_result prepared(const strata_response *whole) {
    strata_prepared request, discarding;
    STRATA_TRY(strata_prepare(
        STRATA_GET("/", .name = "prepared", .headers = STRATA_HEADERS({"x-probe", "prepared"})), &request));
    strata_brief answer, other, discarded;
    STRATA_TRY(strata_send_prepared(request, &answer));
    strata_bytes body = strata_body(answer);
    strata_check("prepared.send: status is 200", answer.status == 200);
    strata_check("prepared.send: length is the body's", answer.length == body.size);
    strata_check("prepared.send: body is that of send", equal(body, whole->body));
    strata_check("prepared.send: text is the body", equal(strata_text(strata_body_text(answer)), body));
    strata_check("prepared.send: header in any case", same(strata_header(answer, "Content-Type"),
                                                           strata_response_header(whole, "content-type")));
    strata_check("prepared.send: no such header", !strata_header(answer, "x-no-such-header"));

    strata_overrides overrides = {.url = "/?probe=1", .headers = STRATA_HEADERS({"x-probe-more", "1"})};
    STRATA_TRY(strata_send_with(request, overrides, &other));
    strata_check("prepared.send-with: status is 200", other.status == 200);
    strata_check("prepared.send-with: earlier answers are gone", other.index == 0 || !strata_body(answer).size);
    STRATA_TRY(strata_prepare(STRATA_GET("/", .name = "prepared", .discard_body = true), &discarding));
    STRATA_TRY(strata_send_prepared(discarding, &discarded));
    strata_check("prepared.send: a discarded body is empty", strata_body(discarded).size == 0);
    strata_forget(request);
    strata_forget(discarding);
    return STRATA_OK;
}

static strata_result at_once(const strata_response *whole) {
    strata_request requests[] = {
        STRATA_GET("/", .name = "all"), STRATA_GET("/?probe=1", .name = "all"), STRATA_GET("/", .name = "all")};
    strata_sent *sent = strata_send_all(requests, 3);
    bool all = true;
    for (int i = 0; i < 3; i++) {
        STRATA_TRY(sent[i].result);
        all &= sent[i].answer.status == 200;
    }
    strata_check("send-all: an answer for each", sent[0].answer.status && sent[1].answer.status && sent[2].answer.status);
    strata_check("send-all: status is 200", all);
    strata_check("send-all: in order", equal(sent[2].answer.body, whole->body));

    strata_prepared prepared[3];
    for (int i = 0; i < 3; i++) STRATA_TRY(strata_prepare(requests[i], &prepared[i]));
    strata_sent_prepared *briefs = strata_send_all_prepared(prepared, 3);
    bool good = true, kept = true;
    for (int i = 0; i < 3; i++) {
        STRATA_TRY(briefs[i].result);
        good &= briefs[i].answer.status == 200;
        kept &= strata_body(briefs[i].answer).size == briefs[i].answer.length;
    }
    strata_check("send-all-prepared: an answer for each", briefs[2].answer.status != 0);
    strata_check("send-all-prepared: status is 200", good);
    strata_check("send-all-prepared: all answers are kept", kept);
    strata_check("send-all: none for none", strata_send_all(NULL, 0) != NULL);
    for (int i = 0; i < 3; i++) strata_forget(prepared[i]);
    return STRATA_OK;
}

static bool refused(strata_request request, const char *code) {
    strata_prepared prepared;
    return strata_is(strata_prepare(request, &prepared), code);
}

static void refusals(void) {
    strata_check("bad-url", refused(STRATA_GET("http://"), "bad-url"));
    strata_check("bad-request: method", refused((strata_request){.method = "G T", .url = "/"}, "bad-request"));
    strata_check("bad-request: header",
                 refused(STRATA_GET("/", .headers = STRATA_HEADERS({"x\r\ny", "1"})), "bad-request"));
    strata_check("host-not-allowed", refused(STRATA_GET("http://192.0.2.1/"), "host-not-allowed"));
    strata_check("unsupported: scheme", refused(STRATA_GET("ftp://192.0.2.1/"), "unsupported"));
    strata_request many[257];
    for (int i = 0; i < 257; i++) many[i] = STRATA_GET("/");
    strata_sent *sent = strata_send_all(many, 257);
    bool all = true;
    for (int i = 0; i < 257; i++) all &= strata_is(sent[i].result, "bad-request");
    strata_check("send-all: 257 are too many", all);
}

strata_result probe_send(void) {
    strata_response answer;
    STRATA_TRY(whole(&answer));
    STRATA_TRY(prepared(&answer));
    STRATA_TRY(at_once(&answer));
    refusals();
    return STRATA_OK;
}

/* --- Against a server that knows `/echo`, `/bytes`, `/delay` and others ----------------------------------------- */

strata_result probe_unicode(void) {
    const char *text = "Grüße, 世界 🌍 – \"quoted\"";
    strata_response answer;
    strata_request request = STRATA_POST("/echo", .name = "écho 世界", .body = strata_text(text),
                                         .headers = STRATA_HEADERS({"content-type", "text/plain; charset=utf-8"}));
    STRATA_TRY(strata_send(request, &answer));
    strata_check("echo: status is 200", answer.status == 200);
    strata_check("echo: text comes back", same((const char *)answer.body.data, text));
    strata_check("Unicode: 世界 🌍", true);
    strata_log_info("%s", text);
    return STRATA_OK;
}

strata_result probe_large(void) {
    const uint32_t size = 4194304, sent_size = 1048576;
    strata_prepared request;
    STRATA_TRY(strata_prepare(STRATA_GET("/bytes/4194304"), &request));
    strata_brief answer;
    STRATA_TRY(strata_send_prepared(request, &answer));
    strata_check("large: length", answer.length == size);
    strata_bytes body = strata_body(answer);
    bool good = body.size == size && body.data[0] == 'x' && body.data[size / 2] == 'x' && body.data[size - 1] == 'x';
    strata_check("large: body", good);
    strata_forget(request);

    uint8_t *sent = strata_alloc(sent_size);
    memset(sent, 'y', sent_size);
    strata_response echo;
    STRATA_TRY(strata_post("/echo", "text/plain", (strata_bytes){sent, sent_size}, &echo));
    strata_check("large: echo", echo.body.size == sent_size);
    return STRATA_OK;
}

static void fails(strata_request request, const char *code) {
    strata_response answer;
    strata_check(code, strata_is(strata_send(request, &answer), code));
}

strata_result probe_errors(void) {
    fails(STRATA_GET("/delay/2000", .timeout_ms = 50), "timeout");
    fails(STRATA_GET("/close"), "closed");
    fails(STRATA_GET("/garbage"), "protocol");
    fails(STRATA_GET("/endless"), "body-too-large");
    const char *nobody = strata_env("nobody");
    fails(STRATA_GET(strata_format("%s/", nobody ? nobody : "")), "connect-refused");
    return STRATA_OK;
}

strata_result probe_uncaught(void) {
    strata_response answer;
    STRATA_TRY(strata_send(STRATA_GET("/delay/2000", .timeout_ms = 50), &answer));
    return STRATA_OK;
}

strata_result probe_statuses(void) {
    strata_response missing, busy;
    STRATA_TRY(strata_get("/status/404", &missing));
    STRATA_TRY(strata_get("/status/503", &busy));
    strata_check("404 is an answer", missing.status == 404);
    strata_check("503 is an answer", busy.status == 503);
    return STRATA_OK;
}

strata_result probe_together(void) {
    strata_request requests[8];
    for (int i = 0; i < 8; i++) requests[i] = STRATA_GET("/delay/200");
    strata_sent *sent = strata_send_all(requests, 8);
    int good = 0;
    for (int i = 0; i < 8; i++) good += !sent[i].result && sent[i].answer.status == 200;
    strata_check("together: all answer", good == 8);
    return STRATA_OK;
}
