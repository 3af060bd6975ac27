//! Owns that closing a connection ends. To say good-bye in order is to wait until the peer has taken what was written before,
//! and a dead peer takes nothing: the connection would stay, and with it the belief that somebody is reached.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use tokio::time::{Sleep, sleep};

use crate::limits;

/// A connection that says good-bye for a while and is then dropped, which resets it.
pub(crate) struct HangUp<M> {
    connection: M,
    /// Set when the closing begins.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<M> HangUp<M> {
    pub(crate) fn new(connection: M) -> HangUp<M> {
        HangUp {
            connection,
            patience: None,
        }
    }
}

impl<M: StreamMuxer + Unpin> HangUp<M> {
    fn connection(self: Pin<&mut Self>) -> Pin<&mut M> {
        Pin::new(&mut self.get_mut().connection)
    }
}

impl<M: StreamMuxer + Unpin> StreamMuxer for HangUp<M> {
    type Substream = M::Substream;
    type Error = M::Error;

    fn poll_inbound(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        self.connection().poll_inbound(cx)
    }

    fn poll_outbound(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        self.connection().poll_outbound(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let this = self.get_mut();
        if let Poll::Ready(closed) = Pin::new(&mut this.connection).poll_close(cx) {
            return Poll::Ready(closed);
        }
        let patience = this
            .patience
            .get_or_insert_with(|| Box::pin(sleep(limits::HANG_UP_TIMEOUT)));
        patience.as_mut().poll(cx).map(Ok)
    }

    fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        self.connection().poll(cx)
    }
}
