#!/bin/sh
# Makes the environment, installs what is missing and runs the bot, or the demo as long as there is no token.
# ./launch.sh check  and so on pass the command on.
set -eu
cd "$(dirname "$0")"

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Easel needs Python 3.11 or newer: https://www.python.org/downloads/" >&2
    exit 69
}

if [ ! -x .venv/bin/python ]; then
    python=$(find_python)
    echo "Making the environment in .venv …"
    "$python" -m venv .venv || {
        rm -rf .venv
        echo "That did not work. On Debian and Ubuntu: sudo apt install python3-venv" >&2
        exit 69
    }
fi

# Only when the lock has changed since the last time.
if ! cmp -s requirements.lock .venv/installed.lock; then
    echo "Installing …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    cp requirements.lock .venv/installed.lock
fi

if [ $# -gt 0 ]; then
    exec .venv/bin/python -m bot "$@"
fi

# 3 = the settings are fine and have no token. With mistakes in them the bot itself says which.
status=0
.venv/bin/python -c 'import os, pathlib, sys
from config.settings import load
sys.exit(3 if load(os.environ, pathlib.Path.cwd()).discord_token is None else 0)' 2>/dev/null || status=$?
if [ "$status" = 3 ]; then
    echo "There is no DISCORD_TOKEN yet, so this is the demo. Put one into .env (see .env.example) for Discord."
    exec .venv/bin/python -m bot demo
fi
exec .venv/bin/python -m bot run
