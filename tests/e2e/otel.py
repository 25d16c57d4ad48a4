"""A collector that takes traces by OTLP over HTTP: its port into one file, each span as a line of JSON into another.

otel.py PORT_FILE SPANS AUTHORIZATION; what comes without this Authorization is refused. Requests are decoded with the classes that
are generated from OpenTelemetry's own definitions.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

port_file, spans, authorization = sys.argv[1:]


def attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


class Collects(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != authorization:
            return self.answer(401)
        if self.path != "/v1/traces" or self.headers["content-type"] != "application/x-protobuf":
            return self.answer(400)
        request = ExportTraceServiceRequest.FromString(body)
        with open(spans, "a", encoding="utf-8") as file:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        told = {
                            "name": span.name,
                            "trace": span.trace_id.hex(),
                            "span": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "kind": span.kind,
                            "wrong": span.status.code == 2,
                            "said": span.status.message,
                            "nanoseconds": span.end_time_unix_nano - span.start_time_unix_nano,
                            "attributes": attributes(span.attributes),
                            "events": len(span.events),
                            "links": [link.trace_id.hex() for link in span.links],
                            "resource": attributes(resource.resource.attributes),
                        }
                        file.write(json.dumps(told, ensure_ascii=False) + "\n")
        return self.answer(200, ExportTraceServiceResponse().SerializeToString())

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collects)
with open(port_file, "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
server.serve_forever()
