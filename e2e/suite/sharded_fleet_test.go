package suite

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/e2e/install"
)

// shardedFleet are autoscalers whose windows raise the lower bound: no process can know the next one.
type shardedFleet struct {
	*story
	n     int
	floor int32
	kills []kill
}

func shardedName(i int) string { return fmt.Sprintf("web-%02d", i) }

func (*shardedFleet) name(i int) string { return shardedName(i) }

// startBeside starts a process, and waits until two hold shards and have decided about all objects.
func (f *shardedFleet) startBeside(p *install.Program) {
	f.t.Helper()
	if err := p.Start("--sharding", "--period=5s"); err != nil {
		f.t.Fatal(err)
	}
	f.eventually("two holders of shards", func() (bool, string) {
		holders := f.shardHolders()
		return len(holders) == 2 && holders[""] == 0, fmt.Sprint(holders)
	})
	for i := range f.n {
		f.decided(f.name(i))
	}
}

// raise raises the bound of all objects by one.
func (f *shardedFleet) raise() {
	f.t.Helper()
	f.floor++
	times := between(inSeconds(-time.Minute), inSeconds(time.Hour))
	for i := range f.n {
		f.apply(scheduled(f.name(i), fmt.Sprintf("windows: [{name: rush, minReplicas: %d, %s}]", f.floor, times)))
	}
}

// areScaled waits until all targets have the replicas of the bound.
func (f *shardedFleet) areScaled() {
	f.t.Helper()
	for i := range f.n {
		f.eventually(fmt.Sprintf("%s at %d replicas", f.name(i), f.floor), func() (bool, string) {
			asked, _ := f.replicas(f.name(i))
			return asked == f.floor, fmt.Sprint(asked)
		})
	}
}

// kill kills a process, and returns when.
func (f *shardedFleet) kill(p *install.Program) time.Time {
	killed := time.Now()
	f.kills = append(f.kills, kill{p.Credential(), killed})
	p.Kill()
	return killed
}

// lastWrites lists, for the time since a kill, when the last scales were written, so that the failure names who took long.
func (f *shardedFleet) lastWrites(since time.Time) string {
	f.t.Helper()
	last := map[string]scaleWrite{}
	for _, w := range f.scaleWrites() {
		if w.code == http.StatusOK {
			last[w.name] = w
		}
	}
	writes := slices.SortedFunc(maps.Values(last), func(a, b scaleWrite) int { return b.time.Compare(a.time) })
	var text strings.Builder
	for _, w := range writes[:min(5, len(writes))] {
		fmt.Fprintf(&text, "\n%s at %d replicas %s after the kill", w.name, w.replicas, w.time.Sub(since).Round(10*time.Millisecond))
	}
	return text.String()
}

// checkWrites checks all writes to scales, which the API server logged.
func (f *shardedFleet) checkWrites() {
	f.t.Helper()
	writes := f.scaleWrites()
	for _, fault := range faultsOf(writes, f.kills) {
		f.t.Error(fault)
	}
	last, writers, refused := map[string]int32{}, map[string]int{}, 0
	for _, w := range writes {
		if w.code != http.StatusOK {
			refused++
			continue
		}
		last[w.name] = w.replicas
		writers[w.writer]++
	}
	for i := range f.n {
		if got := last[f.name(i)]; got != f.floor {
			f.t.Errorf("%s: %d replicas were written last, want %d", f.name(i), got, f.floor)
		}
	}
	if len(writers) != 2 {
		f.t.Errorf("got writes by %v, want those of two processes", writers)
	}
	f.t.Logf("the API server logged %d writes to %d scales by %d processes, %d of them refused or without an answer", len(writes), f.n, len(writers), refused)
}

// stopsWithoutErrors stops a process, which logs no error while it ends.
func (s *story) stopsWithoutErrors(p *install.Program) {
	s.t.Helper()
	before, err := p.Log()
	if err != nil {
		s.t.Fatal(err)
	}
	start := time.Now()
	p.Stop(s.t.Context())
	took := time.Since(start)
	after, err := p.Log()
	if err != nil {
		s.t.Fatal(err)
	}
	written := strings.TrimPrefix(after, before)
	for line := range strings.SplitSeq(written, "\n") {
		// client-go's election logs the request that the end of the process cancels, if one is under way.
		if strings.Contains(line, " leaderelection.go:") && strings.Contains(line, "context canceled") {
			continue
		}
		// The lines of errors start with E and the date, and those of a crash with its name.
		if len(line) > 1 && line[0] == 'E' && line[1] >= '0' && line[1] <= '9' || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "WARNING: DATA RACE") {
			s.t.Errorf("logged while it stopped: %s", line)
		}
	}
	s.t.Logf("stopped within %s, with %d lines in the log", took.Round(100*time.Millisecond), strings.Count(written, "\n"))
}
