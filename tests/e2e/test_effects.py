# SPDX-License-Identifier: Apache-2.0
"""Every field shows its effect in what runs."""

import json

import clients
from fields import proves
from kube import is_ready
from resources import declared, one_liner, server, stdio, tool

NAME = "effects"
AS_IT_IS = "Grace $(FIRST) $$(FIRST) ${FIRST} $(ABSENT) \\ \" 'é"


def containers(kube, namespace, name=NAME):
    """All containers of the newest pod, by name."""
    pods = kube.list("pods", namespace, f"app.kubernetes.io/instance={name}")
    spec = max(pods, key=lambda pod: pod["metadata"]["creationTimestamp"])["spec"]
    return {each["name"]: each for each in spec["initContainers"] + spec["containers"]}


@proves(
    "spec.backends",
    "spec.backends[].name",
    "spec.backends[].stdio",
    "spec.backends[].stdio.command",
    "spec.backends[].stdio.command[]",
    "spec.backends[].stdio.env",
    "spec.backends[].stdio.env[].name",
    "spec.backends[].stdio.env[].value",
    "spec.backends[].timeout",
    "spec.logging",
    "spec.logging.level",
)
def test_two_stdio_backends_run_their_commands_with_their_environment_and_deadline(cluster, kube, namespace, ready):
    echo = one_liner(["read_env", "same"], "() => process.env.WHO")
    sleepy = one_liner(["nap", "same"], "(name) => name === 'same' ? 'b' : new Promise(() => {})")
    ready(
        server(
            NAME,
            stdio("echo", echo, env=[{"name": "FIRST", "value": "1"}, {"name": "WHO", "value": AS_IT_IS}]),
            stdio("sleepy", sleepy, timeout="3s"),
            logging={"level": "debug"},
            replicas=1,
        )
    )
    url = cluster.url(namespace, NAME)

    assert set(clients.tools(url)) == {"read_env", "nap", "echo_same", "sleepy_same"}
    assert clients.call(url, "read_env") == AS_IT_IS
    assert clients.call(url, "sleepy_same") == "b"
    said = clients.failed_call(url, "nap")
    assert "sleepy" in said and "within 3s" in said, said
    log = kube.run("logs", f"deployment/{NAME}", "-c", "endpoint", namespace=namespace).stdout.splitlines()
    assert "debug" in {json.loads(line)["level"] for line in log}, log


@proves(
    "spec.image",
    "spec.resources",
    "spec.resources.requests",
    "spec.resources.requests.cpu",
    "spec.resources.requests.memory",
    "spec.resources.limits",
    "spec.resources.limits.cpu",
    "spec.resources.limits.memory",
    "spec.backends[].stdio.image",
    "spec.backends[].stdio.imagePullPolicy",
    "spec.backends[].stdio.resources",
    "spec.backends[].stdio.resources.requests",
    "spec.backends[].stdio.resources.requests.cpu",
    "spec.backends[].stdio.resources.requests.memory",
    "spec.backends[].stdio.resources.limits",
    "spec.backends[].stdio.resources.limits.cpu",
    "spec.backends[].stdio.resources.limits.memory",
)
def test_images_and_resources_are_those_of_the_pods(cluster, kube, namespace, ready):
    mine = {"requests": {"cpu": "11m", "memory": "33Mi"}, "limits": {"cpu": "900m", "memory": "222Mi"}}
    theirs = {"requests": {"cpu": "12m", "memory": "44Mi"}, "limits": {"cpu": "800m", "memory": "333Mi"}}
    image = cluster.server_image
    found = ready(
        server(NAME, stdio(resources=theirs, imagePullPolicy="Never"), image=image, resources=mine, replicas=1)
    )

    pod = containers(kube, namespace)
    assert found["status"]["image"] == image
    assert pod["endpoint"]["image"] == image
    assert pod["endpoint"]["resources"] == mine
    assert pod["backend-notes"]["image"] == "mooring.dev/notes:1"
    assert pod["backend-notes"]["imagePullPolicy"] == "Never"
    assert pod["backend-notes"]["resources"] == theirs


