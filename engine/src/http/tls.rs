//! TLS: what is trusted, what is shown, and what went wrong in a handshake.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    SupportedProtocolVersion, version,
};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::stamped::Wire;
use super::{Error, ErrorKind, Origin};

/// How many servers' sessions one pool remembers.
const SESSIONS: usize = 16;

/// The lowest version that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// What is trusted and what is shown.
#[derive(Debug, Default)]
pub struct TlsSettings {
    /// The lowest version.
    pub least: TlsVersion,
    /// Whether any certificate is taken.
    pub insecure: bool,
    /// Whether every connection has a whole handshake.
    pub no_resumption: bool,
    roots: Vec<CertificateDer<'static>>,
    shown: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl TlsSettings {
    /// Trusts the certificates of a PEM file, besides the system's.
    ///
    /// # Errors
    /// A sentence that follows on the file's name.
    pub fn trust(&mut self, pem: &[u8]) -> Result<(), String> {
        let found = certificates(pem)?;
        let mut store = RootCertStore::empty();
        for root in &found {
            store.add(root.clone()).map_err(|error| format!("holds what cannot be trusted: {error}"))?;
        }
        self.roots.extend(found);
        Ok(())
    }

    /// Shows servers who ask for it the certificates of one PEM file, with the key of another.
    ///
    /// # Errors
    /// Whether the certificates or the key are at fault, and a sentence that follows on the file's name.
    pub fn show(&mut self, chain: &[u8], key: &[u8]) -> Result<(), (Shown, String)> {
        let chain = certificates(chain).map_err(|why| (Shown::Certificate, why))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            (Shown::Key, format!("holds no private key in PEM form: {}", pem_fault(&error)))
        })?;
        let made = rustls::sign::CertifiedKey::from_der(chain.clone(), key.clone_key(), &default_provider());
        made.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                (Shown::Key, "is not the key of the certificate".to_owned())
            }
            error => (Shown::Key, format!("cannot be used: {error}")),
        })?;
        self.shown = Some((chain, key));
        Ok(())
    }
}

/// Which part of what is shown to servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The certificates.
    Certificate,
    /// Their key.
    Key,
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        found.push(
            certificate
                .map_err(|error| format!("holds no certificate in PEM form: {}", pem_fault(&error)))?,
        );
    }
    if found.is_empty() {
        return Err("holds no certificate in PEM form (hint: `-----BEGIN CERTIFICATE-----`)".to_owned());
    }
    Ok(found)
}

/// Sections are named as the file has them: its text stays out of the message.
fn pem_fault(error: &rustls::pki_types::pem::Error) -> &'static str {
    use rustls::pki_types::pem::Error;
    match error {
        Error::MissingSectionEnd { .. } => "a section has no end",
        Error::IllegalSectionStart { .. } => "the line of a section's start is wrong",
        Error::Base64Decode(_) => "a section is not base64",
        Error::NoItemsFound => "it has no such section",
        _ => "it cannot be read",
    }
}

/// The configuration of all connections; made when the first is wanted, which reads the system's certificates.
#[derive(Debug, Default)]
pub(super) struct Tls {
    settings: TlsSettings,
    alpn: Vec<Vec<u8>>,
    base: OnceLock<Result<ClientConfig, String>>,
}

impl Tls {
    pub(super) fn new(settings: TlsSettings, alpn: &[&[u8]]) -> Tls {
        let alpn = alpn.iter().map(|name| name.to_vec()).collect();
        Tls { settings, alpn, base: OnceLock::new() }
    }

    /// A configuration that remembers sessions of its own.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut config = self.base.get_or_init(|| self.build().map_err(|error| error.to_string())).clone()?;
        if !self.settings.no_resumption {
            config.resumption = Resumption::in_memory_sessions(SESSIONS);
        }
        Ok(Arc::new(config))
    }

    fn build(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(default_provider());
        let versions: &[&SupportedProtocolVersion] = match self.settings.least {
            TlsVersion::Tls12 => &[&version::TLS13, &version::TLS12],
            TlsVersion::Tls13 => &[&version::TLS13],
        };
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
        let builder = if self.settings.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        } else {
            let mut roots = RootCertStore::empty();
            // A system without certificates trusts nobody, which each handshake then says.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.settings.roots.iter().cloned());
            if roots.is_empty() {
                builder.dangerous().with_custom_certificate_verifier(Arc::new(Nobody(provider)))
            } else {
                let roots = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_webpki_verifier(
                    roots.build().map_err(|error| rustls::Error::General(error.to_string()))?,
                )
            }
        };
        let mut config = match &self.settings.shown {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key())?,
        };
        config.alpn_protocols.clone_from(&self.alpn);
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// Takes any certificate, and checks only that the server has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

