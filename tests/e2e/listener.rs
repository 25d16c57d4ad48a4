//! What the listener does with clients that hold connections and say nothing.
//! Here because one silent program on the county's network must not shut everybody else out.
//! In: a service, connections that never finish a header. Out: which are ended, and who is answered all the same.
//! Not here: what is asked (api), the body's limit (api_deeds).

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::PATIENCE;
use crate::site::Site;

/// What the listener takes at the same time, as its manual says.
const CONNECTIONS_MAX: usize = 256;

fn connect(to: std::net::SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

#[test]
fn silent_clients_are_ended_and_then_everybody_else_is_answered() {
    let site = Site::new(1_000, 365);
    let service = site.serve();
    let mut silent: Vec<TcpStream> = (0..CONNECTIONS_MAX).map(|_| connect(service.address)).collect();
    for (nth, stream) in silent.iter_mut().enumerate() {
        if nth % 2 == 0 {
            stream
                .write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\nx-slow: ")
                .expect("written");
        }
    }
    // Every place is taken: whoever comes now waits in the queue of the kernel.
    let mut next = connect(service.address);
    next.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("written");
    next.set_read_timeout(Some(Duration::from_secs(2))).expect("set");
    let mut one = [0];
    let waits = next.read(&mut one).expect_err("no place is free");
    assert!(
        matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{waits}"
    );
    // The silent ones are ended by the hub, each with nothing or with a refusal, and the waiting one is answered.
    next.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut answer = String::new();
    next.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for mut stream in silent {
        let mut said = Vec::new();
        let ended = stream.read_to_end(&mut said);
        let reset = ended
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
        assert!(ended.is_ok() || reset, "{ended:?}");
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    assert_eq!(service.stop(), Some(0));
}
