//! What happens all day in any account.

/// An event that happens all day in any account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Routine {
    /// A service takes on a role.
    ServiceAssumesRole,
    /// A role looks at instances.
    RoleDescribesInstances,
    /// A service uses a key to decrypt.
    ServiceDecrypts,
    /// A user lists buckets.
    UserListsBuckets,
    /// `CloudTrail` checks the bucket of a trail.
    TrailChecksBucket,
    /// A user signs in to the console.
    UserSignsIn,
    /// A function begins a log stream.
    FunctionCreatesLogStream,
}
