//! Times of AWS: what time it is there, and the times of its answers as the rest of this program has them.
//!
//! This machine's clock may be wrong, and a service says the time with each answer (`Date`). Times that a service gives
//! later, such as when something was made, are compared with times that were taken here. Nothing here asks for the time.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use jiff::{SignedDuration, Timestamp};

/// This machine's clock, put right by the last answer that said the time.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Arc<Mutex<SignedDuration>>);

impl Clock {
    /// What time it is. `Date` has whole seconds and is as old as the answer was under way.
    pub(super) fn now(&self) -> Timestamp {
        let behind = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        now.checked_add(behind).unwrap_or(now)
    }

    /// Takes note of the time that an answer gives.
    pub(super) fn note(&self, answer: &HttpResponse) {
        let date = answer.headers().get("date").and_then(time);
        if let Some(date) = date {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date.duration_since(Timestamp::now());
        }
    }
}

/// A time of the SDK's.
pub(super) fn timestamp(time: DateTime) -> Option<Timestamp> {
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

/// `Tue, 15 Nov 1994 08:12:31 GMT`.
fn time(text: &str) -> Option<Timestamp> {
    timestamp(DateTime::from_str(text, Format::HttpDate).ok()?)
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn time_after(date: &'static str) -> Timestamp {
        let clock = Clock::default();
        let mut answer = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        answer.headers_mut().insert("date", date);
        clock.note(&answer);
        clock.now()
    }

    #[test]
    fn the_clock_is_that_of_the_last_answer() {
        let now = time_after("Tue, 15 Nov 1994 08:12:31 GMT");
        let wanted: Timestamp = "1994-11-15T08:12:31Z".parse().unwrap();
        assert!(now.duration_since(wanted).abs() < SignedDuration::from_secs(5), "{now}");
    }

    #[test]
    fn without_a_time_it_is_this_machines() {
        for date in ["", "tomorrow", "Tue, 99 Nov 1994 08:12:31 GMT"] {
            assert!(time_after(date).duration_since(Timestamp::now()).abs() < SignedDuration::from_secs(5), "{date}");
        }
    }
}
