//! The HTML page: what it says, how the chain is drawn, and that nothing of an account's can run in it.

use base64::Engine as _;
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

use std::sync::Arc;

use super::*;
use crate::finding::{Idle, UnusedWaiver, Waiver};
use crate::rule::HubControl;

mod drawing;
mod headline;

const STYLE: &str = include_str!("../html/page.css");
const REPORT_STYLE: &str = include_str!("../html/report.css");
const SCRIPT: &str = include_str!("../html/filter.js");

fn page_of(report: &Report) -> String {
    shown(report, Format::Html, &LOOK)
}

/// What is between two texts, the first time.
#[track_caller]
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(start).unwrap_or_else(|| panic!("no {start} in {page}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end} after {start}")).0
}

/// The card of a control.
#[track_caller]
fn card<'a>(page: &'a str, rule: &str) -> &'a str {
    between(page, &format!("id=\"{rule}\" data-status"), "</article>")
}

#[track_caller]
fn headline(report: &Report) -> String {
    let page = page_of(report);
    between(&page, "<h1", "</h1>").split_once("</span> ").unwrap().1.to_owned()
}

fn waived(finding: Finding) -> Finding {
    let waiver = Waiver {
        reason: "the queue is read by the night shift".to_owned(),
        owner: "ana".to_owned(),
        expires: "2026-12-31".parse().unwrap(),
    };
    Finding { waiver: Some(waiver), ..finding }
}

/// Browsers run only what the policy names.
#[test]
fn the_policy_names_the_style_and_the_script() {
    let page = page_of(&mixed());
    for (kind, texts) in [("style", &[STYLE, REPORT_STYLE][..]), ("script", &[SCRIPT])] {
        let hash = |text: &&str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        let hashes: String = texts.iter().map(|text| format!(" 'sha256-{}'", hash(text))).collect();
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
        assert!(policy.contains(&format!("{kind}-src{hashes}")), "{kind} is {hashes}, the policy {policy}");
        let written: String = texts.iter().map(|text| format!("<{kind}>{text}</{kind}>")).collect();
        assert!(page.contains(&written), "{kind}");
        assert_eq!(page.matches(&format!("<{kind}>")).count(), texts.len());
    }
    assert!(!SCRIPT.contains("innerHTML"), "names are text");
}

#[test]
fn every_failure_is_shown_with_link_event_and_remedy() {
    let page = page_of(&mixed());
    for (rule, wanted) in [
        (
            "3.4",
            &[
                "nobody has confirmed a subscription of security-alerts",
                "<code class=\"code\">subscription.pending</code>",
                "subscription: on***@example.com pending",
                "Confirm the subscription: click the link in the confirmation email within two days. After that, subscribe again. To keep others from unsubscribing the address, confirm with the link's Token instead (<code>cis-audit explain subscription.not_lasting</code>).",
                "<td class=\"word bad\"><span class=\"symbol\" aria-hidden=\"true\">✗</span> failed</td>",
            ][..],
        ),
        (
            "3.7",
            &[
                "kms does not match ScheduleKeyDeletion",
                "metric filter: iam-policy-changes broken; alarm: – not reached; topic: – not reached",
                "{\n  &quot;eventSource&quot;: &quot;kms.amazonaws.com&quot;,\n  \
                 <mark>&quot;eventName&quot;: &quot;ScheduleKeyDeletion&quot;</mark>\n}\n",
                "Widen the pattern until it matches all required events",
                "{ $.eventName = DeletePolicy }",
            ],
        ),
        (
            "3.9",
            &[
                "topic: security-alerts unknown; subscription: on***@example.com not judged",
                "<td class=\"word doubt\"><span class=\"symbol\" aria-hidden=\"true\">?</span> unknown</td>",
            ],
        ),
        (
            "3.1",
            &[
                "alarm: iam-policy-changes weak",
                "alarm calls waits for more than 10 events in 300 seconds",
                ">weak</span>",
            ],
        ),
    ] {
        let card = card(&page, rule);
        for wanted in wanted {
            assert!(card.contains(wanted), "{rule} without {wanted}: {card}");
        }
    }
    let gaps = between(&page, "id=\"gaps\"", "</section>");
    assert!(gaps.contains("sns:ListSubscriptionsByTopic") && gaps.contains("not authorized"), "{gaps}");
    assert_eq!(page.matches("<article").count(), 5);
    assert!(page.contains("<a href=\"#3.7\"><span class=\"number\">3.7</span>"), "the contents lead to the card");
}

/// The marks of a row of the table, by their classes.
#[track_caller]
fn marks<'a>(page: &'a str, rule: &str) -> Vec<&'a str> {
    let row = between(page, &format!("<tr data-for=\"{rule}\""), "</tr>");
    row.split("<td class=\"mark ").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_table_shows_where_each_control_breaks() {
    let page = page_of(&mixed());
    assert_eq!(marks(&page, "3.4"), ["good", "good", "good", "good", "good", "bad"]);
    assert_eq!(marks(&page, "3.7"), ["good", "good", "bad", "faint", "faint", "faint"]);
    assert_eq!(marks(&page, "3.9"), ["good", "good", "good", "good", "doubt", "faint"]);
    let before = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(before("<table>") < before("<article"), "the table is first");
    assert!(before("class=\"filter\"") < before("<table>"), "what filters it is above");
    assert!(REPORT_STYLE.contains(".filter { position: sticky; top: 0;"), "and stays in sight");
}

