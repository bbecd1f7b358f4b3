//! As much HTTP/1.1 as servers and proxies on loopback need: whole messages, kept-alive connections.
//!
//! No streaming and no TLS. A body is read to its end before it is looked at, so that an answer can be rewritten.

use std::io::{self, BufRead, Write};

/// Longest body that is accepted: far above any answer of AWS, far below what would hurt.
const LONGEST: usize = 64 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As written in the request line: a path, or a whole URL when a proxy is asked.
    pub(crate) target: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// In the order they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }

    /// Instead of what it was.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.push(name, value);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    fn says(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut headers = Headers::default();
        headers.push("Content-Type", content_type);
        Self { status, headers, body: body.into() }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }
}

/// The next request of a connection; nothing when the client has closed it.
pub(crate) fn read_request(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(line) = line(from)? else {
        return Ok(None);
    };
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(invalid("request line"));
    };
    let headers = headers(from)?;
    let body = if headers.get("content-length").is_some() || headers.get("transfer-encoding").is_some() {
        body(from, &headers)?
    } else {
        Vec::new()
    };
    Ok(Some(Request { method: method.into(), target: target.into(), headers, body }))
}

/// An answer, and whether the connection may be used again.
pub(crate) fn read_response(from: &mut impl BufRead, asked: &str) -> io::Result<(Response, bool)> {
    let line = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut words = line.split(' ');
    let (Some(version), Some(status)) = (words.next(), words.next()) else {
        return Err(invalid("status line"));
    };
    let status = status.parse().map_err(|_| invalid("status"))?;
    let mut headers = headers(from)?;
    let body = if status == 204 || status == 304 || asked == "HEAD" { Vec::new() } else { body(from, &headers)? };
    let framed = headers.get("content-length").is_some() || headers.says("transfer-encoding", "chunked");
    let reusable = framed && version == "HTTP/1.1" && !headers.says("connection", "close");
    headers.remove("transfer-encoding");
    headers.remove("connection");
    Ok((Response { status, headers, body }, reusable))
}

/// An answer whose end is that of its connection: without a length, and so many bytes of its body.
pub(crate) fn write_until_closed(to: &mut impl Write, response: &Response, bytes: usize) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} -\r\n", response.status);
    for (name, value) in response.headers.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-length")) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("Connection: close\r\n\r\n");
    to.write_all(head.as_bytes())?;
    to.write_all(&response.body[..bytes.min(response.body.len())])?;
    to.flush()
}

/// The message as it is sent: in one piece, with a `Content-Length` of its own.
fn message(start: &str, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{start}\r\n").into_bytes();
    for (name, value) in &headers.0 {
        if !name.eq_ignore_ascii_case("content-length") {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    bytes
}

pub(crate) fn write_request(to: &mut impl Write, request: &Request) -> io::Result<()> {
    let start = format!("{} {} HTTP/1.1", request.method, request.target);
    to.write_all(&message(&start, &request.headers, &request.body))?;
    to.flush()
}

pub(crate) fn write_response(to: &mut impl Write, response: &Response) -> io::Result<()> {
    to.write_all(&response_bytes(response))?;
    to.flush()
}

pub(crate) fn response_bytes(response: &Response) -> Vec<u8> {
    // The reason phrase is not read.
    let start = format!("HTTP/1.1 {} -", response.status);
    message(&start, &response.headers, &response.body)
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).into()))
}

fn headers(from: &mut impl BufRead) -> io::Result<Headers> {
    let mut headers = Headers::default();
    loop {
        let line = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("header"))?;
        headers.push(name.trim(), value.trim());
    }
}

fn body(from: &mut impl BufRead, headers: &Headers) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.says("transfer-encoding", "chunked") {
        loop {
            let size = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("chunk size"))?;
            exactly(from, size, &mut body)?;
            if line(from)?.is_none_or(|rest| !rest.is_empty()) {
                return Err(invalid("chunk end"));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }
    match headers.get("content-length") {
        Some(length) => {
            let length = length.parse().map_err(|_| invalid("content-length"))?;
            exactly(from, length, &mut body)?;
        }
        None => {
            from.read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

fn exactly(from: &mut impl BufRead, size: usize, into: &mut Vec<u8>) -> io::Result<()> {
    if into.len() + size > LONGEST {
        return Err(invalid("length"));
    }
    let start = into.len();
    into.resize(start + size, 0);
    from.read_exact(&mut into[start..])
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("bad HTTP {what}"))
}
