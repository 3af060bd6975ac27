//! What a peer may ask of a node has limits, and what exceeds one costs that peer alone.

use std::time::Duration;

use moot_net::{
    Close, CloseReason, FRAME_BYTES_MAX, NetCommand, NetConfig, NetEvent, Role, StreamId,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::Instant};

use crate::node::{Node, config, joined, peer};

#[tokio::test]
async fn frame_too_large_is_not_sent_and_closes_its_stream_alone() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let (ours, _) = joined(&mut ana, &mut ben).await;
    ana.net
        .send(NetCommand::Dial {
            peer: ben.peer(),
            addresses: ben.addresses(),
            through: Vec::new(),
            label: 8,
        })
        .unwrap();
    let other = ana.opened_by_us().await;
    ana.send(ours, vec![0; FRAME_BYTES_MAX + 1]);
    assert_eq!(
        ana.closed(ours).await,
        CloseReason::FrameTooLarge {
            bytes: FRAME_BYTES_MAX + 1
        }
    );
    let theirs = ben.opened_by_peer().await;
    ana.send(other, "still here");
    assert_eq!(ben.frame(theirs).await, b"still here");
}

#[tokio::test]
async fn slow_reader_holds_up_its_sender_and_overflow_closes_that_stream_alone() {
    let mut ana = Node::tcp(1).await;
    // This caller takes events only when asked, and has room for few.
    let mut ben = Node::start_with_room(config(2, "/ip4/127.0.0.1/tcp/0"), 4).await;
    let mut eva = Node::tcp(3).await;
    let (to_ben, _) = joined(&mut ana, &mut ben).await;
    let (to_eva, from_ana) = joined(&mut ana, &mut eva).await;
    // Far more than the queue and every window on the way can hold.
    let frame = vec![7; 1024 * 1024];
    let mut sent = 0;
    let overflow = loop {
        ana.send(to_ben, frame.clone());
        sent += 1;
        let closed = ana
            .wait_until(
                Instant::now() + Duration::from_millis(5),
                "for the overflow",
                |event| match event {
                    NetEvent::Closed { stream, reason } if *stream == to_ben => {
                        Some(reason.clone())
                    }
                    _ => None,
                },
            )
            .await;
        if let Some(reason) = closed {
            break reason;
        }
        assert!(sent < 200, "200 MiB went to a reader that reads nothing");
    };
    assert_eq!(overflow, CloseReason::Overflow);
    assert!(
        sent > 16,
        "the queue alone holds 16 frames, {sent} were sent"
    );
    ana.send(to_eva, "are you there");
    assert_eq!(eva.frame(from_ana).await, b"are you there");
}

#[tokio::test]
async fn reader_that_is_slow_for_a_while_gets_every_frame() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::start_with_room(config(2, "/ip4/127.0.0.1/tcp/0"), 1).await;
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    for number in 0..14_u8 {
        ana.send(ours, vec![number; 1024 * 1024]);
    }
    ana.close(ours, Close::AfterFlush);
    for number in 0..14 {
        let frame = ben.frame(theirs).await;
        assert!(
            frame.len() == 1024 * 1024 && frame.iter().all(|byte| *byte == number),
            "frame {number}"
        );
    }
}

#[tokio::test]
async fn stranger_is_let_go() {
    let hurried = NetConfig {
        stranger_timeout: Duration::from_millis(300),
        ..config(1, "/ip4/127.0.0.1/tcp/0")
    };
    let mut ana = Node::start(hurried).await;
    let mut ben = Node::tcp(2).await;
    ben.dial(&ana);
    let stream = ana.opened_by_peer().await;
    let reason = ana.closed(stream).await;
    assert!(
        matches!(reason, CloseReason::Lost { .. } | CloseReason::Remote),
        "{reason:?}"
    );
    ben.disconnected(&peer(1)).await;
}

#[tokio::test]
async fn peer_that_was_vouched_for_may_stay() {
    let hurried = |number| NetConfig {
        stranger_timeout: Duration::from_millis(300),
        ..config(number, "/ip4/127.0.0.1/tcp/0")
    };
    let mut ana = Node::start(hurried(1)).await;
    let mut ben = Node::start(hurried(2)).await;
    joined(&mut ana, &mut ben).await;
    let gone = ana
        .wait_until(
            Instant::now() + Duration::from_secs(1),
            "for nothing",
            |event| match event {
                NetEvent::Disconnected { .. } | NetEvent::Closed { .. } => Some(event.clone()),
                _ => None,
            },
        )
        .await;
    assert_eq!(gone, None);
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused_and_the_others_live() {
    let strict = NetConfig {
        inbound_streams_max: 3,
        ..config(2, "/ip4/127.0.0.1/tcp/0")
    };
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::start(strict).await;
    for label in 0..4 {
        ana.net
            .send(NetCommand::Dial {
                peer: ben.peer(),
                addresses: ben.addresses(),
                through: Vec::new(),
                label,
            })
            .unwrap();
    }
    let mut opened: Vec<StreamId> = Vec::new();
    let refused = ana
        .wait("for the refusal", |event| match event {
            NetEvent::Opened {
                stream,
                role: Role::Initiator { .. },
                ..
            } => {
                opened.push(*stream);
                None
            }
            NetEvent::Closed { stream, reason } => Some((*stream, reason.clone())),
            _ => None,
        })
        .await;
    opened.retain(|stream| *stream != refused.0);
    while opened.len() < 3 {
        opened.push(ana.opened_by_us().await);
    }
    for stream in opened {
        ana.send(stream, "served");
    }
    for _ in 0..3 {
        let stream = ben.opened_by_peer().await;
        assert_eq!(ben.frame(stream).await, b"served");
    }
}

#[tokio::test]
async fn garbage_at_the_door_disturbs_nobody() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let port = ben.addresses()[0]
        .as_str()
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0; 4096],
        &[0xff; 4096],
        b"\x13/multistream/1.0.0\n\x07/noise\n\0\x20",
    ] {
        let mut caller = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        caller.write_all(garbage).await.unwrap();
    }
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    ana.send(ours, "hello");
    assert_eq!(ben.frame(theirs).await, b"hello");
}
