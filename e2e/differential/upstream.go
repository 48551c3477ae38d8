package differential

import (
	"context"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	v1core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
)

// never is the resync period of upstream: only steps make it reconcile.
const never = 100 * 365 * 24 * time.Hour

// upstream runs the HorizontalController on a fake API server, in a bubble of synctest.
type upstream struct {
	server *apiServer
	said   *proposalLog
	hpas   *informer
	stop   func()
	// secondSelector is that of the second autoscaler in the controller.
	secondSelector string
}

func start(server *apiServer) *upstream {
	handlers.Do(setHandlers)
	said := &proposalLog{}
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.New(said)))
	hpas, pods := newInformer(server.hpas), newInformer(server.pods)
	controller := podautoscaler.NewHorizontalController(ctx, noEvents{}, server, server, server, metricsClient{server},
		hpaInformer{hpas}, podInformer{pods}, never,
		server.flags.DownscaleStabilization, server.flags.Tolerance, server.flags.CPUInitializationPeriod, server.flags.InitialReadinessDelay)
	var done sync.WaitGroup
	done.Go(func() { controller.Run(ctx, 1) })
	return &upstream{server: server, said: said, hpas: hpas, stop: func() { cancel(); done.Wait() }}
}

// reconcile makes upstream reconcile once, and returns true where its computation failed.
func (u *upstream) reconcile(before *autoscalingv2.HorizontalPodAutoscaler) (failed bool) {
	u.syncSecond()
	u.server.scaleRead, u.server.requested, u.server.tries, u.server.accepted, u.said.recommendation = false, nil, 0, time.Time{}, nil
	reference := u.server.reference()
	failures.Store(reference, false)
	hpa := u.server.stored(u.server.name)
	if before != nil && before.Generation != hpa.Generation {
		u.hpas.handler.OnUpdate(before, hpa)
	} else {
		u.hpas.handler.OnAdd(hpa, false)
	}
	synctest.Wait()
	if u.server.step.Conflicts > 0 {
		// Upstream waits some milliseconds before it tries again.
		time.Sleep(time.Second)
		synctest.Wait()
	}
	if !u.server.scaleRead {
		panic("upstream did not reconcile: the fake API server does not drive it")
	}
	result, _ := failures.LoadAndDelete(reference)
	return result.(bool)
}

// syncSecond creates, changes or deletes the second autoscaler.
func (u *upstream) syncSecond() {
	if u.secondSelector == u.server.step.SecondSelector {
		return
	}
	if u.secondSelector = u.server.step.SecondSelector; u.secondSelector == "" {
		gone := u.server.remove(secondName)
		u.hpas.handler.OnDelete(gone)
		synctest.Wait()
		return
	}
	u.server.store(u.server.autoscaler(secondName, &autoscalingv2.HorizontalPodAutoscalerSpec{MaxReplicas: 10}))
	u.hpas.handler.OnAdd(u.server.stored(secondName), false)
	synctest.Wait()
}

// failures is true for each target whose computation failed. All controllers of the process share the error handlers, so
// the name of the target in the error identifies its controller.
var (
	failures sync.Map
	handlers sync.Once
)

// setHandlers replaces the error handlers of upstream.
func setHandlers() {
	utilruntime.ErrorHandlers = []utilruntime.ErrorHandler{func(_ context.Context, err error, _ string, _ ...any) {
		if err == nil {
			return
		}
		_, rest, found := strings.Cut(err.Error(), "failed to compute desired number of replicas based on listed metrics for ")
		if reference, _, cut := strings.Cut(rest, ":"); found && cut {
			failures.Store(reference, true)
		}
	}}
	klog.SetLogger(klog.Logger{})
}

// noEvents drops events.
type noEvents struct{ v1core.EventInterface }

func (s noEvents) Events(string) v1core.EventInterface { return s }

func (noEvents) CreateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) {
	return event, nil
}

func (noEvents) PatchWithEventNamespace(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return event, nil
}

func (noEvents) UpdateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) {
	return event, nil
}
