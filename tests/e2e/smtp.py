"""A mail server that keeps what it is sent: its port into one file, each mail as a line of JSON into another."""

import base64
import json
import socket
import ssl
import sys
import time
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller

port_file, mails, certificate, key = sys.argv[1:]


class Keeps:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=default)
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "id": mail["message-id"],
            "text": mail.get_body(("plain",)).get_content(),
            "attached": {part.get_filename(): base64.b64encode(part.get_content()).decode() for part in mail.iter_attachments()},
            "tls": session.ssl is not None,
        }
        with open(mails, "a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")
        return "250 OK"


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
# The controller connects to the port it was given, so that it must be one.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Keeps(), hostname="127.0.0.1", port=port, tls_context=context)
controller.start()
with open(port_file, "w", encoding="utf-8") as file:
    file.write(str(port))
while True:
    time.sleep(3600)
