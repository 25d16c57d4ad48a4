"""Runs a command on a terminal of its own, types when it is asked to, tells what was on the screen.

usage: terminal.py COLUMNS ROWS 'JSON of [[what is waited for, what is typed], …]' ERR COMMAND…
ERR is `tty`, or a file standard error goes to; standard output always goes to the terminal, unless it is `stdout:FILE`.
Prints {"code": …, "screen": "…", "restored": whether echo and the line discipline are as they were}.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

LIMIT_SECONDS = 100

columns, rows, typed, errors = sys.argv[1:5]
command = sys.argv[5:]
steps = json.loads(typed)

master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    outs = {0: slave, 1: slave, 2: slave}
    for target in errors.split(","):
        number, _, name = target.partition(":")
        if name:
            outs[{"stdout": 1, "stderr": 2}[number]] = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, file in outs.items():
        os.dup2(file, number)
    os.environ.setdefault("TERM", "xterm")
    os.execv(command[0], command)

screen = b""
seen = 0
until = time.monotonic() + LIMIT_SECONDS
code = None
while time.monotonic() < until:
    ready, _, _ = select.select([master], [], [], 0.1)
    if ready:
        screen += os.read(master, 65536)
        if steps:
            wanted, keys = steps[0]
            at = screen.find(wanted.encode(), seen)
            if at >= 0:
                seen = at + len(wanted.encode())
                steps.pop(0)
                os.write(master, keys.encode())
        continue
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        code = os.waitstatus_to_exitcode(status)
        break
if code is None:
    os.kill(child, 9)
    os.waitpid(child, 0)
restored = termios.tcgetattr(slave) == before
print(json.dumps({"code": code, "screen": screen.decode(errors="replace"), "restored": restored, "left": len(steps)}))
