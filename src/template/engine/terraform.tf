# The audit of an organization on a schedule: AWS Step Functions and Lambda, results in S3, changes to an SNS topic.
# Written by cis-audit @VERSION@.
#
# Apply it in the management account or in an account that is a delegated administrator of AWS Organizations, in the
# region in which audits start:
#   zip cis-audit.zip bootstrap        # the program for Linux, called bootstrap
#   terraform init && terraform apply -var code=cis-audit.zip
# Then put the members' role (`cis-audit policy --org`) into every account, with the output worker_role as its Auditor.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
  }
}

variable "name" {
  description = "With what the names of resources begin"
  type        = string
  default     = "cis-audit"
}

variable "code" {
  description = "The archive with the program, called bootstrap"
  type        = string
}

variable "architecture" {
  description = "What the program was built for: x86_64 or arm64"
  type        = string
  default     = "x86_64"
}

variable "memory" {
  description = "Memory of the function in MB; a thousand accounts need 128, and CPU comes with it"
  type        = number
  default     = @MEMORY@
}

variable "role_name" {
  description = "The members' role, as in the template of cis-audit policy --org"
  type        = string
  default     = "cis-audit"
}

variable "external_id" {
  description = "What the members' role asks for; empty for nothing"
  type        = string
  default     = ""
}

variable "options" {
  description = "Options of the audit, such as --benchmark 3.0.0 --skip-optional"
  type        = string
  default     = ""
}

variable "list_options" {
  description = "Which accounts, such as --ou ou-ab12-prod --skip-account 111122223333; empty for all"
  type        = string
  default     = ""
}

variable "batch_size" {
  description = "Accounts of one invocation, 100 at most"
  type        = number
  default     = 10
}

variable "max_concurrency" {
  description = "Invocations at once"
  type        = number
  default     = 8
}

variable "tolerated_failure_percentage" {
  description = "Batches that may fail before the run does; the report names their accounts"
  type        = number
  default     = 100
}

variable "schedule_expression" {
  description = "When it runs, as EventBridge Scheduler has it"
  type        = string
  default     = "rate(6 hours)"
}

variable "notify_email" {
  description = "Who is notified of changes and of failures of this audit itself; empty for nobody yet"
  type        = string
  default     = ""
}

variable "organization_id" {
  description = "The organization whose accounts may send their changes; empty for only this account's"
  type        = string
  default     = ""
}

variable "security_hub" {
  description = "Import findings into Security Hub CSPM of each account; the members' role must allow it"
  type        = bool
  default     = false
}

variable "retention_days" {
  description = "How long the results of a run are kept"
  type        = number
  default     = 400
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  has_bus   = var.organization_id != ""
  machine   = "${var.name}-audit"
  states    = "arn:${local.partition}:states:${data.aws_region.current.name}:${local.account}"
  statements = jsondecode(<<-JSON
@STATEMENTS@
  JSON
  )
  patterns = [
@PATTERNS@
  ]
}

resource "aws_s3_bucket" "results" {
  bucket_prefix = "${var.name}-results-"
}

