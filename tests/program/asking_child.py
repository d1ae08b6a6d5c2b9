# SPDX-License-Identifier: Apache-2.0
"""A stdio MCP server that asks its client, tells it things, and says what it has heard itself."""
import json
import os
import sys

TOOLS = ["ask", "hold", "touch", "say", "heard", "pid"]
asked, heard = {}, []


def write(**message):
    print(json.dumps({"jsonrpc": "2.0"} | message), flush=True)


def answer(call, text):
    write(id=call, result={"content": [{"type": "text", "text": text}]})


def run(call, tool):
    if tool == "ask":
        question = f"q{len(asked)}"
        asked[question] = call
        schema = {"type": "object", "properties": {"name": {"type": "string"}}}
        write(id=question, method="elicitation/create", params={"message": "Who?", "requestedSchema": schema})
    elif tool == "touch":
        write(method="notifications/resources/updated", params={"uri": "test://a"})
        answer(call, "touched")
    elif tool == "say":
        for level in ("debug", "error"):
            write(method="notifications/message", params={"level": level, "data": f"of {level}"})
        answer(call, "said")
    elif tool == "pid":
        answer(call, str(os.getpid()))
    elif tool == "heard":
        answer(call, json.dumps(heard))


RESULTS = {
    "initialize": lambda params: {
        "protocolVersion": params["protocolVersion"], "serverInfo": {"name": "asking", "version": "1"},
        "capabilities": {"tools": {}, "logging": {}, "resources": {"subscribe": True}}},
    "tools/list": lambda params: {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]},
    "resources/list": lambda params: {"resources": [{"uri": "test://a", "name": "a"}]},
    "resources/templates/list": lambda params: {"resourceTemplates": []},
    "resources/subscribe": lambda params: {},
    "resources/unsubscribe": lambda params: {},
    "logging/setLevel": lambda params: {},
    "ping": lambda params: {},
}

for line in sys.stdin:
    message = json.loads(line)
    method, params = message.get("method"), message.get("params", {})
    if method is None:
        answer(asked.pop(message["id"]), json.dumps(message.get("result")))
    elif "id" not in message:
        heard.append(method)
    elif method == "tools/call":
        run(message["id"], params["name"])
    elif method in RESULTS:
        heard.append(method)
        write(id=message["id"], result=RESULTS[method](params))
    else:
        write(id=message["id"], error={"code": -32601, "message": f"no {method} here"})
