//! The pattern language from outside: case tables, recorded answers, laws, inputs that are meant to do harm.

mod brute;
mod corpus;
mod holes;
mod hostile;
mod laws;
mod models;
mod paste;
mod prefilter;
mod recorded;
mod records;
mod slips;
mod tables;
