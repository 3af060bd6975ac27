//! Owns one question and answer of HTTP with a router: as much as these devices speak, and no more than a few pages of it.

use std::{io, net::SocketAddrV4};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::limits;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Sends a request, head and all, and reads the answer to its end.
pub(super) async fn ask(to: SocketAddrV4, request: &str) -> io::Result<Answer> {
    let whole = timeout(limits::GATEWAY_PATIENCE, exchange(to, request)).await;
    let whole = whole.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    read(&whole).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

async fn exchange(to: SocketAddrV4, request: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut whole = Vec::new();
    let mut stream = stream.take(limits::GATEWAY_ANSWER_BYTES_MAX);
    let mut part = [0; 4096];
    // Some leave the connection open although they were asked to close it.
    while !is_complete(&whole) {
        match stream.read(&mut part).await? {
            0 => break,
            bytes => whole.extend_from_slice(&part[..bytes]),
        }
    }
    Ok(whole)
}

fn is_complete(whole: &[u8]) -> bool {
    let Some((head, body)) = parts(whole) else {
        return false;
    };
    match field(&head, "content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None => is_chunked(&head) && body.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn read(whole: &[u8]) -> Option<Answer> {
    let (head, body) = parts(whole)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = match is_chunked(&head) {
        true => joined(body),
        false => body.to_vec(),
    };
    Some(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn parts(whole: &[u8]) -> Option<(String, &[u8])> {
    let end = whole.windows(4).position(|here| here == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&whole[..end]).into_owned();
    Some((head, &whole[end + 4..]))
}

/// A field of a head, whose name is written in any case.
pub(super) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim())
    })
}

fn is_chunked(head: &str) -> bool {
    field(head, "transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"))
}

/// A body that came in pieces, each behind its size.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(end) = body.windows(2).position(|here| here == b"\r\n") {
        let size = String::from_utf8_lossy(&body[..end]);
        let size = size.split(';').next().unwrap_or_default().trim().to_owned();
        let Ok(size) = usize::from_str_radix(&size, 16) else {
            break;
        };
        let rest = &body[end + 2..];
        if size == 0 || size > rest.len() {
            break;
        }
        all.extend_from_slice(&rest[..size]);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_and_in_pieces() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-LENGTH: 5\r\n\r\nhello";
        assert!(is_complete(whole) && !is_complete(&whole[..whole.len() - 1]));
        let answer = read(whole).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
        let pieces =
            b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\n\r\n";
        assert!(is_complete(pieces));
        let answer = read(pieces).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (500, "hello"));
    }

    #[test]
    fn nonsense_is_no_answer_and_no_panic() {
        for nonsense in ["", "\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 x\r\n\r\n"] {
            assert!(read(nonsense.as_bytes()).is_none(), "{nonsense:?}");
        }
        assert_eq!(joined(b"ffffffffffffffffff\r\nx"), b"");
        assert_eq!(joined(b"9\r\nshort\r\n"), b"");
        assert_eq!(joined(b"2\r\nab"), b"ab");
    }
}
