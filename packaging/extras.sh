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
