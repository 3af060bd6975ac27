//! Owns the task of one stream: frames from its outbox to the peer, frames from the peer to the caller's channel.
//! It never interprets a frame. While the caller takes no events it reads nothing, and the transport holds up the sender.

use std::{io, sync::Arc};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::{
    sync::{Semaphore, SemaphorePermit, mpsc},
    time::timeout,
};

use crate::{
    limits,
    message::{CloseReason, NetEvent, StreamId},
    outbox::Outbox,
};

#[cfg(test)]
mod tests;

/// Moves frames until the stream ends, then reports `Closed`. `Opened` must have been reported.
///
/// Reading and writing are two futures of one task, so that the end of either is seen in one place.
pub(crate) async fn run(
    id: StreamId,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    outbox: Arc<Outbox>,
    strangers_pot: Arc<Semaphore>,
    events: mpsc::Sender<NetEvent>,
) {
    let (mut reader, mut writer) = stream.split();
    let flushed = tokio::select! {
        reason = outbox.aborted() => Err(reason),
        reason = read_frames(id, &mut reader, &outbox, &strangers_pot, &events) => Err(reason),
        flushed = write_frames(&mut writer, &outbox) => flushed,
    };
    let reason = match flushed {
        Ok(()) => {
            // The peer is to see an end in order, not a reset that may overtake the last frames.
            let _ = timeout(
                limits::LINGER_TIMEOUT,
                say_goodbye(&mut reader, &mut writer),
            )
            .await;
            CloseReason::Asked
        }
        Err(reason) => reason,
    };
    drop((reader, writer));
    // An error means that the caller is gone.
    let _ = events.send(NetEvent::Closed { stream: id, reason }).await;
}

async fn read_frames(
    id: StreamId,
    reader: &mut (impl AsyncRead + Unpin),
    outbox: &Outbox,
    strangers_pot: &Semaphore,
    events: &mpsc::Sender<NetEvent>,
) -> CloseReason {
    loop {
        let frame = tokio::select! {
            // In this order a frame that is there already is read before the loss counts.
            biased;
            frame = read_frame(reader, outbox, strangers_pot) => frame,
            () = outbox.without_connection() => Err(lost(io::ErrorKind::ConnectionAborted.into())),
        };
        match frame {
            Ok((frame, _room)) => {
                if events
                    .send(NetEvent::Frame { stream: id, frame })
                    .await
                    .is_err()
                {
                    return CloseReason::Asked;
                }
            }
            Err(reason) => return reason,
        }
    }
}

/// Reads one frame: its length as four bytes, big-endian, then its bytes. With it comes the room it takes of the
/// strangers' pot, to be kept until the frame is handed on.
async fn read_frame<'pot>(
    reader: &mut (impl AsyncRead + Unpin),
    outbox: &Outbox,
    strangers_pot: &'pot Semaphore,
) -> Result<(Vec<u8>, Option<SemaphorePermit<'pot>>), CloseReason> {
    let mut header = [0; 4];
    let first = reader.read(&mut header).await.map_err(lost)?;
    if first == 0 {
        return Err(CloseReason::Remote);
    }
    reader
        .read_exact(&mut header[first..])
        .await
        .map_err(lost)?;
    let announced = u32::from_be_bytes(header);
    let bytes = usize::try_from(announced).unwrap_or(usize::MAX);
    if bytes > limits::FRAME_BYTES_MAX {
        return Err(CloseReason::FrameTooLarge { bytes });
    }
    let room = match bytes > limits::SMALL_FRAME_BYTES && outbox.is_strangers() {
        true => strangers_pot
            .acquire_many(announced.div_ceil(1024))
            .await
            .ok(),
        false => None,
    };
    // The announcement is the peer's; memory is taken for what really comes.
    let mut frame = Vec::with_capacity(bytes.min(limits::FRAME_FIRST_ALLOCATION_BYTES));
    reader
        .take(u64::from(announced))
        .read_to_end(&mut frame)
        .await
        .map_err(lost)?;
    match frame.len() == bytes {
        true => Ok((frame, room)),
        false => Err(lost(io::ErrorKind::UnexpectedEof.into())),
    }
}

/// Ends with `Ok` when all was written and the stream is to be closed.
async fn write_frames(
    writer: &mut (impl AsyncWrite + Unpin),
    outbox: &Outbox,
) -> Result<(), CloseReason> {
    while let Some(frame) = outbox.next().await {
        match timeout(limits::WRITE_TIMEOUT, write_frame(writer, &frame)).await {
            Ok(Ok(())) => outbox.written(&frame),
            Ok(Err(error)) => return Err(lost(error)),
            Err(_) => return Err(CloseReason::WriteTimeout),
        }
    }
    Ok(())
}

async fn write_frame(writer: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let length =
        u32::try_from(frame.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // One buffer makes one packet of a small frame.
    let mut packet = Vec::with_capacity(4 + frame.len());
    packet.extend_from_slice(&length.to_be_bytes());
    packet.extend_from_slice(frame);
    writer.write_all(&packet).await?;
    writer.flush().await
}

/// Ends the own half and waits for the peer's end, dropping what still comes.
async fn say_goodbye(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    writer.close().await?;
    let mut dropped = [0; 1024];
    while reader.read(&mut dropped).await? > 0 {}
    Ok(())
}

fn lost(error: io::Error) -> CloseReason {
    CloseReason::Lost {
        error: error.to_string(),
    }
}
