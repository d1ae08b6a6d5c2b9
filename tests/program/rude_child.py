# SPDX-License-Identifier: Apache-2.0
"""A stdio MCP server of the version it is started with, whose tools are named for how they misbehave."""
import json
import os
import sys

VERSION = sys.argv[1]
MODERN = "2026-07-28"
TOOLS = ["fine", "garbage", "flood", "hang", "exit", "twice", "unknown"]
DONE = {"resultType": "complete"} if VERSION == MODERN else {}


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write(**message):
    say(json.dumps({"jsonrpc": "2.0"} | message))


def answer(call, text):
    write(id=call, result={"content": [{"type": "text", "text": text}]} | DONE)


def run(call, tool):
    if tool == "garbage":
        sys.stdout.buffer.write(b"listening on port 80\n{\"half\":\n\xff\xfe\n")
    elif tool == "flood":
        message = json.dumps({"jsonrpc": "2.0", "method": "notifications/message",
                              "params": {"level": "info", "data": "x" * 1000}})
        for _ in range(50):
            say("\n".join([message] * 1000))
        for _ in range(20000):
            print("and so on", file=sys.stderr)
    elif tool == "hang":
        return
    elif tool == "exit":
        print("out of ideas", file=sys.stderr, flush=True)
        os._exit(7)
    elif tool == "twice":
        answer(call, "once")
    elif tool == "unknown":
        answer(4711, "to nobody")
    answer(call, tool)


HANDSHAKE = {
    "server/discover": {"supportedVersions": [MODERN], "capabilities": {"tools": {}}} | DONE,
} if VERSION == MODERN else {
    "initialize": {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": {"name": "rude", "version": "1"}},
}
RESULTS = HANDSHAKE | {
    "tools/list": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]} | DONE,
}

for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if "id" not in message:
        continue
    if method == "tools/call":
        run(message["id"], message["params"]["name"])
    elif method in RESULTS:
        write(id=message["id"], result=RESULTS[method])
    elif method != "subscriptions/listen":
        write(id=message["id"], error={"code": -32601, "message": f"no {method} here"})
