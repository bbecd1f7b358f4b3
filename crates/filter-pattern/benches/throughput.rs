//! How fast events are read: `cargo bench --bench throughput`.

fn main() {}
