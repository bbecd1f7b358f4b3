//! What is reported about events that happen all day.

use crate::finding::facts::Routine;

/// To be the object in a sentence.
pub(super) fn words(routine: Routine) -> &'static str {
    match routine {
        Routine::ServiceAssumesRole => "sts:AssumeRole by an AWS service",
        Routine::RoleDescribesInstances => "ec2:DescribeInstances by a role",
        Routine::ServiceDecrypts => "kms:Decrypt by an AWS service",
        Routine::UserListsBuckets => "s3:ListBuckets by a user",
        Routine::TrailChecksBucket => "s3:GetBucketAcl by CloudTrail",
        Routine::UserSignsIn => "ConsoleLogin by a user",
        Routine::FunctionCreatesLogStream => "logs:CreateLogStream by a function",
    }
}
