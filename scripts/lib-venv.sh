# Sourced by the other scripts: makes .venv in the checkout and installs shardgen into it.
# Needs `root`, the absolute path of the checkout. Works with bash 3.2, which macOS has.
# shellcheck shell=bash

venv=${root:?}/.venv

# ensure_venv EXTRA: afterwards $venv holds shardgen with its extra "run" (none), "test" or "dev".
# Costs no process when that is so already, as for all but the first call.
ensure_venv() {
    local extra=$1
    if venv_is_ready "$extra"; then
        return
    fi
    # Two cron jobs may come here at once. The lock is on the folder itself, so no file stays
    # behind; where flock is missing (macOS) the jobs must not start together.
    exec 9<"$root"
    if command -v flock >/dev/null; then
        flock 9 || true
    fi
    venv_is_ready "$extra" || prepare_venv "$extra"
    exec 9<&-  # or the lock would live as long as the command that follows
}

# A stamp holds the checkout's path: a .venv that was moved or copied has wrong paths inside.
venv_is_ready() {
    local stamps stamp made_for
    case $1 in
        run) stamps="run test dev" ;;
        test) stamps="test dev" ;;
        *) stamps=$1 ;;
    esac
    [[ -x $venv/bin/shardgen ]] || return 1
    for stamp in $stamps; do
        stamp=$venv/.installed-$stamp
        if [[ -f $stamp && ! $root/pyproject.toml -nt $stamp &&
            ! $root/shardgen/output/text/_native.c -nt $stamp &&
            ! $root/scripts/build_native.py -nt $stamp ]]; then
            IFS= read -r made_for <"$stamp" || true
            [[ $made_for == "$root" ]] && return 0
        fi
    done
    return 1
}

prepare_venv() {
    local extra=$1 target=$root
    [[ $extra == run ]] || target="${root}[$extra]"

    venv_log=$(mktemp)
    venv_is_new=
    trap abandon_venv EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM

    if ! venv_is_usable; then
        local uv='' python=''
        uv=$(command -v uv) || python=$(find_python) || exit 1
        echo "shardgen: preparing .venv (once)…" >&2
        venv_is_new=yes
        rm -rf "$venv"
        if [[ -n $uv ]]; then
            "$uv" venv --quiet --python '>=3.11' "$venv" >"$venv_log" 2>&1 9<&- || venv_failed
        else
            "$python" -m venv "$venv" >"$venv_log" 2>&1 9<&- || venv_failed
        fi
    else
        echo "shardgen: preparing .venv (once)…" >&2
    fi

    # Dated before the installation, so that an edit made meanwhile is seen by the next call.
    printf '%s\n' "$root" >"$venv/.installing"
    install_into_venv "$target" >"$venv_log" 2>&1 9<&- || venv_failed
    mv "$venv/.installing" "$venv/.installed-$extra"

    trap - EXIT INT TERM
    rm -f "$venv_log"
}

# Whether $venv runs, is new enough, was made for this place, and can be installed into.
venv_is_usable() {
    local stamp made_for
    for stamp in "$venv"/.installed-*; do
        if [[ -f $stamp ]]; then
            IFS= read -r made_for <"$stamp" || true
            [[ $made_for == "$root" ]] || return 1
        fi
    done
    is_new_python "$venv/bin/python" || return 1
    command -v uv >/dev/null || "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

install_into_venv() {
    if command -v uv >/dev/null; then
        uv pip install --python "$venv/bin/python" --reinstall-package shardgen --editable "$1"
    else
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --editable "$1"
    fi
}

is_new_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints a Python that can make .venv; else says in one line what is missing.
find_python() {
    local name without_venv=
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        # Run it rather than look for it: version managers leave names that start nothing.
        is_new_python "$name" || continue
        if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
        without_venv=${without_venv:-$name}
    done
    if [[ -n $without_venv ]]; then
        echo "shardgen: $without_venv has no venv module; install it" \
            "(Debian, Ubuntu: apt install python3-venv) or install uv" >&2
    else
        echo "shardgen: Python 3.11 or later is missing; install it (Debian, Ubuntu: apt install" \
            "python3 python3-venv; macOS: brew install python) or install uv" >&2
    fi
    return 1
}

venv_failed() {
    echo "shardgen: could not prepare .venv; the end of what the installer said:" >&2
    tail -n 20 "$venv_log" >&2
    exit 1
}

# A .venv that this call began and did not finish is worth nothing to the next; an older one is.
abandon_venv() {
    if [[ -n $venv_is_new ]]; then
        rm -rf "$venv"
    else
        rm -f "$venv/.installing"
    fi
    rm -f "$venv_log"
}
