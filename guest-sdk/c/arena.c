/* Memory that lives until the export is over. The engine's texts and lists land here too. */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

/* What is taken from `malloc` at a time, unless one piece is larger. */
#define BLOCK ((size_t)16 * 1024)
/* What any value of C may be aligned to. */
#define ALIGNMENT ((size_t)16)

typedef struct block {
    struct block *before;
    size_t size;
} block;

static block *newest;
static char *free_from, *free_to;

static void begin(block *of) {
    free_from = (char *)(of + 1);
    free_to = free_from + of->size;
}

static void take_block(size_t at_least) {
    size_t size = at_least > BLOCK ? at_least : BLOCK;
    block *taken = size > SIZE_MAX - sizeof(block) ? NULL : malloc(sizeof(block) + size);
    if (!taken) {
        fprintf(stderr, "out of memory: %zu bytes were asked for\n", at_least);
        abort();
    }
    taken->before = newest;
    taken->size = size;
    newest = taken;
    begin(taken);
}

/* With a zero byte behind it, so that texts and bodies that the engine writes end as texts of C do. */
static void *allocate(size_t size, size_t alignment) {
    size_t gap = -(uintptr_t)free_from & (alignment - 1);
    if (size >= SIZE_MAX - 2 * ALIGNMENT || !newest || gap + size + 1 > (size_t)(free_to - free_from)) {
        take_block(size >= SIZE_MAX - 2 * ALIGNMENT ? SIZE_MAX : size + alignment + 1);
        gap = -(uintptr_t)free_from & (alignment - 1);
    }
    char *place = free_from + gap;
    free_from = place + size + 1;
    place[size] = 0;
    return place;
}

void strata_reset(void) {
    while (newest && newest->before) {
        block *before = newest->before;
        free(newest);
        newest = before;
    }
    if (!newest) return;
    // The oldest block is kept for the next time, unless one large piece has made it large.
    if (newest->size > BLOCK) {
        free(newest);
        newest = NULL;
        free_from = free_to = NULL;
        return;
    }
    begin(newest);
}

strata_scope strata_scope_begin(void) { return (strata_scope){newest, free_from}; }

void strata_scope_end(strata_scope scope) {
    while (newest && newest != scope.block) {
        block *before = newest->before;
        free(newest);
        newest = before;
    }
    free_from = newest ? scope.from : NULL;
    free_to = newest ? (char *)(newest + 1) + newest->size : NULL;
}

void *strata_alloc(size_t size) { return memset(allocate(size, ALIGNMENT), 0, size); }

const char *strata_copy_of(const char *text, size_t size) {
    return size ? memcpy(allocate(size, 1), text, size) : "";
}

const char *strata_copy(const char *text) { return strata_copy_of(text, text ? strlen(text) : 0); }

char *strata_keep(const char *text) {
    size_t size = strlen(text) + 1;
    char *kept = malloc(size);
    if (!kept) {
        fprintf(stderr, "out of memory: %zu bytes were asked for\n", size);
        abort();
    }
    return memcpy(kept, text, size);
}

const char *strata_vformat(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0) return strata_copy(format);
    char *text = allocate((size_t)size, 1);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    return text;
}

const char *strata_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = strata_vformat(format, arguments);
    va_end(arguments);
    return text;
}

#ifdef __wasm__

/* Where the engine puts what its functions return. */
__attribute__((__export_name__("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t new_size) {
    void *place = allocate(new_size, alignment);
    if (old && old_size) memcpy(place, old, old_size < new_size ? old_size : new_size);
    return place;
}

#endif
