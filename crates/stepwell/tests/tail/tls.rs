//! A server that speaks https with a certificate of a private authority: deploys and tails over it.

use crate::watch::Tail;
use crate::{CONFIG, INDEX};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use stepwell_e2e::{Said, Wrangler, installation};

/// Files in PEM format.
struct Certificates {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    fn make(directory: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "a private authority");
        let authority_key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let write = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        Self {
            authority: write("authority.pem", authority.pem()),
            certificate: write("certificate.pem", certificate.pem()),
            key: write("key.pem", key.serialize_pem()),
        }
    }
}

fn over_https(wrangler: &Wrangler) {
    let directory = tempfile::tempdir().unwrap();
    let files = Certificates::make(directory.path());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (certificate, key, authority) = (text(&files.certificate), text(&files.key), text(&files.authority));
    let tls = ["--tls-certificate", &certificate, "--tls-key", &key];
    let served = installation!().arguments(&tls).start();
    assert!(
        served.api_url().starts_with("https://localhost:"),
        "{}",
        served.api_url()
    );
    wrangler.write("wrangler.jsonc", CONFIG);
    wrangler.write("index.js", INDEX);
    let trusting = |command: &mut Command| {
        Said::of(
            command
                .envs(served.client_environment())
                .env("NODE_EXTRA_CA_CERTS", &authority),
        )
    };
    let said = trusting(wrangler.command().arg("deploy"));
    assert_eq!(said.code, Some(0), "{said:?}");

    let mut watching = wrangler.command();
    watching
        .env("NODE_EXTRA_CA_CERTS", &authority)
        .args(["tail", "loud", "--format", "pretty"]);
    let theirs = Tail::spawn(&mut watching, &served);
    let mut watching = Command::new(env!("CARGO_BIN_EXE_stepwell"));
    watching.args(["tail", "loud", "--format", "pretty", "--ca-file", &authority]);
    let ours = Tail::spawn(&mut watching, &served);
    let mut number = 0;
    for tail in [&theirs, &ours] {
        tail.wait_for("line of a run", |tail| {
            number += 1;
            if number % 50 == 1 {
                let id = format!("n{number}");
                let said = trusting(
                    wrangler
                        .command()
                        .args(["workflows", "trigger", "talk", "--id", &id]),
                );
                assert_eq!(said.code, Some(0), "{said:?}");
            }
            tail.text().contains("outside n").then_some(())
        });
    }

    // Without the authority it is a stranger's certificate, and the remedy is named.
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
    let said = Said::of(
        command
            .args(["tail", "loud"])
            .envs(served.client_environment())
            .env_remove("NODE_EXTRA_CA_CERTS"),
    );
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr.contains("certificate") && said.stderr.contains("--ca-file"),
        "{said:?}"
    );
}

#[test]
fn the_newest_wrangler_deploys_and_watches_over_https() {
    over_https(&Wrangler::newest());
}

#[test]
fn the_oldest_wrangler_deploys_and_watches_over_https() {
    over_https(&Wrangler::oldest());
}
