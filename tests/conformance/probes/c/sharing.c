/* Mode `share`: rows, shared values and secrets. */
#include "probe.h"

#define SPACE "shared"
/* How long nobody comes. */
#define NOBODY 20

static strata_result rows(const strata_context *context) {
    uint32_t length;
    strata_texts columns;
    const strata_pair *row;
    STRATA_TRY(strata_data_length("rows", &length));
    strata_check("data: length", length == 4);
    STRATA_TRY(strata_data_columns("rows", &columns));
    bool both = columns.count == 2 && same(columns.items[0], "name") && same(columns.items[1], "note");
    strata_check("data: columns", both);
    STRATA_TRY(strata_data_row("rows", 1, &row));
    strata_check("data: a row", same(strata_cell(row, "note"), "a, \"b\" 世界") && !strata_cell(row, "other"));
    strata_check("data: no such row", strata_is(strata_data_row("rows", 4, &row), "no-such-row"));
    STRATA_TRY(strata_data_take("rows", STRATA_PER_VU, &row));
    const char *own = strata_format("r%u", (unsigned)((context->vu - 1) % 4));
    strata_check("data: that of this user", same(strata_cell(row, "name"), own));
    STRATA_TRY(strata_data_take("rows", STRATA_RANDOM, &row));
    strata_check("data: any", strata_cell(row, "name")[0] == 'r');
    STRATA_TRY(strata_data_take("rows", STRATA_SEQUENTIAL, &row));
    strata_check("data: in turn", strata_cell(row, "name")[0] == 'r');
    // As many as there are: each is had once, and then there is none.
    STRATA_TRY(strata_data_take("rows", STRATA_UNIQUE, &row));
    strata_check(strata_format("data: %s is had once", strata_cell(row, "name")), true);
    if (context->iteration == 3) {
        strata_check("data: all are had", strata_is(strata_data_take("rows", STRATA_UNIQUE, &row), "end-of-data"));
    }
    return STRATA_OK;
}

static strata_result values(const strata_context *context) {
    const char *key = strata_format("value %u", (unsigned)context->vu), *value;
    double first, second;
    STRATA_TRY(strata_kv_set(SPACE, key, "1"));
    STRATA_TRY(strata_kv_set(SPACE, key, "zwei 世界"));
    STRATA_TRY(strata_kv_get(SPACE, key, &value));
    strata_check("kv: a value", same(value, "zwei 世界"));
    strata_check("kv: no number", strata_is(strata_kv_add(SPACE, key, 1, NULL), "bad-value"));
    STRATA_TRY(strata_kv_delete(SPACE, key));
    STRATA_TRY(strata_kv_get(SPACE, key, &value));
    strata_check("kv: no value", value == NULL);
    STRATA_TRY(strata_kv_add(SPACE, key, 2, &first));
    STRATA_TRY(strata_kv_add(SPACE, key, -0.5, &second));
    strata_check("kv: a sum", first == 2 && second == 1.5);
    STRATA_TRY(strata_kv_delete(SPACE, key));
    char *large = strata_alloc(258);
    memset(large, 'k', 257);
    strata_check("kv: too large", strata_is(strata_kv_set(SPACE, large, ""), "too-large"));
    return STRATA_OK;
}

static strata_result queues(const strata_context *context) {
    const char *queue = strata_format("queue %u", (unsigned)context->vu), *value, *other;
    uint32_t length;
    STRATA_TRY(strata_kv_pop(SPACE, queue, NOBODY, &value));
    strata_check("kv: an empty queue", value == NULL);
    STRATA_TRY(strata_kv_push(SPACE, queue, "first"));
    STRATA_TRY(strata_kv_push(SPACE, queue, "second 🌍"));
    STRATA_TRY(strata_kv_length(SPACE, queue, &length));
    strata_check("kv: a queue's length", length == 2);
    STRATA_TRY(strata_kv_pop(SPACE, queue, NOBODY, &value));
    STRATA_TRY(strata_kv_pop(SPACE, queue, NOBODY, &other));
    strata_check("kv: the oldest comes first", same(value, "first") && same(other, "second 🌍"));
    const char *alone = strata_format("barrier %u", (unsigned)context->vu);
    strata_check("kv: nobody to wait for", !strata_kv_meet(SPACE, alone, 1, NOBODY));
    strata_check("kv: nobody comes", strata_is(strata_kv_meet(SPACE, alone, 2, NOBODY), "timeout"));
    strata_check("kv: nobody is too few", strata_is(strata_kv_meet(SPACE, alone, 0, NOBODY), "bad-value"));
    return STRATA_OK;
}

strata_result probe_share(const strata_context *context) {
    STRATA_TRY(rows(context));
    STRATA_TRY(values(context));
    STRATA_TRY(queues(context));
    const char *value;
    uint32_t length;
    STRATA_TRY(strata_secret("token", &value));
    strata_check("a secret arrives", strlen(value) == 12);
    strata_check("setup's text arrives", same(strata_setup_text(), "from setup"));
    strata_check("no set", strata_is(strata_data_length("others", &length), "not-granted"));
    strata_check("no space", strata_is(strata_kv_get("others", "a", &value), "not-granted"));
    strata_check("no secret", strata_is(strata_secret("others", &value), "not-granted"));
    strata_check("no env", !strata_env("others"));
    return STRATA_OK;
}
