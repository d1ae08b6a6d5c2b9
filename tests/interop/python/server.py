# SPDX-License-Identifier: Apache-2.0
"""A stdio server on the official Python SDK, of both generations: what go/server has, by the same names."""

import asyncio
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import Completion
from pydantic import BaseModel

# A client may take what comes together in another order, so what is counted takes its time.
STEP = 0.02

server = MCPServer("python", version="1.0.0", instructions="Counts and greets.")


class Name(BaseModel):
    name: str


def ask_for_name() -> Elicit[Name]:
    return Elicit("What is your name?", Name)


@server.tool(description="Adds two numbers")
def add(a: int, b: int) -> str:
    return str(a + b)


@server.tool(description="Counts, and tells each number")
async def count(to: int, ctx: Context) -> str:
    for number in range(1, to + 1):
        await ctx.report_progress(number, to)
        await asyncio.sleep(STEP)
    return f"Counted to {to}"


@server.tool(description="Asks for a name and greets")
async def greet(given: Annotated[Name, Resolve(ask_for_name)]) -> str:
    return f"Hello, {given.name}!"


@server.tool(description="Fails")
def fail() -> str:
    raise ToolError("This tool fails")


@server.resource("note://hello", description="A note that is always there", mime_type="text/plain")
def hello() -> str:
    return "Hello from a note"


@server.resource("note://of/{name}", description="A note of somebody", mime_type="text/plain")
def note_of(name: str) -> str:
    return f"The note of {name}"


@server.prompt(description="Introduces somebody")
def introduce(name: str) -> str:
    return f"This is {name}."


@server.completion()
async def complete(_ref, argument, _context):
    values = [name for name in ("ada", "adele", "grace") if name.startswith(argument.value)]
    return Completion(values=values, total=len(values), has_more=False)


server.run("stdio")
