/* Memory that lives until the export is over, and texts in it. Not for scenarios: `strata.h` is. */
#ifndef STRATA_ARENA_H
#define STRATA_ARENA_H

#include <stdarg.h>

#include "generated/scenario.h"
#include "strata.h"

/* Forgets everything that was allocated since the last time. */
void strata_reset(void);

/* A copy of a text; the empty text for NULL. */
const char *strata_copy(const char *text);

/* As `vprintf`, into a text. */
const char *strata_vformat(const char *format, va_list arguments);

/* A text as the engine reads it, without a copy; the empty text for NULL. */
static inline scenario_string_t strata_lent(const char *text) {
    scenario_string_t lent = {(uint8_t *)text, text ? strlen(text) : 0};
    return lent;
}

/* A text that the engine wrote: `cabi_realloc` has put a zero byte behind it. */
static inline const char *strata_lifted(scenario_string_t text) { return text.len ? (const char *)text.ptr : ""; }

#endif
