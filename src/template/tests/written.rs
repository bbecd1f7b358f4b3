//! Whole files, as they are written.

use super::*;

#[test]
fn in_cloudformation() {
    let whole = whole(&only("3.4"), Verdict::Cis, &Options::default()).expect("no stand-ins");
    insta::assert_snapshot!(written(&whole, Language::Cloudformation), @r#"
    # CIS AWS Foundations 1.2.0 monitoring: trail, log group, metric filters, alarms and topic, for an account that has none of them.
    # Written by cis-audit 0.1.0. Controls: 3.4.
    #
    # Deploy it:
    #   aws cloudformation deploy --stack-name cis-audit --template-file FILE --capabilities CAPABILITY_NAMED_IAM --parameter-overrides SubscriberEndpoint=…
    #
    # Manual steps, once it is deployed:
    # - confirm the subscription: open the email to the subscriber, or answer the request to the URL
    AWSTemplateFormatVersion: '2010-09-09'
    Description: 'CIS AWS Foundations 1.2.0 monitoring: trail, log group, metric filters, alarms and topic, for an account that has none of them'

    Parameters:
      SubscriberProtocol:
        Description: 'How a subscriber is notified: email, https, sms or sqs.'
        Type: String
        Default: email
        AllowedValues:
          - email
          - https
          - sms
          - sqs
      SubscriberEndpoint:
        Description: 'Who is notified: an email address, https:// URL, telephone number or ARN.'
        Type: String
        MinLength: 1
      NamePrefix:
        Description: Prefix of all names.
        Type: String
        Default: cis-audit
        AllowedPattern: '^[a-z](-?[a-z0-9])*$'
        MinLength: 3
        MaxLength: 20
      MetricNamespace:
        Description: Namespace of the metrics.
        Type: String
        Default: CISBenchmark
        AllowedPattern: '^[A-Za-z0-9._/#-]+$'
        MaxLength: 255
      RetentionInDays:
        Description: Days that the log group keeps events.
        Type: Number
        Default: 365
        AllowedValues: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
      AlarmPeriod:
        Description: Period of the alarms, a multiple of 60 seconds.
        Type: Number
        Default: 300
        MinValue: 60
        MaxValue: 86400

    Resources:
      TrailKey:
        Type: AWS::KMS::Key
        DeletionPolicy: Retain
        UpdateReplacePolicy: Retain
        Properties:
          Description: !Sub 'Encrypts the files of trail ${NamePrefix}'
          EnableKeyRotation: true
          KeyPolicy:
            Version: '2012-10-17'
            Statement:
              - Sid: Administration
                Effect: Allow
                Principal:
                  AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'
                Action: 'kms:*'
                Resource: '*'
              - Sid: Encrypt
                Effect: Allow
                Principal:
                  Service: cloudtrail.amazonaws.com
                Action: 'kms:GenerateDataKey*'
                Resource: '*'
                Condition:
                  StringEquals:
                    aws:SourceArn: !Sub 'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${NamePrefix}'
                  StringLike:
                    kms:EncryptionContext:aws:cloudtrail:arn: !Sub 'arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*'
              - Sid: Describe
                Effect: Allow
                Principal:
                  Service: cloudtrail.amazonaws.com
                Action: kms:DescribeKey
                Resource: '*'
                Condition:
                  StringEquals:
                    aws:SourceArn: !Sub 'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${NamePrefix}'
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      TrailKeyAlias:
        Type: AWS::KMS::Alias
        Properties:
          AliasName: !Sub 'alias/${NamePrefix}-trail'
          TargetKeyId: !Ref TrailKey

      TrailBucket:
        Type: AWS::S3::Bucket
        DeletionPolicy: Retain
        UpdateReplacePolicy: Retain
        Properties:
          BucketName: !Sub '${NamePrefix}-trail-${AWS::AccountId}-${AWS::Region}'
          PublicAccessBlockConfiguration:
            BlockPublicAcls: true
            BlockPublicPolicy: true
            IgnorePublicAcls: true
            RestrictPublicBuckets: true
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      TrailBucketPolicy:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref TrailBucket
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: TrailReadsAcl
                Effect: Allow
                Principal:
                  Service: cloudtrail.amazonaws.com
                Action: s3:GetBucketAcl
                Resource: !Sub 'arn:${AWS::Partition}:s3:::${NamePrefix}-trail-${AWS::AccountId}-${AWS::Region}'
                Condition:
                  StringEquals:
                    aws:SourceArn: !Sub 'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${NamePrefix}'
              - Sid: TrailWrites
                Effect: Allow
                Principal:
                  Service: cloudtrail.amazonaws.com
                Action: s3:PutObject
                Resource: !Sub 'arn:${AWS::Partition}:s3:::${NamePrefix}-trail-${AWS::AccountId}-${AWS::Region}/AWSLogs/${AWS::AccountId}/*'
                Condition:
                  StringEquals:
                    aws:SourceArn: !Sub 'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${NamePrefix}'
                    s3:x-amz-acl: bucket-owner-full-control
              - Sid: OnlyTls
                Effect: Deny
                Principal: '*'
                Action: 's3:*'
                Resource:
                  - !Sub 'arn:${AWS::Partition}:s3:::${NamePrefix}-trail-${AWS::AccountId}-${AWS::Region}'
                  - !Sub 'arn:${AWS::Partition}:s3:::${NamePrefix}-trail-${AWS::AccountId}-${AWS::Region}/*'
                Condition:
                  Bool:
                    aws:SecureTransport: 'false'

      TrailLogGroup:
        Type: AWS::Logs::LogGroup
        Properties:
          LogGroupName: !Sub '/aws/cloudtrail/${NamePrefix}'
          RetentionInDays: !Ref RetentionInDays
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      TrailRole:
        Type: AWS::IAM::Role
        Properties:
          RoleName: !Sub '${NamePrefix}-cloudtrail-logs-${AWS::Region}'
          Description: !Sub 'CloudTrail writes the events of trail ${NamePrefix} to CloudWatch Logs'
          AssumeRolePolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Principal:
                  Service: cloudtrail.amazonaws.com
                Action: sts:AssumeRole
          Policies:
            - PolicyName: write-to-log-group
              PolicyDocument:
                Version: '2012-10-17'
                Statement:
                  - Effect: Allow
                    Action:
                      - logs:CreateLogStream
                      - logs:PutLogEvents
                    Resource: !Sub 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/cloudtrail/${NamePrefix}:log-stream:${AWS::AccountId}_CloudTrail_${AWS::Region}*'
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      Trail:
        Type: AWS::CloudTrail::Trail
        DependsOn:
          - TrailBucketPolicy
        Properties:
          TrailName: !Ref NamePrefix
          IsLogging: true
          IsMultiRegionTrail: true
          IncludeGlobalServiceEvents: true
          EnableLogFileValidation: true
          S3BucketName: !Ref TrailBucket
          KMSKeyId: !GetAtt TrailKey.Arn
          CloudWatchLogsLogGroupArn: !GetAtt TrailLogGroup.Arn
          CloudWatchLogsRoleArn: !GetAtt TrailRole.Arn
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      AlertsTopic:
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !Sub '${NamePrefix}-alerts'
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

      AlertsTopicPolicy:
        Type: AWS::SNS::TopicPolicy
        Properties:
          Topics:
            - !Ref AlertsTopic
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: '__default_statement_ID'
                Effect: Allow
                Principal:
                  AWS: '*'
                Action:
                  - SNS:GetTopicAttributes
                  - SNS:SetTopicAttributes
                  - SNS:AddPermission
                  - SNS:RemovePermission
                  - SNS:DeleteTopic
                  - SNS:Subscribe
                  - SNS:ListSubscriptionsByTopic
                  - SNS:Publish
                Resource: !Sub 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${NamePrefix}-alerts'
                Condition:
                  StringEquals:
                    AWS:SourceOwner: !Ref AWS::AccountId
              - Sid: CloudWatchAlarms
                Effect: Allow
                Principal:
                  Service: cloudwatch.amazonaws.com
                Action: sns:Publish
                Resource: !Sub 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${NamePrefix}-alerts'
                Condition:
                  ArnLike:
                    aws:SourceArn: !Sub 'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*'
                  StringEquals:
                    aws:SourceAccount: !Ref AWS::AccountId

      AlertsSubscription:
        Type: AWS::SNS::Subscription
        Properties:
          TopicArn: !Ref AlertsTopic
          Protocol: !Ref SubscriberProtocol
          Endpoint: !Ref SubscriberEndpoint

      IamPolicyChangesFilter:
        Type: AWS::Logs::MetricFilter
        Properties:
          LogGroupName: !Ref TrailLogGroup
          FilterName: !Sub '${NamePrefix}-iam-policy-changes'
          FilterPattern: '{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}'
          MetricTransformations:
            - MetricNamespace: !Ref MetricNamespace
              MetricName: IamPolicyChanges
              MetricValue: '1'

      IamPolicyChangesAlarm:
        Type: AWS::CloudWatch::Alarm
        Properties:
          AlarmName: !Sub '${NamePrefix}-iam-policy-changes'
          AlarmDescription: Ensure a log metric filter and alarm exist for IAM policy changes (CIS AWS Foundations Benchmark 1.2.0, 3.4)
          Namespace: !Ref MetricNamespace
          MetricName: IamPolicyChanges
          Statistic: Sum
          Period: !Ref AlarmPeriod
          EvaluationPeriods: 1
          DatapointsToAlarm: 1
          Threshold: 1
          ComparisonOperator: GreaterThanOrEqualToThreshold
          TreatMissingData: notBreaching
          AlarmActions:
            - !Ref AlertsTopic
          Tags:
            - Key: cis-audit
              Value: !Ref NamePrefix

    Outputs:
      TrailBucket:
        Description: Name of the bucket of the trail
        Value: !Ref TrailBucket
      TrailLogGroup:
        Description: ARN of the log group of the trail
        Value: !GetAtt TrailLogGroup.Arn
      Trail:
        Description: ARN of the trail
        Value: !GetAtt Trail.Arn
      AlertsTopic:
        Description: ARN of the topic that alarms notify
        Value: !Ref AlertsTopic
    "#);
}

#[test]
fn in_terraform() {
    let options = Options {
        subscribe: endpoints(&["email:ops@example.com"]),
        tags: [("cost centre".to_owned(), "12".to_owned())].into(),
        allow_update: true,
        ..Options::default()
    };
    let (_, template) = of_demo(&rules(Benchmark::default()), &options);
    insta::assert_snapshot!(written(&template, Language::Terraform), @r#"
    # CIS AWS Foundations 1.2.0 monitoring: what account 111122223333 lacks in us-east-1.
    # Written by cis-audit 0.1.0. Controls: 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 3.10, 3.11, 3.12, 3.13, 3.14.
    # The account was read at 2026-01-05T09:00:00Z: if it has changed since, make a new template.
    #
    # Deploy it:
    #   terraform init
    #   terraform apply
    #
    # Manual steps, once it is deployed:
    # - change trail management-events (3.7)
    #     aws --region us-east-1 cloudtrail put-event-selectors --trail-name arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events --event-selectors '[{"DataResources":[],"ExcludeManagementEventSources":[],"IncludeManagementEvents":true,"ReadWriteType":"All"}]'
    # - open the email to ne***@example.com and confirm (3.10)
    # - open the email to op***@example.com and confirm (3.6, 3.8, 3.10)
    # - a subscription confirmed with the link in its email can be unsubscribed by anyone who has one of its emails, or by a scanner that follows links; to prevent that, confirm with the TopicArn and Token of that link instead: aws sns confirm-subscription --authenticate-on-unsubscribe true --topic-arn TOPIC --token TOKEN (3.6, 3.8, 3.10)

    terraform {
      required_version = ">= 1.0"

      required_providers {
        aws = {
          source  = "hashicorp/aws"
          version = ">= 5.0"
        }
      }
    }

    provider "aws" {
      region              = "us-east-1"
      allowed_account_ids = ["111122223333"]
    }

    variable "subscriber_protocol" {
      description = "How a subscriber is notified: email, https, sms or sqs."
      type        = string
      default     = "email"
    }

    variable "subscriber_endpoint" {
      description = "Who is notified: an email address, https:// URL, telephone number or ARN."
      type        = string
      default     = "ops@example.com"
    }

    variable "alarm_period" {
      description = "Period of the alarms, a multiple of 60 seconds."
      type        = number
      default     = 300
    }

    resource "aws_sns_topic" "s3_watch" {
      name = "s3-watch"
      tags = {
        "cis-audit"   = "cis-audit"
        "cost centre" = "12"
      }
    }

    resource "aws_sns_topic_policy" "s3_watch" {
      arn = aws_sns_topic.s3_watch.arn
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid    = "__default_statement_ID"
            Effect = "Allow"
            Principal = {
              AWS = "*"
            }
            Action = [
              "SNS:GetTopicAttributes",
              "SNS:SetTopicAttributes",
              "SNS:AddPermission",
              "SNS:RemovePermission",
              "SNS:DeleteTopic",
              "SNS:Subscribe",
              "SNS:ListSubscriptionsByTopic",
              "SNS:Publish",
            ]
            Resource = "arn:aws:sns:us-east-1:111122223333:s3-watch"
            Condition = {
              StringEquals = {
                "AWS:SourceOwner" = "111122223333"
              }
            }
          },
          {
            Sid    = "CloudWatchAlarms"
            Effect = "Allow"
            Principal = {
              Service = "cloudwatch.amazonaws.com"
            }
            Action   = "sns:Publish"
            Resource = "arn:aws:sns:us-east-1:111122223333:s3-watch"
            Condition = {
              ArnLike = {
                "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"
              }
              StringEquals = {
                "aws:SourceAccount" = "111122223333"
              }
            }
          },
        ]
      })
    }

    resource "aws_sns_topic_subscription" "security_alerts" {
      topic_arn = "arn:aws:sns:us-east-1:111122223333:security-alerts"
      protocol  = var.subscriber_protocol
      endpoint  = var.subscriber_endpoint
    }

    resource "aws_sns_topic_subscription" "s3_watch" {
      topic_arn = aws_sns_topic.s3_watch.arn
      protocol  = var.subscriber_protocol
      endpoint  = var.subscriber_endpoint
    }

    resource "aws_sns_topic_subscription" "network_team" {
      topic_arn = "arn:aws:sns:us-east-1:111122223333:network-team"
      protocol  = var.subscriber_protocol
      endpoint  = var.subscriber_endpoint
    }

    resource "aws_cloudwatch_log_metric_filter" "iam_policy_changes" {
      name           = "cis-audit-iam-policy-changes"
      log_group_name = "aws-cloudtrail-logs"
      pattern        = "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}"

      metric_transformation {
        namespace = "CISBenchmark"
        name      = "CisAuditIamPolicyChanges"
        value     = "1"
      }
    }

    resource "aws_cloudwatch_metric_alarm" "iam_policy_changes" {
      alarm_name          = "cis-audit-iam-policy-changes"
      alarm_description   = "Ensure a log metric filter and alarm exist for IAM policy changes (CIS AWS Foundations Benchmark 1.2.0, 3.4)"
      namespace           = "CISBenchmark"
      metric_name         = "CisAuditIamPolicyChanges"
      statistic           = "Sum"
      period              = var.alarm_period
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 1
      comparison_operator = "GreaterThanOrEqualToThreshold"
      treat_missing_data  = "notBreaching"
      alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:security-alerts"]
      tags = {
        "cis-audit"   = "cis-audit"
        "cost centre" = "12"
      }
    }

    resource "aws_cloudwatch_metric_alarm" "console_sign_in_failures" {
      alarm_name          = "cis-audit-console-sign-in-failures"
      alarm_description   = "Ensure a log metric filter and alarm exist for AWS Management Console authentication failures (CIS AWS Foundations Benchmark 1.2.0, 3.6)"
      namespace           = "CISBenchmark"
      metric_name         = "AuthenticationFailuresDetected"
      statistic           = "Sum"
      period              = var.alarm_period
      evaluation_periods  = 1
      datapoints_to_alarm = 1
      threshold           = 1
      comparison_operator = "GreaterThanOrEqualToThreshold"
      treat_missing_data  = "notBreaching"
      alarm_actions       = ["arn:aws:sns:us-east-1:111122223333:security-alerts"]
      tags = {
        "cis-audit"   = "cis-audit"
        "cost centre" = "12"
      }
    }

    output "s3_watch_topic" {
      description = "ARN of the topic that alarms notify"
      value       = aws_sns_topic.s3_watch.arn
    }
    "#);
}
