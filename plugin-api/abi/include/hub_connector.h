/*
 * hub_connector.h: the connector ABI 1.0, whole and self-contained. C11, also valid C++17.
 *
 * A connector is a shared library with one exported function, hub_connector_v1, which returns a descriptor that
 * lives for ever. Order of calls: spec | open, then check, discover, stream_schema, read one at a time, then close.
 *
 *  - Texts are UTF-8 with explicit length, never NUL-terminated unless stated.
 *  - Who allocates, releases: every owned thing carries its own release.
 *  - Functions return 0, or a category (HUB_ERR_*) with the hub_error filled.
 *  - Calls on one instance never overlap, except cancel. They may come from different threads.
 *  - One stream is read at a time. It is released before close.
 *  - Host callbacks may be called from any thread between open and the return of close. Join your threads in close.
 *  - No exception and no longjmp crosses in either direction.
 *  - Do not install signal handlers, call exit or abort, fork, change cwd, locale or environment, or write to 0 or 1.
 *  - Additions come at the end of the structs and are found by their size field. Unknown JSON fields are ignored.
 */
#ifndef HUB_CONNECTOR_H
#define HUB_CONNECTOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define HUB_ASSERT(what, why) static_assert(what, why)
#else
#define HUB_ASSERT(what, why) _Static_assert(what, why)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define HUB_EXPORT __attribute__((visibility("default")))
/* Once per library, at file scope: lets the hub read the ABI version without loading the file. */
#define HUB_CONNECTOR_NOTE(sdk)                                                                   \
    __attribute__((used, section(".hub_abi"))) static const char hub_abi_note[32] = "HUBC abi=1.0 sdk=" sdk
#else
#define HUB_EXPORT
#define HUB_CONNECTOR_NOTE(sdk) static const char hub_abi_note[32] = "HUBC abi=1.0 sdk=" sdk
#endif

/* The Arrow C data and stream interfaces, as their specification demands. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

/* Categories, which are also the return codes. The hub acts on the category, people read the message. */
#define HUB_OK 0
#define HUB_ERR_CONFIG 1       /* bad configuration, unknown stream: stop, show the field */
#define HUB_ERR_AUTH 2         /* 401, expired token, ungranted secret: alert the owner */
#define HUB_ERR_PERMISSION 3   /* 403: stop this stream only */
#define HUB_ERR_NOT_FOUND 4    /* file, table or endpoint absent: stop this stream only */
#define HUB_ERR_TRANSIENT 5    /* connection, timeout, 5xx: retried with backoff */
#define HUB_ERR_RATE_LIMITED 6 /* 429: retried after retry_after_ms */
#define HUB_ERR_SCHEMA 7       /* the source changed its shape */
#define HUB_ERR_DATA 8         /* a record that cannot be read */
#define HUB_ERR_CANCELLED 9    /* as asked */
#define HUB_ERR_INTERNAL 10    /* a bug of the plugin; also every unknown code */
#define HUB_ERR_UNSUPPORTED 11 /* not offered */

#define HUB_LOG_ERROR 1
#define HUB_LOG_WARN 2
#define HUB_LOG_INFO 3
#define HUB_LOG_DEBUG 4
#define HUB_LOG_TRACE 5

#define HUB_MAGIC 0x43425548u /* "HUBC" in memory on little-endian machines */
#define HUB_ABI_MAJOR 1
#define HUB_ABI_MINOR 0

#define HUB_FLAG_CHILD_ONLY 1u  /* hub_connector.flags: never load into the hub's own process (Go) */
#define HUB_ERROR_FLAG_PANIC 1u /* hub_error.flags: a caught panic */

/* Lent for the length of the call. ptr may be NULL when len is 0. */
typedef struct hub_str {
    const char *ptr;
    size_t len;
} hub_str;

/* Owned by its producer; release may be NULL for static text. */
typedef struct hub_buf {
    char *ptr;
    size_t len;
    void (*release)(struct hub_buf *);
    void *private_data;
} hub_buf;

/* The caller zeroes it and sets size; the callee fills it only when it returns non-zero. */
typedef struct hub_error {
    uint32_t size;
    int32_t category;
    int32_t vendor_code; /* the source's own, such as an HTTP status */
    uint32_t flags;
    uint64_t retry_after_ms;
    hub_buf message;
    hub_buf detail_json;
} hub_error;

typedef struct hub_host {
    uint32_t size;
    uint16_t abi_major;
    uint16_t abi_minor;
    void *ctx; /* first argument of every callback */
    /* A line whose target is "remark" is a sentence for the record of the run; one whose target is "explain" tells
     * somebody who asked how the source was read. */
    void (*log)(void *ctx, int32_t level, hub_str target, hub_str message);
    /* Also the heartbeat of a slow source. total_rows is 0 when unknown. */
    void (*progress)(void *ctx, uint64_t rows, uint64_t bytes, uint64_t total_rows);
    /* state_json may be saved once the first after_batch batches of this read are durable. */
    int32_t (*checkpoint)(void *ctx, hub_str stream, uint64_t after_batch, hub_str state_json);
    int32_t (*is_cancelled)(void *ctx);
    int32_t (*get_secret)(void *ctx, hub_str name, hub_buf *out);
} hub_host;

