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

// never is when upstream looks by itself. A step says when it is to look.
const never = 100 * 365 * 24 * time.Hour

// upstream runs the HorizontalController on a world. All of it happens inside a bubble of synctest.
type upstream struct {
	w    *world
	said *overheard
	hpas *informer
	stop func()
	// rival is the selector of the second autoscaler that the controller knows.
	rival string
}

func start(w *world) *upstream {
	listening.Do(listen)
	said := &overheard{}
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), klog.New(said)))
	hpas, pods := newInformer(w.hpas), newInformer(w.pods)
	controller := podautoscaler.NewHorizontalController(ctx, silence{}, w, w, w, measures{w},
		hpaInformer{hpas}, podInformer{pods}, never,
		w.flags.DownscaleStabilisation, w.flags.Tolerance, w.flags.CPUInitializationPeriod, w.flags.InitialReadinessDelay)
	var done sync.WaitGroup
	done.Go(func() { controller.Run(ctx, 1) })
	return &upstream{w: w, said: said, hpas: hpas, stop: func() { cancel(); done.Wait() }}
}

// reconcile lets upstream look at the step once, and says whether its computation failed.
func (u *upstream) reconcile(before *autoscalingv2.HorizontalPodAutoscaler) (failed bool) {
	u.meetRival()
	u.w.looked, u.w.put, u.w.tries, u.w.accepted, u.said.wish = false, nil, 0, time.Time{}, nil
	reference := u.w.reference()
	failures.Store(reference, false)
	hpa := u.w.stored(u.w.name)
	if before != nil && before.Generation != hpa.Generation {
		u.hpas.handler.OnUpdate(before, hpa)
	} else {
		u.hpas.handler.OnAdd(hpa, false)
	}
	synctest.Wait()
	if u.w.step.Conflicts > 0 {
		// It waits some milliseconds before it tries again.
		time.Sleep(time.Second)
		synctest.Wait()
	}
	if !u.w.looked {
		panic("upstream did not look at the step: the world does not drive it as it should")
	}
	result, _ := failures.LoadAndDelete(reference)
	return result.(bool)
}

// meetRival lets the second autoscaler come, change its selector, or go.
func (u *upstream) meetRival() {
	if u.rival == u.w.step.Rival {
		return
	}
	if u.rival = u.w.step.Rival; u.rival == "" {
		gone := u.w.remove(rival)
		u.hpas.handler.OnDelete(gone)
		synctest.Wait()
		return
	}
	u.w.store(u.w.autoscaler(rival, &autoscalingv2.HorizontalPodAutoscalerSpec{MaxReplicas: 10}))
	u.hpas.handler.OnAdd(u.w.stored(rival), false)
	synctest.Wait()
}

// failures says of each target whether the computation failed. Upstream hands its errors to a list that all controllers
// of the process share, so the target's name in the error has to tell whose it is.
var (
	failures  sync.Map
	listening sync.Once
)

// listen puts us in the place of those that upstream hands its errors to.
func listen() {
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

// silence is where events go.
type silence struct{ v1core.EventInterface }

func (s silence) Events(string) v1core.EventInterface { return s }

func (silence) CreateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) {
	return event, nil
}

func (silence) PatchWithEventNamespace(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return event, nil
}

func (silence) UpdateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) {
	return event, nil
}
