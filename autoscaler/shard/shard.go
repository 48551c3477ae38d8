package shard

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/lease"
)

// Times of a membership. The shards of a process that dies are held by others within LeaseDuration and RetryPeriod, also where a
// watch hangs. A process that cannot renew notices it RetryPeriod and RenewDeadline after its last renewal, and has the rest of
// LeaseDuration to end its holdings.
const (
	LeaseDuration = 10 * time.Second
	RenewDeadline = 5 * time.Second
	RetryPeriod   = 2 * time.Second
)

// silentAfter is the time without a renewal in the informer after which a process reads a membership itself.
const silentAfter = 2 * RetryPeriod

// Config is what differs between installations and processes.
type Config struct {
	// Namespace and Name of the leases. The name is a prefix: of Name-member-Identity, Name-shard-0 and so on.
	Namespace, Name string
	// Identity of this process. It is part of an object's name.
	Identity string
	// Shards is their number, the same in all processes.
	Shards int
	// Guard reports whether this process holds its membership; nil for a new one.
	Guard *lease.Guard
}

// Hold evaluates the autoscalers of a shard until ctx ends. It returns once no write about them is under way and their state is
// saved, because another process may evaluate them then.
type Hold func(ctx context.Context, shard int)

// Run joins the members, and until ctx ends calls hold, in a goroutine of its own, for each shard that this process holds. Losing
// the membership is an error: the process should exit, so that no state of its former term remains.
func Run(ctx context.Context, client kubernetes.Interface, config Config, hold Hold) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(config.Namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = leaseLabel }))
	leases := factory.Coordination().V1().Leases()
	if config.Guard == nil {
		config.Guard = lease.NewGuard(LeaseDuration, nil)
	}
	m := &member{
		config: config, leases: client.CoordinationV1(), lister: leases.Lister().Leases(config.Namespace),
		hold: hold, held: map[int]*holding{}, seen: map[string]sighting{}, changed: make(chan struct{}, 1),
	}
	if _, err := leases.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { m.notify() },
		UpdateFunc: func(_, _ any) { m.notify() },
		DeleteFunc: func(any) { m.notify() },
	}); err != nil {
		return fmt.Errorf("watching leases: %w", err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer factory.Shutdown()
	defer stop()
	factory.StartWithContext(watching)
	if !cache.WaitForCacheSync(ctx.Done(), leases.Informer().HasSynced) {
		return errors.New("stopped before the leases were read")
	}
	return m.run(ctx)
}
