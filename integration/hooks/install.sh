#!/bin/sh
# Installs what the tests of this folder need and Go can't fetch: git and pre-commit, from
# Debian's packages. Run as root, or as a user who may sudo.
set -eu

if command -v git >/dev/null && command -v pre-commit >/dev/null; then
	exit 0
fi

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

as_root apt-get update -q
as_root apt-get install -qy --no-install-recommends git pre-commit
