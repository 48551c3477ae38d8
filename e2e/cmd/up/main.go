package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/local"
)

// settings are the flags, most of which are also variables of make.
type settings struct {
	name     string
	trace    string
	start    time.Duration
	speed    float64
	curve    string
	peak     int
	nodes    int
	node     string
	duration time.Duration
	record   string
	down     bool
	keepLogs string
}

func parse() settings {
	var s settings
	flag.StringVar(&s.name, "name", "", "name of this run, for make down NAME=... (default the process id)")
	flag.StringVar(&s.trace, "trace", "", "CSV of timestamp,value that is replayed as the load")
	flag.DurationVar(&s.start, "start", 0, "time in the trace at which to start, on the clock of the trace")
	flag.Float64Var(&s.speed, "speed", 60, "speed of the replay, as a multiple of the recorded speed")
	flag.StringVar(&s.curve, "load", "sine 100 1000 4m", "load in requests a second without a trace: constant, step, ramp or sine")
	flag.IntVar(&s.peak, "peak", 20, "number of pods that the peak of the trace needs")
	flag.IntVar(&s.nodes, "nodes", 3, "number of simulated nodes")
	flag.StringVar(&s.node, "node", "simulated", "simulated, or real: run the application in real containers (root, Linux)")
	flag.DurationVar(&s.duration, "duration", 0, "time to run; 0 is until interrupted")
	flag.StringVar(&s.record, "record", "", "file for the samples, as CSV; make plot draws them")
	flag.StringVar(&s.keepLogs, "keep-logs", "", "folder for the logs of the programs, written at the end")
	flag.BoolVar(&s.down, "down", false, "stop all runs in other terminals, or the one that -name names")
	flag.Parse()
	return s
}

// simulatedNodes is their number; negative for none, beside a real node.
func (s settings) simulatedNodes() int {
	if s.node == "real" {
		return -1
	}
	return s.nodes
}

func main() {
	s := parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if s.down {
		err = stopRuns(s.name)
	} else {
		err = up(ctx, s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "up:", err)
		os.Exit(1)
	}
}

// values shorten the periods so that a user sees decisions: the defaults of the chart suit a Prometheus that scrapes twice a
// minute.
var values = map[string]any{
	"autoscaler":     map[string]any{"period": "2s", "extraArgs": []any{"--status-period=1s"}},
	"metricsAdapter": map[string]any{"refreshPeriod": "2s"},
}

// up starts everything, follows the application, and removes everything.
func up(ctx context.Context, s settings) (err error) {
	demand, err := newDemand(s)
	if err != nil {
		return err
	}
	run, err := register(s.name)
	if err != nil {
		return err
	}
	defer run.end()

	begun := time.Now()
	l, err := local.Start(ctx, local.Options{
		Root:    filepath.Dir(ownFolder()),
		Cluster: cluster.Options{Nodes: s.simulatedNodes(), HPASyncPeriod: 5 * time.Second, Restart: true, Log: os.Stdout, Binaries: ownFolder()},
		Rates:   15 * time.Second,
		Values:  values,
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, takeLogs(l.Dir, s.keepLogs), l.Stop()) }()
	a, err := newApplication(ctx, l, s)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, a.stop()) }()
	fmt.Printf("up after %s\n\n%s\n", time.Since(begun).Round(100*time.Millisecond), a.guide())

	if s.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.duration)
		defer cancel()
	}
	records, err := a.follow(ctx, demand)
	for _, record := range records {
		fmt.Printf("\n%s", record.Text(72))
	}
	return errors.Join(err, writeRecord(s.record, records[0]))
}

// interrupted drops an error that an interrupt has caused.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// ownFolder is the folder of this program and of the others, .bin in the module e2e.
func ownFolder() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// takeLogs copies the logs from the folder of the cluster, which is deleted with the cluster.
func takeLogs(dir, to string) error {
	if to == "" {
		return nil
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(log)), content, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