/// Trusts no certificate.
#[derive(Debug)]
struct Nobody(Arc<CryptoProvider>);

macro_rules! signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    signatures!();
}

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    signatures!();
}

/// The handshake with a server, as whom the origin names.
pub(super) async fn shake(
    config: Arc<ClientConfig>,
    origin: &Origin,
    wire: Wire,
) -> Result<TlsStream<Wire>, Error> {
    let authority = &origin.authority;
    let name = ServerName::try_from(origin.host.clone()).map_err(|_| {
        Error::new(ErrorKind::TlsHost, format!("`{authority}`: no certificate can be for this name"))
    })?;
    let connecting = TlsConnector::from(config).connect(name, wire).await;
    connecting.map_err(|error| told(authority, &error).unwrap_or_else(|| broken_off(authority, &error)))
}

/// Whether HTTP/2 was agreed on.
pub(super) fn agreed_on_two(stream: &TlsStream<Wire>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

fn broken_off(authority: &str, error: &io::Error) -> Error {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            format!("`{authority}` closed the connection during the TLS handshake")
        }
        _ => format!("the TLS handshake with `{authority}` was broken off: {error}"),
    };
    Error::new(ErrorKind::TlsHandshake, text)
}

/// What TLS says was wrong, if it was TLS.
pub(super) fn told(authority: &str, error: &io::Error) -> Option<Error> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let (kind, text) = match error {
        rustls::Error::InvalidCertificate(fault) => certificate(authority, fault),
        rustls::Error::AlertReceived(alert) => (ErrorKind::TlsHandshake, alerted(authority, *alert)),
        rustls::Error::InvalidMessage(_) => (
            ErrorKind::TlsHandshake,
            format!("what `{authority}` sent is not TLS (hint: `http://` if it speaks plain HTTP)"),
        ),
        rustls::Error::PeerIncompatible(why) => (
            ErrorKind::TlsHandshake,
            format!("`{authority}` and this program have no way of TLS in common: {why:?}"),
        ),
        other => (ErrorKind::TlsHandshake, format!("TLS with `{authority}` failed: {other}")),
    };
    Some(Error::new(kind, text))
}

fn alerted(authority: &str, alert: AlertDescription) -> String {
    let hint = match alert {
        AlertDescription::CertificateRequired => " (hint: `--cert` and `--key`)",
        AlertDescription::NoApplicationProtocol => " (hint: `--http1`)",
        AlertDescription::ProtocolVersion => " (hint: `--tls-min`)",
        _ => "",
    };
    format!("`{authority}` broke the TLS connection off with the alert {alert:?}{hint}")
}

fn certificate(authority: &str, fault: &CertificateError) -> (ErrorKind, String) {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (ErrorKind::TlsExpired, format!("the certificate of `{authority}` has expired"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (ErrorKind::TlsExpired, format!("the certificate of `{authority}` is not valid yet"))
        }
        // The others: a trusted issuer has the same name, and another key.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            ErrorKind::TlsIssuer,
            format!(
                "the certificate of `{authority}` is self-signed or of an issuer that is not trusted (hint: `--ca-cert \
                 FILE`, or `--insecure`)"
            ),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            ErrorKind::TlsHost,
            format!("the certificate of `{authority}` is not for this host{}", names(fault)),
        ),
        // What `openssl req -x509` makes unless told otherwise.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            ErrorKind::TlsIssuer,
            format!(
                "the certificate of `{authority}` is self-signed: a CA's, used as a server's own (hint: one with \
                 `basicConstraints=CA:FALSE`, or `--insecure`)"
            ),
        ),
        other => (ErrorKind::TlsHandshake, format!("the certificate of `{authority}` is not valid: {other}")),
    }
}

/// The names that it is for: a stranger's words, so few of them and escaped.
fn names(fault: &CertificateError) -> String {
    let CertificateError::NotValidForNameContext { presented, .. } = fault else { return String::new() };
    let shown: Vec<_> = presented
        .iter()
        .take(3)
        .map(|name| name.chars().take(100).collect::<String>().escape_debug().to_string())
        .collect();
    if shown.is_empty() { " but for none".to_owned() } else { format!(" but for {}", shown.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_without_its_text() {
        let mut settings = TlsSettings::default();
        for (pem, why) in [
            ("", "no certificate in PEM form (hint:"),
            ("secret words", "no certificate in PEM form (hint:"),
            ("-----BEGIN CERTIFICATE-----\nsecret%\n-----END CERTIFICATE-----\n", "a section is not base64"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n", "a section has no end"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be trusted"),
        ] {
            let error = settings.trust(pem.as_bytes()).expect_err(pem);
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
        let (part, why) = settings.show(b"x", b"y").expect_err("nothing to show");
        assert!(part == Shown::Certificate && why.contains("no certificate"), "{why}");
    }
}
