//! A connection over TCP or a Unix socket, with or without TLS, as one type.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, SendFlags};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

#[derive(Debug)]
pub(super) enum Stream {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

impl Stream {
    /// Over TLS, servers say so; without it, they are trusted to.
    pub(super) fn may_speak_http2(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }
}

/// Reads from and writes to whichever of two streams there is.
macro_rules! either {
    ($name:ident, $first:ident, $second:ident) => {
        impl AsyncRead for $name {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_read(cx, buffer),
                    Self::$second(stream) => Pin::new(stream).poll_read(cx, buffer),
                }
            }
        }

        impl AsyncWrite for $name {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_write(cx, bytes),
                    Self::$second(stream) => Pin::new(stream).poll_write(cx, bytes),
                }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_flush(cx),
                    Self::$second(stream) => Pin::new(stream).poll_flush(cx),
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::$first(stream) => Pin::new(stream).poll_shutdown(cx),
                    Self::$second(stream) => Pin::new(stream).poll_shutdown(cx),
                }
            }
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = match self.get_mut() {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => return Pin::new(stream).poll_read(cx, buffer),
        };
        loop {
            ready!(stream.poll_read_ready(cx))?;
            let room = buffer.initialize_unfilled();
            let mut short = None;
            let read = stream.try_io(Interest::READABLE, || {
                let (count, _) = rustix::net::recv(&*stream, &mut *room, RecvFlags::empty())?;
                if count > 0 && count < room.len() {
                    // Nothing is left: what comes next is announced, and need not be tried for.
                    short = Some(count);
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(count)
            });
            match (short, read) {
                (Some(count), _) | (None, Ok(count)) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                (None, Err(fault)) if fault.kind() == io::ErrorKind::WouldBlock => {}
                (None, Err(fault)) => return Poll::Ready(Err(fault)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = match self.get_mut() {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => return Pin::new(stream).poll_write(cx, bytes),
        };
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let sent = stream.try_io(Interest::WRITABLE, || {
                Ok(rustix::net::send(&*stream, bytes, SendFlags::NOSIGNAL)?)
            });
            match sent {
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

either!(Stream, Plain, Tls);
