package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestBurnersShareTheLoadEqually(t *testing.T) {
	dir := t.TempDir()
	setLoad(t, dir, "600\n")
	one, two := workload{dir, "web-1"}, workload{dir, "web-2"}

	for _, step := range []struct {
		name string
		pod  workload
		time time.Time
		then func()
		want float64
	}{
		{name: "alone", pod: one, time: noon, want: 600},
		{name: "a second one comes", pod: two, time: noon.Add(time.Second), want: 300},
		{name: "the first one sees it", pod: one, time: noon.Add(2 * time.Second), want: 300},
		{name: "the load doubles", pod: one, time: noon.Add(3 * time.Second), then: func() { setLoad(t, dir, "1200") }, want: 600},
		{name: "the second one dies without a word", pod: one, time: noon.Add(6 * time.Second), want: 1200},
		{name: "it comes back", pod: two, time: noon.Add(7 * time.Second), want: 600},
		{name: "the first one leaves in order", pod: two, time: noon.Add(8 * time.Second), then: one.leave, want: 1200},
	} {
		if step.then != nil {
			step.then()
		}
		got, err := step.pod.share(step.time)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got != step.want {
			t.Errorf("%s: share = %v millicores, want %v", step.name, got, step.want)
		}
	}
}

func TestALoadThatCannotBeReadIsAnError(t *testing.T) {
	for _, content := range []string{"", "much", "-1", "NaN", "+Inf", "1e9"} {
		dir := t.TempDir()
		setLoad(t, dir, content)
		_, err := workload{dir, "web-1"}.share(noon)
		if err == nil || !strings.Contains(err.Error(), "want a number of millicores") {
			t.Errorf("load %q: error %v, want one that says what the file may hold", content, err)
		}
	}
	if _, err := (workload{t.TempDir(), "web-1"}).share(noon); err == nil {
		t.Error("no load file: no error")
	}
}

func TestBudget(t *testing.T) {
	var b budget
	for _, step := range []struct {
		name string
		rate float64
		over time.Duration
		used time.Duration
		want time.Duration
	}{
		{name: "half a core for two periods", rate: 0.5, over: 100 * time.Millisecond, used: 0, want: 50 * time.Millisecond},
		{name: "a little more was used than was due", rate: 0.5, over: 100 * time.Millisecond, used: 60 * time.Millisecond, want: 40 * time.Millisecond},
		{name: "nothing was used, so both are due", rate: 0.5, over: 100 * time.Millisecond, used: 60 * time.Millisecond, want: 90 * time.Millisecond},
		{name: "kept from the CPU for long", rate: 2, over: time.Hour, used: 60 * time.Millisecond, want: patience},
		{name: "what was forgotten does not come back", rate: 0, over: time.Hour, used: 60*time.Millisecond + patience, want: 0},
		{name: "other work used far more than was due", rate: 0, over: time.Hour, used: time.Hour, want: 0},
		{name: "which is forgotten too", rate: 1, over: patience + 10*time.Millisecond, used: time.Hour, want: 10 * time.Millisecond},
	} {
		b.grow(step.rate, step.over, step.used)
		if got := b.left(step.used); got != step.want {
			t.Errorf("%s: left %s, want %s", step.name, got, step.want)
		}
	}
}

func TestSpendUsesCPUTime(t *testing.T) {
	const want = 20 * time.Millisecond
	start := cpuTime()
	spend(start+want, time.Now().Add(time.Minute))
	if got := cpuTime() - start; got < want {
		t.Errorf("used %s of CPU, want at least %s", got, want)
	}
}

func TestSpendEndsInTime(t *testing.T) {
	start := cpuTime()
	spend(start+time.Hour, time.Now().Add(20*time.Millisecond))
	if got := cpuTime() - start; got > time.Minute {
		t.Errorf("used %s of CPU, want it to end with the period", got)
	}
}

func setLoad(t *testing.T, dir, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "millicores"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
