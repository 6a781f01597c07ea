//! Bodies that came compressed.
//!
//! A body is decoded when it is whole, into a buffer that never holds more than the answer may have: a bomb ends at that
//! bound however large it would become.

use std::io::{self, BufRead, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::{Error, ErrorKind};

/// The largest window of zstd, as RFC 9659 has it for HTTP: 8 MiB.
const WINDOW_LOG: u32 = 23;
/// How much is decoded at a time.
const PIECE: usize = 16 * 1024;

/// Decodes a body by what its headers say. Whether there was something to decode.
///
/// # Errors
/// `bad-encoding` if it is not what they say, coded twice or in an unknown way; `body-too-large` if it becomes longer than
/// `most`. Then the body is empty.
pub fn decode(headers: &HeaderMap, body: &mut Vec<u8>, most: usize) -> Result<bool, Error> {
    let result = decoded(headers, body, most);
    match result {
        Ok(Some(decoded)) => {
            *body = decoded;
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(error) => {
            body.clear();
            Err(error)
        }
    }
}

fn decoded(headers: &HeaderMap, body: &[u8], most: usize) -> Result<Option<Vec<u8>>, Error> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let said: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase()).collect();
    let said = said.join(",");
    let mut codings = said.split(',').map(str::trim).filter(|coding| !matches!(*coding, "" | "identity"));
    let (Some(coding), more) = (codings.next(), codings.next()) else { return Ok(None) };
    let shown: String = said.chars().filter(|c| !c.is_control()).take(60).collect();
    if more.is_some() {
        return Err(bad(format!("a body that is coded more than once, `{shown}`, is not decoded")));
    }
    // The answer to a `HEAD`, a 304.
    if body.is_empty() {
        return Ok(None);
    }
    let read = match coding {
        "gzip" | "x-gzip" => bounded(MultiGzDecoder::new(body), most),
        "deflate" if is_zlib(body) => bounded(ZlibDecoder::new(body), most),
        // What some servers take the word for.
        "deflate" => bounded(DeflateDecoder::new(body), most),
        "br" => bounded(Decompressor::new(body, PIECE), most),
        "zstd" => zstd(body).and_then(|decoder| bounded(decoder, most)),
        _ => return Err(bad(format!("`{shown}` is not a coding that can be decoded"))),
    };
    match read {
        Ok(Some(decoded)) => Ok(Some(decoded)),
        Ok(None) => Err(Error::new(
            ErrorKind::BodyTooLarge,
            format!("the answer's body is longer than {most} bytes when it is decoded from `{coding}`"),
        )),
        Err(error) => {
            let why: String = error.to_string().chars().filter(|c| !c.is_control()).take(100).collect();
            Err(bad(format!("the answer's body is not what `content-encoding: {coding}` says: {why}")))
        }
    }
}

fn bad(message: String) -> Error {
    Error::new(
        ErrorKind::BadEncoding,
        format!("{message} (hint: the option `decode` of a request, `no`, gives it as it came)"),
    )
}

fn zstd(body: &[u8]) -> io::Result<zstd::stream::read::Decoder<'_, impl BufRead + use<'_>>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
    decoder.window_log_max(WINDOW_LOG)?;
    Ok(decoder)
}

/// RFC 1950: eight is deflate, and the first two bytes are a multiple of 31.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..]
        if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

