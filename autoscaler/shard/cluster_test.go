package shard

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	clienttesting "k8s.io/client-go/testing"
)

const shards = 16

// world is an API server and the processes that share the shards. It checks that no shard has two holders.
type world struct {
	t      *testing.T
	server *fake.Clientset
	// saving is how long a holding takes to end.
	saving time.Duration

	mu        sync.Mutex
	processes map[string]*process
	holders   map[int]string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, server: fake.NewClientset(), processes: map[string]*process{}, holders: map[int]string{}}
	version := 0
	// The fake API server has no resource versions.
	versioned := func(action clienttesting.Action) (bool, runtime.Object, error) {
		update, _ := action.(clienttesting.UpdateAction) // a CreateAction has the same methods
		lease, _ := update.GetObject().(*coordinationv1.Lease)
		if action.GetVerb() == "update" {
			stored, err := w.server.Tracker().Get(action.GetResource(), action.GetNamespace(), lease.Name)
			if err != nil {
				return true, nil, err
			}
			if current, _ := stored.(*coordinationv1.Lease); current.ResourceVersion != lease.ResourceVersion {
				return true, nil, apierrors.NewConflict(action.GetResource().GroupResource(), lease.Name, errors.New("modified"))
			}
		}
		version++
		lease.ResourceVersion = strconv.Itoa(version)
		return false, nil, nil
	}
	w.server.PrependReactor("create", "leases", versioned)
	w.server.PrependReactor("update", "leases", versioned)
	return w
}

// process is one program. It is the client through which that reaches the API server.
type process struct {
	kubernetes.Interface
	identity string
	// down makes its requests fail; deaf makes its watches hang.
	down, deaf atomic.Bool
	killed     bool
	stop       context.CancelFunc
	ended      chan error
}

// start starts a process.
func (w *world) start() *process {
	ctx, stop := context.WithCancel(w.t.Context())
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &process{Interface: w.server, identity: fmt.Sprint("p", len(w.processes)), stop: stop, ended: make(chan error, 1)}
	w.processes[p.identity] = p
	go func() {
		p.ended <- Run(ctx, p, Config{Namespace: "flyball-system", Name: "autoscaler", Identity: p.identity, Shards: shards},
			func(ctx context.Context, shard int) { w.hold(ctx, p, shard) })
	}()
	return p
}

func (w *world) hold(ctx context.Context, p *process, shard int) {
	w.mu.Lock()
	if p.killed {
		w.mu.Unlock()
		return
	}
	if other := w.holders[shard]; other != "" {
		w.t.Errorf("%s holds shard %d, and so does %s", p.identity, shard, other)
	}
	w.holders[shard] = p.identity
	w.mu.Unlock()
	<-ctx.Done()
	time.Sleep(w.saving)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holders[shard] == p.identity {
		w.holders[shard] = ""
	}
}

// kill ends a process as SIGKILL does.
func (w *world) kill(p *process) {
	w.mu.Lock()
	p.killed = true
	for shard, identity := range w.holders {
		if identity == p.identity {
			w.holders[shard] = ""
		}
	}
	w.mu.Unlock()
	p.down.Store(true)
	p.stop()
}

// held returns the number of shards of each holder; empty for no holder.
func (w *world) held() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := map[string]int{}
	for shard := range shards {
		counts[w.holders[shard]]++
	}
	return counts
}

// IsWatchListSemanticsUnSupported makes informers list: the fake API server has no streaming lists.
func (*process) IsWatchListSemanticsUnSupported() bool { return true }

func (p *process) CoordinationV1() coordinationclient.CoordinationV1Interface {
	return coordination{p.Interface.CoordinationV1(), p}
}

type coordination struct {
	coordinationclient.CoordinationV1Interface
	p *process
}

func (c coordination) Leases(namespace string) coordinationclient.LeaseInterface {
	return leases{c.CoordinationV1Interface.Leases(namespace), c.p}
}

type leases struct {
	coordinationclient.LeaseInterface
	p *process
}

var errDown = errors.New("connection refused")

func (l leases) Get(ctx context.Context, name string, options metav1.GetOptions) (*coordinationv1.Lease, error) {
	if l.p.down.Load() {
		return nil, errDown
	}
	return l.LeaseInterface.Get(ctx, name, options)
}

func (l leases) Create(ctx context.Context, lease *coordinationv1.Lease, options metav1.CreateOptions) (*coordinationv1.Lease, error) {
	if l.p.down.Load() {
		return nil, errDown
	}
	return l.LeaseInterface.Create(ctx, lease.DeepCopy(), options)
}

func (l leases) Update(ctx context.Context, lease *coordinationv1.Lease, options metav1.UpdateOptions) (*coordinationv1.Lease, error) {
	if l.p.down.Load() {
		return nil, errDown
	}
	return l.LeaseInterface.Update(ctx, lease.DeepCopy(), options)
}

func (l leases) Delete(ctx context.Context, name string, options metav1.DeleteOptions) error {
	if l.p.down.Load() {
		return errDown
	}
	if required := options.Preconditions; required != nil { // which the fake API server ignores
		if lease, err := l.LeaseInterface.Get(ctx, name, metav1.GetOptions{}); err != nil || lease.ResourceVersion != *required.ResourceVersion {
			return apierrors.NewConflict(coordinationv1.Resource("leases"), name, errors.New("modified"))
		}
	}
	return l.LeaseInterface.Delete(ctx, name, options)
}

func (l leases) Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	events, err := l.LeaseInterface.Watch(ctx, options)
	if err != nil {
		return nil, err
	}
	heard := make(chan watch.Event)
	filtered := watch.NewProxyWatcher(heard)
	go func() {
		defer events.Stop()
		poll := time.NewTicker(100 * time.Millisecond)
		defer poll.Stop()
		var pending []watch.Event // a watch that hung goes on where it was: an API server leaves out no event
		for {
			select {
			case <-filtered.StopChan():
				return
			case event := <-events.ResultChan():
				pending = append(pending, event)
			case <-poll.C:
			}
			for ; len(pending) > 0 && !l.p.down.Load() && !l.p.deaf.Load(); pending = pending[1:] {
				select {
				case <-filtered.StopChan():
					return
				case heard <- pending[0]:
				}
			}
		}
	}()
	return filtered, nil
}
