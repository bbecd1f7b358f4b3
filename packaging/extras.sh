#!/usr/bin/env bash
# Writes man pages and completions of a program, in the places below /usr: extras.sh PROGRAM DIRECTORY
set -euo pipefail
program="$1"
share="$2/share"

mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
  "$share/fish/vendor_completions.d"
"$program" man --dir "$share/man/man1"
"$program" completions bash > "$share/bash-completion/completions/cis-audit"
"$program" completions zsh > "$share/zsh/site-functions/_cis-audit"
"$program" completions fish > "$share/fish/vendor_completions.d/cis-audit.fish"

# Debian wants a changelog in its own form; what changed is in CHANGELOG.md.
version="$("$program" --version | cut -d ' ' -f 2)"
when="${SOURCE_DATE_EPOCH:-$(git -C "$(dirname "$0")" log -1 --format=%ct)}"
{
  printf 'cis-audit (%s-1) unstable; urgency=medium\n\n' "$version"
  printf '  * Version %s. What changed is in CHANGELOG.md of the sources.\n\n' "$version"
  printf ' -- cis-audit contributors <maintainers@cis-audit.example>  %s\n' "$(LC_ALL=C date --utc --date "@$when" -R)"
} > "$2/debian-changelog"
