package outages

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	loads "flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestOutagesNeverScaleIn runs all applications through two outages, each in a cluster of its own: Prometheus hangs, and
// Prometheus is killed and comes back with a gap in every series.
func TestOutagesNeverScaleIn(t *testing.T) {
	testcluster.Skip(t)
	p := pace()
	for i, o := range []outage{
		{"hangs", p.hang, (*testcluster.Cluster).FreezePrometheus, func(c *testcluster.Cluster, _ context.Context) error {
			c.ThawPrometheus()
			return nil
		}},
		{"is killed", p.dead, (*testcluster.Cluster).KillPrometheus, (*testcluster.Cluster).RestartPrometheus},
	} {
		t.Run("Prometheus "+o.name, func(t *testing.T) {
			t.Parallel()
			c := clusters[i]
			s := &scene{t: t, cluster: c, p: p, apps: matrix(), namespace: c.Namespace(t, "outage")}
			s.create()
			s.recorder = watch(t, c, s.namespace)
			t.Logf("%d applications", len(s.apps))
			s.play(o)
		})
	}
}

type outage struct {
	name  string
	lasts time.Duration
	begin func(*testcluster.Cluster)
	end   func(*testcluster.Cluster, context.Context) error
}

type scene struct {
	t         *testing.T
	cluster   *testcluster.Cluster
	p         timing
	apps      []app
	namespace string
	recorder  *replicaRecorder
}

// play changes the loads, makes Prometheus fail and return in between, and checks every replica count since.
func (s *scene) play(o outage) {
	s.setLoads(-s.p.before)
	s.settle()
	began := time.Now()
	driving, stop := context.WithCancel(s.t.Context())
	var driver sync.WaitGroup
	driver.Go(func() { s.drive(driving, began) })
	defer driver.Wait()
	defer stop()

	s.pass(s.p.before)
	from := time.Now()
	end := sync.OnceValue(func() error { return o.end(s.cluster, context.WithoutCancel(s.t.Context())) })
	defer func() { _ = end() }() // however the test ends
	o.begin(s.cluster)
	s.pass(o.lasts)
	if err := end(); err != nil {
		s.t.Fatal(err)
	}
	to := time.Now()
	s.pass(s.p.after)
	s.judge(began, from, to)
}

// judge holds each count against the load, and wants the applications to be scaled again at the end.
func (s *scene) judge(began, from, to time.Time) {
	now, _ := s.recorder.now()
	end := time.Since(began)
	ins := 0
	for _, a := range s.apps {
		// A sample shows the mean of the load since s.p.rates before it, and is itself up to two scrapes old.
		shown := s.p.rates + 2*s.p.scrape + s.p.period
		for _, c := range s.recorder.since(a.name, began) {
			first, last := c.time.Add(-shown), c.time
			if c.time.After(from) {
				first = from.Add(-shown)
			}
			if c.time.After(from) && c.time.Before(to) {
				last = from.Add(s.p.scrape) // nothing after that can have been seen
			}
			least := a.load.lowest(first.Sub(began), last.Sub(began), s.p)
			if c.replicas < needed(least) {
				s.t.Errorf("%s went to %d replicas %.0f s after the outage began and %.0f s after it ended; a load of %.1f needs %d\n%s",
					a.name, c.replicas, c.time.Sub(from).Seconds(), c.time.Sub(to).Seconds(), least, needed(least), s.status(a.name))
			}
			ins++
		}
		least, most := needed(a.load.after(end, s.p)), int32(a.load.after(end, s.p)/each*(1+tolerance))+1
		if a.damped { // it holds a scale-in for longer than this test watches
			least, most = needed(a.load.after(end, s.p)/headroom), math.MaxInt32
		}
		if a.damped && strings.HasSuffix(a.metric, "-value") { // and of a ratio it follows a small part at each sync
			least = 1
		}
		if now[a.name] < least || (a.stabilization == 0 && now[a.name] > most) {
			s.t.Errorf("%s has %d replicas %.0f s after the outage, want %d to %d\n%s", a.name, now[a.name], time.Since(to).Seconds(), least, most, s.status(a.name))
		}
	}
	s.t.Logf("%d changes of %d applications were judged", ins, len(s.apps))
}

// settle waits until every application has what its first load needs, all ready, and until every rate shows that load alone.
func (s *scene) settle() {
	s.t.Helper()
	since := time.Now()
	var last []string
	for deadline := since.Add(5 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		var short []string
		replicas, ready := s.recorder.now()
		for _, a := range s.apps {
			if replicas[a.name] < needed(a.load.from) || ready[a.name] != replicas[a.name] {
				short = append(short, fmt.Sprintf("%s: %d, %d ready", a.name, replicas[a.name], ready[a.name]))
			}
		}
		if len(short) > 0 {
			since, last = time.Now(), short
		}
		if time.Since(since) > s.p.rates+2*s.p.scrape+2*s.p.period {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("not settled for %.0f s; before that:\n%s", time.Since(since).Seconds(), strings.Join(last, "\n"))
		}
	}
}

func (s *scene) pass(d time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if cause := context.Cause(s.cluster.Context()); cause != nil {
			s.t.Fatalf("the cluster died: %v", cause)
		}
	}
}

// drive sets the loads each second.
func (s *scene) drive(ctx context.Context, began time.Time) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.setLoads(time.Since(began))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *scene) setLoads(since time.Duration) {
	s.each(func(a app) error {
		demand := loads.Demand{Requests: a.load.after(since, s.p), CostPerRequest: coreSeconds}
		return s.cluster.Load.Set(context.WithoutCancel(s.t.Context()), s.namespace, a.name, demand)
	})
}

func (s *scene) create() {
	s.each(func(a app) error { return s.cluster.Create(s.t.Context(), s.namespace, a.deployment()) })
	s.setLoads(-time.Second)
	s.each(func(a app) error { return s.cluster.Create(s.t.Context(), s.namespace, a.autoscaler(s.p)) })
}

// each does something for every application, some at a time.
func (s *scene) each(do func(app) error) {
	failures := make([]error, len(s.apps))
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			for i := worker; i < len(s.apps); i += 8 {
				failures[i] = do(s.apps[i])
			}
		})
	}
	workers.Wait()
	if err := errors.Join(failures...); err != nil {
		s.t.Error(err)
	}
}

// status is that of the autoscaler of an application, with all its replica counts.
func (s *scene) status(name string) string {
	got, err := s.cluster.API.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(context.WithoutCancel(s.t.Context()), name, metav1.GetOptions{})
	if err != nil {
		return err.Error()
	}
	text, err := yaml.Marshal(got.Status)
	return fmt.Sprintf("%s%v\ncounts: %v", text, err, s.recorder.since(name, time.Time{}))
}