typedef struct hub_connector {
    uint32_t magic; /* HUB_MAGIC */
    uint32_t size;  /* sizeof(hub_connector) */
    uint16_t abi_major;
    uint16_t abi_minor;
    uint32_t flags;
    hub_str name;
    hub_str version;
    hub_str sdk;
    /* Optional. {name, version, title, network: [hosts], modes: [..], config_schema: JSON Schema}; needs no instance. */
    int32_t (*spec)(hub_buf *json_out, hub_error *error);
    /* Mandatory. Cheap, no network. Copy the host table; it is valid until close returns. */
    int32_t (*open)(hub_str config_json, const hub_host *host, void **instance, hub_error *error);
    /* Optional. Is the source there, do the credentials work. */
    int32_t (*check)(void *instance, hub_error *error);
    /* Mandatory. [{name, title, primary_key, cursor: {fields, required, ordered}, modes, estimated_rows, mapping}] */
    int32_t (*discover)(void *instance, hub_buf *catalog_json, hub_error *error);
    /* Mandatory. All columns the stream can give. */
    int32_t (*stream_schema)(void *instance, hub_str stream, struct ArrowSchema *out, hub_error *error);
    /* Mandatory. {stream, columns, state, mode, batch_rows, batch_bytes, max_rows, deadline_ms}; all but stream may be
     * absent or null. The returned stream's schema binds every batch. Releasing the stream early is a cancel. */
    int32_t (*read)(void *instance, hub_str request_json, struct ArrowArrayStream *out, hub_error *error);
    /* Optional. The structured form of the last failed get_next; 0 when there is none. */
    int32_t (*last_error)(void *instance, hub_error *error);
    /* Optional. Any thread, any time between open and close; only sets a flag. */
    void (*cancel)(void *instance);
    /* Mandatory. */
    void (*close)(void *instance);
    uint32_t abi_minor_required; /* the least minor of a host that can run this plugin */
    uint32_t padding;            /* 0 */
    const void *reserved[4];     /* NULL */
} hub_connector;

/* The only exported symbol. */
HUB_EXPORT const hub_connector *hub_connector_v1(void);

#if UINTPTR_MAX == 0xffffffffffffffffu
HUB_ASSERT(sizeof(hub_str) == 16, "hub_str");
HUB_ASSERT(sizeof(hub_buf) == 32, "hub_buf");
HUB_ASSERT(offsetof(hub_buf, release) == 16, "hub_buf.release");
HUB_ASSERT(sizeof(hub_error) == 88, "hub_error");
HUB_ASSERT(offsetof(hub_error, category) == 4, "hub_error.category");
HUB_ASSERT(offsetof(hub_error, vendor_code) == 8, "hub_error.vendor_code");
HUB_ASSERT(offsetof(hub_error, flags) == 12, "hub_error.flags");
HUB_ASSERT(offsetof(hub_error, retry_after_ms) == 16, "hub_error.retry_after_ms");
HUB_ASSERT(offsetof(hub_error, message) == 24, "hub_error.message");
HUB_ASSERT(offsetof(hub_error, detail_json) == 56, "hub_error.detail_json");
HUB_ASSERT(sizeof(hub_host) == 56, "hub_host");
HUB_ASSERT(offsetof(hub_host, abi_major) == 4, "hub_host.abi_major");
HUB_ASSERT(offsetof(hub_host, abi_minor) == 6, "hub_host.abi_minor");
HUB_ASSERT(offsetof(hub_host, ctx) == 8, "hub_host.ctx");
HUB_ASSERT(offsetof(hub_host, log) == 16, "hub_host.log");
HUB_ASSERT(offsetof(hub_host, progress) == 24, "hub_host.progress");
HUB_ASSERT(offsetof(hub_host, checkpoint) == 32, "hub_host.checkpoint");
HUB_ASSERT(offsetof(hub_host, is_cancelled) == 40, "hub_host.is_cancelled");
HUB_ASSERT(offsetof(hub_host, get_secret) == 48, "hub_host.get_secret");
HUB_ASSERT(sizeof(hub_connector) == 176, "hub_connector");
HUB_ASSERT(offsetof(hub_connector, size) == 4, "hub_connector.size");
HUB_ASSERT(offsetof(hub_connector, abi_major) == 8, "hub_connector.abi_major");
HUB_ASSERT(offsetof(hub_connector, abi_minor) == 10, "hub_connector.abi_minor");
HUB_ASSERT(offsetof(hub_connector, flags) == 12, "hub_connector.flags");
HUB_ASSERT(offsetof(hub_connector, name) == 16, "hub_connector.name");
HUB_ASSERT(offsetof(hub_connector, version) == 32, "hub_connector.version");
HUB_ASSERT(offsetof(hub_connector, sdk) == 48, "hub_connector.sdk");
HUB_ASSERT(offsetof(hub_connector, spec) == 64, "hub_connector.spec");
HUB_ASSERT(offsetof(hub_connector, open) == 72, "hub_connector.open");
HUB_ASSERT(offsetof(hub_connector, check) == 80, "hub_connector.check");
HUB_ASSERT(offsetof(hub_connector, discover) == 88, "hub_connector.discover");
HUB_ASSERT(offsetof(hub_connector, stream_schema) == 96, "hub_connector.stream_schema");
HUB_ASSERT(offsetof(hub_connector, read) == 104, "hub_connector.read");
HUB_ASSERT(offsetof(hub_connector, last_error) == 112, "hub_connector.last_error");
HUB_ASSERT(offsetof(hub_connector, cancel) == 120, "hub_connector.cancel");
HUB_ASSERT(offsetof(hub_connector, close) == 128, "hub_connector.close");
HUB_ASSERT(offsetof(hub_connector, abi_minor_required) == 136, "hub_connector.abi_minor_required");
HUB_ASSERT(offsetof(hub_connector, reserved) == 144, "hub_connector.reserved");
HUB_ASSERT(sizeof(struct ArrowSchema) == 72, "ArrowSchema");
HUB_ASSERT(sizeof(struct ArrowArray) == 80, "ArrowArray");
HUB_ASSERT(sizeof(struct ArrowArrayStream) == 40, "ArrowArrayStream");
#endif

#ifdef __cplusplus
}
#endif

#endif /* HUB_CONNECTOR_H */
