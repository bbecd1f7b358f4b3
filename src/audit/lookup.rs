//! What the predictions for Security Hub CSPM of all controls look up: the letters of filters' patterns, and alarms by the
//! metric that they watch. Nothing here is judged.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::snapshot::{MetricAlarm, MetricFilter, Snapshot, Watched};

/// Worked out when it is first asked for: an account may have thousands of filters on a few patterns, and as many alarms.
#[derive(Default)]
pub(super) struct Lookup<'a> {
    letters: RefCell<HashMap<&'a str, Rc<str>>>,
    /// By where the filters of a log group are.
    shapes: RefCell<HashMap<*const MetricFilter, Shapes<'a>>>,
    alarms: OnceCell<HashMap<Metric<'a>, Watching<'a>>>,
}

/// Region, namespace and name.
type Metric<'a> = (&'a str, &'a str, &'a str);

/// Filters, with the letters of their patterns.
type Shapes<'a> = Rc<[(&'a MetricFilter, Rc<str>)]>;

/// Alarms on a metric.
#[derive(Default)]
pub(super) struct Watching<'a> {
    /// Those that watch it directly.
    pub(super) direct: Vec<&'a MetricAlarm>,
    /// The first that has it in metric math.
    pub(super) through_math: Option<&'a MetricAlarm>,
}

impl<'a> Lookup<'a> {
    /// All filters of a log group, with the letters of their patterns.
    pub(super) fn shapes(&self, group: &'a [MetricFilter]) -> Shapes<'a> {
        let shapes = || group.iter().map(|filter| (filter, self.letters(&filter.pattern))).collect();
        Rc::clone(self.shapes.borrow_mut().entry(group.as_ptr()).or_insert_with(shapes))
    }

    /// The text of a pattern without the blanks outside quotes.
    fn letters(&self, pattern: &'a str) -> Rc<str> {
        Rc::clone(self.letters.borrow_mut().entry(pattern).or_insert_with(|| without_blanks(pattern).into()))
    }

    /// The alarms of a region on a metric: its namespace and its name.
    pub(super) fn watching<'s>(&'s self, snapshot: &'a Snapshot, metric: Metric<'s>) -> Option<&'s Watching<'s>> {
        self.alarms.get_or_init(|| by_metric(snapshot)).get(&metric)
    }
}

fn by_metric(snapshot: &Snapshot) -> HashMap<Metric<'_>, Watching<'_>> {
    let mut all: HashMap<Metric<'_>, Watching<'_>> = HashMap::new();
    // Of two entries of a region the first counts, as for all that asks for its alarms.
    let regions = snapshot.alarms.iter();
    let regions =
        regions.filter(|alarms| snapshot.alarms_in(&alarms.region).is_some_and(|own| std::ptr::eq(own, *alarms)));
    for (region, alarm) in regions.flat_map(|alarms| alarms.metric_alarms.iter().map(|alarm| (&*alarms.region, alarm)))
    {
        match &alarm.watches {
            Watched::Metric(stat) => {
                all.entry((region, &stat.namespace, &stat.name)).or_default().direct.push(alarm);
            }
            Watched::Queries(queries) => {
                for stat in queries.iter().filter_map(|query| query.stat.as_ref()) {
                    let watching = all.entry((region, &stat.namespace, &stat.name)).or_default();
                    watching.through_math.get_or_insert(alarm);
                }
            }
            Watched::Criteria(_) => {}
        }
    }
    all
}

/// A pattern's text without the blanks outside quotes.
pub(super) fn without_blanks(text: &str) -> String {
    let mut quoted = false;
    let mut kept = String::with_capacity(text.len());
    for letter in text.chars() {
        quoted ^= letter == '"';
        if quoted || !letter.is_whitespace() {
            kept.push(letter);
        }
    }
    kept
}