#[test]
fn what_fails_for_one_cause_is_said_once() {
    let page = page_of(&stopped());
    assert_eq!(page.matches("class=\"reason\"").count(), 1, "{page}");
    assert_eq!(page.matches("<section class=\"card cause ").count(), 1, "{page}");
    assert!(page.contains("<h3>3.1–3.14 <span class=\"count\">14 controls</span></h3>"), "{page}");
    assert_eq!(page.matches("<article").count(), 14);
    assert_eq!(page.matches("<details").count(), 15, "each control and the words are folded");
}

#[test]
fn a_pass_with_a_weakness_does_not_look_like_a_whole_one() {
    let mut weak = passes(1);
    weak.verdicts.effective.status = Status::Fail;
    let page = page_of(&report(vec![weak, passes(2)]));
    let result = |rule: &str| between(&page, &format!("<tr data-for=\"{rule}\""), "</td>").to_owned();
    assert!(
        result("3.1")
            .ends_with("<td class=\"result doubt\"><span class=\"symbol\" aria-hidden=\"true\">!</span> pass, weak")
    );
    assert!(
        result("3.2").ends_with("<td class=\"result good\"><span class=\"symbol\" aria-hidden=\"true\">✓</span> pass")
    );
    assert!(card(&page, "3.1").contains("<span class=\"symbol\" aria-hidden=\"true\">!</span> weak"));
    assert!(!card(&page, "3.2").contains("weak"));
}

#[test]
fn resources_lead_to_the_console() {
    let page = page_of(&report(vec![passes(4)]));
    let card = card(&page, "3.4");
    for place in [
        "https://eu-west-1.console.aws.amazon.com/sns/v3/home?region=eu-west-1#/topic/arn:aws:sns:eu-west-1:111122223333:security-alerts",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/iam-policy-changes",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/CloudTrail$252Flogs",
    ] {
        assert!(
            card.contains(&format!("<a class=\"console\" href=\"{place}\" rel=\"noreferrer\">")),
            "{place}: {card}"
        );
    }
}

#[test]
fn what_is_not_there_is_called_missing() {
    let mut finding = breaks(4, Status::Fail, Reason::from_sentence(Code::TrailNone, "the account has no trail"));
    finding.chain = Chain::default();
    let page = page_of(&report(vec![finding]));
    assert!(page.contains("The chain: trail: none missing; log group: – not reached;"), "{page}");
}

fn unread() -> Reason {
    Reason::from_parts(Code::TopicUnread, TOPIC, "topic security-alerts could not be read")
}

#[test]
fn waivers_say_why_who_and_until_when() {
    let mut report = report(vec![waived(pending())]);
    report.unused_waivers.push(UnusedWaiver {
        rule: "3.5".to_owned(),
        waiver: Waiver {
            reason: "moves in spring".to_owned(),
            owner: "ben".to_owned(),
            expires: "2026-03-01".parse().unwrap(),
        },
        why: Idle::Expired,
    });
    let page = page_of(&report);
    let card = card(&page, "3.4");
    assert!(card.starts_with("=\"waived\""), "{card}");
    assert!(card.contains("Waived until <time datetime=\"2026-12-31\">2026-12-31</time></strong> by ana: the queue is read by the night shift (without the waiver: fail)"), "{card}");
    let idle = between(&page, "id=\"unused-waivers\"", "</section>");
    assert!(
        idle.contains(
            "<strong>3.5</strong> <span class=\"tag\">expired</span> moves in spring (ben, until 2026-03-01)"
        )
    );
}

#[test]
fn addresses_are_shown_only_when_asked_for() {
    let report = report(vec![passes(4)]);
    assert!(!page_of(&report).contains("oncall@"));
    let open = shown(&report, Format::Html, &RenderOptions { show_endpoints: true, ..LOOK });
    assert!(open.contains("oncall@example.com") && open.contains("Subscribers' addresses are shown in full."));
}

