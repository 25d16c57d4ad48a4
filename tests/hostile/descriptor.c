/*
 * Plugins that are wrong before anything of them runs. Compiled by tests/hostile.rs with -DWRONG_<what>.
 * Here in C, because the Rust SDK cannot be talked into any of it.
 */
#include "hub_connector.h"
#include <string.h>

#ifndef WITHOUT_NOTE
HUB_CONNECTOR_NOTE("c");
#endif

static int32_t open_it(hub_str config, const hub_host *host, void **instance, hub_error *error) {
    static int one;
    (void)config, (void)host, (void)error;
    *instance = &one;
    return HUB_OK;
}

static int32_t discover(void *instance, hub_buf *out, hub_error *error) {
    static char none[] = "[]";
    (void)instance, (void)error;
    out->ptr = none, out->len = 2;
    return HUB_OK;
}

static int32_t stream_schema(void *instance, hub_str stream, struct ArrowSchema *out, hub_error *error) {
    (void)instance, (void)stream, (void)out, (void)error;
    return 77; /* an unknown category, and no message */
}

static int32_t read_it(void *instance, hub_str request, struct ArrowArrayStream *out, hub_error *error) {
    (void)instance, (void)request, (void)out, (void)error;
    return HUB_OK; /* a lie: no stream */
}

static void close_it(void *instance) { (void)instance; }

/* Larger than the host knows: a later minor. Must load. */
static struct {
    hub_connector known;
    char newer[64];
} descriptor = {
    .known =
        {
            .magic = HUB_MAGIC,
            .size = sizeof(descriptor),
            .abi_major = HUB_ABI_MAJOR,
            .abi_minor = 7,
            .name = {"descriptor", 10},
            .version = {"1", 1},
            .sdk = {"c", 1},
            .open = open_it,
            .discover = discover,
            .stream_schema = stream_schema,
            .read = read_it,
            .close = close_it,
        },
};

#ifndef WRONG_SYMBOL
HUB_EXPORT const hub_connector *hub_connector_v1(void) {
#ifdef WRONG_MAGIC
    descriptor.known.magic = 0x1234;
#endif
#ifdef WRONG_SIZE
    descriptor.known.size = 24;
#endif
#ifdef WRONG_MAJOR
    descriptor.known.abi_major = 2;
    descriptor.known.abi_minor = 0;
#endif
#ifdef WRONG_MINOR
    descriptor.known.abi_minor_required = 7;
#endif
#ifdef WRONG_READ
    descriptor.known.read = NULL;
#endif
#ifdef WRONG_NULL
    return NULL;
#elif defined(WRONG_POINTER)
    return (const hub_connector *)8;
#else
    return &descriptor.known;
#endif
}
#endif
