#!/usr/bin/env bash
# Audits the account and hands the metrics to node_exporter's textfile collector:
#
#     cis-audit-textfile.sh DIRECTORY [OPTION…]
#
# DIRECTORY is that of node_exporter's --collector.textfile.directory; the options are those of cis-audit, such as
# --profile prod. For several accounts run it once each, with CIS_AUDIT_NAME set to a name for each one's file.
#
# Exits with 0 once there are new metrics, whatever they say: to notify is the alert rules' part. Otherwise the
# metrics of the last audit stay, and grow old, for which there is a rule too.
set -euo pipefail

directory=${1:?the directory of the textfile collector}
shift
metrics=$directory/cis_audit${CIS_AUDIT_NAME:+_$CIS_AUDIT_NAME}.prom

# In the same directory, so that it can be renamed; node_exporter reads *.prom only.
temporary=$(mktemp "$metrics.XXXXXX")
trap 'rm -f "$temporary"' EXIT

code=0
cis-audit "$@" -f openmetrics="$temporary" || code=$?

# A report that was not written to its end has another last line, or none.
if [ "$(tail -n 1 "$temporary")" != "# EOF" ]; then
    echo "no new metrics: cis-audit ended with $code" >&2
    exit "$((code == 0 ? 2 : code))"
fi
# node_exporter is another user, and mktemp's files are for their owner alone.
chmod 644 "$temporary"
mv "$temporary" "$metrics"
