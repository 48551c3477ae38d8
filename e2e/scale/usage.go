package scale

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// clockTicks is the number of clock ticks in a second of /proc/PID/stat: USER_HZ, which is 100 on every Linux.
const clockTicks = 100

// Usage is what a process has used, or what it used within a span.
type Usage struct {
	// CPUSeconds in user and system mode.
	CPUSeconds float64 `json:"cpuSeconds"`
	// RSS and PeakRSS are the resident memory at the end and the highest since the process started, in MiB.
	RSS     float64 `json:"rssMiB"`
	PeakRSS float64 `json:"peakRSSMiB"`
}

// usages reads /proc for each process. One that has just ended is left out.
func usages(pids map[string]int) map[string]Usage {
	out := make(map[string]Usage, len(pids))
	for name, pid := range pids {
		if u, err := usage(pid); err == nil {
			out[name] = u
		}
	}
	return out
}

func usage(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, err
	}
	return parseUsage(stat, status)
}

// parseUsage reads the texts of /proc/PID/stat and /proc/PID/status.
func parseUsage(stat, status []byte) (Usage, error) {
	// The second field, the name in parentheses, may contain blanks; the fields after it begin with the third.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const userTime, systemTime = 14 - 3, 15 - 3
	if len(fields) <= systemTime {
		return Usage{}, fmt.Errorf("/proc/PID/stat has %d fields after the name: %q", len(fields), stat)
	}
	user, err := strconv.ParseFloat(fields[userTime], 64)
	if err != nil {
		return Usage{}, err
	}
	system, err := strconv.ParseFloat(fields[systemTime], 64)
	if err != nil {
		return Usage{}, err
	}
	u := Usage{CPUSeconds: (user + system) / clockTicks}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			u.RSS = kilobytes / 1024
		case name == "VmHWM":
			u.PeakRSS = kilobytes / 1024
		}
	}
	return u, nil
}

// machineBusy is the CPU time that all programs of the machine have used, in seconds.
func machineBusy() (float64, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseBusy(text)
}

// parseBusy adds up the first line of /proc/stat, but for the time that the CPUs were idle or waited for disks, and for the
// time of guests, which is in that of users already.
func parseBusy(stat []byte) (float64, error) {
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	const idle, wait = 3, 4
	total := 0.0
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		if i != idle && i != wait {
			total += ticks
		}
	}
	return total / clockTicks, nil
}

// within is what the processes used between two readings. A process that started in between counts from its start.
func within(before, after map[string]Usage) map[string]Usage {
	out := make(map[string]Usage, len(after))
	for name, u := range after {
		u.CPUSeconds -= before[name].CPUSeconds
		out[name] = u
	}
	return out
}
