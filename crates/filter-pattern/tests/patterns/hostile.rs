//! Inputs that are meant to crash the engine, or to keep it busy. Times are generous: the tests run unoptimised and
//! in parallel with others; what matters is that the work is bounded.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use filter_pattern::{Candidate, Coverage, ErrorKind, Matched, Pattern, broader, covers};

use crate::records::RECORDS;

/// What an answer may take in an unoptimised build.
const LIMIT: Duration = Duration::from_secs(10);

fn parse(text: &str) -> Pattern {
    Pattern::parse(text).unwrap_or_else(|error| panic!("{error}\n{}", error.caret()))
}

/// Joins as many tests as 1,024 characters hold.
fn fill(by: &str, mut test: impl FnMut(usize) -> String) -> String {
    let mut text = "{ ".to_owned();
    for i in 0.. {
        let next = test(i);
        if text.len() + next.len() + by.len() + 4 > 1024 {
            break;
        }
        if i > 0 {
            let _ = write!(text, " {by} ");
        }
        text.push_str(&next);
    }
    text + " }"
}

/// Asks in both directions, against itself and an official text, and watches the clock.
fn timed(name: &str, found: &[String], required: &str) -> Coverage {
    let found: Vec<Pattern> = found.iter().map(|text| parse(text)).collect();
    let required = parse(required);
    let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
    let start = Instant::now();
    let answer = covers(&candidates, &required, &RECORDS);
    let forward = start.elapsed();
    let start = Instant::now();
    let wider = broader(&candidates, &required, &RECORDS);
    let backward = start.elapsed();
    let start = Instant::now();
    let _ = covers(&[Candidate::new(&required)], &found[0], &RECORDS);
    let reverse = start.elapsed();
    #[expect(clippy::print_stdout, reason = "figures for the person who runs it")]
    {
        let kind = match &answer {
            Coverage::Covered => "covered".to_owned(),
            Coverage::Missed(_) => "missed".to_owned(),
            Coverage::Undecided(why) => format!("undecided ({})", why.words()),
        };
        println!("{name}: {kind} {forward:?}, broader {} {backward:?}, reverse {reverse:?}", wider.is_some());
    }
    assert!(forward < LIMIT && backward < LIMIT && reverse < LIMIT, "{name}: {forward:?} {backward:?} {reverse:?}");
    answer
}

const IAM: &str = r#"{ ($.eventSource = "iam.amazonaws.com") && (($.eventName = "DeleteGroupPolicy") || ($.eventName = "PutUserPolicy") || ($.eventName = "CreatePolicy")) }"#;

/// A small generator, so that the cases are the same every time.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn brackets_nest_as_deep_as_a_stored_pattern_allows() {
    let nested = |depth: usize| format!("{{{}$.a=1{}}}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(parse(&nested(508)).matches("{\"a\":1}"), Matched::Yes);
    assert_eq!(Pattern::parse(&nested(513)).unwrap_err().kind(), ErrorKind::TooDeep);
    let alternating =
        (0..300).fold("$.a=1".to_owned(), |inner, i| format!("({inner}{}$.b=1)", if i % 2 == 0 { "&&" } else { "||" }));
    let pattern = parse(&format!("{{{alternating}}}"));
    assert_eq!(covers(&[Candidate::new(&pattern)], &pattern, &RECORDS), Coverage::Covered);
}

#[test]
fn megabytes_are_refused_at_once() {
    for text in ["(", "{(", "{ $.a", "\"", "%", "[a,", "a ", "{ $.a = \"", "-", "[[", "{$.a.a.a"] {
        let long = text.repeat(2_000_000 / text.len());
        let start = Instant::now();
        let error = Pattern::parse(&long).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLong);
        assert_eq!(error.caret().lines().count(), 2);
        assert!(error.to_string().len() < 300);
        assert!(start.elapsed() < LIMIT);
    }
}

#[test]
fn events_nest_without_end() {
    let pattern = parse("{ $.a NOT EXISTS }");
    let deep = format!("{{\"b\":{}{}}}", "[".repeat(400_000), "]".repeat(400_000));
    assert_eq!(pattern.matches(&deep), Matched::Yes);
    let unclosed = format!("{{\"b\":{}", "{\"b\":".repeat(100_000));
    assert_eq!(pattern.matches(&unclosed), Matched::No);
}

#[test]
fn hundreds_of_parts_of_one_text() {
    let parts = |by: &str, op: &str| fill(by, |i| format!("$.eventName {op} *{}*", char::from(b'a' + (i % 26) as u8)));
    timed("contains, any", &[parts("||", "=")], IAM);
    timed("contains, all", &[parts("&&", "=")], IAM);
    timed("contains, none", &[parts("&&", "!=")], IAM);
    let pairs =
        fill("&&", |i| format!("$.x = *{}{}*", char::from(b'a' + (i % 7) as u8), char::from(b'a' + (i % 11) as u8)));
    timed("pairs, all", std::slice::from_ref(&pairs), &pairs.replace("= *aa*", "= *a*"));
}

#[test]
fn many_selectors_with_no_order_to_them() {
    let mut random = Lcg(7);
    let mut clause = |_: usize| {
        let mut literal = || format!("$.v{} {} 1", random.below(12), if random.below(2) == 0 { "=" } else { "!=" });
        format!("({} || {} || {})", literal(), literal(), literal())
    };
    let hard: Vec<String> = (0..8).map(|_| fill("&&", &mut clause)).collect();
    timed("three of many", &hard, &hard[0]);
    timed("three of many, other", &hard[1..], "{ $.v0 = 1 || $.v1 != 1 }");
    timed("three of many, iam", &hard, IAM);
}

