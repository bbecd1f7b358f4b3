"""The engine of `cis-audit template cloudformation --org` on ministack: `engine.py STEP`, a JSON job on standard input.

Every job has `endpoint` and `credentials`; it prints one JSON document. Steps:

- `deploy`: `template`, `program`, `parameters`: makes the stack with the program as its function, and names its resources;
- `run`: `machine`, `input`, `patience`: starts the state machine, or without an input waits until its schedule does, and
  answers with its status, output and map run; `kill_in`: a bucket, whose function is killed once the run has its first result;
- `poison`: `machine`, `batch`: lets a batch of the state machine fail;
- `objects`: `bucket`: every object with its tag and number of versions, and the text of those in `texts`;
- `invoke`: `function`, `event`: invokes the function;
- `send`: `queue`, `bodies`: puts messages into a queue;
- `messages`: `queue`, `patience`, `expected`: takes messages from a queue until none comes for a while, which is short once
  so many have come;
- `subscribe`: `topic`: a queue of its own that gets what is published;
- `alarms`: `region`, `enable` or `disable`: the names of alarms, in the account of the credentials;
- `put_events`, `schedule`: `entries`; `name`: what EventBridge takes, and the target of a schedule.
"""

import io
import json
import os
import signal
import sys
import time
import zipfile
from pathlib import Path

import botocore.config
import provision
from provision import Clients

# The emulator does one thing at a time, and here it has much to do.
provision.CONFIG = provision.CONFIG.merge(botocore.config.Config(connect_timeout=120, read_timeout=300))
REGION = "us-east-1"


