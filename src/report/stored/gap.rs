//! Reads what could not be read back from a JSON report.

use serde::Deserialize;

use crate::snapshot::{DocumentPart, Gap, GapSource};

#[derive(Deserialize)]
pub(super) struct GapRow {
    account_id: String,
    region: String,
    operation: Option<String>,
    document: Option<PartRow>,
    resource: Option<String>,
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct PartRow {
    file: String,
    line: Option<u32>,
    address: String,
    property: Option<String>,
}

impl GapRow {
    pub(super) fn gap(self) -> Gap {
        let Self { account_id, region, operation, document, resource, code, message } = self;
        let source = match (operation, document) {
            (None, Some(PartRow { file, line, address, property })) => GapSource::Document(DocumentPart {
                file,
                line,
                address,
                property,
                why: None,
                instead_of: String::new(),
            }),
            (operation, _) => GapSource::call(operation.unwrap_or_default()),
        };
        Gap { account_id, region, source, resource, code, message }
    }
}
