# SPDX-License-Identifier: Apache-2.0
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from conftest import GENEROUS, MCPCTL, ROOT, SERVER, http

SAMPLES = ROOT / "manifests" / "samples"


def server(**spec):
    return {"apiVersion": "mooring.dev/v1alpha1", "kind": "McpServer", "metadata": {"name": "demo", "namespace": "tools"},
            "spec": {"backends": [{"name": "hello", "tools": [{"name": "greet", "description": "Says hello", "text": "Hello"}]}]} | spec}


@pytest.fixture
def resource(tmp_path):
    def write(*documents):
        path = tmp_path / "server.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        return path
    return write


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_sample_is_valid_and_renders(run, sample):
    assert run(MCPCTL, "validate", "-f", sample).returncode == 0
    rendered = run(MCPCTL, "render", "-f", sample)
    assert rendered.returncode == 0, rendered.stderr
    kinds = {document["kind"] for document in yaml.safe_load_all(rendered.stdout)}
    assert {"ServiceAccount", "ConfigMap", "Secret", "Deployment", "Service"} <= kinds


@pytest.mark.parametrize("spec, said", [
    ({"replicas": "two"}, ['spec.replicas', '"two"', "integer"]),
    ({"replicas": 1000}, ["spec.replicas", "1000", "0 to 100"]),
    ({"replcas": 2}, ["spec.replcas", "unknown field", '"replicas"']),
    ({"backends": []}, ["spec.backends", "1 to 32"]),
    ({"logging": {"level": "loud"}}, ["spec.logging.level", '"loud"', "debug, info, warn, error"]),
    ({"backends": [{"name": "a", "timeout": "soon", "tools": [{"name": "t", "description": "d", "text": "x"}]}]},
     ["spec.backends[0].timeout", '"soon"', "duration"]),
    ({"backends": [{"name": "a", "tools": [{"name": "t", "description": "d", "text": "x {unknown}"}]}]},
     ["spec.backends[0].tools[0].text", "unknown"]),
    ({"backends": [{"name": "a"}]}, ["spec.backends[0]", "stdio", "tools"]),
])
def test_what_is_wrong_is_named_by_field_value_and_what_is_allowed(run, resource, spec, said):
    ended = run(MCPCTL, "validate", "-f", resource(server(**spec)))
    assert ended.returncode == 2
    for word in said:
        assert word in ended.stdout + ended.stderr


@pytest.mark.parametrize("written, said", [
    ("spec: {suspend: yes, ", ["line 5", "kubectl takes yes for true or false", '"yes" in quotes']),
    ("spec: {replicas: 010, ", ["line 5", "kubectl takes 010 for an octal number"]),
    ("  lables: {team: a}\nspec: {", ["metadata.lables", "unknown field", '"labels"']),
    ("  labels: {team: 1}\nspec: {", ["metadata.labels", "1 (an integer)", "string"]),
])
def test_what_kubectl_would_take_otherwise_or_refuse_is_refused_here(run, tmp_path, written, said):
    path = tmp_path / "server.yaml"
    path.write_text("apiVersion: mooring.dev/v1alpha1\nkind: McpServer\nmetadata:\n  name: weather\n" + written
                    + "backends: [{name: a, tools: [{name: t, description: d, text: x}]}]}\n")
    ended = run(MCPCTL, "validate", "-f", path)
    assert ended.returncode == 2
    for word in said:
        assert word in ended.stderr


@pytest.mark.parametrize("program", [MCPCTL, SERVER])
def test_a_mistyped_subcommand_is_named(run, program):
    ended = run(program, "sevre")
    assert ended.returncode == 2
    assert ended.stderr == f'{program.name}: there is no subcommand "sevre"; did you mean "serve"?\n'


def test_all_errors_come_at_once_and_as_json(run, resource):
    ended = run(MCPCTL, "validate", "-o", "json", "-f", resource(server(replicas=-1, image="", logging={"format": "xml"})))
    assert ended.returncode == 2
    paths = json.dumps(json.loads(ended.stdout))
    for path in ["spec.replicas", "spec.image", "spec.logging.format"]:
        assert path in paths


def test_a_file_that_is_no_yaml_is_told_with_its_line(run, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("a: 1\nb: [\n")
    ended = run(MCPCTL, "validate", "-f", path)
    assert ended.returncode == 2
    assert "line" in ended.stderr + ended.stdout


def test_every_resource_of_the_readme_is_valid(run, resource):
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    resources = [block for block in map(yaml.safe_load, blocks) if "spec" in block]
    for field in ("pod", "networkPolicy", "ingress", "monitoring", "autoscaling"):
        assert any(field in each["spec"] for each in resources), f"the README shows no {field}"
    for each in resources:
        ended = run(MCPCTL, "validate", "-f", resource(each if "kind" in each else server(**each["spec"])))
        assert ended.returncode == 0, ended.stderr + yaml.safe_dump(each)


def test_explain_tells_a_field_and_its_rules(run):
    said = run(MCPCTL, "explain", "spec.backends.stdio").stdout
    assert "command" in said and "image" in said
    assert "Rule: must have either ipBlock, or podSelector" in run(MCPCTL, "explain", "spec.networkPolicy.from").stdout
    assert run(MCPCTL, "explain", "spec.nothing").returncode == 2


def test_crd_is_what_is_checked_in(run):
    assert run(MCPCTL, "crd").stdout == (ROOT / "crds" / "mcpservers.yaml").read_text()


def test_help_teaches(run):
    said = run(MCPCTL, "--help").stdout
    for command in ["validate", "render", "explain", "serve", "plan", "status", "doctor"]:
        assert command in said
    assert "Usage" in run(MCPCTL).stdout


def kubeconfig(folder, address):
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "a",
        "clusters": [{"name": "a", "cluster": {"server": address, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "a", "user": {"token": "t"}}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}]}))
    return file


