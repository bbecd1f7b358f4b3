"""A provider that has schemas and nothing behind them: Terraform plans with it as with hashicorp/aws, and applies nothing.

Schemas are written as words, each an argument: `name!` is required, `arn?` computed, `region~` either, `on:b=true` has a
default, all others are optional. Types: s text (default), n number, b boolean, l list, e set, m map of texts. Braces hold
nested blocks: `block{…}` a list of them, `block<{…}` a set.
"""

import json
import re
import sys

from tf import runner, schema, types
from tf.gen import tfplugin_pb2 as wire
from tf.iface import DataSource, Provider, Resource
from tf.types import Unknown

TEXT = types.String()
TYPES = {"s": TEXT, "n": types.Number(), "b": types.Bool(), "l": types.List(TEXT), "e": types.Set(TEXT), "m": types.Map(TEXT)}

EVERY = " id? region~ tags:m tags_all:m?"
RESOURCES = {
    "cloudtrail": "name! s3_bucket_name! s3_key_prefix cloud_watch_logs_group_arn cloud_watch_logs_role_arn kms_key_id arn?"
    " enable_logging:b=true enable_log_file_validation:b=false include_global_service_events:b=true"
    " is_multi_region_trail:b=false is_organization_trail:b=false"
    " event_selector{ read_write_type include_management_events:b exclude_management_event_sources:e"
    " data_resource{ type! values:l! } }"
    " advanced_event_selector{ name field_selector<{ field! equals:l not_equals:l starts_with:l } }",
    "cloudwatch_log_group": "name~ name_prefix~ kms_key_id log_group_class~ retention_in_days:n=0 skip_destroy:b=false arn?",
    "cloudwatch_log_metric_filter": "name! pattern! log_group_name! apply_on_transformed_logs:b~"
    " metric_transformation{ name! namespace! value! default_value unit dimensions:m }",
    "cloudwatch_metric_alarm": "alarm_name! comparison_operator! evaluation_periods:n! actions_enabled:b=true"
    " alarm_actions:e ok_actions:e insufficient_data_actions:e alarm_description datapoints_to_alarm:n dimensions:m"
    " evaluate_low_sample_count_percentiles~ extended_statistic metric_name namespace period:n statistic threshold:n"
    " threshold_metric_id treat_missing_data=missing unit arn?"
    " metric_query<{ id! account_id expression label period:n return_data:b"
    " metric{ metric_name! namespace period:n! stat! unit dimensions:m } }",
    "cloudwatch_composite_alarm": "alarm_name! alarm_rule! actions_enabled:b=true alarm_actions:e ok_actions:e arn?",
    "cloudwatch_event_bus": "name! description arn?",
    "cloudwatch_event_bus_policy": "event_bus_name=default policy!",
    "cloudwatch_event_rule": "name~ name_prefix~ description event_bus_name=default event_pattern schedule_expression"
    " is_enabled:b state role_arn force_destroy:b=false arn?",
    "cloudwatch_event_target": "arn! rule! event_bus_name=default target_id~ input input_path role_arn"
    " force_destroy:b=false dead_letter_config{ arn } sqs_target{ message_group_id }"
    " input_transformer{ input_paths:m input_template! }"
    " retry_policy{ maximum_event_age_in_seconds:n maximum_retry_attempts:n }",
    "sns_topic": "name~ name_prefix~ display_name fifo_topic:b=false kms_master_key_id policy~ arn? owner?",
    "sns_topic_policy": "arn! policy! owner?",
    "sns_topic_subscription": "topic_arn! protocol! endpoint! endpoint_auto_confirms:b=false filter_policy"
    " filter_policy_scope~ raw_message_delivery:b=false arn? pending_confirmation:b?",
    "kms_key": "description enable_key_rotation:b=false is_enabled:b=true policy~ arn? key_id?",
    "kms_alias": "name~ target_key_id! arn? target_key_arn?",
    "iam_role": "name~ description assume_role_policy! arn?",
    "iam_role_policy": "name~ role! policy!",
    "s3_bucket": "bucket~ bucket_prefix~ force_destroy:b=false arn?",
    "s3_bucket_lifecycle_configuration": "bucket! expected_bucket_owner transition_default_minimum_object_size~"
    " rule{ id! status! prefix filter{ prefix object_size_greater_than:n object_size_less_than:n }"
    " expiration{ date days:n expired_object_delete_marker:b } abort_incomplete_multipart_upload{ days_after_initiation:n }"
    " noncurrent_version_expiration{ noncurrent_days:n! newer_noncurrent_versions:n } }",
    "s3_bucket_ownership_controls": "bucket! rule{ object_ownership! }",
    "s3_bucket_policy": "bucket! policy!",
    "s3_bucket_public_access_block": "bucket! block_public_acls:b block_public_policy:b ignore_public_acls:b"
    " restrict_public_buckets:b",
    "s3_bucket_server_side_encryption_configuration": "bucket! expected_bucket_owner rule<{ bucket_key_enabled:b"
    " apply_server_side_encryption_by_default{ sse_algorithm! kms_master_key_id } }",
    "s3_bucket_versioning": "bucket! expected_bucket_owner mfa versioning_configuration{ status! mfa_delete~ }",
    "sqs_queue": "name~ name_prefix~ delay_seconds:n=0 fifo_queue:b=false kms_master_key_id max_message_size:n"
    " message_retention_seconds:n policy~ receive_wait_time_seconds:n=0 redrive_policy~ redrive_allow_policy~"
    " sqs_managed_sse_enabled:b~ visibility_timeout_seconds:n arn? url?",
    "sqs_queue_policy": "policy! queue_url!",
    "lambda_function": "function_name! role! architectures:l~ description filename handler image_uri kms_key_arn layers:l"
    " memory_size:n package_type publish:b=false reserved_concurrent_executions:n runtime s3_bucket s3_key"
    " source_code_hash~ timeout:n arn? environment{ variables:m } dead_letter_config{ target_arn! }"
    " ephemeral_storage{ size:n~ } tracing_config{ mode! } vpc_config{ security_group_ids:e! subnet_ids:e! }",
    "lambda_event_source_mapping": "function_name! event_source_arn batch_size:n enabled:b=true"
    " function_response_types:e maximum_batching_window_in_seconds:n maximum_retry_attempts:n~ arn? uuid?"
    " scaling_config{ maximum_concurrency:n } filter_criteria{ filter<{ pattern } }",
    "sfn_state_machine": "definition! role_arn! name~ name_prefix~ publish:b=false type=STANDARD arn?"
    " logging_configuration{ include_execution_data:b level log_destination } tracing_configuration{ enabled:b }",
    "scheduler_schedule": "schedule_expression! name~ name_prefix~ description end_date group_name~ kms_key_arn"
    " schedule_expression_timezone=UTC start_date state=ENABLED arn? flexible_time_window{ mode! maximum_window_in_minutes:n }"
    " target{ arn! role_arn! input dead_letter_config{ arn! }"
    " retry_policy{ maximum_event_age_in_seconds:n maximum_retry_attempts:n } }",
    "lambda_permission": "statement_id~ action! function_name! principal! source_arn",
}
ACCOUNT = "111122223333"
SOURCES = {
    "caller_identity": ("account_id? arn? user_id? id?", lambda given: {"account_id": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "user_id": "u", "id": ACCOUNT}),
    "region": ("name~ region? id?", lambda given: {"name": "eu-west-1", "region": "eu-west-1", "id": "eu-west-1"}),
    "partition": ("partition? dns_suffix? id?", lambda given: {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"}),
    "sns_topic": ("name! arn? id?", lambda given: {"arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:{given['name']}", "id": given["name"]}),
    "iam_policy_document": (
        "version policy_id json? id? source_policy_documents:l override_policy_documents:l"
        " statement{ sid effect~ actions:e not_actions:e resources:e not_resources:e"
        " principals<{ type! identifiers:e! } not_principals<{ type! identifiers:e! }"
        " condition<{ test! variable! values:l! } }",
        lambda given: {"json": json.dumps(document(given)), "id": "1"},
    ),
}


def document(given):
    """The policy that statements make."""
    names = {"sid": "Sid", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
    statements = []
    for written in given.get("statement") or []:
        made = {names[key]: value for key, value in written.items() if key in names and value}
        made["Effect"] = written.get("effect") or "Allow"
        for principal in written.get("principals") or []:
            made.setdefault("Principal", {})[principal["type"]] = principal["identifiers"]
        for condition in written.get("condition") or []:
            made.setdefault("Condition", {}).setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
        statements.append(made)
    return {"Version": given.get("version") or "2012-10-17", "Statement": statements}


class Blocks(schema.NestedBlock):
    """Nested blocks with blocks in them, which the framework's own cannot have."""

    def __init__(self, name, attributes, blocks, is_set):
        self.type_name = name
        self.block = schema.Block(attributes=attributes, block_types=blocks)
        self.nesting = "SET" if is_set else "LIST"
        self.min_items = self.max_items = self.nesting_mode = None

    def to_pb(self):
        nesting = getattr(wire.Schema.NestedBlock.NestingMode, self.nesting)
        return wire.Schema.NestedBlock(type_name=self.type_name, block=self.block.to_pb(), nesting=nesting)

    def turn(self, value, how):
        if value is None or value is Unknown:
            return value
        coders = {attribute.name: getattr(attribute.type, how) for attribute in self.block.attributes}
        coders |= {block.type_name: getattr(block, how) for block in self.block.block_types}
        keep = lambda entry: entry is None or entry is Unknown
        return [{key: entry if keep(entry) else coders[key](entry) for key, entry in block.items()} for block in value]

    def encode(self, value):
        return self.turn(value, "encode")

    def decode(self, value):
        return self.turn(value, "decode")

    def semantically_equal(self, before, after):
        return before == after


def attribute(word):
    name, kind, end, default = re.fullmatch(r"(\w+?)(?::(\w))?([!?~]|=(\S*))?", word).groups()
    kind = TYPES[kind or "s"]
    if default is not None:
        default = {"true": True, "false": False, "0": 0}.get(default, default)
        return schema.Attribute(name, kind, optional=True, computed=True, default=default)
    return schema.Attribute(name, kind, required=end == "!", computed=end in ("?", "~"), optional=end in (None, "~"))


def parsed(words):
    """Attributes and blocks up to the closing brace."""
    attributes, blocks = [], []
    while words and (word := words.pop(0)) != "}":
        if word.endswith("{"):
            blocks.append(Blocks(word.rstrip("<{"), *parsed(words), is_set=word.endswith("<{")))
        else:
            attributes.append(attribute(word))
    return attributes, blocks


def of(kind, name, text, **methods):
    attributes, blocks = parsed(text.split())
    whole = schema.Schema(attributes=attributes, block_types=blocks)
    both = {"get_name": classmethod(lambda _: name), "get_schema": classmethod(lambda _: whole)}
    return type(name, (kind,), {**both, "__init__": lambda self, _: None, "validate": lambda *_: None, **methods})


def refused(*_):
    raise SystemExit("nothing is applied")


class Schemas(Provider):
    def full_name(self):
        return "registry.terraform.io/hashicorp/aws"

    def get_model_prefix(self):
        return "aws_"

    def get_provider_schema(self, _):
        attributes, blocks = parsed("region profile allowed_account_ids:e default_tags{ tags:m } assume_role{ role_arn }".split())
        return schema.Schema(attributes=attributes, block_types=blocks)

    def validate_config(self, *_):
        pass

    def configure_provider(self, *_):
        pass

    def get_functions(self):
        return []

    def get_resources(self):
        same = {"read": lambda self, _, now: now, "plan": lambda self, _, now, planned: planned}
        same |= {"create": refused, "update": refused, "delete": refused}
        return [of(Resource, name, text + EVERY, **same) for name, text in RESOURCES.items()]

    def get_data_sources(self):
        reading = lambda fill: lambda self, _, given: {**given, **fill(given)}
        return [of(DataSource, name, text, read=reading(fill)) for name, (text, fill) in SOURCES.items()]

    def new_resource(self, made):
        return made(self)

    def new_data_source(self, made):
        return made(self)


runner.run_provider(Schemas())
