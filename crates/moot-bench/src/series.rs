//! Several runs of one measurement, and the tables that they are shown in.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use crate::Outcome;

/// What a stretch of a run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// By the clock.
    pub(crate) time: Duration,
    /// By the processors, of both sides together: the same whether or not the machine has other work.
    pub(crate) cpu: Duration,
}

/// A stretch of a run that has begun.
pub(crate) struct Stretch {
    begun: Instant,
    cpu_before: Duration,
}

impl Stretch {
    pub(crate) fn begin() -> Outcome<Self> {
        Ok(Self {
            cpu_before: cpu_so_far()?,
            begun: Instant::now(),
        })
    }

    pub(crate) fn end(&self) -> Outcome<Taken> {
        Ok(Taken {
            time: self.begun.elapsed(),
            cpu: cpu_so_far()?.saturating_sub(self.cpu_before),
        })
    }
}

fn cpu_so_far() -> Outcome<Duration> {
    cpu_of(UsageWho::RUSAGE_SELF)
}

/// The processor time of this process, or of the children that ended.
pub(crate) fn cpu_of(whose: UsageWho) -> Outcome<Duration> {
    let usage = getrusage(whose)?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn duration(time: TimeVal) -> Duration {
    let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Time and processor time of several runs.
#[derive(Default)]
pub(crate) struct Times {
    pub(crate) time: Series,
    pub(crate) cpu: Series,
}

impl Times {
    pub(crate) fn push(&mut self, taken: Taken) {
        self.time.push_time(taken.time);
        self.cpu.push_time(taken.cpu);
    }
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Milliseconds,
    Bytes,
    Mebibytes,
    Percent,
    PerSecond,
}

/// The numbers of several runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    pub(crate) fn push(&mut self, number: f64) {
        self.0.push(number);
    }

    pub(crate) fn push_time(&mut self, time: Duration) {
        self.push(time.as_secs_f64() * 1_000.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number below which so many of a hundred lie.
    pub(crate) fn percentile(&self, of_hundred: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let place = (sorted.len() * of_hundred / 100).min(last);
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50)
    }

    fn shown(&self, unit: Unit) -> String {
        if self.is_empty() {
            return "–".to_owned();
        }
        let (low, high) = (self.percentile(0), self.percentile(100));
        let (low, median, high) = (
            shown(low, unit),
            shown(self.median(), unit),
            shown(high, unit),
        );
        match low == high {
            true => format!("{median} {}", unit.name()),
            false => format!("{median} {} ({low}–{high})", unit.name()),
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Bytes => "B",
            Self::Mebibytes => "MiB",
            Self::Percent => "%",
            Self::PerSecond => "a second",
        }
    }
}

fn shown(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{number:.0}"),
        _ if number >= 100.0 => format!("{number:.0}"),
        _ if number >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// A table with one row for each measurement: ours, theirs, ours divided by theirs.
pub(crate) struct Table {
    rows: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: &str) -> Self {
        Self::between(title, ["Folkmoot", "samod"])
    }

    /// One with other sides than these.
    pub(crate) fn between(title: &str, [one, other]: [&str; 2]) -> Self {
        let head = [
            format!("\n**{title}**\n"),
            format!("| | {one}, median (min–max) | {other} | {one} ÷ {other} |"),
            "|---|---|---|---|".to_owned(),
        ];
        Self { rows: head.into() }
    }

    pub(crate) fn add(&mut self, what: &str, unit: Unit, ours: &Series, theirs: &Series) {
        let ratio = ours.median() / theirs.median();
        let ratio = match ratio.is_finite() {
            true if ratio < 0.1 => format!("1/{:.0}", 1.0 / ratio),
            true => format!("{ratio:.2}"),
            false => "–".to_owned(),
        };
        let (ours, theirs) = (ours.shown(unit), theirs.shown(unit));
        self.rows
            .push(format!("| {what} | {ours} | {theirs} | {ratio} |"));
    }

    /// Time, and processor time.
    pub(crate) fn add_times(&mut self, what: &str, ours: &Times, theirs: &Times) {
        let unit = Unit::Milliseconds;
        self.add(&format!("{what}: time"), unit, &ours.time, &theirs.time);
        let name = format!("{what}: processor time, both sides");
        self.add(&name, unit, &ours.cpu, &theirs.cpu);
    }

    pub(crate) fn print(&self) {
        println!("{}", self.rows.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_whatever_the_order() {
        let series = Series(vec![5.0, 1.0, 9.0]);
        assert_eq!(
            (
                series.percentile(0),
                series.median(),
                series.percentile(100)
            ),
            (1.0, 5.0, 9.0)
        );
    }

    #[test]
    fn a_small_ratio_is_shown_as_a_part() {
        let mut table = Table::new("x");
        table.add(
            "y",
            Unit::Bytes,
            &Series(vec![10.0]),
            &Series(vec![1_000.0]),
        );
        assert_eq!(
            table.rows.last().map(String::as_str),
            Some("| y | 10 B | 1000 B | 1/100 |")
        );
    }
}
