//! What can be the matter, family by family: with an account, a trail, a log group, … Each problem decides its
//! [`Code`](super::code::Code); how it is put into words is for `wording`.

mod account;
mod alarm;
mod firing;
mod log_group;
mod metric;
mod named;
mod near_miss;
mod routine;
mod topic;
mod trail;

pub use self::account::{AccountProblem, RegionProblem};
pub use self::alarm::{AlarmProblem, CompositeDoubt, CompositeProblem, MuteWindow};
pub use self::firing::{
    CalendarPeriod, Comparison, Condition, Counts, ExpressionDoubt, FiringDoubt, Never, Pause, ShortPeriods, Silence,
};
pub use self::log_group::{GroupQuestion, LastDelivery, LogGroupProblem};
pub use self::metric::{FilterProblem, Gate, MetricProblem, PatternDoubt};
pub use self::named::Named;
pub use self::near_miss::{Likeness, NearMiss, NotReached};
pub use self::routine::Routine;
pub use self::topic::{DeadEnd, FilterPolicyDoubt, KeyProblem, Place, TopicProblem, TopicQuestion};
pub use self::trail::{TrailPart, TrailProblem};
