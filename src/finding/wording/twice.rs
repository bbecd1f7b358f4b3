//! What is reported about resources of one name.

/// Of what, and where each is declared: lower case, no full stop.
pub(super) fn twice(what: &str, places: &[String]) -> String {
    format!("{what} is declared twice, and only one of the two will exist: {}", places.join(" and "))
}
