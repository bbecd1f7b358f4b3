//! Texts out of the XML in which some services answer.

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

/// The text of the first element at a path below the root: `Error/Code`.
pub(super) fn text(body: &[u8], path: &str) -> Option<String> {
    texts(body, path).into_iter().next()
}

/// The texts of all elements at a path below the root, in their order. What is no XML has none.
pub(super) fn texts(body: &[u8], path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(body) = std::str::from_utf8(body) else { return found };
    let mut document = Document::new(body);
    if let Ok(mut root) = document.root_element() {
        collect(&mut root, path, &mut found);
    }
    found
}

/// As deep as the path is long, however deep the document.
fn collect(parent: &mut ScopedDecoder<'_, '_>, path: &str, found: &mut Vec<String>) {
    let (name, below) = path.split_once('/').map_or((path, None), |(name, below)| (name, Some(below)));
    while let Some(mut element) = parent.next_tag() {
        if element.start_el().local() != name {
            continue;
        }
        match below {
            Some(below) => collect(&mut element, below, found),
            None => found.extend(try_data(&mut element).map(|text| text.into_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_path() {
        let body = b"<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><Tags>\n<member><Key>a&amp;b</Key><Value/></member>\
            <other><Key>no</Key></other><member><Key>c</Key><Value>d</Value></member></Tags><Key>out</Key></R>";
        assert_eq!(texts(body, "Tags/member/Key"), ["a&b", "c"]);
        assert_eq!(texts(body, "Tags/member/Value"), ["", "d"]);
        assert_eq!(text(body, "Key").as_deref(), Some("out"));
        assert_eq!(text(body, "Nothing"), None);
    }

    #[test]
    fn what_is_no_xml_has_no_texts() {
        for body in [&b""[..], b"{}", b"<a><b", b"<a>&bad;</a>", b"\xff\xfe<a>"] {
            assert!(texts(body, "b").is_empty());
        }
    }
}
