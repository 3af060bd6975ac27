//! Streams over bytes in memory: what a peer may write, and what comes of it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::{FutureExt, io::Cursor};

use super::*;
use crate::message::Close;

/// A peer that wrote all this, takes everything, and then either hangs or ends.
struct Peer {
    input: Cursor<Vec<u8>>,
    then: Then,
}

#[derive(PartialEq, Eq)]
enum Then {
    Hangs,
    Ends,
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.input).poll_read(cx, buffer) {
            Poll::Ready(Ok(0)) if self.then == Then::Hangs => Poll::Pending,
            read => read,
        }
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The frames that came of these bytes, and why the stream ended.
async fn outcome(input: &[u8], then: Then, outbox: Outbox) -> (Vec<Vec<u8>>, CloseReason) {
    let (sender, mut events) = mpsc::channel(8);
    let peer = Peer {
        input: Cursor::new(input.to_vec()),
        then,
    };
    let pot = Arc::new(Semaphore::new(limits::STRANGERS_FRAMES_KIB_MAX));
    run(StreamId(1), peer, Arc::new(outbox), pot, sender).await;
    let mut frames = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            NetEvent::Frame { frame, .. } => frames.push(frame),
            NetEvent::Closed { reason, .. } => return (frames, reason),
            other => panic!("unexpected {other:?}"),
        }
    }
    panic!("no end was reported");
}

async fn check(input: &[u8], frames: &[&[u8]], ending: &str) {
    let (came, reason) = outcome(input, Then::Ends, Outbox::default()).await;
    assert_eq!(came, frames, "{input:?}");
    assert!(reason.to_string().contains(ending), "{input:?}: {reason}");
}

#[tokio::test]
async fn bytes_are_frames_or_the_end_of_the_stream() {
    check(b"", &[], "closed by the peer").await;
    check(
        b"\0\0\0\x02hi\0\0\0\0\0\0\0\x01!",
        &[b"hi", b"", b"!"],
        "closed by the peer",
    )
    .await;
    check(b"\0\0", &[], "connection lost").await;
    check(b"\0\0\0\x02h", &[], "connection lost").await;
    check(b"\0\0\0\x02hi\0\0", &[b"hi"], "connection lost").await;
    check(
        b"GET / HTTP/1.1\r\n\r\n",
        &[],
        "1195725856 bytes is too large",
    )
    .await;
    check(
        b"\xff\xff\xff\xff and more",
        &[],
        "4294967295 bytes is too large",
    )
    .await;
    check(b"\0\x11\0\x01", &[], "1114113 bytes is too large").await;
    check(b"\0\x11\0\0", &[], "connection lost").await;
}

#[tokio::test]
async fn lost_connection_ends_a_stream_that_hangs_after_what_came() {
    let outbox = Outbox::default();
    outbox.connection_lost();
    let (came, reason) = outcome(b"\0\0\0\x02hi\0\0\0\x05h", Then::Hangs, outbox).await;
    assert_eq!(came, [b"hi"]);
    assert!(matches!(reason, CloseReason::Lost { .. }), "{reason}");
}

#[tokio::test]
async fn close_now_needs_no_peer() {
    let outbox = Outbox::default();
    outbox.push(b"dropped".to_vec());
    outbox.close(Close::AfterFlush);
    outbox.close(Close::Now);
    assert_eq!(
        outcome(b"", Then::Hangs, outbox).await,
        (vec![], CloseReason::Asked)
    );
}

#[tokio::test]
async fn queue_overflows_by_bytes_and_by_count() {
    for bytes in [0, 1, 1000, limits::FRAME_BYTES_MAX] {
        let outbox = Outbox::default();
        let room = limits::SEND_QUEUE_BYTES_MAX / (bytes + limits::FRAME_OVERHEAD_BYTES);
        for _ in 0..room {
            outbox.push(vec![0; bytes]);
        }
        assert_eq!(
            outbox.next().await,
            Some(vec![0; bytes]),
            "{room} frames of {bytes} bytes have room"
        );
        outbox.push(vec![0; bytes]);
        assert_eq!(
            outbox.aborted().await,
            CloseReason::Overflow,
            "a frame counts until it is written"
        );
    }
}

#[tokio::test]
async fn written_frame_makes_room() {
    let outbox = Outbox::default();
    for number in 0..40_u8 {
        outbox.push(vec![number; limits::FRAME_BYTES_MAX]);
        let frame = outbox.next().await.unwrap();
        assert_eq!(frame[0], number);
        outbox.written(&frame);
    }
}

/// Whether a frame of this size is read while strangers have used up their pot.
async fn is_read_from_an_empty_pot(bytes: usize, outbox: &Outbox) -> bool {
    let mut input = u32::try_from(bytes).unwrap().to_be_bytes().to_vec();
    input.resize(4 + bytes, 7);
    let mut reader = Cursor::new(input);
    let pot = Semaphore::new(0);
    let read = read_frame(&mut reader, outbox, &pot).now_or_never();
    read.is_some_and(|frame| frame.is_ok())
}

#[tokio::test]
async fn strangers_large_frames_share_one_pot() {
    let (stranger, member) = (Outbox::default(), Outbox::default());
    member.authorise();
    assert!(is_read_from_an_empty_pot(limits::SMALL_FRAME_BYTES, &stranger).await);
    assert!(!is_read_from_an_empty_pot(limits::SMALL_FRAME_BYTES + 1, &stranger).await);
    assert!(is_read_from_an_empty_pot(limits::FRAME_BYTES_MAX, &member).await);
    assert!(
        limits::FRAME_BYTES_MAX.div_ceil(1024)
            <= Semaphore::new(limits::STRANGERS_FRAMES_KIB_MAX).available_permits()
    );
}
