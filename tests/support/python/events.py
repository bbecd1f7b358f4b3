"""Writes the events of standard input, one a line, as tools write them, into the directory that is named.

The answers of CloudWatch Logs are those of moto: through botocore, and through the AWS command line, whose interpreter is the
second argument, as it writes them itself.
"""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import time
import zipfile

import boto3
from moto import mock_aws
from moto.moto_server.threaded_moto_server import ThreadedMotoServer


def put(directory, name, content):
    with open(os.path.join(directory, name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def answers(events):
    """What CloudWatch Logs answers for a log group of these events."""
    with mock_aws():
        logs = boto3.client("logs", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        logs.create_log_group(logGroupName="trail")
        stream = "111122223333_CloudTrail_us-east-1"
        logs.create_log_stream(logGroupName="trail", logStreamName=stream)
        now = int(time.time() * 1000)
        batch = [{"timestamp": now + at, "message": event} for at, event in enumerate(events)]
        logs.put_log_events(logGroupName="trail", logStreamName=stream, logEvents=batch)
        found = {
            "filter-log-events": logs.filter_log_events(logGroupName="trail"),
            "get-log-events": logs.get_log_events(logGroupName="trail", logStreamName=stream, startFromHead=True),
        }
    for answer in found.values():
        answer.pop("ResponseMetadata")
    return found


STREAM = "111122223333_CloudTrail_us-east-1"
# Commands of the AWS command line by the file that each writes.
COMMANDS = {
    "cli-filter.json": ["filter-log-events", "--log-group-name", "trail"],
    "cli-get.json": ["get-log-events", "--log-group-name", "trail", "--log-stream-name", STREAM, "--start-from-head"],
    "cli-messages.json": ["filter-log-events", "--log-group-name", "trail", "--query", "events[].message"],
    "cli-text.txt": ["filter-log-events", "--log-group-name", "trail", "--output", "text"],
    "cli-messages.txt": ["filter-log-events", "--log-group-name", "trail", "--query", "events[].[message]", "--output", "text"],
}


def of_command_line(directory, interpreter, events):
    """Writes what the AWS command line prints of a log group of these events."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = "http://%s:%d" % (host, port)
    try:
        logs = boto3.client(
            "logs", "us-east-1", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x"
        )
        logs.create_log_group(logGroupName="trail")
        logs.create_log_stream(logGroupName="trail", logStreamName=STREAM)
        now = int(time.time() * 1000)
        batch = [{"timestamp": now + at, "message": event} for at, event in enumerate(events)]
        logs.put_log_events(logGroupName="trail", logStreamName=STREAM, logEvents=batch)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": directory,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONIOENCODING": "utf-8",
        }
        for name, command in COMMANDS.items():
            arguments = [interpreter, "-m", "awscli", "--endpoint-url", endpoint, "logs", *command]
            put(directory, name, subprocess.run(arguments, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    finally:
        server.stop()


def main():
    directory = sys.argv[1]
    events = sys.stdin.read().splitlines()
    lines = "".join(event + "\n" for event in events)
    if len(sys.argv) > 2:
        of_command_line(directory, sys.argv[2], events)
    for name, answer in answers(events).items():
        put(directory, name + ".json", json.dumps(answer, indent=4))
        put(directory, name + "-messages.json", json.dumps([event["message"] for event in answer["events"]], indent=4))
    delivered = json.dumps({"Records": [json.loads(event) for event in events]}, separators=(",", ":"))
    put(directory, "delivered.json.gz", gzip.compress(delivered.encode()))
    put(directory, "twice.gz", gzip.compress(gzip.compress(lines.encode())))
    put(directory, "members.gz", b"".join(gzip.compress((event + "\n").encode()) for event in events))
    put(directory, "utf16.json", lines.encode("utf-16"))
    for dialect in ("excel", "excel-tab", "unix"):
        table = io.StringIO()
        writer = csv.writer(table, dialect=dialect)
        writer.writerow(["@timestamp", "@message"])
        writer.writerows([["2026-01-05 09:00:00.000", event] for event in events])
        put(directory, dialect + ".csv", table.getvalue())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        half = len(events) // 2
        file.writestr("a/1.json", "\n".join(events[:half]))
        file.writestr("a/2.json.gz", gzip.compress("\n".join(events[half:]).encode()))
        file.writestr("x_CloudTrail-Digest_y.json", "{}")
    put(directory, "python.zip", archive.getvalue())
    put(directory, "plain.ndjson", lines)
    plain = os.path.join(directory, "plain.ndjson")
    for name, command in (
        ("tool.zip", ["zip", "-q", "-", "plain.ndjson"]),
        ("tool.zst", ["zstd", "-q", "-c", plain]),
        ("tool.gz", ["gzip", "-c", plain]),
        ("jq.json", ["jq", ".", plain]),
        ("jq-slurped.json", ["jq", "-s", ".", plain]),
        ("jq-strings.json", ["jq", "-R", ".", plain]),
    ):
        try:
            put(directory, name, subprocess.run(command, cwd=directory, check=True, stdout=subprocess.PIPE).stdout)
        except FileNotFoundError:
            print("skipped", name, file=sys.stderr)


main()
