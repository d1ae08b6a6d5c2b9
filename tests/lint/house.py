#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no other tool checks. Prints FILE:LINE: what is wrong, and ends with 1 if anything is."""

import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

FILE_LINES = 400
FUNCTION_LINES = {"product": 60, "tests": 120}

# Rooms that may look at the clock, start threads, draw random numbers or ask the environment. All others are values in,
# values out: what they need of these is an argument.
DOING = [
    "core/file", "core/file", "core/log", "core/net", "core/admin", "core/metrics",
    "server/child", "server/backend", "server/bridge", "server/listen", "server/pipeline", "server/main.cpp",
    "operator/kube", "operator/watch", "operator/queue", "operator/observe", "operator/apply", "operator/reconcile",
    "operator/loop", "operator/mcpctl", "operator/program.cpp", "operator/main.cpp",
]
WORLD = re.compile(
    r"(system|steady|high_resolution)_clock::now|\btime\(nullptr\)|\bgetenv\b|std::j?thread\b(?!::)"
    r"|\brandom_device\b|\bRAND_bytes\b|<unistd\.h>|<sys/socket\.h>|\"core/log/"
)

# A third-party library has one home. Asio is had by core/net/asio.hpp, save for pipes of children.
HOMES = {
    "boost/beast/": ["core/net"],
    "boost/asio/": ["core/net", "server/child"],
    "prometheus/": ["core/metrics"],
    "yaml-cpp/": ["core/json"],
    "cpprest/": ["operator/kube"],
    "pplx/": ["operator/kube"],
    "simdjson": ["server/rpc"],
}

# A header includes itself what it names of std, whoever else includes it before: tests/lint/headers.py does not see what is
# missing, as it reads the standard library once for all.
NAMED = {
    "algorithm": "min max clamp sort stable_sort find find_if any_of all_of none_of remove_if equal copy transform min_element max_element",
    "array": "array", "atomic": "atomic memory_order_relaxed memory_order_acquire memory_order_release", "chrono": "chrono", "condition_variable": "condition_variable",
    "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t", "deque": "deque",
    "exception": "exception_ptr", "filesystem": "filesystem", "functional": "function hash less greater reference_wrapper", "future": "future promise",
    "initializer_list": "initializer_list", "limits": "numeric_limits", "list": "list", "map": "map multimap",
    "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this",
    "mutex": "mutex lock_guard unique_lock scoped_lock once_flag", "optional": "optional nullopt",
    "random": "mt19937 mt19937_64", "set": "set multiset", "span": "span",
    "stdexcept": "runtime_error logic_error invalid_argument", "string": "string to_string stoi stoul getline", "string_view": "string_view",
    "system_error": "error_code", "thread": "thread jthread this_thread", "tuple": "tuple", "unordered_map": "unordered_map",
    "unordered_set": "unordered_set", "utility": "pair move exchange forward swap", "variant": "variant visit monostate get_if holds_alternative",
    "vector": "vector",
}  # fmt: skip
NAMED_IN = {name: header for header, names in NAMED.items() for name in names.split()}

LICENCE = "SPDX-License-Identifier: Apache-2.0"
SOURCES = (".cpp", ".hpp", ".c", ".go", ".py", ".mjs", ".sh", ".cmake")

complaints = []


def complain(path, line, what):
    complaints.append(f"{path}:{line}: {what}")


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for path in listed.stdout.splitlines() if (ROOT / path).is_file()]


def is_in(path, rooms):
    return any(path == room or path.startswith(room + "/") for room in rooms)


