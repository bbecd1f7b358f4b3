"""Makes emulators hold the accounts that the tests describe, and reads accounts back for the tests of the harness.

Reads one job a line, in JSON, and answers each with `{"id", "credentials"}`, `{"id", "seen"}` or `{"id", "error"}`:

- `{"id", "server", "endpoint", "account"}`: make the account exist;
- `{"id", "look", "endpoint", "credentials"}`: what exists in the region `look`, in one plain form for every server;
- `{"id", "inventory", "endpoint", "credentials"}`: every resource of the kinds that a fix creates, in the region
  `inventory`, as kind, name and what else distinguishes it;
- `{"id", "publish", "queue", "patience", "endpoint", "credentials"}`: puts the data point `publish`, and answers with the
  names of the alarms of which messages then come to the queue within so many seconds;
- `{"id", "allow", "policy", "region", "endpoint", "credentials"}`: gives the queue `allow` a policy;
- `{"id", "deploy", "region", "endpoint", "credentials"}`: makes a stack of the CloudFormation template `deploy`, and
  answers with its status and the reasons that its events give.

Several jobs are worked on at once, so answers may come in another order. Speaks to the servers through boto3, as their
authors expect; what an emulator does wrong with a request is worked round here, what it answers wrongly is corrected by
the proxy of the tests.
"""

import json
import os
import queue
import sys
import threading
import time
import traceback

import botocore.config
import botocore.model
import botocore.session

# CBOR first: boto3 then says to CloudWatch what the Rust SDK says, and the servers' CBOR is checked by a reader of it that
# is not the tool.
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = [
    "smithy-rpc-v2-cbor",
    *botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS,
]
# One loader: parsing the service models costs more than everything else here.
SESSION = botocore.session.get_session()
SESSION.set_config_variable("region", "us-east-1")
CONFIG = botocore.config.Config(
    retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30, parameter_validation=False
)
# Loading models and making clients is not safe from several threads at once.
CLIENTS = threading.Lock()


class Clients:
    """Clients of every service and region, for one caller at one endpoint."""

    def __init__(self, endpoint: str, credentials: dict) -> None:
        self.endpoint = endpoint
        self.credentials = credentials
        self.clients = {}

    def client(self, service: str, region: str):
        key = (service, region)
        if key not in self.clients:
            with CLIENTS:
                self.clients[key] = SESSION.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint,
                    aws_access_key_id=self.credentials["access_key_id"],
                    aws_secret_access_key=self.credentials["secret_access_key"],
                    aws_session_token=self.credentials["session_token"],
                    config=CONFIG,
                )
        return self.clients[key]


