# SPDX-License-Identifier: Apache-2.0
"""A stdio MCP server with one tool, which takes as long as it is told, or until there is such a file; it says nothing before
there is the file START."""
import json
import os
import sys
import time

TOOL = {"name": os.environ.get("TOOL", "wait"), "description": "Waits", "inputSchema": {"type": "object", "properties": {"seconds": {"type": "number"}, "file": {"type": "string"}}}}

while "START" in os.environ and not os.path.exists(os.environ["START"]):
    time.sleep(0.01)
for line in sys.stdin:
    message = json.loads(line)
    method, params = message.get("method"), message.get("params", {})
    if "id" not in message:
        continue
    answer = {"jsonrpc": "2.0", "id": message["id"]}
    if method == "initialize":
        answer["result"] = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                            "serverInfo": {"name": "slow", "version": "1"}}
    elif method == "tools/list":
        answer["result"] = {"tools": [TOOL]}
    elif method == "tools/call":
        time.sleep(params["arguments"].get("seconds", 0))
        while "file" in params["arguments"] and not os.path.exists(params["arguments"]["file"]):
            time.sleep(0.01)
        answer["result"] = {"content": [{"type": "text", "text": "waited"}]}
    else:
        answer["error"] = {"code": -32601, "message": f"no {method} here"}
    print(json.dumps(answer), flush=True)
