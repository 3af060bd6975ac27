//! Owns the sync streams of one connection: agrees on the protocol, counts those opened by the peer.
//! An open stream keeps a connection alive. Without one it does so only where it was told to.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
};

use libp2p::{
    Stream, StreamProtocol,
    core::upgrade::ReadyUpgrade,
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, SubstreamProtocol,
        handler::{
            ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
        },
    },
};

use crate::limits;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/moot/sync/1");

/// What a behaviour asks of a handler.
#[derive(Debug)]
pub(crate) enum ToHandler {
    /// A stream.
    Open { label: u64 },
    /// What is to become of the connection while nothing runs on it.
    WhenIdle(WhenIdle),
}

/// What becomes of a connection on which nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenIdle {
    /// It is closed after a while.
    Close,
    /// It stays.
    Keep,
}

/// Counts one inbound stream for as long as it lives.
#[derive(Debug)]
pub(crate) struct InboundSlot {
    _count: Arc<()>,
}

/// What a handler tells the behaviour.
#[derive(Debug)]
pub(crate) enum FromHandler {
    Inbound { stream: Stream, slot: InboundSlot },
    Outbound { stream: Stream, label: u64 },
    Failed { label: u64, error: String },
}

/// The handler of one connection.
pub(crate) struct Handler {
    inbound_streams_max: usize,
    /// One strong reference here and one in every [`InboundSlot`].
    inbound: Arc<()>,
    when_idle: WhenIdle,
    requests: VecDeque<u64>,
    events: VecDeque<FromHandler>,
}

impl Handler {
    pub(super) fn new(inbound_streams_max: usize, when_idle: WhenIdle) -> Handler {
        Handler {
            inbound_streams_max,
            inbound: Arc::new(()),
            when_idle,
            requests: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    fn accept(&mut self, stream: Stream) {
        let open = Arc::strong_count(&self.inbound) - 1;
        if open >= self.inbound_streams_max {
            // Dropping a stream resets it.
            tracing::debug!(open, "peer opens too many streams");
            return;
        }
        let slot = InboundSlot {
            _count: Arc::clone(&self.inbound),
        };
        self.events.push_back(FromHandler::Inbound { stream, slot });
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = ToHandler;
    type ToBehaviour = FromHandler;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = u64;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ()).with_timeout(limits::OPEN_TIMEOUT)
    }

    fn on_behaviour_event(&mut self, asked: ToHandler) {
        match asked {
            ToHandler::Open { label } => self.requests.push_back(label),
            ToHandler::WhenIdle(when_idle) => self.when_idle = when_idle,
        }
    }

    fn connection_keep_alive(&self) -> bool {
        self.when_idle == WhenIdle::Keep
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, u64, Self::ToBehaviour>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        match self.requests.pop_front() {
            Some(label) => Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), label)
                    .with_timeout(limits::OPEN_TIMEOUT),
            }),
            None => Poll::Pending,
        }
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<Self::InboundProtocol, Self::OutboundProtocol, (), u64>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol, ..
            }) => self.accept(protocol),
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol,
                info,
            }) => {
                self.events.push_back(FromHandler::Outbound {
                    stream: protocol,
                    label: info,
                });
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                self.events.push_back(FromHandler::Failed {
                    label: info,
                    error: error.to_string(),
                });
            }
            _ => {}
        }
    }
}
