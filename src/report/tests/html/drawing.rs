//! How the chain is drawn.

use super::*;

/// One line an element, for the eye.
#[test]
fn a_chain_that_breaks_at_its_last_link() {
    let page = page_of(&report(vec![pending()]));
    let drawing = between(&page, "<svg class=\"chain wide\" ", "</svg>").replace("><", ">\n<");
    let drawing = drawing.replace(">\n</", "></");
    assert_snapshot!(drawing, @r#"
    role="img" aria-label="The chain: trail: main intact; log group: CloudTrail/logs intact; metric filter: iam-policy-changes intact; alarm: iam-policy-changes intact; topic: security-alerts intact; subscription: on***@example.com pending" viewBox="0 0 1136 112">
    <circle class="event" cx="6" cy="67" r="5">
    <title>an event in the account</title></circle>
    <text class="link" x="36" y="13">trail</text>
    <path class="edge good" d="M11 67C22 67 22 67 34 67"></path>
    <g class="node good">
    <title>arn:aws:cloudtrail:eu-west-1:111122223333:trail/main</title>
    <rect x="34" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="44" y="43">✓ intact</text>
    <text class="name" x="44" y="63">main</text>
    <text class="detail" x="44" y="99">eu-west-1</text></g>
    <text class="link" x="224" y="13">log group</text>
    <path class="edge good" d="M194 67C208 67 208 67 222 67"></path>
    <g class="node good">
    <title>arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs</title>
    <rect x="222" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="232" y="43">✓ intact</text>
    <text class="name" x="232" y="63">CloudTrail/logs</text>
    <text class="detail" x="232" y="99">eu-west-1</text></g>
    <text class="link" x="412" y="13">metric filter</text>
    <path class="edge good" d="M382 67C396 67 396 67 410 67"></path>
    <g class="node good">
    <title>iam-policy-changes</title>
    <rect x="410" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="420" y="43">✓ intact</text>
    <text class="name" x="420" y="63">iam-policy-changes</text>
    <text class="detail" x="420" y="99">→ IamPolicyChanges</text></g>
    <text class="link" x="600" y="13">alarm</text>
    <path class="edge good" d="M570 67C584 67 584 67 598 67"></path>
    <g class="node good">
    <title>arn:aws:cloudwatch:eu-west-1:111122223333:alarm:iam-policy-changes</title>
    <rect x="598" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="608" y="43">✓ intact</text>
    <text class="name" x="608" y="63">iam-policy-changes</text>
    <text class="detail" x="608" y="99">eu-west-1</text></g>
    <text class="link" x="788" y="13">topic</text>
    <path class="edge good" d="M758 67C772 67 772 67 786 67"></path>
    <g class="node good">
    <title>arn:aws:sns:eu-west-1:111122223333:security-alerts</title>
    <rect x="786" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="796" y="43">✓ intact</text>
    <text class="name" x="796" y="63">security-alerts</text>
    <text class="detail" x="796" y="99">eu-west-1</text></g>
    <text class="link" x="976" y="13">subscription</text>
    <path class="edge bad" d="M946 67C960 67 960 67 974 67"></path>
    <circle class="gap" cx="960" cy="67" r="8"></circle>
    <path class="cross" d="M955 62l10 10m0 -10l-10 10"></path>
    <g class="node bad">
    <title>on***@example.com</title>
    <rect x="974" y="24" width="160" height="86" rx="8"></rect>
    <text class="state" x="984" y="43">✗ pending</text>
    <text class="name" x="984" y="63">on***@example.com</text>
    <text class="detail" x="984" y="99">email</text></g>
    "#);
}

#[test]
fn several_resources_of_a_link_are_drawn_side_by_side() {
    const SECOND: &str = "arn:aws:sns:eu-west-1:111122223333:pager";
    let mut finding = passes(4);
    let mut steps = finding.chain.steps().to_vec();
    if let Some(Step::Alarm(alarm)) = steps.get_mut(3) {
        alarm.topics.clear();
    }
    // Above the alarm a composite alarm, which notifies two topics.
    steps.push(Step::Alarm(AlarmStep {
        arn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:any-change".into(),
        is_composite: true,
        quiet: None,
        metrics: vec![],
        topics: vec![TOPIC.into(), SECOND.into()],
    }));
    steps.push(Step::Topic(SECOND.into()));
    steps.extend((0..8).map(|number| {
        Step::Subscription(SubscriptionStep {
            topic: SECOND.into(),
            protocol: "https".to_owned(),
            endpoint: format!("https://{number}.example.com/hook?token=secret"),
            state: if number == 0 { SubscriptionState::Pending } else { SubscriptionState::Confirmed },
        })
    }));
    let edges = [(0, 1), (1, 2), (2, 3), (3, 6), (6, 4), (6, 7), (4, 5)].into_iter();
    let edges = edges.chain((8..16).map(|subscription| (7, subscription)));
    finding.chain = Chain::new(steps, edges.map(|(from, to)| Edge { from, to }));
    let page = page_of(&report(vec![finding]));
    assert_eq!(
        between(&page, "aria-label=\"The chain: ", "\""),
        "trail: main intact; log group: CloudTrail/logs intact; metric filter: iam-policy-changes intact; \
         alarm: iam-policy-changes intact, any-change intact; topic: security-alerts intact, pager intact; \
         subscription: on***@example.com confirmed, https://0.example.com/*** pending, \
         https://1.example.com/*** confirmed, https://2.example.com/*** confirmed, \
         https://3.example.com/*** confirmed, and 4 more confirmed"
    );
    let drawing = between(&page, "<svg class=\"chain wide\"", "</svg>");
    assert!(drawing.contains("<path class=\"edge good\" d=\"M678 310v14\"></path>"), "alarm to alarm: {drawing}");
    assert!(!page.contains("secret"));
    assert!(card(&page, "3.4").contains("https://7.example.com/***"), "the list below the drawing is whole");
}

/// A chain of some alarms behind two metric filters.
fn drawing_of(alarms: &[(&str, bool)], edges: &[(usize, usize)]) -> String {
    let mut finding = passes(4);
    let steps = finding.chain.steps();
    let filter = || steps.iter().find(|step| step.link() == Link::MetricFilter).cloned();
    let alarm = |(name, is_composite): &(&str, bool)| {
        let arn = format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}");
        Step::Alarm(AlarmStep {
            arn: arn.into(),
            is_composite: *is_composite,
            quiet: None,
            metrics: vec![],
            topics: vec![],
        })
    };
    let steps = steps.iter().take(2).cloned().chain(filter()).chain(filter()).chain(alarms.iter().map(alarm));
    let edges = [(0, 1), (1, 2), (1, 3)].iter().chain(edges).map(|(from, to)| Edge { from: *from, to: *to });
    finding.chain = Chain::new(steps.collect(), edges);
    let page = page_of(&report(vec![finding]));
    between(&page, "<svg class=\"chain wide\"", "</svg>").to_owned()
}

