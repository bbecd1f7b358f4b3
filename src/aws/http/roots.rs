//! Whose certificates are believed: the system's authorities, or those of a file instead.
//!
//! The TLS library takes a file that it cannot read for a programming error, so each certificate is tried here first.

use std::fs;
use std::path::Path;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_types::os_shim_internal::Env;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The authorities whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub(in crate::aws) enum Roots {
    /// The system's, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    #[default]
    System,
    /// These alone: certificates in PEM.
    Only(Vec<String>),
}

impl Roots {
    /// The authorities of a file in PEM.
    ///
    /// # Errors
    /// The file cannot be read, is no PEM or holds no usable certificate: what is wrong, in words that follow its name.
    pub(in crate::aws) fn of_file(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            certificate.map_err(|error| format!("is not a PEM file of certificates: {error}"))?;
        }
        let text = String::from_utf8_lossy(&bytes);
        // OpenSSL passes over a certificate that it cannot use, too: bundles of a whole company hold such.
        let usable = blocks(&text).filter(|block| is_usable(block)).map(str::to_owned).collect::<Vec<_>>();
        if usable.is_empty() { Err("contains no certificate in PEM".to_owned()) } else { Ok(Self::Only(usable)) }
    }

    /// What the TLS library is given.
    pub(super) fn context(&self) -> Result<TlsContext, String> {
        let store = match self {
            Self::System => {
                check_system()?;
                TrustStore::default()
            }
            Self::Only(certificates) => {
                certificates.iter().fold(TrustStore::empty(), |store, pem| store.with_pem_certificate(pem.as_bytes()))
            }
        };
        TlsContext::builder().with_trust_store(store).build().map_err(|error| error.to_string())
    }
}

/// A file that the environment names alone must hold something.
fn check_system() -> Result<(), String> {
    let env = Env::real();
    let named = |name| env.get(name).ok().filter(|value| !value.is_empty());
    match (named("SSL_CERT_FILE"), named("SSL_CERT_DIR")) {
        (Some(file), None) => {
            Roots::of_file(Path::new(&file)).map_err(|problem| format!("SSL_CERT_FILE: {file} {problem}"))?;
            Ok(())
        }
        _ => Ok(()),
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates of a text, each with its first and last line.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(BEGIN).filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        rest.get(..rest.find(END)? + END.len())
    })
}

/// Whether the TLS library can take this one certificate for an authority's.
fn is_usable(block: &str) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(block.as_bytes());
    let (Some(Ok(certificate)), None) = (certificates.next(), certificates.next()) else { return false };
    RootCertStore::empty().add(certificate).is_ok()
}