class Place(Clients):
    """One account on one emulator."""

    def __init__(self, server: str, endpoint: str, account: dict) -> None:
        own = {"access_key_id": account["id"], "secret_access_key": "test", "session_token": None}
        super().__init__(endpoint, own)
        self.server = server
        self.account = account
        if server == "moto":
            # moto keeps accounts apart by the role that was assumed, and any role of any account may be.
            role = f"arn:aws:iam::{account['id']}:role/test"
            given = self.client("sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="test")
            self.clients.clear()
            self.credentials = {
                "access_key_id": given["Credentials"]["AccessKeyId"],
                "secret_access_key": given["Credentials"]["SecretAccessKey"],
                "session_token": given["Credentials"]["SessionToken"],
            }

    def provision(self) -> None:
        for region, contents in self.account["regions"].items():
            for group in contents["log_groups"]:
                self.log_group(region, group)
            for key in contents["keys"]:
                self.key(region, key)
            for name in contents["queues"]:
                self.client("sqs", region).create_queue(QueueName=name)
            for topic in contents["topics"]:
                self.topic(region, topic)
            for alarm in contents["alarms"]:
                self.alarm(region, alarm)
            for alarm in contents["composite_alarms"]:
                self.composite_alarm(region, alarm)
            # ministack does not have it.
            if contents["security_hub"] and self.server == "moto":
                self.client("securityhub", region).enable_security_hub()
        for trail in self.account["trails"]:
            self.trail(trail)

    def log_group(self, region: str, group: dict) -> None:
        logs = self.client("logs", region)
        logs.create_log_group(logGroupName=group["name"])
        for metric_filter in group["filters"]:
            metric = metric_filter["metric"]
            transformation = {
                "metricNamespace": metric["namespace"],
                "metricName": metric["name"],
                "metricValue": metric["value"],
            }
            if metric["default"] is not None:
                transformation["defaultValue"] = metric["default"]
            if metric["dimensions"]:
                transformation["dimensions"] = metric["dimensions"]
            logs.put_metric_filter(
                logGroupName=group["name"],
                filterName=metric_filter["name"],
                filterPattern=metric_filter["pattern"],
                metricTransformations=[transformation],
            )

    def key(self, region: str, key: dict) -> None:
        kms = self.client("kms", region)
        made = kms.create_key(KeySpec=key["spec"], Policy=key["policy"], KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
        kms.create_alias(AliasName=key["alias"], TargetKeyId=made["KeyId"])
        if key["state"] == "Disabled":
            kms.disable_key(KeyId=made["KeyId"])
        elif key["state"] == "PendingDeletion":
            kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)

    def topic(self, region: str, topic: dict) -> None:
        sns = self.client("sns", region)
        arn = sns.create_topic(Name=topic["name"])["TopicArn"]
        for name, value in topic["attributes"].items():
            sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
        for subscription in topic["subscriptions"]:
            sns.subscribe(
                TopicArn=arn,
                Protocol=subscription["protocol"],
                Endpoint=subscription["endpoint"],
                Attributes=subscription["attributes"],
            )

    def alarm(self, region: str, alarm: dict) -> None:
        request = {
            "AlarmName": alarm["name"],
            "ComparisonOperator": alarm["comparison"],
            "Threshold": alarm["threshold"],
            "EvaluationPeriods": alarm["evaluation_periods"],
            "TreatMissingData": alarm["treat_missing_data"],
            "ActionsEnabled": alarm["actions_enabled"],
            "AlarmActions": alarm["alarm_actions"],
            "OKActions": alarm["ok_actions"],
        }
        if alarm["datapoints_to_alarm"] is not None:
            request["DatapointsToAlarm"] = alarm["datapoints_to_alarm"]
        if "single" in alarm["metric"]:
            request.update(metric_of(alarm["metric"]["single"]))
        else:
            request["Metrics"] = [query_of(query) for query in alarm["metric"]["queries"]]
        self.client("cloudwatch", region).put_metric_alarm(**request)

    def composite_alarm(self, region: str, alarm: dict) -> None:
        self.client("cloudwatch", region).put_composite_alarm(
            AlarmName=alarm["name"],
            AlarmRule=alarm["rule"],
            ActionsEnabled=alarm["actions_enabled"],
            AlarmActions=alarm["alarm_actions"],
        )

    def trail(self, trail: dict) -> None:
        region = trail["home_region"]
        bucket = f"trails-{self.account['id']}"
        if self.server == "moto":
            # moto alone wants the bucket to be there.
            self.client("s3", "us-east-1").create_bucket(Bucket=bucket)
        cloudtrail = self.client("cloudtrail", region)
        request = {"Name": trail["name"], "S3BucketName": bucket, "IsMultiRegionTrail": trail["multi_region"]}
        delivery = {}
        if trail["log_group_arn"]:
            delivery = {
                "CloudWatchLogsLogGroupArn": trail["log_group_arn"],
                "CloudWatchLogsRoleArn": f"arn:aws:iam::{self.account['id']}:role/CloudTrail",
            }
        cloudtrail.create_trail(**request, **delivery)
        if delivery:
            # ministack's CreateTrail drops the log group; its UpdateTrail keeps it.
            cloudtrail.update_trail(**request, **delivery)
        selectors = trail["selectors"]
        if selectors != "default":
            cloudtrail.put_event_selectors(TrailName=trail["name"], **selectors_of(selectors))
        if trail["logging"]:
            cloudtrail.start_logging(Name=trail["name"])


def metric_of(stat: dict) -> dict:
    request = {
        "Namespace": stat["namespace"],
        "MetricName": stat["name"],
        "Dimensions": dimensions_of(stat),
        "Statistic": stat["statistic"],
        "Period": stat["period"],
    }
    if stat["unit"] is not None:
        request["Unit"] = stat["unit"]
    return request


def query_of(query: dict) -> dict:
    request = {"Id": query["id"], "ReturnData": query["return_data"]}
    if query["expression"] is not None:
        request["Expression"] = query["expression"]
    if query["stat"] is not None:
        stat = query["stat"]
        request["MetricStat"] = {
            "Metric": {
                "Namespace": stat["namespace"],
                "MetricName": stat["name"],
                "Dimensions": dimensions_of(stat),
            },
            "Period": stat["period"],
            "Stat": stat["statistic"],
        }
    return request


def dimensions_of(stat: dict) -> list:
    return [{"Name": name, "Value": value} for name, value in stat["dimensions"].items()]


def selectors_of(selectors: dict) -> dict:
    if "advanced" in selectors:
        return {
            "AdvancedEventSelectors": [
                {
                    "Name": selector["name"],
                    "FieldSelectors": [
                        {"Field": field["field"], field["operator"]: field["values"]}
                        for field in selector["fields"]
                    ],
                }
                for selector in selectors["advanced"]
            ]
        }
    return {
        "EventSelectors": [
            {
                "ReadWriteType": selector["read_write_type"],
                "IncludeManagementEvents": selector["include_management_events"],
                "ExcludeManagementEventSources": selector["exclude_management_event_sources"],
                "DataResources": [
                    {"Type": kind, "Values": values} for kind, values in selector["data_resources"]
                ],
            }
            for selector in selectors["basic"]
        ]
    }


def notified_alarms(clients: Clients, sample: dict, queue_name: str, patience: float) -> list:
    """The alarms that notify the queue once the sample is published: as soon as one message has come."""
    region = sample["region"]
    sqs = clients.client("sqs", region)
    url = sqs.create_queue(QueueName=queue_name)["QueueUrl"]
    clients.client("cloudwatch", region).put_metric_data(
        Namespace=sample["namespace"],
        MetricData=[
            {
                "MetricName": sample["name"],
                "Dimensions": dimensions_of(sample),
                "Value": sample["value"],
                "Timestamp": time.time(),
            }
        ],
    )
    end = time.monotonic() + patience
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if messages or time.monotonic() > end:
            envelopes = [json.loads(message["Body"]) for message in messages]
            return sorted(json.loads(envelope["Message"])["AlarmName"] for envelope in envelopes)
        time.sleep(0.1)


def seen(clients: Clients, region: str) -> dict:
    """What a reader finds in a region, without what servers are free to choose."""
    alarms = list(pages(clients.client("cloudwatch", region), "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
    return {
        "account": clients.client("sts", region).get_caller_identity()["Account"],
        "trails": seen_trails(clients, region),
        "filters": sorted(
            [found["logGroupName"], found["filterName"], found["filterPattern"], found["metricTransformations"][0]["metricName"]]
            for page in pages(clients.client("logs", region), "describe_metric_filters")
            for found in page["metricFilters"]
        ),
        "alarms": sorted(
            [found["AlarmName"], found.get("MetricName"), found["Threshold"], found["AlarmActions"], len(found.get("Metrics", []))]
            for page in alarms
            for found in page["MetricAlarms"]
        ),
        "composite_alarms": sorted(
            [found["AlarmName"], found["AlarmRule"]] for page in alarms for found in page["CompositeAlarms"]
        ),
        "subscriptions": seen_subscriptions(clients.client("sns", region)),
    }


def pages(client, operation: str, **parameters):
    return client.get_paginator(operation).paginate(**parameters)


def inventory(clients: Clients, region: str) -> list:
    """Everything of the kinds that a fix creates or changes, no matter who made it."""
    found = []
    account = clients.client("sts", region).get_caller_identity()["Account"]
    found += [["trail", trail["Name"], ""] for trail in clients.client("cloudtrail", region).describe_trails()["trailList"]]
    # Buckets of every account come from one server; those of this one carry its number.
    buckets = clients.client("s3", region).list_buckets().get("Buckets") or []
    found += [["bucket", bucket["Name"], ""] for bucket in buckets if account in bucket["Name"]]
    kms = clients.client("kms", region)
    for key in kms.list_keys()["Keys"]:
        state = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
        found.append(["key", key["KeyId"], state])
    for alias in kms.list_aliases()["Aliases"]:
        if alias.get("TargetKeyId") and not alias["AliasName"].startswith("alias/aws/"):
            found.append(["alias", alias["AliasName"], alias["TargetKeyId"]])
    logs = clients.client("logs", region)
    for page in pages(logs, "describe_log_groups"):
        for group in page["logGroups"]:
            name = group["logGroupName"]
            found.append(["log-group", name, ""])
            filters = logs.describe_metric_filters(logGroupName=name)["metricFilters"]
            found += [["metric-filter", each["filterName"], name] for each in filters]
    for page in pages(clients.client("cloudwatch", region), "describe_alarms", AlarmTypes=["MetricAlarm"]):
        found += [["alarm", alarm["AlarmName"], ""] for alarm in page["MetricAlarms"]]
    sns = clients.client("sns", region)
    for page in pages(sns, "list_topics"):
        for topic in page["Topics"]:
            arn = topic["TopicArn"]
            name = arn.rsplit(":", 1)[1]
            policy = sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy", "")
            found += [["topic", name, ""], ["topic-policy", name, policy]]
            for subscriptions in pages(sns, "list_subscriptions_by_topic", TopicArn=arn):
                found += [["subscription", name, one["Endpoint"]] for one in subscriptions["Subscriptions"]]
    roles = clients.client("iam", region).list_roles()["Roles"]
    found += [["role", role["RoleName"], ""] for role in roles]
    sqs = clients.client("sqs", region)
    for url in sqs.list_queues().get("QueueUrls") or []:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get("Attributes") or {}
        found.append(["queue-policy", url.rsplit("/", 1)[1], attributes.get("Policy", "")])
    return sorted(found)


def seen_trails(clients: Clients, region: str) -> list:
    trails = []
    for trail in clients.client("cloudtrail", region).describe_trails()["trailList"]:
        home = clients.client("cloudtrail", trail["HomeRegion"])
        status = home.get_trail_status(Name=trail["TrailARN"])
        selectors = home.get_event_selectors(TrailName=trail["TrailARN"])
        basic = [
            [selector["ReadWriteType"], selector["IncludeManagementEvents"], selector.get("ExcludeManagementEventSources", [])]
            for selector in selectors.get("EventSelectors", [])
        ]
        advanced = selectors.get("AdvancedEventSelectors", [])
        trails.append(
            [
                trail["TrailARN"],
                trail["IsMultiRegionTrail"],
                trail.get("CloudWatchLogsLogGroupArn"),
                trail["HasCustomEventSelectors"],
                status["IsLogging"],
                status.get("LatestCloudWatchLogsDeliveryError"),
                basic,
                advanced,
            ]
        )
    return trails


def seen_subscriptions(sns) -> list:
    found = []
    for page in pages(sns, "list_topics"):
        for topic in page["Topics"]:
            attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            counts = [attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]]
            for subscriptions in pages(sns, "list_subscriptions_by_topic", TopicArn=topic["TopicArn"]):
                for one in subscriptions["Subscriptions"]:
                    # An ARN of its own is any; a word in its place is not.
                    arn = one["SubscriptionArn"]
                    word = "confirmed" if arn.startswith("arn:") else arn
                    found.append([topic["TopicArn"], counts, one["Protocol"], one["Endpoint"], word])
    return sorted(found)


def deployed(clients: Clients, region: str, template: str) -> list:
    cloudformation = clients.client("cloudformation", region)
    cloudformation.create_stack(StackName="cis-audit", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    for _ in range(100):
        status = cloudformation.describe_stacks(StackName="cis-audit")["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.2)
    events = cloudformation.describe_stack_events(StackName="cis-audit")["StackEvents"]
    return [status, [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]]


def organized(clients: Clients, names: list) -> list:
    """The ids of new accounts of these names, in the organization that ministack gives to every caller."""
    organizations = clients.client("organizations", "us-east-1")
    made = [organizations.create_account(AccountName=name, Email=f"{name}@example.com") for name in names]
    return [answer["CreateAccountStatus"]["AccountId"] for answer in made]


def work(jobs: queue.Queue, answers: threading.Lock) -> None:
    while True:
        job = jobs.get()
        try:
            if "look" in job:
                clients = Clients(job["endpoint"], job["credentials"])
                answer = {"id": job["id"], "seen": seen(clients, job["look"])}
            elif "inventory" in job:
                clients = Clients(job["endpoint"], job["credentials"])
                answer = {"id": job["id"], "seen": inventory(clients, job["inventory"])}
            elif "publish" in job:
                clients = Clients(job["endpoint"], job["credentials"])
                names = notified_alarms(clients, job["publish"], job["queue"], job["patience"])
                answer = {"id": job["id"], "seen": names}
            elif "allow" in job:
                sqs = Clients(job["endpoint"], job["credentials"]).client("sqs", job["region"])
                url = sqs.get_queue_url(QueueName=job["allow"])["QueueUrl"]
                sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": job["policy"]})
                answer = {"id": job["id"], "seen": True}
            elif "organize" in job:
                clients = Clients(job["endpoint"], job["credentials"])
                answer = {"id": job["id"], "seen": organized(clients, job["organize"])}
            elif "deploy" in job:
                clients = Clients(job["endpoint"], job["credentials"])
                answer = {"id": job["id"], "seen": deployed(clients, job["region"], job["deploy"])}
            else:
                place = Place(job["server"], job["endpoint"], job["account"])
                place.provision()
                answer = {"id": job["id"], "credentials": place.credentials}
        except Exception:
            answer = {"id": job["id"], "error": traceback.format_exc()}
        with answers:
            print(json.dumps(answer), flush=True)


def main() -> None:
    jobs, answers = queue.Queue(), threading.Lock()
    for _ in range(4):
        threading.Thread(target=work, args=(jobs, answers), daemon=True).start()
    for line in sys.stdin:
        jobs.put(json.loads(line))
    # The run is over: no one waits for jobs that are still being worked on.
    os._exit(0)


if __name__ == "__main__":
    main()
