//! Findings of many accounts without what no page of all accounts shows: a thousand whole ones are a hundred megabytes.

use super::Finding;

impl Finding {
    /// Drops what only a page or a row of the finding shows: its chain behind the log group, the example event, what to do
    /// beyond the reason's own remedy, and why Security Hub CSPM is predicted to say what it does.
    pub fn reduce(&mut self) {
        self.chain.reduce();
        self.witness = None;
        self.remedy = None;
        self.verdicts.security_hub.reason = None;
        self.warnings.shrink_to_fit();
        self.exceptions.shrink_to_fit();
    }
}
