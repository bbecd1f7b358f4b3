#!/usr/bin/env bash
# Writes SHA256SUMS of all files in a directory: checksums.sh DIRECTORY
set -euo pipefail
cd "$1"
rm -f SHA256SUMS
find . -maxdepth 1 -type f -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum > "$OLDPWD/.SHA256SUMS.new"
mv "$OLDPWD/.SHA256SUMS.new" SHA256SUMS
sha256sum --check --quiet SHA256SUMS
