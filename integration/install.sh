#!/bin/sh
# Installs what the tests of this folder need and Go can't fetch: PostgreSQL, MariaDB and
# Redis servers, Chromium with what drives it, and Node.js where there is none. Debian's packages may set up and start servers of their own on ports 5432,
# 3306 and 6379; the tests neither use nor disturb them. Run as root, or as a user who may
# sudo.
set -eu

packages=
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages="$packages postgresql"
[ -x /usr/sbin/mariadbd ] || packages="$packages mariadb-server"
[ -x /usr/bin/redis-server ] || packages="$packages redis-server"
[ -x /usr/bin/chromium ] || packages="$packages chromium"
command -v npm >/dev/null || packages="$packages nodejs npm"

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

if [ -n "$packages" ]; then
	as_root apt-get update -q
	as_root apt-get install -qy --no-install-recommends $packages
fi
cd "$(dirname "$0")/local" && npm ci --silent --no-audit --no-fund
