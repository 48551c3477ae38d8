package scale

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUsageOfAProcess: the name of a process may have blanks and parentheses.
func TestUsageOfAProcess(t *testing.T) {
	stat := "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 1234 66 7 8 20 0 12 0 99 1 2"
	status := "Name:\ta (b) c\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t12\n"
	got, err := parseUsage([]byte(stat), []byte(status))
	want := Usage{CPUSeconds: 13, RSS: 100, PeakRSS: 200}
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if _, err := parseUsage([]byte("1 (short) S 1"), nil); err == nil {
		t.Error("a short line is no error")
	}
}

// TestUsageWithinASpan: a process that started within the span counts from its start, and one that ended is left out.
func TestUsageWithinASpan(t *testing.T) {
	before := map[string]Usage{"etcd": {CPUSeconds: 10, RSS: 1}, "ended": {CPUSeconds: 3}}
	after := map[string]Usage{"etcd": {CPUSeconds: 12.5, RSS: 2}, "started": {CPUSeconds: 1}}
	want := map[string]Usage{"etcd": {CPUSeconds: 2.5, RSS: 2}, "started": {CPUSeconds: 1}}
	if diff := cmp.Diff(want, within(before, after)); diff != "" {
		t.Error(diff)
	}
}

// TestBusyMachine: idle time, waits for disks and the time of guests do not count.
func TestBusyMachine(t *testing.T) {
	if got, err := parseBusy([]byte("cpu  100 200 300 9999 8888 1 2 97 50 60\ncpu0 1 2 3\n")); got != 7 || err != nil {
		t.Errorf("%g, %v", got, err)
	}
	if _, err := parseBusy([]byte("intr 1")); err == nil {
		t.Error("another file is no error")
	}
	if got, err := machineBusy(); got <= 0 || err != nil {
		t.Errorf("%g, %v", got, err)
	}
}

// TestThisProcess reads the real files.
func TestThisProcess(t *testing.T) {
	if got := usages(map[string]int{"init": 1, "none": -1}); got["init"].RSS <= 0 || len(got) != 1 {
		t.Errorf("%+v", got)
	}
}
