#!/bin/sh
# Installs what the tests of this folder need and Go can't fetch: a PostgreSQL server.
# Debian's package may set up and start a server of its own on port 5432; the tests
# neither use nor disturb it. Run as root, or as a user who may sudo.
set -eu

if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
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
as_root apt-get install -qy --no-install-recommends postgresql
