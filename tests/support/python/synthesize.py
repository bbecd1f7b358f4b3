"""Synthesizes an app of the AWS CDK into a directory: a trail and a log group, alarms that import another stack's topic, a
nested stack, and a chain whose alarm is broken.

Usage: synthesize.py DIRECTORY {sound,broken}
"""

import sys

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

PATTERN = "{ %s }" % " || ".join(
    f"($.eventName = {name})"
    for name in (
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy "
        "CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy "
        "AttachGroupPolicy DetachGroupPolicy"
    ).split()
)

directory, kind = sys.argv[1:]
app = cdk.App(outdir=directory)
home = cdk.Environment(account="111122223333", region="eu-west-1")

topics = cdk.Stack(app, "Topics", env=home)
alerts = sns.Topic(topics, "Alerts")
alerts.add_subscription(subscriptions.SmsSubscription("+15550100"))

trails = cdk.Stack(app, "Trails", env=home)
group = logs.LogGroup(trails, "Events")
cloudtrail.Trail(
    trails, "Trail", bucket=s3.Bucket(trails, "Bucket"), send_to_cloud_watch_logs=True, cloud_watch_log_group=group
)

alarms = cdk.Stack(app, "Alarms", env=home)
nested = cdk.NestedStack(alarms, "Nested")
metric = logs.MetricFilter(
    nested,
    "PolicyChanges",
    log_group=group,
    filter_pattern=logs.FilterPattern.literal(PATTERN),
    metric_name="PolicyChanges",
    metric_namespace="Security",
    metric_value="1",
).metric(statistic="Sum", period=cdk.Duration.minutes(5))
alarm = cloudwatch.Alarm(
    nested,
    "Alarm",
    metric=metric,
    threshold=1,
    evaluation_periods=1,
    comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    actions_enabled=kind == "sound",
)
alarm.add_alarm_action(actions.SnsAction(alerts))
app.synth()
