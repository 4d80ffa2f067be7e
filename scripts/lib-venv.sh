# Sourced by the other scripts: makes .venv in the checkout and installs shardgen into it.
# Needs `root`, the absolute path of the checkout. Works with bash 3.2, which macOS has.
# shellcheck shell=bash

venv=${root:?}/.venv

# ensure_venv EXTRA: afterwards $venv holds shardgen with its extra "run" (that is yaml), "test" or "dev".
# Costs no process when that is so already, as for all but the first call.
ensure_venv() {
    venv_is_ready "$1" && return
    # Two cron jobs may come here at once. The lock is on the folder itself, so no file stays
    # behind; where flock is missing (macOS) the jobs must not start together. An installer that
    # outlives this script keeps the lock; the command that follows never has it.
    (
        trap 'exit 130' INT
        ! command -v flock >/dev/null || flock 9 || true
        venv_is_ready "$1" || prepare_venv "$1"
    ) 9<"$root" || exit
}

venv_is_ready() {
    local extra
    [[ -x $venv/bin/shardgen ]] && venv_is_from_here || return 1
    for extra in dev test run; do # each has what those after it have
        ! is_up_to_date "$venv/.installed-$extra" || return 0
        [[ $extra != "$1" ]] || return 1
    done
}

# A .venv that was moved or copied has wrong paths inside.
venv_is_from_here() {
    local made_for=
    ! IFS= read -r made_for 2>/dev/null <"$venv/.made-for" || [[ $made_for == "$root" ]]
}

is_up_to_date() {
    local source native=shardgen/output/text
    for source in pyproject.toml $native/{_native.c,_binary.h,CMakeLists.txt}; do
        [[ $1 -nt $root/$source ]] || return 1
    done
}

prepare_venv() {
    local python='' target="${root}[$1]"
    [[ $1 != run ]] || target="${root}[yaml]" # what `shardgen init` writes can be run
    if ! venv_is_usable; then
        python=$(command -v uv) || python=$(find_python) || exit 1
        rm -rf "$venv"
        mkdir "$venv" && : >"$venv/.unfinished" || exit 1
    fi
    echo "shardgen: preparing .venv (once)…" >&2
    # Dated before the installation, so that an edit made meanwhile is seen by the next call.
    : >"$venv/.installing"
    if ! install_into_venv "$python" "$target" >"$venv/install.log" 2>&1; then
        echo "shardgen: could not prepare .venv; the end of what the installer said:" >&2
        tail -n 20 "$venv/install.log" >&2
        exit 1
    fi
    printf '%s\n' "$root" >"$venv/.made-for"
    mv "$venv/.installing" "$venv/.installed-$1" && rm -f "$venv/.unfinished" "$venv/install.log"
}

# Whether $venv was finished, here, runs, is new enough, and can be installed into.
venv_is_usable() {
    [[ ! -e $venv/.unfinished ]] && venv_is_from_here && is_new_python "$venv/bin/python" &&
        { command -v uv || "$venv/bin/python" -m pip --version; } >/dev/null 2>&1
}

# install_into_venv PYTHON TARGET; PYTHON makes $venv first, unless it is empty.
install_into_venv() {
    if command -v uv >/dev/null; then
        [[ -z $1 ]] || uv venv --quiet --allow-existing --python '>=3.11' "$venv" || return
        uv pip install --python "$venv/bin/python" --reinstall-package shardgen --editable "$2"
    else
        [[ -z $1 ]] || "$1" -m venv "$venv" || return
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --editable "$2"
    fi
}

is_new_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints a Python that can make .venv; else says in one line what is missing.
find_python() {
    local name missing="Python 3.11 or later is missing; install it (Debian, Ubuntu: apt install \
python3 python3-venv; macOS: brew install python)"
    for name in python3 python3.{14,13,12,11} python; do
        # Run it rather than look for it: version managers leave names that start nothing.
        is_new_python "$name" || continue
        "$name" -c 'import ensurepip, venv' >/dev/null 2>&1 && echo "$name" && return
        missing="$name has no venv module; install it (Debian, Ubuntu: apt install python3-venv)"
    done
    echo "shardgen: $missing or install uv" >&2
    return 1
}
