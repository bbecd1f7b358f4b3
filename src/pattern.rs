//! CloudWatch Logs filter patterns: read one, evaluate it on an event, prove that some cover another.
