//! Where requests that are signed by this program's own code go, held against AWS's own endpoint rules, which
//! botocore's interpreter evaluates: each service, in every region of every partition and in regions that are not known
//! yet, with and without FIPS and dual stack. And what its service models list, held against the tool's closed lists.

use std::collections::{BTreeMap, BTreeSet};

use cis_audit::closed::{self, List};
use cis_audit::partition::host::{Hosts, Variant};
use cis_audit::partition::{PARTITIONS, Partition};
use serde_json::Value;

use crate::support::python::{self, HOSTS};

/// What botocore's rules say; nothing where Python cannot run.
fn rules() -> Option<Value> {
    let interpreter = HOSTS.or_skip()?;
    let services = Hosts::ALL.map(|hosts| hosts.name);
    let output = python::script(interpreter, "hosts.py").args(services).output().expect("the interpreter runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).expect("the script answers in JSON"))
}

/// The rules of one service, region and combination of FIPS and dual stack, and what the tool has instead.
fn difference(rule: &Value) -> Option<String> {
    let text = |field: &str| rule[field].as_str();
    let given = |field: &str| text(field).expect("a text");
    let is = |field: &str| rule[field].as_bool().expect("a truth value");
    let hosts =
        Hosts::ALL.into_iter().find(|hosts| hosts.name == given("service")).expect("a service that was asked for");
    let region = given("region");
    let ours = hosts.in_region(region, Variant { fips: is("fips"), dual_stack: is("dual_stack") });
    let is_same = match &ours {
        Ok(host) => text("host") == Some(host) && text("signing_region") == Some(hosts.signing_region(region)),
        Err(_) => text("error").is_some(),
    };
    let same_partition = Partition::of_region(region).name == given("partition");
    let same_name = text("signing_name").is_none_or(|name| name == hosts.name);
    (!(is_same && same_partition && same_name)).then(|| format!("{rule}\n  the tool: {ours:?}"))
}

#[test]
fn every_host_is_that_of_the_endpoint_rules() {
    let Some(rules) = rules() else { return };
    let hosts = rules["hosts"].as_array().expect("a list");
    let different: Vec<String> = hosts.iter().filter_map(difference).collect();
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), hosts.len(), different.join("\n"));
    // 6 services in 64 regions, of which 48 exist, with and without FIPS and dual stack.
    assert_eq!(hosts.len(), 6 * 64 * 4);
    let refused = hosts.iter().filter(|rule| rule["error"].is_string()).count();
    assert_eq!(refused, 8, "China's S3 has no FIPS hosts");
}

#[test]
fn every_partition_is_that_of_the_table() {
    let Some(rules) = rules() else { return };
    let listed = rules["partitions"].as_array().expect("a list");
    let name = |partition: &Value| partition["id"].as_str().expect("a name").to_owned();
    let theirs: BTreeSet<String> = listed.iter().map(name).collect();
    let ours: BTreeSet<String> = PARTITIONS.iter().map(|partition| partition.name.to_owned()).collect();
    assert_eq!(ours, theirs, "a partition is new or gone: src/partition.rs has the table");
    for partition in listed {
        let name = name(partition);
        let ours = Partition::named(&name).expect("it was compared");
        let output = |field: &str| &partition["outputs"][field];
        assert_eq!(output("dnsSuffix"), ours.dns_suffix, "{name}");
        assert_eq!(output("dualStackDnsSuffix"), ours.dual_stack_suffix, "{name}");
        assert_eq!(output("supportsFIPS"), ours.has_fips, "{name}");
        assert_eq!(output("supportsDualStack"), ours.has_dual_stack, "{name}");
        let regions: BTreeSet<&str> =
            partition["regions"].as_object().expect("regions").keys().map(String::as_str).collect();
        let ours: BTreeSet<&str> = ours.regions.iter().copied().chain(ours.global_region).collect();
        assert_eq!(ours, regions, "{name}: a region is new or gone: src/partition.rs has the table");
    }
}

/// The service models of botocore are newer than the SDK crates.
#[test]
fn closed_lists_are_those_of_the_service_models() {
    let Some(interpreter) = HOSTS.or_skip() else { return };
    let shape = |list: &&List| format!("{}:{}", list.service, list.name);
    let days = "logs:Days".to_owned();
    let asked = closed::LISTS.iter().map(shape).chain([days.clone()]);
    let output = python::script(interpreter, "members.py").args(asked).output().expect("the interpreter runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let models: BTreeMap<String, BTreeSet<String>> = serde_json::from_slice(&output.stdout).expect("lists of members");
    for list in closed::LISTS {
        let ours = list.members.iter().chain(list.newer).map(|member| (*member).to_owned());
        assert_eq!(
            ours.collect::<BTreeSet<_>>(),
            models[&shape(&list)],
            "{}: decide {}, then list it in src/closed.rs",
            list.name,
            list.decide
        );
    }
    let ours: BTreeSet<String> = closed::RETENTION_DAYS.iter().map(ToString::to_string).collect();
    assert_eq!(ours, models[&days], "what a log group's retention may be is in src/closed.rs");
}
