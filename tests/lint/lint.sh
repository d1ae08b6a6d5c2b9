#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what is written, without running it.
#   lint.sh           all of it: each header alone and clang-tidy too, minutes where nothing has been looked at before
#   lint.sh --fast    what takes seconds
set -euo pipefail
cd "$(dirname "$0")/../.."
set -a
source build/tools.env
set +a

failed=()
check() {
  local title=$1
  shift
  echo "lint: $title"
  "$@" || failed+=("$title")
}

# sources SUFFIX…: files of the tree, new ones too
sources() { git ls-files --cached --others --exclude-standard -- "$@"; }

format() { sources '*.cpp' '*.hpp' '*.c' | xargs clang-format-14 --dry-run --Werror; }

go_format() {
  local wrong
  wrong=$(sources '*.go' | xargs "$(dirname "$GO")/gofmt" -l)
  [[ -z $wrong ]] || { printf 'gofmt would change: %s\n' $wrong; return 1; }
}

node_syntax() {
  local file
  for file in $(sources '*.mjs'); do "$NODE" --check "$file" || return 1; done
}

python_syntax() {
  sources '*.py' | xargs "$PYTHON" -c 'import sys; [compile(open(p).read(), p, "exec") for p in sys.argv[1:]]'
}

shell_syntax() {
  local file
  for file in $(sources '*.sh' .ci/run); do bash -n "$file" || return 1; done
}

check "C++ format (make fmt)" format
check "house rules" python3 tests/lint/house.py
check "Go format" go_format
check "syntax of Node programs" node_syntax
check "syntax of Python programs" python_syntax
check "syntax of shell scripts" shell_syntax
if [[ ${1:-} != --fast ]]; then
  cmake --preset dev > build/dev.configure.log
  check "each header alone" python3 tests/lint/headers.py build/dev
  check "clang-tidy" python3 tests/lint/tidy.py build/dev
  check "go vet" "$GO" -C tests/cluster vet -trimpath . ./internal/...
fi
if ((${#failed[@]})); then
  printf 'lint: not in order: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "lint: in order"
