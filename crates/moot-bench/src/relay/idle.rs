//! A relay with many notebooks and many connections, on which nothing happens: its memory, and what of a processor it takes.
//!
//! The relay is a process of its own; the members who are connected, each with a name of its own on the network, are in this one. Each
//! has a berth, and so a connection over TCP and one over QUIC, as a member's node has.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use moot_net::{Address, Discovery, Net, NetCommand, NetConfig, NetEvent, PeerId, SecretKey};
use tokio::sync::mpsc;

use super::machine::{Bench, key, name};
use super::member::Member;
use super::running::Running;
use crate::series::{Series, Table, Unit};
use crate::{Options, Outcome};

const DEVICES: u64 = 10;

/// What connecting sets off is over after this.
const SETTLES: Duration = Duration::from_secs(10);

/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(30);

/// All connections stand long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ticks of the system's clock in a second, by which it counts processor time.
const TICKS: f64 = 100.0;

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let notebooks = options.number("notebooks", 2_000)?;
    let sessions = options.number("sessions", 500)?;
    let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
    let mut bench = Bench::open(directory.path())?;
    for number in 0..notebooks as u64 {
        bench.enrol(number, DEVICES)?;
    }
    bench.close()?;
    let (mut child, addresses) = started(directory.path())?;
    let pid = child.id();
    let alone = resident_mib(pid)?;
    let runtime = crate::runtime()?;
    let established = Arc::new(AtomicUsize::new(0));
    for number in 0..sessions {
        let member = (number * notebooks / sessions) as u64;
        let addresses = addresses.clone();
        let established = Arc::clone(&established);
        runtime.spawn(async move {
            // Whoever ends before the relay does is missed below.
            if let Err(error) = connected(number as u64, member, &addresses, &established).await {
                eprintln!("member {number}: {error}");
            }
            established.fetch_sub(1, Ordering::Relaxed);
        });
    }
    let begun = Instant::now();
    while established.load(Ordering::Relaxed) < sessions {
        if begun.elapsed() > PATIENCE {
            let stand = established.load(Ordering::Relaxed);
            return Err(format!("{stand} of {sessions} connections stand").into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    eprintln!(
        "{sessions} members after {:?}, {} open files",
        begun.elapsed(),
        std::fs::read_dir(format!("/proc/{pid}/fd"))?.count()
    );
    std::thread::sleep(SETTLES);
    let before = ticks(pid)?;
    std::thread::sleep(WATCHED);
    let share = (ticks(pid)? - before) / TICKS / WATCHED.as_secs_f64() * 100.0;
    let memory = resident_mib(pid)?;
    let stand = established.load(Ordering::Relaxed);
    if stand != sessions {
        return Err(format!("{stand} of {sessions} connections still stand").into());
    }
    drop(child.stdin.take());
    child.wait()?;
    runtime.shutdown_background();
    let title = format!(
        "An idle relay: {notebooks} notebooks of {DEVICES} devices, {sessions} members over TCP and QUIC"
    );
    show(&title, [alone, memory, share]);
    Ok(())
}

fn show(title: &str, [alone, memory, share]: [f64; 3]) {
    let one = |number: f64| {
        let mut series = Series::default();
        series.push(number);
        series
    };
    let none = Series::default();
    let unit = Unit::Mebibytes;
    let mut table = Table::new(title);
    table.add("resident, nobody connected", unit, &one(alone), &none);
    table.add("resident, all connected", unit, &one(memory), &none);
    table.add("of one processor", Unit::Percent, &one(share), &none);
    table.print();
}

/// The relay in a process of its own, and where it listens.
fn started(directory: &Path) -> Outcome<(Child, Vec<Address>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["relay-idle", "--home"])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("no output")?;
    let line = BufReader::new(stdout)
        .lines()
        .next()
        .ok_or("no address")??;
    let mut addresses = Vec::new();
    for address in line.split(' ') {
        addresses.push(Address::parse_with_peer(address)?.0);
    }
    Ok((child, addresses))
}

/// The relay's own process: runs until its input ends.
pub(crate) fn idle(options: &Options) -> Outcome<()> {
    let home = options.text("home").ok_or("no directory")?;
    let runtime = crate::runtime()?;
    let relay = Running::start(home.as_ref(), runtime.handle())?;
    println!("{}", relay.addresses.join(" "));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    relay.stop()
}

/// A node of its own for a member, on its way to the relay over both transports.
async fn reaching_out(
    number: u64,
    addresses: &[Address],
) -> Outcome<(Net, mpsc::Receiver<NetEvent>)> {
    let mut seed = [6; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let (sender, events) = mpsc::channel(64);
    let config = NetConfig {
        listen: vec![
            "/ip4/127.0.0.1/tcp/0".parse()?,
            "/ip4/127.0.0.1/udp/0/quic-v1".parse()?,
        ],
        discovery: Discovery::Off,
        ..NetConfig::new(SecretKey::from_bytes(seed), 0)
    };
    let net = Net::start(config, sender).await?;
    let peer: PeerId = name().parse()?;
    net.send(NetCommand::Reserve {
        relay: peer.clone(),
        addresses: addresses.to_vec(),
    })?;
    net.send(NetCommand::Dial {
        peer,
        addresses: addresses.to_vec(),
        through: Vec::new(),
        label: 1,
    })?;
    Ok((net, events))
}

/// A member who connects, and answers from then on.
async fn connected(
    number: u64,
    notebook: u64,
    addresses: &[Address],
    established: &AtomicUsize,
) -> Outcome<()> {
    let (net, mut events) = reaching_out(number, addresses).await?;
    let own = net.peer_id().to_string();
    let mut member = Member::new(notebook, 0, key());
    let mut session = None;
    let mut is_moored = false;
    let begun = Instant::now();
    while let Some(event) = events.recv().await {
        let now_ms = u64::try_from(begun.elapsed().as_millis())?;
        let (stream, output) = match event {
            NetEvent::Opened { stream, .. } => {
                let mut nonce = [0; 32];
                getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
                let (opened, output) = member.session([&own, &name()], nonce, now_ms);
                session = Some(opened);
                (stream, output)
            }
            NetEvent::Frame { stream, frame } => match &mut session {
                Some(session) => (stream, session.handle(now_ms, &frame, &member)),
                None => continue,
            },
            NetEvent::Reserved { .. } => {
                if !std::mem::replace(&mut is_moored, true) {
                    established.fetch_add(1, Ordering::Relaxed);
                }
                continue;
            }
            // It is dialled again, as a member's node does.
            NetEvent::Closed { .. } => {
                session = None;
                continue;
            }
            _ => continue,
        };
        let is_in_step = |said: &moot_log::session::Event| {
            matches!(
                said,
                moot_log::session::Event::PeerHas { in_step: true, .. }
            )
        };
        if output.events.iter().any(is_in_step) {
            net.send(NetCommand::Authorised { stream })?;
        }
        for frame in &output.frames {
            let frame = frame.clone();
            net.send(NetCommand::Send { stream, frame })?;
        }
        member.take(&output)?;
    }
    Ok(())
}

fn resident_mib(pid: u32) -> Outcome<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("no resident memory is told")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1_024.0)
}

/// Processor time so far, user's and system's.
fn ticks(pid: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program, in brackets, may hold anything.
    let (_, rest) = stat.rsplit_once(')').ok_or("no processor time is told")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || -> Outcome<f64> { Ok(fields.next().ok_or("too short")?.parse()?) };
    Ok(next()? + next()?)
}