#[test]
fn an_alarm_on_a_query_is_drawn_behind_its_filter() {
    // Each filter leads to its own alarm; that the second one watches no metric by name makes it no composite alarm.
    let drawing = drawing_of(&[("metric", false), ("query", false)], &[(2, 4), (3, 5)]);
    assert!(!drawing.contains("v14\""), "{drawing}");
    for edge in ["M570 67C584 67 584 67 598 67", "M570 167C584 167 584 167 598 167"] {
        assert!(drawing.contains(&format!("<path class=\"edge good\" d=\"{edge}\"></path>")), "{edge}: {drawing}");
    }
    for edge in ["M570 67C584 67 584 167 598 167", "M570 167C584 167 584 67 598 67"] {
        assert!(!drawing.contains(edge), "{edge}: {drawing}");
    }
}

#[test]
fn a_composite_alarm_is_joined_with_each_alarm_below_it() {
    // The composite alarm is between the two, in the order in which they were found.
    let alarms = [("one", false), ("above", true), ("two", false)];
    let drawing = drawing_of(&alarms, &[(2, 4), (3, 6), (4, 5), (6, 5)]);
    assert!(drawing.contains("<path class=\"edge good\" d=\"M678 110v14\"></path>"), "{drawing}");
    assert!(drawing.contains("<path class=\"edge good\" d=\"M598 267C584 267 584 167 598 167\"></path>"), "{drawing}");
}

#[test]
fn what_only_counted_resources_lead_to_is_behind_their_box() {
    // Of six alarms the last one alone names the topic.
    let mut finding = passes(4);
    let mut steps = up_to(Link::MetricFilter, &finding.chain).into_steps();
    steps.extend(["a", "b", "c", "d", "e", "f"].map(|name| {
        let arn = format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}");
        Step::Alarm(AlarmStep { arn: arn.into(), is_composite: false, quiet: None, metrics: vec![], topics: vec![] })
    }));
    steps.push(Step::Topic(TOPIC.into()));
    let edges = [(0, 1), (1, 2)].into_iter().chain((3..9).map(|alarm| (2, alarm))).chain([(8, 9)]);
    finding.chain = Chain::new(steps, edges.map(|(from, to)| Edge { from, to }));
    let page = page_of(&report(vec![finding]));
    let drawing = between(&page, "<svg class=\"chain wide\"", "</svg>");
    // To the topic, halfway down, from the box of the rest, which is the last of six.
    let to_topic: Vec<&str> = drawing.split("d=\"M758 ").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(to_topic, ["567C772 567 772 317 786 317"]);
}
