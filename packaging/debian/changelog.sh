#!/usr/bin/env bash
# Writes the changelog that a Debian package has, in Debian's form; what changed is in CHANGELOG.md: changelog.sh PROGRAM FILE
set -euo pipefail
program="$1"

version="$("$program" --version | cut -d ' ' -f 2)"
when="${SOURCE_DATE_EPOCH:-$(git -C "$(dirname "$0")" log -1 --format=%ct)}"
{
  printf 'cis-audit (%s-1) unstable; urgency=medium\n\n' "$version"
  printf '  * Version %s. What changed is in CHANGELOG.md of the sources.\n\n' "$version"
  printf ' -- cis-audit contributors <maintainers@cis-audit.example>  %s\n' "$(LC_ALL=C date --utc --date "@$when" -R)"
} > "$2"
