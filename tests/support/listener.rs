//! Accepts connections on a free loopback port, a thread for each, until it is dropped.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::http::{Request, read_request};

/// A listening port. Dropping it stops accepting; connections end with their peers.
pub(crate) struct Listener {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Listener {
    /// Hands every connection to `serve`, each on a thread of its own.
    pub(crate) fn spawn(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let closed = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&closed);
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let serve = Arc::clone(&serve);
                thread::spawn(move || {
                    // Small messages both ways: waiting to fill a packet would be measured as latency.
                    drop(stream.set_nodelay(true));
                    serve(stream);
                });
            }
        });
        Self { address, closed }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which then sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

/// Answers the requests of one connection one after another, until either side ends it or `answer` says false.
pub(crate) fn converse<S: Read + Write>(stream: S, mut answer: impl FnMut(Request, &mut S) -> io::Result<bool>) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(request)) = read_request(&mut stream) {
        match answer(request, stream.get_mut()) {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
    }
}