@proves(
    "spec.backends[].tools",
    "spec.backends[].tools[].name",
    "spec.backends[].tools[].title",
    "spec.backends[].tools[].description",
    "spec.backends[].tools[].inputSchema",
    "spec.backends[].tools[].text",
    "spec.logging.format",
)
def test_a_declared_tool_is_listed_as_it_is_written_and_answers_by_its_text(cluster, kube, namespace, ready):
    schema = {
        "type": "object",
        "properties": {"who": {"type": "string", "maxLength": 5}, "tags": {"type": "array", "items": {"type": "integer"}}},
        "required": ["who"],
        "additionalProperties": False,
    }
    plain = {"name": "plain", "description": "No arguments", "text": "Just this."}
    ready(
        server(
            NAME,
            declared("d", tool("hail", "{{hail}} {who} {tags}", title="Hail!", description="Hails", inputSchema=schema), plain),
            logging={"format": "text"},
            replicas=1,
        )
    )
    url = cluster.url(namespace, NAME)
    listed = clients.tools(url)

    assert listed["hail"] == {"name": "hail", "title": "Hail!", "description": "Hails", "inputSchema": schema}
    assert listed["plain"]["inputSchema"]["type"] == "object"
    assert clients.call(url, "hail", {"who": "Ada", "tags": [1, 2]}) == "{hail} Ada [1,2]"
    assert clients.call(url, "plain") == "Just this."
    assert "who" in clients.failed_call(url, "hail", {"who": "Margaret"})
    log = kube.run("logs", f"deployment/{NAME}", "-c", "endpoint", namespace=namespace).stdout
    assert log and not log.startswith("{"), log


@proves(
    "spec.backends[].expose",
    "spec.backends[].expose.prefix",
    "spec.backends[].expose.include",
    "spec.backends[].expose.include[]",
    "spec.backends[].expose.exclude",
    "spec.backends[].expose.exclude[]",
    "spec.backends[].expose.rename",
    "spec.backends[].stdio.checkArguments",
)
def test_a_backend_shows_the_tools_it_exposes_under_the_names_they_are_given(cluster, kube, namespace, ready):
    def exposed(backend, **how):
        return {**backend, "expose": how}

    many = one_liner(["read", "read_all", "write", "drop"], "(name) => name")
    ready(
        server(
            NAME,
            exposed(stdio("files", many), include=["read*", "write"], exclude=["*_all"], rename={"write": "put"}),
            exposed(declared("d", tool("read")), prefix="Always"),
            exposed(stdio(checkArguments=False), prefix="Never"),
            exposed(stdio("checked"), prefix="Always"),
            replicas=1,
        )
    )
    url = cluster.url(namespace, NAME)
    theirs = {"add_note", "list_notes", "search_notes"}

    assert set(clients.tools(url)) == {"read", "put", "d_read"} | theirs | {f"checked_{name}" for name in theirs}
    assert clients.call(url, "put") == "write"
    assert "arguments.body: is missing" in clients.failed_call(url, "checked_add_note")
    assert "arguments.body: is missing" not in clients.failed_call(url, "add_note")


@proves(
    "spec.backends[].stdio.instances",
    "spec.backends[].stdio.instances.mode",
    "spec.backends[].stdio.instances.max",
    "spec.backends[].stdio.instances.idleTimeout",
)
def test_sessions_have_processes_of_their_own_and_one_that_nobody_calls_ends(cluster, kube, namespace, ready):
    pid = one_liner(["pid"], "() => process.pid")
    ready(
        server(
            NAME,
            stdio("own", pid, instances={"mode": "PerSession", "max": 1}),
            stdio("idle", pid, instances={"idleTimeout": "1s"}),
            replicas=1,
        )
    )
    url = cluster.url(namespace, NAME)

    shared = clients.call(url, "own_pid", era="modern")
    assert clients.call(url, "own_pid", era="modern") == shared
    assert clients.call(url, "own_pid", era="legacy") != shared
    assert "stdio.instances.max" in clients.failed_call(url, "own_pid", era="legacy")
    before = clients.call(url, "idle_pid")
    clients.wait_text(cluster.url(namespace, NAME, 9090, "/metrics"), 'mooring_backend_instances{backend="idle"} 0')
    assert clients.call(url, "idle_pid") != before


@proves("spec.replicas", "spec")
def test_no_replicas_is_a_server_that_sleeps_and_wakes(cluster, kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1))

    kube.run("scale", "mcpserver", NAME, "--replicas=0", namespace=namespace)
    asleep = kube.wait_one(
        "mcpservers",
        NAME,
        namespace,
        lambda found: "ScaledToZero" in json.dumps(found["status"]) and found["status"]["replicas"] == 0,
        "it says that it sleeps",
    )
    assert asleep["status"].get("readyReplicas", 0) == 0
    kube.wait_gone("pods", namespace, "its pods end", f"app.kubernetes.io/instance={NAME}")

    kube.run("scale", "mcpserver", NAME, "--replicas=1", namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is awake")