def check_every(path, lines):
    if not any(LICENCE in line for line in lines[:3]):
        complain(path, 1, f"the licence line is missing: {LICENCE}")
    if len(lines) > FILE_LINES:
        complain(path, len(lines), f"{len(lines)} lines, allowed are {FILE_LINES}: cut the file where its subject changes")
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME)\b(?!\(#\d+\))", line) and path != "tests/lint/house.py":
            complain(path, number, "a TODO names its issue: TODO(#123)")


def check_cpp(path, lines):
    product = not path.startswith("tests/")
    if path.endswith(".hpp") and not any(line == "#pragma once" for line in lines[:5]):
        complain(path, 1, "a header begins with #pragma once")
    if path.endswith(".hpp"):
        check_names(path, lines)
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        if product and not is_in(path, DOING) and (found := WORLD.search(code)):
            complain(path, number, f"{found.group()} in a room of values: take it as an argument")
        if product and re.search(r"\][^\]]*->\s*(asio::|boost::asio::)?awaitable\b", code):
            complain(path, number, "no lambda is a coroutine (its captures end before it): write a function")
        if not product and path != "tests/support/eventually.hpp" and re.search(r"\bsleep_(for|until)\b|\busleep\b|\bsleep\(", code):
            complain(path, number, "tests wait on conditions (tests/support/eventually.hpp), they never sleep")
        if "NOLINT" in line and not re.search(r"NOLINT(NEXTLINE)?\([a-z0-9-.]+\).*:\s*\S", line):
            complain(path, number, "NOLINT names its check and the reason: // NOLINT(check): because")
        check_include(path, number, line)
    check_brace_functions(path, lines, "product" if product else "tests")


def check_include(path, number, line):
    found = re.match(r'#include ([<"])([^>"]+)[>"]', line)
    if not found:
        return
    bracket, target = found.groups()
    if bracket == '"' and not (ROOT / target).is_file():
        complain(path, number, f'"{target}": ours are included by their path from the root')
    for prefix, homes in HOMES.items():
        if bracket == "<" and target.startswith(prefix) and not is_in(path, homes + [f"tests/{home}" for home in homes]):
            complain(path, number, f"<{target}> belongs in {' and '.join(homes)} alone")


def check_names(path, lines):
    included = {found[1] for line in lines if (found := re.match(r"#include <([^>]+)>", line))}
    for number, line in enumerate(lines, 1):
        for name in re.findall(r"\bstd::(\w+)", line.split("//")[0]):
            header = NAMED_IN.get(name)
            if header and header not in included:
                complain(path, number, f"std::{name} is of <{header}>, which a header that names it includes")
                included.add(header)


# The formatters put a function's first line and its closing brace at one indentation: 0 or, inside a class, 2.
HEAD = re.compile(r"^(?: {2})?(?! |namespace\b|class\b|struct\b|enum\b|union\b|if\b|for\b|while\b|switch\b|else\b|do\b|#|/|\}|using\b|const |constexpr |type\b|var\b|import\b)\S.*$")


def check_brace_functions(path, lines, kind):
    start = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        indentation = len(line) - len(line.lstrip(" \t"))
        if start is None or indentation < start[1]:
            if HEAD.match(line) and "(" in line:
                start = (number, indentation)
        elif line.strip() in ("}", "};", "});") and indentation == start[1]:
            # A case is a row of a table.
            rows = sum(part.lstrip().startswith("case ") for part in lines[start[0] : number])
            length = number - start[0] + 1 - rows
            if length > FUNCTION_LINES[kind]:
                complain(path, start[0], f"a function of {length} lines, allowed are {FUNCTION_LINES[kind]}")
            start = None
        elif indentation == start[1] and line.rstrip().endswith(";"):
            start = None
        elif indentation == start[1] and HEAD.match(line) and "(" in line:
            start = (number, indentation)


def check_python(path, text):
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES["product"]:
                complain(path, node.lineno, f"{node.name} has {length} lines, allowed are {FUNCTION_LINES['product']}")


def main():
    for path in tracked():
        name = pathlib.PurePath(path).name
        if not path.endswith(SOURCES) and name != "CMakeLists.txt":
            continue
        text = (ROOT / path).read_text()
        lines = text.splitlines()
        if name != "CMakeLists.txt":
            check_every(path, lines)
        if path.endswith((".cpp", ".hpp", ".c")):
            check_cpp(path, lines)
        if path.endswith((".go", ".mjs")):
            check_brace_functions(path, lines, "tests")
        if path.endswith(".py"):
            check_python(path, text)
    print("\n".join(complaints) if complaints else "house rules: kept")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
