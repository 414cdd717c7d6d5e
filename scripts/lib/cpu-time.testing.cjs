const { readdirSync, readFileSync } = require('node:fs');

/** The unit of Linux for CPU times in /proc. */
const TICKS_A_SECOND = 100;

/**
 * Reads the CPU time of a process and of all that it has started, directly or not, whether they run or have ended.
 * @param {number | string} pid
 * @returns {number} seconds; 0 without /proc, as on macOS
 */
function cpuOfProcesses(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in parentheses. Fields 14 to 17 of proc(5): its user and system time, and those of children that ended.
    const ticks = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .reduce((sum, field) => sum + Number(field), 0);
    const running = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    );
    return running.reduce((sum, child) => sum + cpuOfProcesses(child), ticks / TICKS_A_SECOND);
  } catch {
    // It has ended in the meantime.
    return 0;
  }
}

/**
 * Does always the same work.
 * @returns {number} the seconds of CPU time that it took: more on a slow or busy machine
 */
function cpuOfReferenceWork() {
  // A test would look up each global in Jest's environment.
  const { imul } = Math;
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    let value = 1;
    for (let i = 0; i < 1e7; i++) value = (imul(value, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const { user, system } = process.cpuUsage(before);
    // The value is used, or the loop would be optimized away.
    return value === 0 ? 0 : (user + system) / 1e6;
  });
  return Math.min(...times);
}

module.exports = { cpuOfProcesses, cpuOfReferenceWork };