resource "aws_s3_bucket_ownership_controls" "results" {
  bucket = aws_s3_bucket.results.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "results" {
  bucket                  = aws_s3_bucket.results.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "results" {
  bucket = aws_s3_bucket.results.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "results" {
  bucket = aws_s3_bucket.results.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "results" {
  bucket     = aws_s3_bucket.results.id
  depends_on = [aws_s3_bucket_versioning.results]
  rule {
    id     = "runs"
    status = "Enabled"
    filter {
      prefix = "runs/"
    }
    expiration {
      days = var.retention_days
    }
  }
  rule {
    id     = "rows"
    status = "Enabled"
    filter {
      prefix = "rows/"
    }
    expiration {
      days = var.retention_days
    }
  }
  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "results" {
  bucket     = aws_s3_bucket.results.id
  depends_on = [aws_s3_bucket_public_access_block.results]
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyEncryptedConnections"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.results.arn, "${aws_s3_bucket.results.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_sns_topic" "changes" {
  name         = "${var.name}-changes"
  display_name = "cis-audit"
}

resource "aws_sns_topic_policy" "changes" {
  arn = aws_sns_topic.changes.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.changes.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "changes" {
  count     = var.notify_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.changes.arn
  protocol  = "email"
  endpoint  = var.notify_email
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "events" {
  name = "${var.name}-events"
  # Changes come in groups: an account is read once they are over.
  delay_seconds = 120
  # Six times the function's time (Lambda developer guide, "Using Lambda with Amazon SQS").
  visibility_timeout_seconds = 5400
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Rules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.events.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_cloudwatch_log_group" "worker" {
  name              = "/aws/lambda/${var.name}-worker"
  retention_in_days = 90
}

resource "aws_iam_role" "worker" {
  name        = "${var.name}-worker"
  description = "Audits the organization, by the members' role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "worker" {
  name = "cis-audit"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.worker.arn}:*"]
      },
      {
        Sid      = "Results"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.results.arn}/*"]
      },
      {
        Sid      = "ListResults"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [aws_s3_bucket.results.arn]
      },
      {
        Sid      = "Changes"
        Effect   = "Allow"
        Action   = ["sns:Publish"]
        Resource = [aws_sns_topic.changes.arn]
      },
      {
        Sid      = "Events"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = [aws_sqs_queue.events.arn]
      },
      {
        Sid      = "Members"
        Effect   = "Allow"
        Action   = ["sts:AssumeRole"]
        Resource = ["arn:${local.partition}:iam::*:role/${var.role_name}"]
      },
    ], local.statements)
  })
}

resource "aws_lambda_function" "worker" {
  function_name    = "${var.name}-worker"
  description      = "cis-audit @VERSION@"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = var.code
  source_code_hash = filebase64sha256(var.code)
  memory_size      = var.memory
  timeout          = 900
  role             = aws_iam_role.worker.arn
  depends_on       = [aws_cloudwatch_log_group.worker, aws_iam_role_policy.worker]
  environment {
    variables = {
      CIS_AUDIT_BUCKET       = aws_s3_bucket.results.id
      CIS_AUDIT_BUCKET_OWNER = local.account
      CIS_AUDIT_ROLE_NAME    = var.role_name
      CIS_AUDIT_EXTERNAL_ID  = var.external_id
      CIS_AUDIT_TOPIC        = aws_sns_topic.changes.arn
      CIS_AUDIT_OPTIONS      = var.options
      CIS_AUDIT_LIST_OPTIONS = var.list_options
      CIS_AUDIT_BATCH        = tostring(var.batch_size)
      CIS_AUDIT_SECURITY_HUB = tostring(var.security_hub)
    }
  }
}

resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn                   = aws_sqs_queue.events.arn
  function_name                      = aws_lambda_function.worker.arn
  batch_size                         = 1000
  maximum_batching_window_in_seconds = 60
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_iam_role" "states" {
  name        = "${var.name}-states"
  description = "Starts the function for each batch of accounts"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "states" {
  name = "cis-audit"
  role = aws_iam_role.states.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Worker"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [aws_lambda_function.worker.arn]
      },
      {
        Sid      = "Batches"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${aws_s3_bucket.results.arn}/runs/*/batches.json"]
      },
      # A distributed map runs its items as executions of its own (Step Functions developer guide, "IAM policies for using
      # Distributed Map states").
      {
        Sid      = "Map"
        Effect   = "Allow"
        Action   = ["states:StartExecution"]
        Resource = ["${local.states}:stateMachine:${local.machine}"]
      },
      {
        Sid      = "MapRuns"
        Effect   = "Allow"
        Action   = ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"]
        Resource = ["${local.states}:execution:${local.machine}/*"]
      },
    ]
  })
}

resource "aws_sfn_state_machine" "audit" {
  name       = local.machine
  role_arn   = aws_iam_role.states.arn
  depends_on = [aws_iam_role_policy.states]
  definition = <<-JSON
@STATES@
  JSON
}

resource "aws_iam_role" "schedule" {
  name        = "${var.name}-schedule"
  description = "Starts the audit"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "cis-audit"
  role = aws_iam_role.schedule.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Start"
        Effect   = "Allow"
        Action   = ["states:StartExecution"]
        Resource = [aws_sfn_state_machine.audit.arn]
      },
      {
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [aws_sqs_queue.dead_letters.arn]
      },
    ]
  })
}