/// Everything that there is to read, or nothing if that is more than `most` bytes.
fn bounded(mut reader: impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    let mut piece = [0; PIECE];
    loop {
        let read = reader.read(&mut piece)?;
        let Some(fresh) = piece.get(..read).filter(|fresh| !fresh.is_empty()) else { return Ok(Some(all)) };
        let length = all.len() + fresh.len();
        if length > most {
            return Ok(None);
        }
        // Not beyond what is allowed, which doubling would be.
        if length > all.capacity() {
            let room = (all.capacity() * 2).clamp(length, most.max(length));
            all.reserve_exact(room - all.len());
        }
        all.extend_from_slice(fresh);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use http::HeaderValue;

    use super::*;

    fn headers(coding: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_str(coding).expect("a value"));
        headers
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).expect("written");
        encoder.finish().expect("finished")
    }

    /// `hello, world` and a line feed, as node's zlib codes it.
    const BROTLI: [u8; 17] = [
        0x0b, 0x06, 0x80, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x77, 0x6f, 0x72, 0x6c, 0x64, 0x0a, 0x03,
    ];

    fn coded() -> Vec<(&'static str, Vec<u8>)> {
        let plain = b"hello, world\n";
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(plain).expect("written");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(plain).expect("written");
        vec![
            ("gzip", gzip(plain)),
            ("X-GZip", [gzip(b"hello, "), gzip(b"world\n")].concat()),
            ("identity, gzip", gzip(plain)),
            ("deflate", raw.finish().expect("finished")),
            ("deflate", zlib.finish().expect("finished")),
            ("br", BROTLI.to_vec()),
            ("zstd", zstd::encode_all(&plain[..], 1).expect("encoded")),
        ]
    }

    #[test]
    fn each_coding_is_read() {
        for (coding, body) in coded() {
            let mut decoded = body.clone();
            assert_eq!(decode(&headers(coding), &mut decoded, 13), Ok(true), "{coding}");
            assert_eq!(decoded, b"hello, world\n", "{coding}");
            let mut decoded = body;
            let error = decode(&headers(coding), &mut decoded, 12).expect_err(coding);
            assert_eq!((error.kind, decoded.len()), (ErrorKind::BodyTooLarge, 0), "{coding}");
        }
    }

    #[test]
    fn what_is_not_coded_is_left_alone() {
        for coding in ["identity", "", ", ,"] {
            let mut body = b"plain".to_vec();
            assert_eq!(decode(&headers(coding), &mut body, 1), Ok(false));
            assert_eq!(body, b"plain");
        }
        assert_eq!(decode(&HeaderMap::new(), &mut b"x".to_vec(), 1), Ok(false));
        assert_eq!(decode(&headers("gzip"), &mut Vec::new(), 1), Ok(false));
    }

    #[test]
    fn what_is_broken_cut_off_or_unknown_is_an_error() {
        for (coding, body) in coded() {
            let mut cut = body.get(..body.len() - 4).expect("longer").to_vec();
            let error = decode(&headers(coding), &mut cut, 1000).expect_err(coding);
            assert_eq!((error.kind, cut.len()), (ErrorKind::BadEncoding, 0), "{coding}");
        }
        for (coding, why) in [
            ("gzip", "is not what `content-encoding: gzip` says"),
            ("br", "is not what `content-encoding: br` says"),
            ("zstd", "is not what `content-encoding: zstd` says"),
            ("compress", "`compress` is not a coding"),
            ("gzip, br", "coded more than once, `gzip, br`"),
        ] {
            let error =
                decode(&headers(coding), &mut b"\xff\xffplain text".to_vec(), 1000).expect_err(coding);
            assert_eq!(error.kind, ErrorKind::BadEncoding);
            assert!(error.message.contains(why), "{error}");
        }
    }

    #[test]
    fn a_bomb_ends_at_the_bound() {
        let most = 1 << 20;
        let mut bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < most / 8);
        assert_eq!(
            decode(&headers("gzip"), &mut bomb, most).expect_err("a bomb").kind,
            ErrorKind::BodyTooLarge
        );
        let plain = vec![7; most];
        let mut body = zstd::encode_all(&plain[..], 1).expect("encoded");
        assert_eq!(decode(&headers("zstd"), &mut body, most), Ok(true));
        assert_eq!((body.len(), body.capacity()), (most, most));
    }

    #[test]
    fn a_window_that_is_too_large_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.window_log(25).expect("set");
        encoder.write_all(&[1, 2, 3]).expect("written");
        let mut body = encoder.finish().expect("finished");
        let error = decode(&headers("zstd"), &mut body, 1000).expect_err("a window");
        assert_eq!(error.kind, ErrorKind::BadEncoding);
    }
}
