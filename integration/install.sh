#!/bin/sh
# Installs what the tests of this folder need and Go can't fetch: PostgreSQL, MariaDB and
# Redis servers. Debian's packages may set up and start servers of their own on ports 5432,
# 3306 and 6379; the tests neither use nor disturb them. Run as root, or as a user who may
# sudo.
set -eu

packages=
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages="$packages postgresql"
[ -x /usr/sbin/mariadbd ] || packages="$packages mariadb-server"
[ -x /usr/bin/redis-server ] || packages="$packages redis-server"
[ -n "$packages" ] || exit 0

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

as_root apt-get update -q
as_root apt-get install -qy --no-install-recommends $packages
