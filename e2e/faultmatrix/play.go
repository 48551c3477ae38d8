package faultmatrix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/e2e/audit"
	"flyball.dev/flyball/e2e/testcluster"
)

// result is what a fault, or a pair of faults, has come to.
type result struct {
	findings
	named    string // the condition that named it
	unnamed  string // what was seen instead
	recovery time.Duration
	replayed int
}

// lateWindow is the time from the end of a fault to the end of the window: longer than a killed leader's lease, after which the next one
// decides.
const lateWindow = 30 * time.Second

// play runs a fault: the load rises in the middle of it, and a window opens. It returns once all autoscalers have decided with all their
// metrics after its end, and the replicas have what the load requires.
func (s *scene) play(f *fault) (r result, err error) {
	if err := s.settle(); err != nil {
		return r, err
	}
	began := time.Now()
	if err := s.openWindow(began.Add(f.length()*2/3), began.Add(f.length()+lateWindow)); err != nil {
		return r, err
	}
	time.Sleep(time.Second) // for the informer
	end, err := f.begin(s)
	if err != nil {
		return r, fmt.Errorf("beginning the fault: %w", err)
	}
	middle := time.After(f.length() / 3)
	over := time.After(f.length())
	<-middle
	err = s.setLoad("rising", highLoad)
	r.named, r.unnamed = s.waitNamed(f)
	<-over
	if failed := end(); failed != nil || err != nil {
		return r, errors.Join(err, failed)
	}
	ended := time.Now()
	r.replayed, err = s.recovered(ended)
	r.recovery = time.Since(ended)
	if err != nil {
		return r, err
	}
	if err := s.finish(); err != nil {
		return r, err
	}
	return r, s.judge(f, &r)
}

// judge compares the audit log with the witnesses.
func (s *scene) judge(f *fault, r *result) error {
	writes, err := audit.ScaleWrites(s.audit, s.namespace)
	if err != nil {
		return err
	}
	for _, app := range apps {
		found := s.witnesses[app.name].judge(writes, f.lies, f.takeovers)
		r.scaleIns, r.bounds, r.blind = append(r.scaleIns, found.scaleIns...), append(r.bounds, found.bounds...), append(r.blind, found.blind...)
		r.writers = append(r.writers, found.writers...)
	}
	opened, closed, err := 0, 0, error(nil)
	_ = s.wait("the event of the window", func(context.Context) (bool, string) { // an event that failed is sent again after 10 s
		opened, closed, err = s.windowEvents()
		return opened > 0 || err != nil || time.Since(s.witnesses["window"].closes) > lateWindow, ""
	})
	if err != nil {
		return err
	}
	if opened != 1 || closed > 1 {
		r.windows = append(r.windows, fmt.Sprintf("the window has %d events of its opening and %d of its closing", opened, closed))
	}
	return nil
}

func (s *scene) windowEvents() (opened, closed int, err error) {
	events, err := s.cluster.Client.CoreV1().Events(s.namespace).List(s.ctx, metav1.ListOptions{})
	if err != nil {
		return 0, 0, err
	}
	for i := range events.Items {
		switch e := &events.Items[i]; {
		case e.InvolvedObject.Name != "window":
		case e.Reason == "WindowOpened":
			opened += int(max(1, e.Count))
		case e.Reason == "WindowClosed":
			closed += int(max(1, e.Count))
		}
	}
	return opened, closed, nil
}

// wait asks done until it is true, or for as long as a test waits.
func (s *scene) wait(what string, done func(ctx context.Context) (bool, string)) error {
	last := ""
	ctx, cancel := context.WithTimeoutCause(s.ctx, testcluster.Patience, errors.New("timed out"))
	defer cancel()
	err := s.cluster.Wait(ctx, what, func(ctx context.Context) (ok bool, _ error) {
		ok, last = done(ctx)
		return ok, nil
	})
	if err != nil {
		return fmt.Errorf("%w; last seen: %s", err, last)
	}
	return nil
}

// settle waits until each application has what its load requires, and each rate shows that load.
func (s *scene) settle() error {
	if err := s.wait("the applications to settle", s.inBand); err != nil {
		return err
	}
	time.Sleep(shown)
	return nil
}

// finish waits until each application has what its load requires at last, with the window open.
func (s *scene) finish() error { return s.wait("the replicas that the load requires", s.inBand) }

// inBand reports whether all applications have allowed replicas.
func (s *scene) inBand(ctx context.Context) (bool, string) {
	for _, app := range apps {
		got, err := s.cluster.Client.AppsV1().Deployments(s.namespace).Get(ctx, app.name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		w := s.witnesses[app.name]
		least, _ := w.band(time.Now())
		if w.opens.Before(time.Now()) && !w.opens.IsZero() && time.Now().Before(w.closes) {
			least = max(least, floor)
		}
		if *got.Spec.Replicas < least || got.Status.ReadyReplicas < least {
			return false, fmt.Sprintf("%s has %d replicas, %d ready, want %d", app.name, *got.Spec.Replicas, got.Status.ReadyReplicas, least)
		}
	}
	return true, ""
}

// waitNamed waits for the condition that names a fault.
func (s *scene) waitNamed(f *fault) (named, seen string) {
	if f.named.kind == "" {
		return "", ""
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(f.length())
	for {
		got, err := s.cluster.API.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Get(s.ctx, f.named.app, metav1.GetOptions{})
		if err != nil {
			seen = err.Error()
		} else if c := meta.FindStatusCondition(got.Status.Conditions, f.named.kind); c != nil {
			seen = fmt.Sprintf("%s %s %s: %s", c.Type, c.Status, c.Reason, c.Message)
			if string(c.Status) == f.named.status && c.Reason == f.named.reason && strings.Contains(c.Message, f.named.text) {
				return seen, ""
			}
		}
		select {
		case <-deadline:
			return "", fmt.Sprintf("%s of %s: %s", f.named.kind, f.named.app, seen)
		case <-tick.C:
		}
	}
}

// recovered waits for a decision of each autoscaler after a time with all its metrics, and replays it from its bundle.
func (s *scene) recovered(since time.Time) (replayed int, err error) {
	for _, app := range apps {
		err := s.wait("a decision about "+app.name, func(ctx context.Context) (bool, string) {
			text, err := s.leader.Get(ctx, "/debug/bundle/"+s.namespace+"/"+app.name)
			if err != nil {
				return false, err.Error()
			}
			b, err := bundle.Unmarshal(text)
			if err != nil {
				return false, err.Error()
			}
			return b.Time.After(since) && known(&b.Observation), fmt.Sprintf("a decision at %s", b.Time)
		})
		if err != nil {
			return replayed, err
		}
		if err := s.replay(app.name); err != nil {
			return replayed, err
		}
		replayed++
	}
	return replayed, nil
}

func known(o *engine.Observation) bool {
	return !slices.ContainsFunc(o.Readings, func(r engine.Reading) bool { return r.Problem != "" && !strings.HasPrefix(r.Problem, "not requested") })
}

// replay decides again from the bundle of the last decision.
func (s *scene) replay(app string) error {
	text, err := s.leader.Get(s.ctx, "/debug/bundle/"+s.namespace+"/"+app)
	if err != nil {
		return err
	}
	b, err := bundle.Unmarshal(text)
	if err != nil {
		return err
	}
	again, _, err := bundle.Replay(b)
	if err != nil {
		return err
	}
	if b.Decided != nil && again.Desired != b.Decided.Desired {
		return fmt.Errorf("the replay of %s at %s has %d replicas, the decision %d", app, b.Time, again.Desired, b.Decided.Desired)
	}
	return nil
}
