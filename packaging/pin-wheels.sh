#!/usr/bin/env bash
# Names the wheels of a release by their hashes, for the GitHub Action: pin-wheels.sh VERSION SHA256SUMS
set -euo pipefail
version="$1" sums="$2"
root="$(cd "$(dirname "$0")/.." && pwd)"

wheels="$(grep -E "  cis_audit-$version-.*\.whl$" "$sums" || true)"
if [ -z "$wheels" ]; then
  echo "error: $sums names no wheel of version $version" >&2
  exit 1
fi
{
  echo "# The wheels that action.yml installs unless it is given another version and hash. Written by packaging/pin-wheels.sh."
  printf 'cis-audit==%s' "$version"
  while read -r digest _; do
    printf ' --hash=sha256:%s' "$digest"
  done <<< "$wheels"
  echo
} > "$root/packaging/pypi/wheels.txt"
