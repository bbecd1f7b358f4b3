//! The real executable, run as people run it: against emulators of AWS and an in-process server with AWS's own page
//! sizes, over broken connections, on hostile files, and on the commands that the documentation shows.
//!
//! Each test describes an account, lets something play AWS with it, runs the executable and reads its report. What the
//! tests share is in `tests/support`.

#[path = "../support/lib.rs"]
mod support;

/// The harness's own parts, checked against each other before anything is concluded from them.
mod harness;
/// One account, one change to it, and what the report then says.
mod scenario;

/// The alarm's link: broken in every way, on one rule.
mod alarm;
/// Answers that are none.
mod answers;
/// Templates before anything is deployed.
mod check;
/// Help, hints, options on either side of a command.
mod command_line;
/// Accounts that comply though they look different.
mod compliant;
/// Credentials, roles, profiles, regions, endpoints and proxies.
mod connection;
/// Where credentials come from, and what is said when they do not come.
mod credentials;
/// The table of defects, deployed.
mod defects;
/// Data points, and who is notified of them.
mod delivery;
/// The built-in account.
mod demo;
/// What changed between two reports.
mod drift;
/// The audit of an organization on an engine of AWS.
mod engine;
/// EventBridge rules that watch what no chain does.
mod event_rule;
/// Files of events as tools write them.
mod events;
/// What a report rests on, and judging again what it judged.
#[cfg(unix)]
mod evidence;
/// The examples of dashboards and gates.
mod examples;
/// What controls and reason codes mean.
mod explain;
/// Answers that fail or lie.
mod faults;
/// Every file that is written.
#[cfg(unix)]
mod files;
/// From what is missing to a subscriber being notified.
mod fix;
/// Every format, as others read it.
mod formats;
/// Bad arguments, files and terminals.
mod hostile;
/// Where the services are of which no SDK crate is built in.
mod hosts;
/// The page that is sent to auditors, as a browser reads it.
mod html;
/// Where journals are kept, and the list of them.
#[cfg(unix)]
mod journals;
/// The log group's link.
mod log_group;
/// Man pages.
mod man;
/// The metric filter's link, with the patterns that other auditors judge wrongly.
mod metric_filter;
mod monitoring_link;
/// What holds alarms back.
mod mute_rule;
mod narrow;
/// Many accounts in one run.
mod organization;
/// Several reports of one audit.
mod outputs;
mod own_rules;
/// What is released.
mod package;
/// The pattern commands.
mod pattern;
/// Plans as documents: fingerprints, what is masked, what is stale, what a saved account can plan.
mod plans;
/// The IAM policies that are printed.
mod policy;
/// Settings that belong to a repository.
#[cfg(unix)]
mod project;
/// What proves that a fix made what is undone, and journals that someone else wrote.
mod proof;
/// Two fixes at once.
mod races;
/// The commands that the README and the pages in `docs` show.
mod readme;
/// What an account would have made of events.
mod replay;
/// How many requests an audit takes.
mod requests;
/// The control that asks whether Security Hub is enabled.
mod security_hub;
/// The accounts in parts, by whatever starts them.
mod shards;
/// Saving an account and auditing it later.
mod snapshot;
/// The topic's and the subscription's links.
mod subscription;
/// Whatever can go wrong, in every combination: a sample of it, and all with `CIS_AUDIT_SLOW=1`.
mod sweeps;
/// What a fix would create, as infrastructure code.
mod template;
/// Plans of Terraform, likewise.
mod terraform;
/// The key that encrypts a topic.
mod topic;
/// The trail's link.
mod trail;
/// Taking a fix back.
mod undo;
/// Failures that are accepted for a time.
mod waivers;
/// The executable as a function of Lambda.
mod worker;
/// Our workflows, and what installs the program.
mod workflows;
