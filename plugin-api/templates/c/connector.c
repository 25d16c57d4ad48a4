/* A whole connector in C, written against hub_connector.h alone: one stream, one int64 column, three rows.
 * cc -std=c11 -shared -fPIC -fvisibility=hidden -I../../abi/include connector.c -o connector.so */
#include "hub_connector.h"
#include <stdlib.h>
#include <string.h>

#define NAME "@NAME@"
#define VERSION "0.1.0"
/* SQL from the stream to the hub's tables, within JSON within C. */
#define MAPPING "INSERT INTO kpi_input (indicator, period, numerator_milli, _locator) " \
                "SELECT 'K5', '2023-09', 数值 * 1000, \\\"_locator\\\" FROM accepted"

HUB_CONNECTOR_NOTE("c");

static const int64_t numbers[] = {1, 2, 3};

static void fail(hub_error *error, int32_t category, const char *message) {
    error->category = category;
    error->message.ptr = (char *)message, error->message.len = strlen(message);
}

static int contains(hub_str text, const char *word) {
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, word, len) == 0) return 1;
    }
    return 0;
}

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    schema->release = NULL;
}

static void make_schema(struct ArrowSchema *out) {
    struct ArrowSchema *column = calloc(1, sizeof *column);
    column->format = "l", column->name = "数值", column->release = release_schema;
    memset(out, 0, sizeof *out);
    out->format = "+s", out->name = "", out->release = release_schema, out->n_children = 1;
    out->children = malloc(sizeof column), out->children[0] = column;
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children), free(array->buffers);
    array->release = NULL;
}

static void make_array(struct ArrowArray *out) {
    struct ArrowArray *column = calloc(1, sizeof *column);
    column->length = 3, column->n_buffers = 2, column->release = release_array;
    column->buffers = calloc(2, sizeof(void *)), column->buffers[1] = numbers;
    memset(out, 0, sizeof *out);
    out->length = 3, out->n_buffers = 1, out->n_children = 1, out->release = release_array;
    out->buffers = calloc(1, sizeof(void *));
    out->children = malloc(sizeof column), out->children[0] = column;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    (void)stream;
    make_schema(out);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    if (stream->private_data) {
        memset(out, 0, sizeof *out); /* the end */
    } else {
        make_array(out), stream->private_data = stream;
    }
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return NULL;
}

static void release_stream(struct ArrowArrayStream *stream) { stream->release = NULL; }

static int32_t open_it(hub_str config, const hub_host *host, void **instance, hub_error *error) {
    static char one;
    (void)host;
    if (config.len == 0 || config.ptr[0] != '{') {
        fail(error, HUB_ERR_CONFIG, "the configuration is not an object");
        return HUB_ERR_CONFIG;
    }
    *instance = &one;
    return HUB_OK;
}

static int32_t spec(hub_buf *out, hub_error *error) {
    static char document[] = "{\"name\": \"" NAME "\", \"version\": \"" VERSION "\", \"config_schema\": {\"type\": \"object\"}}";
    (void)error;
    out->ptr = document, out->len = sizeof document - 1;
    return HUB_OK;
}

static int32_t discover(void *instance, hub_buf *out, hub_error *error) {
    static char catalog[] = "[{\"name\": \"figures\", \"modes\": [\"full\"], \"mapping\": \"" MAPPING "\"}]";
    (void)instance, (void)error;
    out->ptr = catalog, out->len = sizeof catalog - 1;
    return HUB_OK;
}

static int32_t stream_schema(void *instance, hub_str stream, struct ArrowSchema *out, hub_error *error) {
    (void)instance;
    if (stream.len != 7 || memcmp(stream.ptr, "figures", 7) != 0) {
        fail(error, HUB_ERR_NOT_FOUND, "no such stream");
        return HUB_ERR_NOT_FOUND;
    }
    make_schema(out);
    return HUB_OK;
}

static int32_t read_it(void *instance, hub_str request, struct ArrowArrayStream *out, hub_error *error) {
    (void)instance;
    /* One stream: enough to know that the request names it. A larger connector parses the JSON; max_rows is kept by the hub. */
    if (!contains(request, "\"figures\"")) {
        fail(error, HUB_ERR_NOT_FOUND, "no such stream");
        return HUB_ERR_NOT_FOUND;
    }
    out->get_schema = get_schema, out->get_next = get_next, out->get_last_error = get_last_error;
    out->release = release_stream, out->private_data = NULL;
    return HUB_OK;
}

static void close_it(void *instance) { (void)instance; }

HUB_EXPORT const hub_connector *hub_connector_v1(void) {
    static const hub_connector descriptor = {
        .magic = HUB_MAGIC, .size = sizeof descriptor, .abi_major = HUB_ABI_MAJOR, .abi_minor = HUB_ABI_MINOR,
        .name = {NAME, sizeof NAME - 1}, .version = {VERSION, sizeof VERSION - 1}, .sdk = {"c", 1},
        .spec = spec, .open = open_it, .discover = discover, .stream_schema = stream_schema, .read = read_it, .close = close_it,
    };
    return &descriptor;
}
