//! What a signal finds while files are written: it takes away what is not whole, and ends the program as it would have.
//!
//! Until the first file is written nothing listens, and a signal does what the system does. From then on a thread does: a
//! program that has once listened cannot go back.

use std::fs;
use std::io;
use std::os::raw::c_int;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What is held while a file is made, renamed or removed, and by a signal that ends the program.
static WRITING: Mutex<Writing> = Mutex::new(Writing { unfinished: Vec::new(), listens: false });
/// Another part listens to Ctrl-C.
static INTERRUPTS_ARE_TAKEN: AtomicBool = AtomicBool::new(false);

struct Writing {
    /// Names of files that are not whole.
    unfinished: Vec<PathBuf>,
    listens: bool,
}

fn writing() -> MutexGuard<'static, Writing> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on Ctrl-C means something else, but for the moments in which a file is written.
#[cfg(feature = "aws")]
pub(crate) fn take_interrupts() {
    INTERRUPTS_ARE_TAKEN.store(true, Ordering::Relaxed);
}

/// A file's name that a signal takes away, until this is dropped.
#[derive(Debug)]
pub(super) struct Noted(PathBuf);

impl Drop for Noted {
    fn drop(&mut self) {
        writing().unfinished.retain(|name| *name != self.0);
    }
}

/// Makes a file that a signal is to take away.
pub(super) fn noted<T>(
    make: impl FnOnce() -> io::Result<T>,
    name: impl FnOnce(&T) -> PathBuf,
) -> io::Result<(T, Noted)> {
    let mut writing = writing();
    if !writing.listens {
        // Where no thread can be had the file is written all the same.
        writing.listens = listen().is_ok();
    }
    let made = make()?;
    let noted = Noted(name(&made));
    writing.unfinished.push(noted.0.clone());
    Ok((made, noted))
}

/// A signal waits until this is over.
pub(super) fn uninterrupted<T>(write: impl FnOnce() -> T) -> T {
    let _writing = writing();
    write()
}

fn listen() -> io::Result<()> {
    let ignored = ignored();
    let handled =
        [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
    let mut signals = Signals::new(handled)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || signals.forever().for_each(handle))?;
    Ok(())
}

fn handle(signal: c_int) {
    let mut writing = writing();
    if signal == SIGINT && INTERRUPTS_ARE_TAKEN.load(Ordering::Relaxed) && writing.unfinished.is_empty() {
        return;
    }
    for name in writing.unfinished.drain(..) {
        // It may have been ended meanwhile, and no one is left to notify.
        let _ = fs::remove_file(name);
    }
    // The lock is held to the end: nothing is begun any more.
    let _ = emulate_default_handler(signal);
}

/// The signals that the parent process had this program ignore (`nohup`, a job in the background), which it then does:
/// bit 0 is signal 1. Linux says so (`proc_pid_status(5)`); elsewhere none is known.
fn ignored() -> u64 {
    let status = if cfg!(target_os = "linux") { fs::read_to_string("/proc/self/status") } else { return 0 };
    let status = status.unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
