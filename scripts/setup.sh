#!/bin/sh
# Installs what the warehouse needs: `scripts/setup.sh run` for the service, `scripts/setup.sh test` for its tests too.
#
# It needs     Python 3.11, 3.12 or 3.13 with its venv module, a package index for pip, and, for a second opinion
#              on barcodes, the system library zbar.
# It does      install python3, python3-venv and libzbar0 from the distribution when they are missing and it is
#              root or may use sudo without a password; make the virtual environment .venv; put the packages of
#              pyproject.toml into it. Nothing else on the machine is touched.
# Where it may not install, it says what is missing and the command to ask an administrator for.
# A second run with nothing changed ends at once.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-test}
venv=.venv
stamp=$venv/setup.stamp
# A Python of the person's own must not leak into the project's.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
# A pip configured for `--user` refuses to work in a virtual environment.
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'setup: %s\n' "$*" >&2; }
stop() {
    say "$@"
    exit 1
}

# --- the distribution's packages -------------------------------------------------------------------------------

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -ne 0 ] || { sudo='' && return 0; }
    sudo='sudo -n'
    command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

# Installs the named Debian packages; false when it may not or cannot.
install_packages() {
    may_install || return 1
    say "installing from the distribution: $*"
    # An old package list answers 404; a failed refresh is not the end while the list at hand still serves.
    $sudo apt-get update -qq >&2 || say "could not refresh the list of packages; trying with the one at hand."
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

ask_for() { printf 'ask an administrator for: sudo apt-get install -y %s' "$*"; }

# --- Python ----------------------------------------------------------------------------------------------------

is_right_python() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

# Sets `python` to the first interpreter of a version the project runs on; false when there is none.
find_python() {
    for python in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        ! is_right_python "$python" || return 0
    done
    python=''
    return 1
}

can_make_venv() { "$python" -c 'import venv, ensurepip' 2>/dev/null; }

find_or_install_python() {
    if find_python && can_make_venv; then return 0; fi
    if [ -z "$python" ]; then
        say "no Python 3.11, 3.12 or 3.13 was found."
        install_packages python3 python3-venv || true
    elif [ "$(command -v "$python")" = /usr/bin/python3 ]; then
        say "python3 is here without its venv module."
        install_packages python3-venv || true
    fi
    find_python || command -v uv >/dev/null ||
        stop "cannot go on without Python 3.11, 3.12 or 3.13 and its venv module; $(ask_for python3 python3-venv libzbar0)"
}

# --- the virtual environment -----------------------------------------------------------------------------------

is_venv_sound() {
    [ -x $venv/bin/python ] && is_right_python $venv/bin/python && $venv/bin/python -m pip --version >/dev/null 2>&1
}

# Each way in turn, for machines that have one without the others. Ends with a sound one or stops.
make_venv() {
    say "making the virtual environment $venv"
    rm -rf $venv
    if [ -n "$python" ]; then
        if can_make_venv && "$python" -m venv $venv; then return 0; fi
        rm -rf $venv
        if "$python" -m virtualenv --version >/dev/null 2>&1 && "$python" -m virtualenv -q $venv; then return 0; fi
        rm -rf $venv
        # A pip of the system's can fill an environment that was made without one.
        if "$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip $venv &&
            "$python" -m pip --python $venv/bin/python install -q pip; then return 0; fi
        rm -rf $venv
    fi
    if command -v uv >/dev/null && uv venv -q --seed --python "${python:->=3.11,<3.14}" $venv; then return 0; fi
    rm -rf $venv
    stop "cannot make a virtual environment, because neither Python's venv module nor virtualenv, pip or uv is here;" \
        "$(ask_for python3-venv)"
}

# --- zbar ------------------------------------------------------------------------------------------------------

# The question pyzbar itself asks.
has_zbar() { "$1" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("zbar") is None)'; }

find_or_install_zbar() {
    if has_zbar $venv/bin/python; then return 0; fi
    if install_packages libzbar0 && has_zbar $venv/bin/python; then return 0; fi
    say "going on without the system library zbar: pyzbar will not be used as the second reader of barcodes;" \
        "$(ask_for libzbar0)"
}

# --- OpenCV: headless or desktop, never both, because both own the folder cv2 ----------------------------------

has_distribution() { $venv/bin/python -m pip show -q "$1" >/dev/null 2>&1; }

choose_opencv() {
    case ${OPENCV:-} in
        headless | desktop) opencv=$OPENCV ;;
        '') if has_distribution opencv-python; then opencv=desktop; else opencv=headless; fi ;;
        *) stop "OPENCV is \"$OPENCV\", but it can only be headless or desktop." ;;
    esac
}

remove_other_opencv() {
    other="opencv-python"
    [ "$opencv" = headless ] || other="opencv-python-headless"
    has_distribution "$other" || return 0
    say "removing $other, to put the $opencv build in its place"
    $venv/bin/python -m pip uninstall -qq -y opencv-python opencv-python-headless
}

find_or_install_desktop_libraries() {
    [ "$opencv" = desktop ] || return 0
    if $venv/bin/python -c 'import cv2' 2>/dev/null; then return 0; fi
    if install_packages libgl1 libglib2.0-0 && $venv/bin/python -c 'import cv2'; then return 0; fi
    stop "the windowed OpenCV needs libraries of the desktop; $(ask_for libgl1 libglib2.0-0), or run: make setup OPENCV=headless"
}

# --- all of it -------------------------------------------------------------------------------------------------

# What an environment was made from: it does not survive a move of the checkout or another Python.
wanted_stamp() {
    printf '%s\n' "$PWD" "$($venv/bin/python --version 2>&1)"
    sha256sum pyproject.toml scripts/setup.sh
}

is_up_to_date() {
    [ -r $stamp ] && [ -x $venv/bin/python ] || return 1
    { read -r had_kind had_opencv && had=$(cat); } <$stamp
    [ "$had" = "$(wanted_stamp)" ] || return 1
    [ "$had_kind" = test ] || [ "$kind" = run ] || return 1
    [ "${OPENCV:-$had_opencv}" = "$had_opencv" ]
}

has_moved() { [ -r $stamp ] && [ "$(sed -n 2p $stamp)" != "$PWD" ]; }

install_project() {
    extras=$opencv
    [ "$kind" = run ] || extras=$opencv,test
    remove_other_opencv
    say "installing the packages of pyproject.toml ($extras)"
    $venv/bin/python -m pip install -q -e ".[$extras]" ||
        stop "pip could not install the packages: see its message above, and docs/install.md for a machine without network."
}

case $kind in run | test) ;; *) stop "usage: scripts/setup.sh run|test" ;; esac
if is_up_to_date; then exit 0; fi
if has_moved || ! is_venv_sound; then
    find_or_install_python
    make_venv
fi
choose_opencv
rm -f $stamp
install_project
find_or_install_zbar
find_or_install_desktop_libraries
{ printf '%s %s\n' "$kind" "$opencv" && wanted_stamp; } >$stamp
say "done: $($venv/bin/python --version) in $venv, OpenCV $opencv."
