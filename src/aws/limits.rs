//! How much is asked at once. How many pages a list may have is for the file of its service, which knows what it holds.

/// Requests of one kind under way at once. CloudTrail allows 10 a second, CloudWatch little more.
pub(super) const AT_ONCE: usize = 8;
