//! Tests of the pattern language: case tables, recorded answers, laws.

mod brute;
mod corpus;
mod hostile;
mod laws;
mod recorded;
mod tables;
