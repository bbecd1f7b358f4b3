//! Is between the tool and an emulator: counts what passes, and delays, changes or fails single answers.
//!
//! It also takes the requests of a client that was configured to use it as `HTTP_PROXY`, which name whole URLs.

use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::call::Call;
use super::fault::{Fault, FaultRule, error_of};
use super::http::{
    Request, Response, read_response, response_bytes, write_request, write_response, write_until_closed,
};
use super::listener::{Listener, converse};
use super::traffic::Traffic;

pub(crate) struct Proxy {
    listener: Listener,
    traffic: Traffic,
}

/// How a proxy treats what passes.
#[derive(Clone, Default)]
pub(crate) struct Treatment {
    /// Added to every request.
    pub(crate) latency: Duration,
    /// The first rule that applies wins, but rewriting goes on to the next.
    pub(crate) faults: Vec<FaultRule>,
}

impl Proxy {
    pub(crate) fn new(upstream: SocketAddr, treatment: Treatment) -> Self {
        let traffic = Traffic::default();
        let noted = traffic.clone();
        let treatment = Arc::new(treatment);
        let listener = Listener::spawn(move |stream| {
            let mut upstream = Upstream { address: upstream, connection: None };
            converse(stream, |request, to| pass(&treatment, &noted, &mut upstream, request, to));
        });
        Self { listener, traffic }
    }

    pub(crate) fn url(&self) -> String {
        self.listener.url()
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

/// Answers one request; false ends the connection.
fn pass(
    treatment: &Treatment,
    traffic: &Traffic,
    upstream: &mut Upstream,
    mut request: Request,
    to: &mut TcpStream,
) -> io::Result<bool> {
    if let Some(absolute) = request.target.strip_prefix("http://") {
        request.target = absolute.find('/').map_or("/", |slash| &absolute[slash..]).into();
    }
    let Some(call) = Call::parse(&request) else {
        traffic.note_strange(format!("{} {}", request.method, request.target));
        write_response(to, &upstream.ask(&request)?)?;
        return Ok(true);
    };
    let nth = traffic.note(&call);
    std::thread::sleep(treatment.latency);
    let (mut rewrites, mut follows) = (Vec::new(), Vec::new());
    for rule in treatment.faults.iter().filter(|rule| rule.applies(&call, &request, nth)) {
        if let Some(error) = error_of(&rule.fault, &call) {
            write_response(to, &error.response(call.protocol))?;
            return Ok(true);
        }
        match &rule.fault {
            Fault::Rewritten(change) => rewrites.push(change),
            Fault::Followed(with) => follows.push(with),
            Fault::Hang => {
                // Until the client gives up and closes.
                let mut nothing = [0; 1];
                traffic.note_silence(|| drop(to.peek(&mut nothing)));
                return Ok(false);
            }
            Fault::Reset => {
                // Closing with nothing left to linger for resets the connection.
                socket2::SockRef::from(&*to).set_linger(Some(Duration::ZERO))?;
                return Ok(false);
            }
            Fault::EndsAt(bytes) => {
                write_until_closed(to, &upstream.ask(&request)?, *bytes)?;
                return Ok(false);
            }
            Fault::NoBody => {
                let mut response = upstream.ask(&request)?;
                response.body.clear();
                write_response(to, &response)?;
                return Ok(true);
            }
            Fault::CutOff => {
                let bytes = response_bytes(&upstream.ask(&request)?);
                to.write_all(&bytes[..bytes.len() - 8])?;
                return Ok(false);
            }
            Fault::Garbage => {
                let page = "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>";
                write_response(to, &Response::new(200, "text/html", page))?;
                return Ok(true);
            }
            Fault::Denied
            | Fault::DeniedFor(_)
            | Fault::DeniedByScp
            | Fault::NotImplemented
            | Fault::Throttled
            | Fault::BadToken
            | Fault::ServerError => {}
        }
    }
    let mut response = upstream.ask(&request)?;
    for with in follows.into_iter().filter(|_| response.status == 200) {
        for further in with(&request) {
            upstream.ask(&further)?;
        }
    }
    for change in rewrites {
        change(&request, &mut response);
    }
    write_response(to, &response)?;
    Ok(true)
}

/// A connection to the emulator, kept as long as the emulator keeps it.
struct Upstream {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Upstream {
    fn ask(&mut self, request: &Request) -> io::Result<Response> {
        // A kept connection may have been closed meanwhile: then once more on a new one.
        if let Some(connection) = self.connection.take()
            && let Ok(response) = self.ask_on(connection, request)
        {
            return Ok(response);
        }
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        self.ask_on(BufReader::new(stream), request)
    }

    fn ask_on(&mut self, mut connection: BufReader<TcpStream>, request: &Request) -> io::Result<Response> {
        write_request(connection.get_mut(), request)?;
        let (response, reusable) = read_response(&mut connection, &request.method)?;
        self.connection = reusable.then_some(connection);
        Ok(response)
    }
}
