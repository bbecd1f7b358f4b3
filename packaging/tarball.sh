#!/usr/bin/env bash
# Packs a program with what belongs to it: tarball.sh PROGRAM TARGET DIRECTORY
#
# The same program gives the same bytes: names are sorted, times are those of the last commit, and nobody owns anything.
set -euo pipefail
program="$1" target="$2" directory="$3"
root="$(cd "$(dirname "$0")/.." && pwd)"

version="$("$program" --version | cut -d ' ' -f 2)"
name="cis-audit-$version-$target"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/$name" "$directory"
install -m 755 "$program" "$work/$name/cis-audit"
install -m 644 "$root/LICENSE" "$root/README.md" "$root/CHANGELOG.md" "$work/$name/"
"$root/packaging/extras.sh" "$program" "$work/$name"
find "$work/$name" -type d -exec chmod 755 {} +
find "$work/$name" -type f ! -name cis-audit -exec chmod 644 {} +
chmod 755 "$work/$name/cis-audit"

when="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}"
tar --create --directory "$work" --sort name --mtime "@$when" --owner 0 --group 0 --numeric-owner --format ustar "$name" |
  gzip --no-name --best > "$directory/$name.tar.gz"
echo "$directory/$name.tar.gz"
