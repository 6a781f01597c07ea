/* Bodies of forms. */
#include <ctype.h>
#include <stdlib.h>

#include "arena.h"

/* What stands between the parts; a number follows. */
#define BOUNDARY "----strata-form-"

/* Bytes that grow. Their memory is the arena's, so that it is not freed. */
typedef struct {
    uint8_t *data;
    size_t size, room;
} buffer;

static void add_bytes(buffer *to, const void *data, size_t size) {
    if (size > to->room - to->size) {
        size_t room = 2 * (to->size + size);
        uint8_t *larger = strata_alloc(room);
        if (to->size) memcpy(larger, to->data, to->size);
        to->data = larger;
        to->room = room;
    }
    if (size) memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void add(buffer *to, const char *text) { add_bytes(to, text, strlen(text)); }

/* As the URL standard writes forms: letters, digits and `*-._` stand for themselves, a space is a plus. */
static void add_encoded(buffer *to, const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
        bool itself = (*byte < 128 && isalnum(*byte)) || strchr("*-._", *byte);
        char coded[] = {'%', digits[*byte >> 4], digits[*byte & 15]};
        if (itself) {
            add_bytes(to, byte, 1);
        } else if (*byte == ' ') {
            add(to, "+");
        } else {
            add_bytes(to, coded, sizeof coded);
        }
    }
}

/* As browsers write names of fields and files. */
static void add_quoted(buffer *to, const char *name) {
    for (; *name; name++) {
        if (*name == '"') {
            add(to, "%22");
        } else if (*name == '\r') {
            add(to, "%0D");
        } else if (*name == '\n') {
            add(to, "%0A");
        } else {
            add_bytes(to, name, 1);
        }
    }
}

static strata_request with_body(strata_request request, const char *content_type, buffer body) {
    size_t count = 0;
    while (request.headers && request.headers[count].name) count++;
    strata_pair *headers = strata_alloc((count + 2) * sizeof *headers);
    if (count) memcpy(headers, request.headers, count * sizeof *headers);
    headers[count] = (strata_pair){"content-type", content_type};
    request.headers = headers;
    request.body = (strata_bytes){body.data, body.size};
    return request;
}

strata_request strata_form(strata_request request, const strata_pair *fields) {
    buffer body = {NULL, 0, 0};
    for (; fields->name; fields++) {
        if (body.size) add(&body, "&");
        add_encoded(&body, fields->name);
        add(&body, "=");
        add_encoded(&body, fields->value ? fields->value : "");
    }
    return with_body(request, "application/x-www-form-urlencoded", body);
}

static bool has(strata_bytes content, const char *text) {
    size_t size = strlen(text);
    for (size_t at = 0; at + size <= content.size; at++) {
        if (memcmp(content.data + at, text, size) == 0) return true;
    }
    return false;
}

/* One that no part has in it. */
static const char *boundary_of(const strata_part *parts) {
    const char *boundary = BOUNDARY;
    unsigned number = 0;
    for (size_t i = 0; parts[i].name;) {
        if (!has(parts[i].content, boundary)) {
            i++;
            continue;
        }
        boundary = strata_format(BOUNDARY "%u-", ++number);
        // From the beginning: an earlier part may have this one.
        i = 0;
    }
    return boundary;
}

strata_request strata_multipart(strata_request request, const strata_part *parts) {
    const char *boundary = boundary_of(parts);
    buffer body = {NULL, 0, 0};
    for (const strata_part *part = parts; part->name; part++) {
        add(&body, strata_format("--%s\r\ncontent-disposition: form-data; name=\"", boundary));
        add_quoted(&body, part->name);
        add(&body, "\"");
        if (part->file_name) {
            add(&body, "; filename=\"");
            add_quoted(&body, part->file_name);
            add(&body, "\"\r\ncontent-type: ");
            add_quoted(&body, part->content_type ? part->content_type : "application/octet-stream");
        }
        add(&body, "\r\n\r\n");
        add_bytes(&body, part->content.data, part->content.size);
        add(&body, "\r\n");
    }
    add(&body, strata_format("--%s--\r\n", boundary));
    return with_body(request, strata_format("multipart/form-data; boundary=%s", boundary), body);
}
