# Sourced by tests in Python: an interpreter that has what they need.
# shellcheck shell=bash

# Sets `python` to PYTHON, where that is given, or else to one in target/ into which pip installs these packages, as
# NAME==VERSION, where it can. What is missing then shows by its import.
find_python() {
    local venv=${CARGO_TARGET_DIR:-target}/python-venv
    python=${PYTHON:-}
    [ -z "$python" ] || return 0
    python=$(realpath -ms "$venv/bin/python")
    if [ "$("$python" -m pip freeze 2>/dev/null | grep -cxFf <(printf '%s\n' "$@"))" != $# ]; then
        rm -rf "$venv"
        { python3 -m venv "$venv" && "$python" -m pip install --quiet "$@"; } >/dev/null 2>&1 || python=python3
    fi
}

# The packages that the tests use: one interpreter serves all of them.
PYTHON_PACKAGES=(Django==5.2.19 SQLAlchemy==2.1.9 psycopg==3.3.9 psycopg-binary==3.3.9)
