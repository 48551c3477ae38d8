package suite

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/local"
)

// world is a cluster with Flyball and its clients.
type world struct {
	*local.Local
	api     clientset.Interface
	dynamic dynamic.Interface
	// turn is taken by stories that stop the autoscaler, or need the machine for themselves.
	turn sync.Mutex
}

// Two clusters serve every story; a control plane for each would take longer than all the stories. In the calm one nobody
// touches the autoscaler, so that stories run side by side: they mostly wait. In the other one a story at a time stops,
// kills and restarts it.
var (
	calm, disturbed *world
	whyNot          string
)

// inParallel is how many stories run side by side at most. They wait for clusters, and not for CPUs of this process.
const inParallel = "64"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := flag.Set("test.parallel", inParallel); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	err := start()
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, "the clusters for the stories did not start:", err)
	}
	for _, w := range []*world{calm, disturbed} {
		if w == nil {
			continue
		}
		if err := w.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "a cluster left something behind:", err)
			code = 1
		}
	}
	return code
}

// start builds what there is to run, and runs it twice.
func start() error {
	if testing.Short() {
		whyNot = "-short leaves out the stories that need a cluster"
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	// Whoever works on the stories builds once and names the folder, rather than asking the compiler at each run.
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(ctx, build.Options{Output: os.Stderr}); err != nil {
			return err
		}
	}
	var (
		starts   sync.WaitGroup
		failures [2]error
	)
	starts.Go(func() { calm, failures[0] = newWorld(ctx, binaries) })
	starts.Go(func() { disturbed, failures[1] = newWorld(ctx, binaries) })
	starts.Wait()
	return errors.Join(failures[:]...)
}

// newWorld starts a cluster. Rates are taken over ten seconds and decisions made each second, so that a story takes seconds
// where the chart's defaults would take minutes.
func newWorld(ctx context.Context, binaries string) (*world, error) {
	started, err := local.Start(ctx, local.Options{
		Cluster: cluster.Options{Binaries: binaries, PodStart: time.Second, HPASyncPeriod: time.Second, Log: os.Stderr},
		Values:  values(),
		Rates:   10 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	w := &world{Local: started}
	if w.api, err = clientset.NewForConfig(w.Config); err == nil {
		w.dynamic, err = dynamic.NewForConfig(w.Config)
	}
	if err != nil {
		return nil, errors.Join(err, started.Stop())
	}
	return w, nil
}

// values are the chart's for the stories: fast, with the right to read through the APIs what the rules serve, for the
// stories in which the autoscaler has no rules, with rules that a story adds, and with the right to mark pods.
func values() map[string]any {
	return map[string]any{
		"rulesConfigMaps": map[string]any{"selector": "flyball.dev/rules=yes"},
		"autoscaler": map[string]any{
			"period":      "1s",
			"markPods":    true,
			"metricsAPIs": map[string]any{"custom": []any{"pods/http_requests_per_second", "pods/jobs_in_progress"}},
			"scalable":    []any{kinds("suite.example", "widgets")},
			"windowTargets": []any{
				kinds("autoscaling", "horizontalpodautoscalers"), kinds("batch", "cronjobs"), kinds("apps", "deployments"),
				kinds("suite.example", "widgets"),
			},
		},
		"metricsAdapter": map[string]any{"refreshPeriod": "1s"},
	}
}

func kinds(group string, resources ...any) map[string]any {
	return map[string]any{"apiGroup": group, "resources": resources}
}

func skipWithoutCluster(t *testing.T) {
	t.Helper()
	if whyNot != "" {
		t.Skip(whyNot)
	}
}

// crowd are the tests that run beside each other; measuring is the turn of those that measure how well the autoscaler does.
var (
	crowd     sync.WaitGroup
	measuring sync.Mutex
)

// besideOthers has a test run beside others.
func besideOthers(t *testing.T) {
	t.Helper()
	skipWithoutCluster(t)
	crowd.Add(1) // before the first of them runs
	t.Cleanup(crowd.Done)
	t.Parallel()
}

// beside has a test run beside others, in the cluster whose autoscaler is left alone.
func beside(t *testing.T) *story {
	t.Helper()
	besideOthers(t)
	return calm.newStory(t)
}

// measured has a test run in that cluster once the crowd is gone, and no other measures: scrapes that a busy machine misses are
// gaps, which hold a scale-in.
func measured(t *testing.T) *story {
	t.Helper()
	skipWithoutCluster(t)
	t.Parallel()
	measuring.Lock()
	t.Cleanup(measuring.Unlock)
	crowd.Wait()
	return calm.newStory(t)
}

// oneByOne has a test run in the other cluster, beside those of the first but after, or before, all that do so.
func oneByOne(t *testing.T) *world {
	t.Helper()
	skipWithoutCluster(t)
	t.Parallel()
	disturbed.turn.Lock()
	t.Cleanup(disturbed.turn.Unlock)
	return disturbed
}

// outside is a story without a namespace, for what a test does to the world itself.
func (w *world) outside(t *testing.T) *story {
	t.Helper()
	return &story{world: w, t: t}
}

func requests(perSecond float64) load.Demand { return load.Demand{Requests: perSecond} }

func cores(n float64) load.Demand { return load.Demand{Cores: n} }

// load gives the application a load from now on.
func (s *story) load(app string, demand load.Demand) {
	s.t.Helper()
	if err := s.Load.Set(s.t.Context(), s.namespace, app, demand); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) stopAutoscaler() {
	s.t.Helper()
	s.Flyball.Autoscaler.Stop(s.t.Context())
}

// leaseIsFree checks that the autoscaler gave its lease back at its end, so that the next one need not wait for it.
func (s *story) leaseIsFree() {
	s.t.Helper()
	if holder := s.leader(); holder != "" {
		s.t.Errorf("the lease is still held by %s", holder)
	}
}

func (s *story) startAutoscaler(flags ...string) {
	s.t.Helper()
	if err := s.Flyball.Autoscaler.Start(flags...); err != nil {
		s.t.Fatal(err)
	}
}

// restartAutoscaler runs the autoscaler with further flags.
func (s *story) restartAutoscaler(flags ...string) {
	s.t.Helper()
	s.Flyball.Autoscaler.Stop(context.WithoutCancel(s.t.Context()))
	s.startAutoscaler(flags...)
}

func (w *world) autoscalerLog() string { return w.Flyball.Autoscaler.LogEnd(30) }

// kubectl runs the real kubectl in the story's namespace.
func (s *story) kubectl(arguments ...string) (string, error) {
	command := exec.CommandContext(s.t.Context(), s.Binary("kubectl"),
		append([]string{"--kubeconfig=" + s.Kubeconfig, "--namespace=" + s.namespace}, arguments...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}
