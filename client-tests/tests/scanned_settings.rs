//! What scanners report beside versions and suites (`scanners.rs`) is what was set: rustls' suites, the server's order,
//! groups, the field of DHE, ALPN, resumption, and whether a client certificate is asked for.
use client_tests::{Client, Home, Server, client, nmap};

/// The value of an attribute in a line of XML.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// The lines about suites and groups.
fn sslscan(server: &Server, more: &[&str]) -> Option<Vec<String>> {
    let program = client("sslscan")?;
    let told = Client::new(&program, &Home::new())
        .args(["--no-colour", "--xml=-", "--no-heartbleed", "--no-renegotiation", "--no-compression"])
        .args(["--no-fallback", "--no-check-certificate"])
        .args(more)
        .args([format!("localhost:{}", server.port("imaps"))])
        .run()
        .expect(0);
    Some(told.stdout.lines().map(|line| line.trim().to_owned()).collect())
}

/// Of these elements one attribute, in their order.
fn all<'a>(lines: &'a [String], element: &str, name: &str) -> Vec<&'a str> {
    let lines = lines.iter().filter(|line| line.starts_with(&format!("<{element} ")));
    lines.filter_map(|line| attribute(line, name)).collect()
}

/// A server of this library and these suites, which both know, in an order of neither; of both kinds of keys.
fn of(backend: &str, groups: &str) -> Server {
    let server = Server::start();
    server.set(&[
        "imaps.tls=1.2-1.3",
        &format!("imaps.backend={backend}"),
        &format!("imaps.groups={groups}"),
        "imaps.suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,\
         TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,TLS_AES_128_GCM_SHA256",
    ]);
    server
}

#[test]
fn sslscan_reports_suites_and_groups_of_both_libraries() {
    for (backend, groups) in [("rustls", "secp384r1,x25519"), ("openssl", "secp521r1,secp384r1")] {
        let server = of(backend, groups);
        let Some(lines) = sslscan(&server, &[]) else { return };
        let mut suites = all(&lines, "cipher", "id");
        suites.sort_unstable();
        assert_eq!(suites, ["0x1301", "0x1303", "0xC02B", "0xC030", "0xCCA8"], "{backend}: {lines:#?}");
        let mut reported = all(&lines, "group", "name");
        // `secp384r1 (NIST P-384)`
        reported.iter_mut().for_each(|name| *name = name.split(' ').next().unwrap_or_default());
        reported.sort_unstable();
        reported.dedup();
        let mut wanted: Vec<&str> = groups.split(',').collect();
        wanted.sort_unstable();
        assert_eq!(reported, wanted, "{backend}: {lines:#?}");
        let versions = lines.iter().filter(|line| line.starts_with("<protocol ") && line.contains("\"tls\""));
        let enabled: Vec<&str> = versions
            .filter(|line| attribute(line, "enabled") == Some("1"))
            .filter_map(|line| attribute(line, "version"))
            .collect();
        assert_eq!(enabled, ["1.2", "1.3"], "{backend}");
    }
}

/// nmap finds out the order by offering what is left, and who chooses by offering it the other way round.
#[test]
fn nmap_reports_the_servers_order() {
    for backend in ["rustls", "openssl"] {
        let server = of(backend, "x25519");
        let Some(lines) = nmap::suites(&server) else { return };
        let elements: Vec<&str> = lines.iter().filter_map(|line| line.strip_suffix("</elem>")).collect();
        let suites: Vec<&str> = elements.iter().copied().filter(|name| name.starts_with("TLS_")).collect();
        let wanted = [
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_AKE_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_AKE_WITH_AES_128_GCM_SHA256",
        ];
        assert_eq!(suites, wanted, "{backend}: {lines:#?}");
        // Once for each version.
        assert_eq!(elements.iter().filter(|element| **element == "server").count(), 2, "{lines:#?}");
    }
}