ASKING = [["plan", "-f", "{file}"], ["status"], ["status", "demo", "-n", "tools"], ["doctor"]]


@pytest.mark.parametrize("command", ASKING, ids=lambda words: " ".join(words))
def test_a_command_that_asks_a_cluster_says_when_there_is_none(run, resource, tmp_path, command):
    words = [word.format(file=resource(server())) for word in command]
    nowhere = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    ended = run(MCPCTL, *words, env=nowhere)
    assert ended.returncode == 1
    said = ended.stderr + ended.stdout
    assert "no cluster to work for" in said and "--kubeconfig FILE" in said


@pytest.mark.parametrize("command", ASKING, ids=lambda words: " ".join(words))
def test_an_api_server_that_is_not_there_is_named(run, resource, tmp_path, command):
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{shut.getsockname()[1]}"
        words = [word.format(file=resource(server())) for word in command]
        ended = run(MCPCTL, *words, "--kubeconfig", kubeconfig(tmp_path, address))
    assert ended.returncode == 1
    assert address in ended.stderr + ended.stdout


@pytest.mark.parametrize("command", ASKING, ids=lambda words: " ".join(words))
def test_a_cluster_without_the_kind_is_told_with_what_to_do(run, resource, tmp_path, command):
    class Nothing(BaseHTTPRequestHandler):
        """Answers as an API server does for a group that it does not have."""

        def do_GET(self):
            self.send_error(404, "404 page not found")

        do_PATCH = do_POST = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        words = [word.format(file=resource(server())) for word in command]
        ended = run(MCPCTL, *words, "--kubeconfig", kubeconfig(tmp_path, f"http://127.0.0.1:{api.server_port}"))
        api.shutdown()
    assert ended.returncode == 1
    said = ended.stderr + ended.stdout
    assert "the cluster has no McpServer kind" in said and "install" in said


@pytest.fixture
def serve(tmp_path):
    """mcpctl serve in a session of its own; what it leaves behind is looked for at the end."""
    running = []

    def begin(*arguments, cwd=ROOT):
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            port, admin = one.getsockname()[1], two.getsockname()[1]
        log = tmp_path / "serve.log"
        with open(log, "wb") as file:
            process = subprocess.Popen([MCPCTL, "serve", *map(str, arguments), "--port", str(port), "--admin-port", str(admin)],
                                       stdout=file, stderr=file, cwd=cwd, start_new_session=True)
        running.append(process)
        return process, f"http://127.0.0.1:{port}", log

    yield begin
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(GENEROUS)


def wait_ready(process, url, log):
    end = time.monotonic() + GENEROUS
    while time.monotonic() < end and process.poll() is None:
        try:
            if http("GET", url + "/ready").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise AssertionError(log.read_text())


def modern(url, method, params):
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
               "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
    if "name" in params:
        headers["Mcp-Name"] = params["name"]
    return http("POST", url + "/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}, headers)


def test_the_quickstart_runs_here_with_both_backends_and_leaves_nothing(serve):
    process, url, log = serve("-f", SAMPLES / "quickstart.yaml")
    wait_ready(process, url, log)

    tools = {tool["name"] for tool in modern(url, "tools/list", {}).json["result"]["tools"]}
    added = modern(url, "tools/call", {"name": "add_note", "arguments": {"body": "hello"}}).json["result"]
    assert {"add_note", "on_call"} <= tools
    assert not added.get("isError"), added

    process.send_signal(signal.SIGTERM)
    assert process.wait(GENEROUS) == 0
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and session_of(pid) == process.pid]


def session_of(pid):
    try:
        return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def test_serve_takes_a_secret_from_the_same_file(serve, resource):
    command = ["node", "-e", "process.stderr.write('token is ' + process.env.TOKEN.length + ' long\\n'); setInterval(() => {}, 1000)"]
    stdio = {"image": "any", "command": command,
             "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}]}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "tools"}, "stringData": {"token": "s3cret-value"}}
    process, _, log = serve("-f", resource(server(backends=[{"name": "x", "stdio": stdio}]), secret))

    end = time.monotonic() + GENEROUS
    while "token is 12 long" not in log.read_text() and time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        time.sleep(0.01)
    assert "s3cret-value" not in log.read_text()


def test_serve_names_a_secret_that_is_not_there(run, resource):
    stdio = {"image": "any", "command": ["true"],
             "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}]}
    ended = run(MCPCTL, "serve", "-f", resource(server(backends=[{"name": "x", "stdio": stdio}])))
    assert ended.returncode == 2
    assert "spec.backends[0].stdio.env[0].valueFrom.secretKeyRef" in ended.stderr
    assert '"keys"' in ended.stderr


def test_serve_with_a_port_in_use_is_exit_code_3(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run(MCPCTL, "serve", "-f", SAMPLES / "minimal.yaml", "--port", taken.getsockname()[1], "--admin-port", 0)
    assert ended.returncode == 3
    assert "another program" in ended.stderr
    assert "choose another port (by --port or --admin-port)" in ended.stderr
    assert "serving" not in ended.stderr


def test_serve_says_where_once_it_is_there_on_a_free_port_too(tmp_path):
    log = tmp_path / "log"
    command = [MCPCTL, "serve", "-f", SAMPLES / "minimal.yaml", "--port", "0", "--admin-port", "0"]
    with open(log, "wb") as file:
        process = subprocess.Popen(command, stderr=file)
    try:
        end = time.monotonic() + GENEROUS
        while not (said := re.search(r"serving minimal on (http://127\.0\.0\.1:\d+)/mcp", log.read_text())):
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.01)
        assert http("GET", said[1] + "/health").status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(GENEROUS)
