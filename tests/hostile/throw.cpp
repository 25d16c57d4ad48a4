// A plugin that lets a C++ exception out of the C ABI. Compiled by tests/hostile.rs.
#include "hub_connector.h"
#include <stdexcept>

HUB_CONNECTOR_NOTE("c++");

static int32_t open_it(hub_str, const hub_host *, void **, hub_error *) { throw std::runtime_error("thrown in open"); }
static int32_t discover(void *, hub_buf *, hub_error *) { return HUB_OK; }
static int32_t schema(void *, hub_str, struct ArrowSchema *, hub_error *) { return HUB_OK; }
static int32_t read_it(void *, hub_str, struct ArrowArrayStream *, hub_error *) { return HUB_OK; }
static void close_it(void *) {}

extern "C" HUB_EXPORT const hub_connector *hub_connector_v1(void) {
    static const hub_connector descriptor = {
        HUB_MAGIC, sizeof(hub_connector), HUB_ABI_MAJOR, HUB_ABI_MINOR, 0, {"throw", 5}, {"1", 1}, {"c++", 3},
        nullptr, open_it, nullptr, discover, schema, read_it, nullptr, nullptr, close_it, 0, 0, {},
    };
    return &descriptor;
}