resource "aws_scheduler_schedule" "audit" {
  name                = "${var.name}-audit"
  description         = "The audit of the organization"
  schedule_expression = var.schedule_expression
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_sfn_state_machine.audit.arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{}"
    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600
    }
    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }
  }
}

resource "aws_cloudwatch_event_bus" "changes" {
  count = local.has_bus ? 1 : 0
  name  = "${var.name}-changes"
}

resource "aws_cloudwatch_event_bus_policy" "changes" {
  count          = local.has_bus ? 1 : 0
  event_bus_name = aws_cloudwatch_event_bus.changes[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Organization"
      Effect    = "Allow"
      Principal = "*"
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.changes[0].arn
      Condition = { StringEquals = { "aws:PrincipalOrgID" = var.organization_id } }
    }]
  })
}

resource "aws_cloudwatch_event_rule" "here" {
  count         = length(local.patterns)
  name          = "${var.name}-changes-here-${count.index + 1}"
  description   = "Calls in this account that can change a verdict"
  event_pattern = local.patterns[count.index]
}

resource "aws_cloudwatch_event_target" "here" {
  count = length(local.patterns)
  rule  = aws_cloudwatch_event_rule.here[count.index].name
  arn   = aws_sqs_queue.events.arn
  input_transformer {
    input_paths    = { account = "$.account", time = "$.time" }
    input_template = "{\"account\": <account>, \"time\": <time>}"
  }
}

resource "aws_cloudwatch_event_rule" "members" {
  count          = local.has_bus ? length(local.patterns) : 0
  name           = "${var.name}-changes-in-members-${count.index + 1}"
  description    = "Calls in other accounts that can change a verdict"
  event_bus_name = aws_cloudwatch_event_bus.changes[0].name
  event_pattern  = local.patterns[count.index]
}

resource "aws_cloudwatch_event_target" "members" {
  count          = local.has_bus ? length(local.patterns) : 0
  rule           = aws_cloudwatch_event_rule.members[count.index].name
  event_bus_name = aws_cloudwatch_event_bus.changes[0].name
  arn            = aws_sqs_queue.events.arn
  input_transformer {
    input_paths    = { account = "$.account", time = "$.time" }
    input_template = "{\"account\": <account>, \"time\": <time>}"
  }
}

resource "aws_cloudwatch_metric_alarm" "runs_fail" {
  alarm_name          = "${var.name}-runs-fail"
  alarm_description   = "A run of the audit failed"
  namespace           = "AWS/States"
  metric_name         = "ExecutionsFailed"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.audit.arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.changes.arn]
}

resource "aws_cloudwatch_metric_alarm" "no_runs" {
  alarm_name          = "${var.name}-no-runs"
  alarm_description   = "No run of the audit succeeded for a day"
  namespace           = "AWS/States"
  metric_name         = "ExecutionsSucceeded"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.audit.arn }
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.changes.arn]
}

resource "aws_cloudwatch_metric_alarm" "worker_fails" {
  alarm_name          = "${var.name}-worker-fails"
  alarm_description   = "The function of the audit fails"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.worker.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.changes.arn]
}

resource "aws_cloudwatch_metric_alarm" "letters_are_dead" {
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "A start or a change could not be handled; it is in the dead-letter queue"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.changes.arn]
}

output "worker_role" {
  description = "The Auditor of the members' role"
  value       = aws_iam_role.worker.arn
}

output "results" {
  description = "latest.json, report.html and the results of each run"
  value       = aws_s3_bucket.results.id
}

output "audit" {
  description = "Start it to audit now"
  value       = aws_sfn_state_machine.audit.arn
}

output "changes" {
  description = "Where changes are published"
  value       = aws_sns_topic.changes.arn
}

output "event_bus" {
  description = "The EventBus of the members' template"
  value       = local.has_bus ? aws_cloudwatch_event_bus.changes[0].arn : null
}
