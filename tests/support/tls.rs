//! The in-process server over TLS 1.3 at a distance: one port for each service, as AWS has one host for each, and every
//! round trip takes as long as it is configured to.
//!
//! Distance is what plain latency per request cannot show: setting up a TCP connection costs a round trip, TLS another,
//! and only then goes the first request.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::account::Account;
use super::fake::Aws;
use super::listener::Listener;
use super::run::Cli;

/// The services, as the SDK's per-service endpoint variables name them.
const SERVICES: [&str; 5] = ["CLOUDTRAIL", "CLOUDWATCH_LOGS", "CLOUDWATCH", "SNS", "STS"];

pub(crate) struct DistantAws {
    /// A port each, in the order of [`SERVICES`].
    hosts: Vec<Listener>,
    _server: Listener,
    directory: TempDir,
}

impl DistantAws {
    pub(crate) fn new(account: Account, round_trip: Duration) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let config = Arc::new(certified(directory.path().join("ca.pem")));
        let aws = Arc::new(Aws::new(account, None));
        let server = Listener::spawn(move |stream| {
            if let Ok(connection) = ServerConnection::new(Arc::clone(&config)) {
                aws.serve(StreamOwned::new(connection, stream));
            }
        });
        let address = server.address();
        let hosts = SERVICES.iter().map(|_| Listener::spawn(move |stream| drop(relay(&stream, address, round_trip))));
        Self { hosts: hosts.collect(), _server: server, directory }
    }

    /// Points the tool at the ports and makes it trust their certificate.
    pub(crate) fn reached_by(&self, cli: Cli) -> Cli {
        let authority = self.directory.path().join("ca.pem");
        let trusting = cli.env("SSL_CERT_FILE", &authority.to_string_lossy());
        SERVICES.iter().zip(&self.hosts).fold(trusting, |cli, (service, host)| {
            let url = format!("https://{}", host.address());
            cli.env(&format!("AWS_ENDPOINT_URL_{service}"), &url)
        })
    }
}

/// A server configuration for 127.0.0.1, whose authority's certificate is written to `path`.
pub(crate) fn certified(path: PathBuf) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::new()).expect("no names are valid names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("ring makes keys");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("a key signs itself");
    fs::write(path, authority.pem()).expect("a new directory is writable");
    let leaf_key = KeyPair::generate().expect("ring makes keys");
    let leaf = CertificateParams::new(vec!["127.0.0.1".into()]).expect("an address is a name");
    let leaf = leaf.signed_by(&leaf_key, &authority).expect("the authority signs");
    let key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.into())
        .expect("the key belongs to the certificate")
}

/// Carries one connection, half a round trip each way, after a first one for its set-up.
///
/// The kernel has accepted it already, so the client's first bytes wait for the round trip that a distant host would
/// have taken to accept.
fn relay(client: &TcpStream, server: SocketAddr, round_trip: Duration) -> io::Result<()> {
    let open = Instant::now() + round_trip;
    let server = TcpStream::connect(server)?;
    server.set_nodelay(true)?;
    let (back_from, back_to) = (server.try_clone()?, client.try_clone()?);
    let half = round_trip / 2;
    let back = thread::spawn(move || pump(back_from, back_to, half, None));
    pump(client.try_clone()?, server, half, Some(open));
    drop(back.join());
    Ok(())
}

/// Copies bytes, each `delay` after it came and none before `open`.
fn pump(mut from: TcpStream, mut to: TcpStream, delay: Duration, open: Option<Instant>) {
    let (say, receive) = mpsc::channel::<(Instant, Vec<u8>)>();
    let writer = thread::spawn(move || {
        for (due, bytes) in receive {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Write));
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(size @ 1..) = from.read(&mut buffer) {
        let arrived = Instant::now();
        let sent = open.map_or(arrived, |open| open.max(arrived));
        if say.send((sent + delay, buffer[..size].to_vec())).is_err() {
            break;
        }
    }
    drop(say);
    drop(writer.join());
}
