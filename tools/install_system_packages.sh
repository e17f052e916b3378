#!/bin/sh
# Installs what pip cannot, where this user may; else says the command. Used by the Makefile.
#   sh tools/install_system_packages.sh fluidsynth    nicer sound; the app works without it
#   sh tools/install_system_packages.sh chromium      needed by the browser tests
set -eu

have() {
    case "$1" in
        fluidsynth) ldconfig -p 2>/dev/null | grep -q libfluidsynth || command -v fluidsynth >/dev/null ;;
        chromium) [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null ;;
        *) echo "unknown package: $1" >&2; exit 2 ;;
    esac
}

case "${1:?name fluidsynth or chromium}" in
    fluidsynth) debian=libfluidsynth3; mac=fluid-synth ;;
    *) debian=chromium; mac=chromium ;;
esac

have "$1" && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$debian" >/dev/null && exit 0
fi
echo "$1 is not installed. On Debian or Ubuntu: sudo apt-get install $debian; on a Mac: brew install $mac" >&2
exit 1