#[test]
fn pigeons_and_holes() {
    // Nine places, each with one of eight texts, no two alike: a proof that no search makes quickly.
    let required = fill("&&", |i| format!("($.p{i} = *a || $.p{i} = *b || $.p{i} = *c)"));
    let found: Vec<String> = (0..40)
        .map(|k| {
            fill("||", |i| {
                format!("($.p{} = *{} && $.p{} = *{})", i, ["a", "b", "c"][k % 3], (i + k) % 9, ["a", "b", "c"][k % 3])
            })
        })
        .collect();
    timed("pigeons", &found, &required);
}

/// Names that are demanded, against filters that say the same with wildcards at the start: each of these has two
/// readings, which must not be tried out one by one.
#[test]
fn an_account_of_suffixes_is_decided() {
    let services =
        ["Role", "User", "Group", "Table", "Bucket", "Key", "Vpc", "Subnet", "Gateway", "Trail", "Rule", "Stack"];
    let names = |verb: &str| services.map(|it| format!("($.eventName = \"{verb}{it}Policy\")")).join(" || ");
    let required = format!("{{ ($.eventSource = iam.amazonaws.com) && ({} || {}) }}", names("Put"), names("Delete"));
    let suffixes = services.map(|it| format!("($.eventName = \"*{it}Policy\")")).join(" || ");
    let others = (0..40).map(|i| {
        fill("||", |j| format!("($.eventName = \"*Name{i}x{j}\") && ($.userIdentity.userName != \"*bot{j}\")"))
    });
    let filters: Vec<String> = others.chain([format!("{{ {suffixes} }}")]).collect();
    assert_eq!(timed("an account of suffixes", &filters, &required), Coverage::Covered);
    assert_eq!(timed("suffixes alone", &filters[40..], &required), Coverage::Covered);
}

#[test]
fn a_hundred_filters() {
    let mut random = Lcg(11);
    let filters: Vec<String> = (0..100)
        .map(|i| {
            fill("||", |j| {
                format!(
                    "($.eventName = N{} && $.f{} != \"x{}*\" && $.g{} IS NULL)",
                    (i * 31 + j) % 400,
                    random.below(30),
                    j,
                    random.below(30)
                )
            })
        })
        .collect();
    timed("a hundred filters", &filters, IAM);
    timed("a hundred filters, one of them required", &filters, &filters[40]);
    let names: Vec<String> = (0..100).map(|i| fill("||", |j| format!("$.eventName = N{}", i * 50 + j))).collect();
    timed("five thousand names", &names, &names[99]);
    timed("five thousand names, one free", &names, "{ $.eventName != X }");
}

#[test]
fn wildcard_selectors_in_every_filter() {
    let filters: Vec<String> =
        (0..100).map(|i| format!("{{ $.a[*] != x{i} && $.a[*].b = y{i} && $.a.*.c[3] > {i} }}")).collect();
    timed("wildcards", &filters, "{ $.a[*] = z && $.a[*].b = y7 && $.a[5] = 1 }");
    timed("wildcards, itself", &filters, &filters[3]);
}

#[test]
fn regular_expressions_that_explode() {
    let regexes = [
        "%.*a.{200}%",
        "%a.{300}b%",
        "%[ab]*a[ab]{14}$%",
        "%^[^a]{900}$%",
        "%a{1000}b{1000}%",
        "%.{1000}.{1000}.{1000}%",
        "%x*y*x*y*x*y*x*y*x*y*x*y*z%",
    ];
    for regex in regexes {
        let found = format!("{{ $.eventName = {regex} && $.x = %[ab]*b[ab]{{15}}$% }}");
        timed(regex, std::slice::from_ref(&found), IAM);
        timed(regex, &[format!("{{ $.x = {regex} }}")], "{ $.x = %[ab]*b[ab]{12}% && $.x != %a.{100}a% }");
        let start = Instant::now();
        let _ = parse(&format!("{{ $.x = {regex} }}")).matches(&format!("{{\"x\":\"{}\"}}", "ab".repeat(100_000)));
        assert!(start.elapsed() < LIMIT, "{regex}");
    }
    let filters: Vec<String> =
        (0..20).map(|i| format!("{{ $.x = %[ab]*a[ab]{{{i}}}b% && $.x != %b[ab]{{{i}}}a$% }}")).collect();
    timed("regexes", &filters, "{ $.x = %^[ab]{40}$% }");
}

#[test]
fn paths_as_long_as_a_pattern() {
    let deep = format!("{{ ${} = 1 }}", ".a".repeat(500));
    assert_eq!(timed("deep", std::slice::from_ref(&deep), &deep), Coverage::Covered);
    assert!(matches!(timed("deep", std::slice::from_ref(&deep), "{ $.a.a NOT EXISTS }"), Coverage::Missed(_)));
    let indexes = fill("&&", |i| format!("$.a[{}] = 1", i * 99_999_999_999));
    timed("indexes", std::slice::from_ref(&indexes), &indexes);
}

#[test]
fn undocumented_wildcards_by_the_hundred() {
    let vague = |seed: usize| {
        fill("||", |i| format!("($.eventName = \"*{}*{}\" && $.f{} != \"*{}\")", (i + seed) % 10, i, i % 9, seed))
    };
    let filters: Vec<String> = (0..100).map(vague).collect();
    timed("vague", &filters, IAM);
    timed("vague, itself", &filters, &filters[50]);
    timed("vague, stranger", &filters[..50], &filters[77]);
}
