#!/bin/sh
# Make .venv from a lock file with uv, on a machine that may have nothing but Python 3.11 to 3.13.
# Usage: sh tools/setup.sh requirements.lock
set -eu
cd "$(dirname "$0")/.."
lock=$1
uv_version=0.13.9

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

python=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
        python=$(command -v "$candidate")
        break
    fi
done
if [ -z "$python" ]; then
    say "hansa needs Python 3.11, 3.12 or 3.13; none was found (set PYTHON=/path/to/python)"
    exit 1
fi

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.uv/bin/uv
    if [ ! -x "$uv" ]; then
        rm -rf .uv
        if ! "$python" -m venv .uv >/dev/null 2>&1; then
            # Debian ships venv apart from Python.
            rm -rf .uv
            package="$(basename "$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')")"
            say "installing $package"
            if ! { as_root apt-get update -qq && as_root apt-get install -y -qq "$package"; } >/dev/null; then
                say "could not make a virtual environment; install the package $package first"
                exit 1
            fi
            "$python" -m venv .uv
        fi
        .uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
    fi
fi

if [ ! -x .venv/bin/python ]; then
    "$uv" venv --quiet --python "$python" .venv
fi
"$uv" pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
"$uv" pip install --quiet --python .venv/bin/python --no-deps --editable .