#[test]
fn names_are_text_wherever_they_are() {
    const HOSTILE: &str =
        "\"'><script>alert(1)</script><img src=x onerror=alert(1)></title></svg>-->]]>\u{202e}\u{1b}[2J\0\u{ffff}&lt;";
    let name = || HOSTILE.to_owned();
    let mut finding = breaks(4, Status::Fail, Reason::from_parts(Code::SubscriptionPending, HOSTILE, HOSTILE));
    Arc::make_mut(&mut finding.rule).short_title = name();
    Arc::make_mut(&mut finding.rule).title = name();
    Arc::make_mut(&mut finding.rule).slug = name();
    finding.region = name();
    finding.account_id = name();
    finding.remedy = Some(Remedy { words: format!("{HOSTILE} `{HOSTILE}`"), pattern: Some(HOSTILE.to_owned()) });
    let hub = HubControl { control: name(), versions: Vec::new(), texts: Vec::new() };
    Arc::make_mut(&mut finding.rule).security_hub = Some(hub);
    finding.warnings.push(Reason::from_parts(Code::AlarmLatches, HOSTILE, HOSTILE));
    finding.waiver = Some(Waiver { reason: name(), owner: name(), expires: "2026-12-31".parse().unwrap() });
    let chain = &mut finding.chain;
    *chain = changed(chain, |step| match step {
        Step::Trail(trail) => *trail = TrailStep { arn: name().into(), home_region: name() },
        Step::LogGroup(arn) => *arn = name().into(),
        Step::Topic(arn) => *arn = name().into(),
        Step::MetricFilter(filter) => {
            let metrics = vec![Metric { namespace: name(), name: name() }];
            *filter = FilterStep { name: name(), pattern: name(), covers: filter.covers, metrics };
        }
        Step::Alarm(alarm) => alarm.arn = name().into(),
        Step::Subscription(subscription) => {
            subscription.protocol = name();
            subscription.endpoint = name();
        }
    });
    let mut report = report(vec![finding]);
    report.audits[0].account_id = name();
    report.audits[0].region = name();
    report.audits[0].gaps = vec![Gap {
        account_id: name(),
        region: name(),
        source: GapSource::call(name()),
        resource: Some(name()),
        code: name(),
        message: name(),
    }];
    report.unused_waivers = vec![UnusedWaiver {
        rule: name(),
        waiver: Waiver { reason: name(), owner: name(), expires: "2026-12-31".parse().unwrap() },
        why: Idle::Unused,
    }];
    let page = shown(&report, Format::Html, &RenderOptions { show_endpoints: true, ..LOOK });
    for (tag, count) in [("<script", 1), ("</script", 1), ("<img", 0), ("-->", 0), ("</svg", 2), ("<title>", 14)] {
        assert_eq!(page.matches(tag).count(), count, "{tag}");
    }
    let stray = page
        .chars()
        .find(|&letter| (letter.is_control() && letter != '\n') || matches!(letter, '\u{202e}' | '\u{ffff}'));
    assert_eq!(stray, None);
}

#[test]
fn long_names_are_shortened_with_a_full_title() {
    let mut finding = passes(4);
    let long = format!("first-{}-last", "x".repeat(100));
    finding.chain = filters_called(&long, &finding.chain);
    let page = page_of(&report(vec![finding]));
    let drawing = between(&page, "<svg class=\"chain wide\"", "</svg>");
    assert!(drawing.contains(&format!("<title>{long}</title>")));
    assert!(
        drawing.contains(">first-xxxxxxxxxxxxxx</text>") && drawing.contains(">…xxxxxxxxxxxxxx-last</text>"),
        "{drawing}"
    );
    let enormous = "x".repeat(10 << 20);
    let mut finding = passes(4);
    finding.chain = changed(&finding.chain, |step| {
        if let Step::Alarm(alarm) = step {
            alarm.arn = enormous.as_str().into();
        }
    });
    let page = page_of(&report(vec![finding]));
    assert!(page.len() < 100_000, "{} bytes", page.len());
}

/// Text needs a contrast of 4.5 (WCAG 2.2, 1.4.3), in both schemes and on paper.
#[test]
fn every_colour_can_be_read_on_its_background() {
    let schemes: Vec<&str> = STYLE.split(":root {").skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
    assert_eq!(schemes.len(), 3, "light, dark, print");
    for scheme in schemes {
        let color = |name: &str| between(scheme, &format!("--{name}: #"), ";");
        let mut pairs =
            vec![("text", "mark"), ("muted", "mark"), ("muted", "soft"), ("text", "soft"), ("text", "bad-soft")];
        for text in ["text", "muted", "link", "good", "bad", "doubt", "waived"] {
            pairs.extend([(text, "page"), (text, "card")]);
        }
        for (tone, soft) in
            [("good", "good-soft"), ("bad", "bad-soft"), ("doubt", "doubt-soft"), ("waived", "waived-soft")]
        {
            pairs.extend([(tone, soft), ("muted", soft), ("text", soft)]);
        }
        for (text, ground) in pairs {
            let (a, b) = (luminance(color(text)), luminance(color(ground)));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
        }
    }
}

/// Relative luminance of `rgb` or `rrggbb` (WCAG 2.2).
fn luminance(hex: &str) -> f64 {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    let parts: Vec<u32> = match digits.as_slice() {
        [r, g, b] => vec![r * 17, g * 17, b * 17],
        [a, b, c, d, e, f] => vec![a * 16 + b, c * 16 + d, e * 16 + f],
        other => panic!("{other:?}"),
    };
    let linear = |part: u32| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
}