#[test]
fn sslscan_reports_the_field_of_dhe() {
    for bits in ["1024", "3072"] {
        let server = Server::start();
        server.set(&[
            "imaps.tls=1.2",
            &format!("imaps.dh_bits={bits}"),
            "imaps.suites=TLS_DHE_RSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        ]);
        let Some(lines) = sslscan(&server, &["--no-groups"]) else { return };
        assert_eq!(all(&lines, "cipher", "id"), ["0x0039", "0xC00A"], "{lines:#?}");
        assert_eq!(all(&lines, "cipher", "dhebits"), [bits], "{lines:#?}");
    }
}

/// What `openssl s_client` says, told this as well.
fn s_client(server: &Server, more: &[&str]) -> Option<String> {
    let program = client("openssl")?;
    let home = Home::new();
    let run = Client::new(&program, &home)
        .args(["s_client", "-connect", &format!("localhost:{}", server.port("imaps")), "-CAfile"])
        .args([server.ca()])
        .args(more);
    Some(run.feed("Q\n").run().said())
}

#[test]
fn s_client_reports_alpn_and_the_wish_for_a_certificate() {
    for backend in ["rustls", "openssl"] {
        let server = Server::start();
        server.set(&[&format!("imaps.backend={backend}")]);
        let offered = ["-alpn", "smtp,imap"];
        let Some(said) = s_client(&server, &offered) else { return };
        assert!(said.contains("No ALPN negotiated"), "{backend}: {said}");
        assert!(said.contains("No client certificate CA names sent"), "{backend}: {said}");

        server.set(&["imaps.alpn=imap", "imaps.client_certificate=wanted"]);
        let said = s_client(&server, &offered).unwrap_or_default();
        assert!(said.contains("ALPN protocol: imap"), "{backend}: {said}");
        assert!(said.contains("Acceptable client certificate CA names\nO = Postfail"), "{backend}: {said}");
        let said = s_client(&server, &["-alpn", "smtp"]).unwrap_or_default();
        assert!(said.contains("alert number 120"), "{backend}: no_application_protocol: {said}");
    }
}

/// What else the client knows is of no use here: TLS 1.3, and suites of ECDSA, which would have another key.
#[test]
fn s_client_finds_the_rsa_key_by_its_suites() {
    for backend in ["rustls", "openssl"] {
        for suites in ["", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"] {
            let server = Server::start();
            server.set(&[
                "imaps.tls=1.2",
                &format!("imaps.backend={backend}"),
                &format!("imaps.suites={suites}"),
            ]);
            let Some(said) = s_client(&server, &["-cipher", "ECDHE-RSA-AES256-GCM-SHA384"]) else { return };
            let done = said.contains("New, TLSv1.2, Cipher is ECDHE-RSA-AES256-GCM-SHA384");
            assert!(done, "{backend} `{suites}`: {said}");
        }
    }
}

/// It comes back five times, by ticket or by the server's memory.
#[test]
fn s_client_reports_resumption() {
    for backend in ["rustls", "openssl"] {
        for (resumption, by_ticket, by_session) in
            [("on", true, true), ("tickets", true, false), ("sessions", true, true), ("off", false, false)]
        {
            let server = Server::start();
            server.set(&[
                "imaps.tls=1.2",
                &format!("imaps.backend={backend}"),
                &format!("imaps.resumption={resumption}"),
            ]);
            for (more, resumes) in
                [(&["-reconnect"][..], by_ticket), (&["-reconnect", "-no_ticket"], by_session)]
            {
                let Some(said) = s_client(&server, more) else { return };
                let count = |word: &str| said.lines().filter(|line| line.starts_with(word)).count();
                let wanted = if resumes { (1, 5) } else { (6, 0) };
                assert_eq!(
                    (count("New, "), count("Reused, ")),
                    wanted,
                    "{backend} {resumption} {more:?}: {said}"
                );
                let has_ticket = said.contains("TLS session ticket:");
                let gives = matches!(resumption, "on" | "tickets") && more.len() == 1;
                assert_eq!(has_ticket, gives, "{backend} {resumption} {more:?}: {said}");
            }
        }
    }
}
