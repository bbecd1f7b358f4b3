#!/usr/bin/env bash
# Fails if a program needs a newer glibc than 2.17 (CentOS 7, manylinux2014; Amazon Linux 2 has 2.26): floor.sh PROGRAM
set -euo pipefail
newest="$(objdump -T "$1" | grep -oE 'GLIBC_[0-9.]+' | cut -d _ -f 2 | sort -Vu | tail -1)"
echo "needs glibc ${newest:-of no version}"
[ "$(printf '2.17\n%s\n' "${newest:-0}" | sort -V | tail -1)" = 2.17 ]
