//! The emulators, one of each kind for a whole test run: started when first asked for, gone when the run ends.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use super::python;

/// Longest start that is waited for: a cold one on a busy machine takes some 15 seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running emulator.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Holds the write end of the emulator's standard input. The kernel closes it with this process, and then the
    /// emulator ends: also after a panic, an abort or a kill.
    _child: Child,
}

/// ministack, which keeps accounts apart by access key.
pub(crate) fn ministack() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| start("ministack")).as_ref()
}

/// moto with CBOR in front, which keeps accounts apart by assumed role.
pub(crate) fn moto() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| start("moto")).as_ref()
}

fn start(kind: &str) -> Option<Server> {
    let interpreter = python::EMULATORS.interpreter().ok()?;
    let log = python::EMULATORS.directory().join(format!("{kind}.log"));
    let log = File::create(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
    let mut child = python::script(interpreter, "serve.py")
        .arg(kind)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the environment's interpreter runs");
    let output = child.stdout.take().expect("standard output was piped");
    let (say, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        drop(BufReader::new(output).read_line(&mut line));
        drop(say.send(line));
    });
    let line = receive.recv_timeout(PATIENCE).unwrap_or_default();
    let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
    let Some(port) = port else {
        drop(child.kill());
        panic!("{kind} did not start; see {kind}.log in {}", python::EMULATORS.directory().display());
    };
    Some(Server { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), _child: child })
}
