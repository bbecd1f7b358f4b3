//! What a program takes of the machine. The kernel reports to a parent what its children used, but the standard library does
//! not pass it on; Python's does.

use std::process::Command;

/// The kernel's own figure of the peak has that of Python in it, which was there before the program: where `/proc` is, it is
/// looked at every three milliseconds. Only what the accountant says goes to standard output; with `KEEPS_OUTPUT` in the
/// environment what the program says goes there, and the figures to standard error.
const ACCOUNTANT: &str = "
import os, subprocess, sys, time
keeps, null, start = 'KEEPS_OUTPUT' in os.environ, subprocess.DEVNULL, time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdout=None if keeps else null, stderr=null if keeps else None)
peak = 0
while hasattr(os, 'waitid') and os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
    try:
        with open('/proc/%d/status' % child.pid) as status:
            peak = max([peak] + [int(line.split()[1]) * 1024 for line in status if line.startswith('VmHWM')])
    except OSError:
        pass
    time.sleep(0.003)
_, status, used = os.wait4(child.pid, 0)
wall = time.monotonic() - start
memory = peak or used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
print(used.ru_utime + used.ru_stime, memory, wall, file=sys.stderr if keeps else sys.stdout)
";

/// CPU time, user and system, in seconds, and memory at its peak, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) cpu: f64,
    pub(crate) memory: f64,
}

/// The command that runs a program and then says what it used: CPU time, memory, and how long it took, in seconds.
pub(crate) fn accounted<'w>(words: impl IntoIterator<Item = &'w std::ffi::OsStr>) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", ACCOUNTANT]).args(words);
    command
}

/// What that command said.
pub(crate) fn read(stdout: &[u8]) -> Option<Used> {
    let text = std::str::from_utf8(stdout).ok()?;
    let mut figures = text.split_whitespace().filter_map(|figure| figure.parse::<f64>().ok());
    Some(Used { cpu: figures.next()?, memory: figures.next()? })
}
