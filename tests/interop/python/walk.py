# SPDX-License-Identifier: Apache-2.0
"""The walk of walk.mjs with the official Python client: python walk.py URL legacy|modern"""

import asyncio
import json
import sys
import time

import anyio
import mcp_types as types
from mcp import Client

PATIENCE = 30.0

logged = []


def show(step, **found):
    print(json.dumps({"step": step, **found}), flush=True)


async def filled(_context, _params):
    return types.ElicitResult(action="accept", content={"username": "ada", "email": "ada@example.com"})


async def sampled(_context, _params):
    content = types.TextContent(type="text", text="Hello from the model")
    return types.CreateMessageResult(role="assistant", model="walk", content=content)


async def log_line(params):
    logged.append(params.data)


def client(url, era):
    return Client(
        url,
        mode="legacy" if era == "legacy" else "auto",
        elicitation_callback=filled,
        sampling_callback=sampled,
        logging_callback=log_line,
        log_level="info",
    )


async def call(session, name, arguments=None, **options):
    return (await session.call_tool(name, arguments or {}, **options)).content[0].text


async def lists(session):
    tools = (await session.list_tools()).tools
    resources = (await session.list_resources()).resources
    templates = (await session.list_resource_templates()).resource_templates
    prompts = (await session.list_prompts()).prompts
    found = {"tools": tools, "resources": resources, "templates": templates, "prompts": prompts}
    show("list", **{kind: [one.name for one in many] for kind, many in found.items()})


async def progress(session):
    told = []

    async def tell(done, _total, _message):
        told.append(done)

    text = await call(session, "test_tool_with_progress", progress_callback=tell)
    show("progress", told=told, text=text)


async def read(session):
    static = (await session.read_resource("test://static-text")).contents[0].text
    filled_in = (await session.read_resource("test://template/7/data")).contents[0].text
    show("read", text=static, id=json.loads(filled_in)["id"])


async def prompt(session):
    found = await session.get_prompt("test_prompt_with_arguments", {"arg1": "a", "arg2": "b"})
    show("prompt", text=found.messages[0].content.text)


async def complete(session):
    ref = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
    found = await session.complete(ref, {"name": "arg1", "value": "par"})
    show("complete", values=found.completion.values)


async def asked(session):
    show("elicit", text=await call(session, "test_elicitation", {"message": "Who are you?"}))
    show("sample", text=await call(session, "test_sampling", {"prompt": "Say hello"}))


async def log(session):
    logged.clear()
    await call(session, "test_tool_with_logging")
    show("log", data=logged)


async def cancel(session):
    """The call is given up as soon as it is known to run; then the server has to hear of it."""
    before = int(await call(session, "test_wait_cancelled"))
    failed = True

    async def give_up(*_):
        scope.cancel()

    with anyio.CancelScope() as scope:
        await call(session, "test_wait", {"milliseconds": 60_000}, progress_callback=give_up)
        failed = False
    end, heard = time.monotonic() + PATIENCE, 0
    while heard == 0 and time.monotonic() < end:
        heard = int(await call(session, "test_wait_cancelled")) - before
    show("cancel", failed=failed, heard=heard)


async def restart(session, url, era):
    """Waits for the word that the server has been started anew. A session of before may be gone: then a new one is made."""
    show("ready")
    await anyio.to_thread.run_sync(sys.stdin.readline)
    try:
        text = await call(session, "test_simple_text")
    except Exception:  # noqa: BLE001: whatever the client makes of a session that is gone
        async with client(url, era) as another:
            text = await call(another, "test_simple_text")
    show("restart", text=text)


async def main(url, era):
    async with client(url, era) as session:
        name = session.server_info.name
        show("connect", version=session.protocol_version, server=name)
        for step in (lists, progress, read, prompt, complete, asked, log, cancel):
            await step(session)
        await restart(session, url, era)


asyncio.run(main(*sys.argv[1:]))
