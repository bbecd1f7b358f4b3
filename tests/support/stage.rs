//! An account on an endpoint, ready to be audited: what nearly every test begins with.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::account::Account;
use super::compensate::corrections;
use super::fake::Fake;
use super::fault::FaultRule;
use super::provision::{Credentials, provision};
use super::proxy::{Proxy, Treatment};
use super::run::Cli;
use super::seed::REGION;
use super::traffic::Traffic;
use super::{python, servers};

/// Who plays AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Ministack,
    Moto,
    /// The in-process server.
    Fake,
}

/// An account, where it is served, and the proxy through which the tool reaches it.
pub(crate) struct Stage {
    pub(crate) credentials: Credentials,
    upstream: SocketAddr,
    endpoint: Endpoint,
    account: Account,
    proxy: Proxy,
    _fake: Option<Fake>,
}

/// An account id that no other test of this run has.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(200_000_000_001);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

impl Stage {
    /// Nothing where the emulator cannot run; the test then ends, having said so.
    pub(crate) fn new(endpoint: Endpoint, account: Account) -> Option<Self> {
        Self::with_faults(endpoint, account, Vec::new())
    }

    /// The account on the in-process server.
    pub(crate) fn fake(account: Account) -> Self {
        Self::fake_with_faults(account, Vec::new())
    }

    pub(crate) fn fake_with_faults(account: Account, faults: Vec<FaultRule>) -> Self {
        let stage = Self::with_faults(Endpoint::Fake, account, faults);
        stage.expect("the in-process server always runs")
    }

    /// As [`Self::new`], with faults in the answers. They come before what corrects the emulators.
    pub(crate) fn with_faults(endpoint: Endpoint, account: Account, faults: Vec<FaultRule>) -> Option<Self> {
        Self::with_treatment(endpoint, account, Treatment { latency: Duration::ZERO, faults })
    }

    pub(crate) fn with_treatment(endpoint: Endpoint, account: Account, mut treatment: Treatment) -> Option<Self> {
        treatment.faults.extend(corrections(endpoint, &account));
        let (credentials, upstream, fake) = match endpoint {
            Endpoint::Fake => {
                let fake = Fake::new(account.clone());
                (example_credentials(), fake.address(), Some(fake))
            }
            Endpoint::Ministack => {
                python::EMULATORS.or_skip()?;
                let address = servers::ministack()?.address;
                (provision("ministack", address, &account), address, None)
            }
            Endpoint::Moto => {
                python::EMULATORS.or_skip()?;
                let address = servers::moto()?.address;
                (provision("moto", address, &account), address, None)
            }
        };
        let proxy = Proxy::new(upstream, treatment);
        Some(Self { credentials, upstream, endpoint, account, proxy, _fake: fake })
    }

    /// Another way into the same account, with faults of its own. It ends with the stage.
    pub(crate) fn beside(&self, mut faults: Vec<FaultRule>) -> Self {
        faults.extend(corrections(self.endpoint, &self.account));
        let proxy = Proxy::new(self.upstream, Treatment { latency: Duration::ZERO, faults });
        let Self { credentials, upstream, endpoint, account, .. } = self;
        Self {
            credentials: credentials.clone(),
            upstream: *upstream,
            endpoint: *endpoint,
            account: account.clone(),
            proxy,
            _fake: None,
        }
    }

    /// The tool, pointed at this account by environment variables alone.
    pub(crate) fn cli(&self) -> Cli {
        let cli =
            Cli::new().credentials(&self.credentials).env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &self.url());
        if self.endpoint == Endpoint::Fake { cli } else { cli.patient() }
    }

    pub(crate) fn url(&self) -> String {
        self.proxy.url()
    }

    /// What the tool has asked for.
    pub(crate) fn traffic(&self) -> &Traffic {
        self.proxy.traffic()
    }
}

/// Keys from the documentation, which the in-process server takes as it takes any.
pub(crate) fn example_credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
    }
}
