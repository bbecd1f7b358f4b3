//! CloudWatch Logs filter patterns: read one, evaluate it on an event, prove that some cover another.

/// stub
#[derive(Debug, Clone)]
pub struct Pattern;
/// stub
#[derive(Debug, Clone)]
pub struct Witness;
