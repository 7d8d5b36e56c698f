//! Who has a port: the process that listens there, as far as /proc lets us see (Linux; elsewhere nobody).
use std::fs;

/// `dovecot (process 4711)`; `None` when it cannot be seen.
#[must_use]
pub fn of_port(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .find_map(|table| listening_inode(&table, port))?;
    let socket = format!("socket:[{inode}]");
    for process in fs::read_dir("/proc").ok()?.flatten() {
        if !process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else { continue };
        let holds = descriptors
            .flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|target| target.as_os_str() == socket.as_str()));
        if holds {
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            return Some(format!("{} (process {})", name.trim(), process.file_name().display()));
        }
    }
    None
}

/// The inode of the socket that listens on the port: columns `local_address`, `st` (0A is LISTEN) and `inode` of
/// proc_net_tcp(5).
fn listening_inode(table: &str, port: u16) -> Option<String> {
    let port = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&port) && *columns.get(3)? == "0A";
        if listens { columns.get(9).map(|inode| (*inode).to_owned()) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_table_of_sockets() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:0C47 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100\n\
             1: 0100007F:0C47 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100\n";
        assert_eq!(listening_inode(table, 3143), Some("222".to_owned()));
        assert_eq!(listening_inode(table, 3144), None);
        assert_eq!(listening_inode("cut off", 3143), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_this_process() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let holder = of_port(port).expect("visible to ourselves");
        assert!(holder.contains(&format!("(process {})", std::process::id())), "{holder}");
    }
}
