package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/local"
	"flyball.dev/flyball/e2e/testcluster"
)

// environment is a cluster whose autoscaler tests can stop and start.
type environment struct {
	*testcluster.Cluster
	// audit is the log file of its API server.
	audit string
}

// The autoscaler of the shared cluster runs all the time, so that stories run in parallel. In each of the exclusive ones, one
// story at a time stops, kills and restarts the autoscaler. One of these is first reserved for the longest story, the real node's.
var (
	shared      *environment
	exclusive   = make(chan *environment, 3)
	forRealNode = make(chan *environment, 1)
)

// folder holds the files of all clusters.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "flyball-suite-"); err != nil {
		panic(err)
	}
	code := testcluster.Main(m, start)
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func start(ctx context.Context) error {
	var (
		starts       sync.WaitGroup
		environments = make([]*environment, 1+cap(exclusive))
		failures     = make([]error, 1+cap(exclusive))
	)
	for i := range environments {
		args, err := auditing(folder)
		if err != nil {
			return err
		}
		starts.Go(func() { environments[i], failures[i] = newEnvironment(ctx, args) })
	}
	starts.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	for i, env := range environments {
		env.audit = audits[i]
	}
	shared = environments[0]
	forRealNode <- environments[1]
	for _, env := range environments[2:] {
		exclusive <- env
	}
	return nil
}

// period is that of the autoscalers.
const period = time.Second

// newEnvironment starts a cluster with rates over ten seconds and a decision each second, so that a story takes seconds
// where the defaults of the chart would take minutes.
func newEnvironment(ctx context.Context, apiServerArgs []string) (*environment, error) {
	c, err := testcluster.Start(ctx, local.Options{
		Values: values(), Rates: 10 * time.Second, Cluster: cluster.Options{APIServerArgs: apiServerArgs},
	})
	if err != nil {
		return nil, err
	}
	return &environment{Cluster: c}, nil
}

// values are the chart's values for the stories: short periods, permission to read the metrics of the rules through the
// APIs (for stories in which the autoscaler has no rules), rules that a story adds, and permission to annotate pods.
func values() map[string]any {
	return map[string]any{
		"rulesConfigMaps": map[string]any{"selector": "flyball.dev/rules=yes"},
		"autoscaler": map[string]any{
			"period":   period.String(),
			"markPods": true,
			"metricsAPIs": map[string]any{
				"custom": []any{"pods/http_requests_per_second", "pods/jobs_in_progress"}, "external": []any{"recommended_replicas"},
			},
			"scalable": []any{kinds("suite.example", "widgets", "rollouts")},
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

// room is for the stories that run at once, and sharedRoom for those of them in the shared cluster, so that these, which are more, do
// not delay the longer ones with a cluster of their own. With more at once, a machine of two cores is seconds late, and windows and
// decisions with it; all stories end later, too, because each of them polls.
var (
	room       = semaphore.NewWeighted(6)
	sharedRoom = semaphore.NewWeighted(4)
)

// wait takes the room of so many stories, in the order of the calls, until the end of the test.
func wait(t *testing.T, room *semaphore.Weighted, stories int64) {
	t.Helper()
	begin := time.Now()
	if err := room.Acquire(t.Context(), stories); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Release(stories) })
	t.Logf("began after waiting %s for others", time.Since(begin).Round(time.Second))
}

// parallelStory runs a test in parallel with others, in the shared cluster.
func parallelStory(t *testing.T) *story {
	t.Helper()
	return heavyStory(t, 1)
}

// heavyStory runs a test that takes the CPU of so many stories, in parallel with others, in the shared cluster.
func heavyStory(t *testing.T, stories int64) *story {
	t.Helper()
	testcluster.Parallel(t)
	wait(t, sharedRoom, stories)
	wait(t, room, stories)
	return shared.newStory(t)
}

// quiet counts the stories that have called quietStory and have not ended.
var quiet sync.WaitGroup

// quietStory runs a test in the shared cluster after the parallel stories and those with a cluster of their own, whose clusters
// it stops: scrapes that a busy machine misses are gaps, which hold a scale-in.
func quietStory(t *testing.T) *story {
	t.Helper()
	quiet.Add(1) // before the first of them runs, as in testcluster.Parallel
	t.Cleanup(quiet.Done)
	testcluster.AfterParallel(t)
	stopExclusive()
	return shared.newStory(t)
}

// stopExclusive stops the clusters that only parallel tests use.
func stopExclusive() {
	for {
		select {
		case env := <-exclusive:
			if err := env.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, "failed to stop a cluster of the tests:", err)
			}
		default:
			return
		}
	}
}

// afterAllStories waits for the end of all stories.
func afterAllStories(t *testing.T) {
	t.Helper()
	testcluster.AfterParallel(t)
	quiet.Wait()
}

// exclusiveEnvironment gives a test a cluster whose autoscaler no other test uses.
func exclusiveEnvironment(t *testing.T) *environment {
	t.Helper()
	return environmentOf(t, exclusive)
}

func environmentOf(t *testing.T, pool chan *environment) *environment {
	t.Helper()
	testcluster.Parallel(t)
	env := <-pool
	t.Cleanup(func() { exclusive <- env })
	wait(t, room, 1)
	env.hasLeader(t)
	return env
}

// hasLeader waits until the lease is renewed: the story before may have killed its holder.
func (env *environment) hasLeader(t *testing.T) {
	t.Helper()
	begin := time.Now()
	env.Eventually(t, "a leader", func() (bool, string) {
		lease := env.lease(t)
		return lease.RenewTime != nil && lease.RenewTime.After(begin), fmt.Sprintf("%+v", lease)
	})
}

// withoutNamespace is a story for what a test does to the cluster as a whole.
func (env *environment) withoutNamespace(t *testing.T) *story {
	t.Helper()
	return &story{environment: env, t: t}
}

func requests(perSecond float64) load.Demand { return load.Demand{Requests: perSecond} }

func cores(n float64) load.Demand { return load.Demand{Cores: n} }

// load sets the load of the application from now on.
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

// leaseIsReleased checks that the autoscaler released its lease when it stopped, so that the next one need not wait for it.
func (s *story) leaseIsReleased() {
	s.t.Helper()
	if holder := s.leader(); holder != "" {
		s.t.Errorf("%s still holds the lease", holder)
	}
}

func (s *story) startAutoscaler(flags ...string) {
	s.t.Helper()
	if err := s.Flyball.Autoscaler.Start(flags...); err != nil {
		s.t.Fatal(err)
	}
}

// restartAutoscaler restarts the autoscaler with these flags after those of the chart.
func (s *story) restartAutoscaler(flags ...string) {
	s.t.Helper()
	s.Flyball.Autoscaler.Stop(context.WithoutCancel(s.t.Context()))
	s.startAutoscaler(flags...)
}

// kubectl runs the real kubectl in the namespace of the story.
func (s *story) kubectl(arguments ...string) (string, error) {
	command := exec.CommandContext(s.t.Context(), s.Binary("kubectl"),
		append([]string{"--kubeconfig=" + s.Kubeconfig, "--namespace=" + s.namespace}, arguments...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}
