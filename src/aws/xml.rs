//! Texts out of the XML in which some services answer. It knows no service: which elements there are is for the caller.

use std::borrow::Cow;

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

/// What was answered is no XML, or another document than the one that was asked for: a page from a proxy in between,
/// perhaps. What it does not hold is not known to be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unreadable answer: it is not the document that was asked for")]
pub(super) struct Unreadable;

/// The text of the first element at a path from the root: `Error/Code`.
pub(super) fn text(body: &[u8], path: &str) -> Result<Option<String>, Unreadable> {
    Ok(texts(body, path)?.into_iter().next())
}

/// The names of the elements right below the first one at a path from the root, with their texts; of one that holds
/// others, that it does.
pub(super) fn fields(body: &[u8], path: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let body = whole(body)?;
    let mut parts = path.split('/');
    let mut document = Document::new(body);
    let mut root = document.root_element().map_err(|_| Unreadable)?;
    if parts.next() != Some(root.start_el().local()) {
        return Err(Unreadable);
    }
    let mut found = Vec::new();
    collect_fields(&mut root, &mut parts, &mut found)?;
    Ok(found)
}

fn collect_fields<'a>(
    parent: &mut ScopedDecoder<'_, '_>,
    path: &mut impl Iterator<Item = &'a str>,
    found: &mut Vec<(String, String)>,
) -> Result<(), Unreadable> {
    let below = path.next();
    while let Some(mut element) = parent.next_tag() {
        let name = element.start_el().local().to_owned();
        match below {
            Some(below) if name == below => return collect_fields(&mut element, path, found),
            Some(_) => {}
            None => {
                let text = try_data(&mut element).map_or_else(|_| "elements".to_owned(), Cow::into_owned);
                found.push((name, text));
            }
        }
    }
    Ok(())
}

/// The texts of all elements at a path from the root, in their order.
pub(super) fn texts(body: &[u8], path: &str) -> Result<Vec<String>, Unreadable> {
    let body = whole(body)?;
    let (name, below) = path.split_once('/').unwrap_or((path, ""));
    let mut document = Document::new(body);
    let mut root = document.root_element().map_err(|_| Unreadable)?;
    if root.start_el().local() != name {
        return Err(Unreadable);
    }
    let mut found = Vec::new();
    collect(&mut root, below, &mut found)?;
    Ok(found)
}

/// A body that is a document to its end.
fn whole(body: &[u8]) -> Result<&str, Unreadable> {
    std::str::from_utf8(body).ok().filter(|body| ends(body)).ok_or(Unreadable)
}

/// Whether a body is meant to be XML.
pub(super) fn begins(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// Whether a body is a document to its end. The decoder takes one that breaks off for one that ends.
pub(super) fn is_whole(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(ends)
}

fn ends(body: &str) -> bool {
    let mut depth = None;
    for token in Document::new(body) {
        let Ok((_, at)) = token else { return false };
        depth = Some(at);
    }
    depth == Some(0) && body.trim_end().ends_with('>')
}

/// As deep as the path is long, however deep the document.
fn collect(parent: &mut ScopedDecoder<'_, '_>, path: &str, found: &mut Vec<String>) -> Result<(), Unreadable> {
    let (name, below) = path.split_once('/').map_or((path, None), |(name, below)| (name, Some(below)));
    while let Some(mut element) = parent.next_tag() {
        if element.start_el().local() != name {
            continue;
        }
        match below {
            Some(below) => collect(&mut element, below, found)?,
            None => found.push(try_data(&mut element).map_err(|_| Unreadable)?.into_owned()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_path() {
        let body = b"<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><Tags>\n<member><Key>a&amp;b</Key><Value/></member>\
            <other><Key>no</Key></other><member><Key>c</Key><Value>d</Value></member></Tags><Key>out</Key></R>";
        assert_eq!(texts(body, "R/Tags/member/Key"), Ok(vec!["a&b".to_owned(), "c".to_owned()]));
        assert_eq!(texts(body, "R/Tags/member/Value"), Ok(vec![String::new(), "d".to_owned()]));
        assert_eq!(text(body, "R/Key"), Ok(Some("out".to_owned())));
        assert_eq!(text(body, "R/Nothing"), Ok(None));
    }

    #[test]
    fn fields_are_named_whatever_they_are() {
        let body = b"<R><In><Role><Path>/</Path><New><a>b</a></New><Empty/></Role></In><Out>x</Out></R>";
        let named = |path: &str| fields(body, path).unwrap();
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(named("R/In/Role"), [pair("Path", "/"), pair("New", "elements"), pair("Empty", "")]);
        assert_eq!(named("R/Other"), []);
        assert_eq!(fields(b"<R><In><Role>", "R/In/Role"), Err(Unreadable));
    }

    #[test]
    fn what_is_another_document_or_none_is_not_one_without_texts() {
        for body in [
            &b""[..],
            b"{}",
            b"<a><b",
            b"<a><b>c</b>",
            b"<a><b>&bad;</b></a>",
            b"\xff\xfe<a>",
            b"<html><body>Please sign in</body></html>",
            b"<!DOCTYPE html><html><br><a></html>",
        ] {
            assert_eq!(texts(body, "a/b"), Err(Unreadable), "{}", String::from_utf8_lossy(body));
        }
    }
}
