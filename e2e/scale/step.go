package scale

import (
	"context"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Step says how soon replicas followed a load that doubled: for each Deployment the seconds from when Prometheus answered a query
// with the new load until spec.replicas was written.
type Step struct {
	Deployments int `json:"deployments"`
	// Missing is the number of Deployments that were not written in time. The others' times are in Seconds, ascending.
	Missing int       `json:"missing"`
	Seconds []float64 `json:"seconds"`
}

// Quantile returns the time by which a share of the Deployments was written; NaN-free: ok is false when it was not reached.
func (s *Step) Quantile(q float64) (seconds float64, ok bool) {
	i := max(0, int(q*float64(s.Deployments)+0.999999)-1)
	if i >= len(s.Seconds) {
		return 0, false
	}
	return s.Seconds[i], true
}

// longestStep is how long the benchmark waits for the replicas of a step.
func (b *bench) longestStep() time.Duration { return 4*b.period + time.Minute }

// longestReturn is how long it waits until they are back: kube-controller-manager ends the pods, the slower the more it has.
func (b *bench) longestReturn() time.Duration {
	return b.longestStep() + time.Duration(b.populated)*20*time.Millisecond
}

// step doubles the load of as many Deployments as are created at once, and measures until their replicas are written.
func (b *bench) step(ctx context.Context, n int) (*Step, error) {
	ctx, cancel := context.WithTimeout(ctx, b.longestStep())
	defer cancel()
	written, err := b.watchReplicas(ctx)
	if err != nil {
		return nil, err
	}
	defer written.Stop()
	b.exporter.stepped.Store(int64(n))
	visible, err := b.awaitVisible(ctx)
	if err != nil {
		return nil, err
	}
	times := map[string]time.Time{}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for open := true; open && len(times) < n; {
		select {
		case <-ctx.Done():
			open = false
		case <-tick.C:
			b.progress.report("%d of %d Deployments are written", len(times), n)
		case event, ok := <-written.ResultChan():
			if open = ok; !ok {
				break
			}
			if err := apierrors.FromObject(event.Object); event.Type == watch.Error {
				return nil, fmt.Errorf("watching Deployments: %w", err)
			}
			if d, isDeployment := event.Object.(*appsv1.Deployment); isDeployment && int(*d.Spec.Replicas) > b.Pods {
				if _, known := times[d.Name]; !known {
					times[d.Name] = time.Now()
				}
			}
		}
	}
	s := &Step{Deployments: n, Missing: n - len(times)}
	for _, at := range times {
		s.Seconds = append(s.Seconds, max(0, at.Sub(visible).Seconds()))
	}
	slices.Sort(s.Seconds)
	return s, nil
}

// watchReplicas watches the Deployments from now on.
func (b *bench) watchReplicas(ctx context.Context) (*watchtools.RetryWatcher, error) {
	deployments := b.client.AppsV1().Deployments(metav1.NamespaceAll)
	list, err := deployments.List(ctx, metav1.ListOptions{LabelSelector: indexLabel, Limit: 1})
	if err != nil {
		return nil, err
	}
	return watchtools.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.LabelSelector = indexLabel
			return deployments.Watch(ctx, o)
		},
	})
}

// awaitVisible returns the time at which Prometheus answers with the doubled load of the first Deployment. One scrape has the
// loads of all.
func (b *bench) awaitVisible(ctx context.Context) (time.Time, error) {
	query := fmt.Sprintf(`sum(%s{namespace=%q,pod=~"%s-.+"})`, metricName(0, b.Metrics), b.namespace(0), objectName(0))
	for {
		value, _, err := b.cluster.QueryNumber(ctx, query)
		if err != nil {
			return time.Time{}, err
		}
		if value > 1.5*target*float64(b.Pods) {
			return time.Now(), nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return time.Time{}, fmt.Errorf("waiting for the doubled load in Prometheus, which has %g: %w", value, err)
		}
	}
}

// back ends the step, and waits until the autoscalers have given every Deployment its first replicas again. In a frozen population
// the second pod never came to be, and an autoscaler keeps the replicas that are pending under the load of one: the benchmark takes them back.
func (b *bench) back(ctx context.Context) error {
	b.exporter.stepped.Store(0)
	if b.Frozen {
		if err := sleep(ctx, 2*b.Scrape); err != nil { // until the autoscalers have read the load of before
			return err
		}
		return b.reset(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, b.longestReturn())
	defer cancel()
	return b.awaitReplicas(ctx)
}