def deploy(clients: Clients, job: dict) -> dict:
    s3 = clients.client("s3", REGION)
    code = f"code-{clients.credentials['access_key_id']}"
    s3.create_bucket(Bucket=code)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap", date_time=(2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        with open(job["program"], "rb") as program:
            archive.writestr(entry, program.read(), compresslevel=1)
    s3.put_object(Bucket=code, Key="cis-audit.zip", Body=packed.getvalue())
    formation = clients.client("cloudformation", REGION)
    parameters = {"CodeBucket": code, **job["parameters"]}
    formation.create_stack(
        StackName="cis-audit",
        TemplateBody=job["template"],
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    deadline = time.monotonic() + 120
    while True:
        stack = formation.describe_stacks(StackName="cis-audit")["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    events = formation.describe_stack_events(StackName="cis-audit")["StackEvents"]
    reasons = [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]
    resources = formation.describe_stack_resources(StackName="cis-audit")["StackResources"]
    named = {it["LogicalResourceId"]: [it["ResourceType"], it.get("PhysicalResourceId")] for it in resources}
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
    if "Worker" in named:
        # In AWS a function needs no setting that says where AWS is.
        functions = clients.client("lambda", REGION)
        name = named["Worker"][1]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables |= {"AWS_ENDPOINT_URL": clients.endpoint, "NO_PROXY": "*"} | job.get("variables", {})
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    return {"status": stack["StackStatus"], "reasons": reasons, "resources": named, "outputs": outputs}


def run(clients: Clients, job: dict) -> dict:
    states = clients.client("stepfunctions", REGION)
    deadline = time.monotonic() + job["patience"]
    if "input" in job:
        arn = states.start_execution(stateMachineArn=job["machine"], input=json.dumps(job["input"]))["executionArn"]
    else:
        arn = None
        while arn is None and time.monotonic() < deadline:
            begun = states.list_executions(stateMachineArn=job["machine"])["executions"]
            arn = begun[0]["executionArn"] if begun else time.sleep(0.5)
    killed = kill(clients, job["kill_in"], arn.rsplit(":", 1)[1], deadline) if "kill_in" in job else None
    while True:
        seen = states.describe_execution(executionArn=arn)
        if seen["status"] != "RUNNING" or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    maps = states.list_map_runs(executionArn=arn)["mapRuns"]
    counts = [states.describe_map_run(mapRunArn=it["mapRunArn"])["itemCounts"] for it in maps]
    return {
        "name": arn.rsplit(":", 1)[1],
        "status": seen["status"],
        "output": json.loads(seen.get("output") or "null"),
        "error": [seen.get("error"), seen.get("cause")],
        "maps": counts,
        "killed": killed,
        "seconds": (seen["stopDate"] - seen["startDate"]).total_seconds() if seen.get("stopDate") else None,
    }


def kill(clients: Clients, bucket: str, name: str, deadline: float) -> dict:
    """Waits for the first result of a run, and kills the processes of the function that writes to the bucket: how many, and
    how many results there were."""
    s3 = clients.client("s3", REGION)
    results = 0
    while not results and time.monotonic() < deadline:
        keys = [it["Key"] for it in s3.list_objects_v2(Bucket=bucket, Prefix=f"runs/{name}/").get("Contents", [])]
        results = sum(key.rsplit("/", 1)[1][:12].isdigit() for key in keys)
        time.sleep(0 if results else 0.05)
    variable = f"CIS_AUDIT_BUCKET={bucket}".encode()
    killed = 0
    for process in Path("/proc").iterdir():
        try:
            is_it = process.name.isdigit() and variable in (process / "environ").read_bytes().split(b"\0")
            if is_it and b"bootstrap" in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
        except OSError:
            # It is another user's, or has ended.
            continue
    return {"processes": killed, "results": results}


def poison(clients: Clients, job: dict) -> dict:
    """Lets a batch fail before the function has it, or, without a number, none any more."""
    states = clients.client("stepfunctions", REGION)
    definition = json.loads(states.describe_state_machine(stateMachineArn=job["machine"])["definition"])
    items = definition["States"]["Audit"]["ItemProcessor"]
    items["StartAt"] = "Batch"
    for name in ("IsPoisoned", "Poisoned"):
        items["States"].pop(name, None)
    if job.get("batch"):
        items["StartAt"] = "IsPoisoned"
        choice = {"Variable": "$.batch", "NumericEquals": job["batch"], "Next": "Poisoned"}
        items["States"]["IsPoisoned"] = {"Type": "Choice", "Choices": [choice], "Default": "Batch"}
        items["States"]["Poisoned"] = {"Type": "Fail", "Error": "Poisoned"}
    states.update_state_machine(stateMachineArn=job["machine"], definition=json.dumps(definition))
    return {}


def objects(clients: Clients, job: dict) -> dict:
    s3 = clients.client("s3", REGION)
    found, texts = {}, {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=job["bucket"]):
        for entry in page.get("Contents", []):
            found[entry["Key"]] = [entry["ETag"], 0]
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=job["bucket"]):
        for version in page.get("Versions", []):
            found[version["Key"]][1] += 1
    for key in job.get("texts", []):
        texts[key] = s3.get_object(Bucket=job["bucket"], Key=key)["Body"].read().decode()
    return {"objects": found, "texts": texts}


def invoke(clients: Clients, job: dict) -> dict:
    functions = clients.client("lambda", REGION)
    answer = functions.invoke(FunctionName=job["function"], Payload=json.dumps(job["event"]).encode())
    return {"error": answer.get("FunctionError"), "answer": json.loads(answer["Payload"].read() or b"null")}


def send(clients: Clients, job: dict) -> dict:
    sqs = clients.client("sqs", REGION)
    for start in range(0, len(job["bodies"]), 10):
        part = job["bodies"][start : start + 10]
        entries = [
            {"Id": str(at), "MessageBody": body, "DelaySeconds": job.get("delay", 0)} for at, body in enumerate(part)
        ]
        sqs.send_message_batch(QueueUrl=job["queue"], Entries=entries)
    return {}


def messages(clients: Clients, job: dict) -> list:
    sqs = clients.client("sqs", REGION)
    found, last = [], time.monotonic()
    # The emulator evaluates alarms too, and publishes those.
    ours = lambda: sum(str(it.get("Subject")).startswith("cis-audit: ") for it in found)
    while time.monotonic() < last + (3 if ours() >= job["expected"] else job["patience"]):
        answer = sqs.receive_message(QueueUrl=job["queue"], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            last = time.monotonic()
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=job["queue"], ReceiptHandle=message["ReceiptHandle"])
    return found


def subscribe(clients: Clients, job: dict) -> dict:
    sqs = clients.client("sqs", REGION)
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients.client("sns", REGION).subscribe(TopicArn=job["topic"], Protocol="sqs", Endpoint=arn)
    return {"queue": url}


def alarms(clients: Clients, job: dict) -> dict:
    cloudwatch = clients.client("cloudwatch", REGION)
    if "disable" in job:
        cloudwatch.disable_alarm_actions(AlarmNames=job["disable"])
    if "enable" in job:
        cloudwatch.enable_alarm_actions(AlarmNames=job["enable"])
    return {"alarms": sorted(it["AlarmName"] for it in cloudwatch.describe_alarms()["MetricAlarms"])}


def put_events(clients: Clients, job: dict) -> dict:
    return clients.client("events", REGION).put_events(Entries=job["entries"])


def schedule(clients: Clients, job: dict) -> dict:
    found = clients.client("scheduler", REGION).get_schedule(Name=job["name"])
    return {key: found.get(key) for key in ("ScheduleExpression", "State", "Target")}


STEPS = [deploy, run, poison, objects, invoke, send, messages, subscribe, alarms, put_events, schedule]


def main() -> None:
    job = json.load(sys.stdin)
    step = {it.__name__: it for it in STEPS}[sys.argv[1]]
    out, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(step(Clients(job["endpoint"], job["credentials"]), job), default=str), file=out)


if __name__ == "__main__":
    main()
