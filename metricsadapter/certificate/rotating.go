package certificate

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/klog/v2"
)

const (
	// DefaultLifetime of a serving certificate. A program that cannot publish the next one for a third of it serves an expired one.
	DefaultLifetime = 24 * time.Hour
	// MinLifetime is the lowest Config.Lifetime.
	MinLifetime = 10 * time.Second
	// MaxLifetime is the highest Config.Lifetime.
	MaxLifetime = 365 * 24 * time.Hour

	maxSettle     = time.Minute
	maxFirstDelay = 2 * time.Second
	maxRetryDelay = 30 * time.Second
)

// Config of a Rotating certificate.
type Config struct {
	// Replica is the name of this process among those that serve under the same names. A process that starts again has the same.
	Replica string
	// DNSNames that clients verify.
	DNSNames []string
	// Lifetime of each certificate; 2/3 of it after its creation the next one is made.
	Lifetime time.Duration
	// Publish has all clients trust the authorities of this replica, in place of those of the last call. nil where no client
	// verifies the certificate.
	Publish func(ctx context.Context, authorities [][]byte) error
	// Changed receives when what was published may have changed; may be nil.
	Changed <-chan struct{}
}

// Rotating is a serving certificate in memory, and the next one before it expires. It serves a certificate only after its authority
// has been published for a time in which all API servers see it.
type Rotating struct {
	config Config
	// settle is the time for clients to see what was published.
	settle    time.Duration
	current   atomic.Pointer[pair]
	published atomic.Bool
	// trusted are the authorities that clients should trust. Only Run uses it.
	trusted [][]byte

	mu        sync.Mutex
	listeners []dynamiccertificates.Listener
}

var (
	_ dynamiccertificates.CertKeyContentProvider = (*Rotating)(nil)
	_ dynamiccertificates.ControllerRunner       = (*Rotating)(nil)
)

// New returns the first certificate. Run publishes it, and makes the next ones.
func New(config Config) (*Rotating, error) {
	first, err := newPair(config.Replica, config.DNSNames, config.Lifetime)
	if err != nil {
		return nil, err
	}
	r := &Rotating{config: config, settle: min(maxSettle, config.Lifetime/10), trusted: [][]byte{first.ca}}
	r.current.Store(first)
	return r, nil
}

// Name returns a name for logs.
func (r *Rotating) Name() string { return "serving certificate in memory" }

// CurrentCertKeyContent returns the certificate to serve, and its key.
func (r *Rotating) CurrentCertKeyContent() (certificate, key []byte) {
	current := r.current.Load()
	return current.certificate, current.key
}

// AddListener adds a listener to each change of the certificate.
func (r *Rotating) AddListener(listener dynamiccertificates.Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners = append(r.listeners, listener)
}

// Published reports whether clients trust the certificate: a replica is ready only then.
func (r *Rotating) Published() bool { return r.published.Load() }

// RunOnce does nothing: New has made the first certificate.
func (r *Rotating) RunOnce(context.Context) error { return nil }

// Run publishes the authority of each certificate, and replaces the certificate, until ctx ends.
func (r *Rotating) Run(ctx context.Context, _ int) {
	r.publish(ctx)
	r.wait(ctx, min(maxFirstDelay, r.settle))
	r.published.Store(ctx.Err() == nil)
	for ctx.Err() == nil {
		current := r.current.Load()
		r.wait(ctx, time.Until(current.created.Add(r.config.Lifetime*2/3)))
		next, err := newPair(r.config.Replica, r.config.DNSNames, r.config.Lifetime)
		if err != nil {
			klog.FromContext(ctx).Error(err, "Failed to make the next serving certificate; will retry")
			r.wait(ctx, maxRetryDelay)
			continue
		}
		r.replace(ctx, current, next)
	}
}

// replace publishes the next authority, serves its certificate, and withdraws the former authority.
func (r *Rotating) replace(ctx context.Context, current, next *pair) {
	r.trusted = [][]byte{current.ca, next.ca}
	r.publish(ctx)
	r.wait(ctx, r.settle)
	r.publish(ctx) // another program may have changed it during the wait
	if ctx.Err() != nil {
		return
	}
	r.current.Store(next)
	r.notify()
	klog.FromContext(ctx).V(1).Info("Serving a new certificate", "expires", next.expires)
	r.wait(ctx, r.settle) // handshakes with the former certificate
	r.trusted = [][]byte{next.ca}
	r.publish(ctx)
}

// publish retries until clients trust the authorities, or ctx ends.
func (r *Rotating) publish(ctx context.Context) {
	if r.config.Publish == nil {
		return
	}
	for delay := time.Second; ctx.Err() == nil; delay = min(2*delay, maxRetryDelay) {
		err := r.config.Publish(ctx, slices.Clone(r.trusted))
		if err == nil {
			return
		}
		klog.FromContext(ctx).Error(err, "Failed to publish the CA of the serving certificate; will retry", "delay", delay)
		sleep(ctx, delay)
	}
}

// wait returns after a time, or when ctx ends, and restores what was published whenever it changes.
func (r *Rotating) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-r.config.Changed:
			r.publish(ctx)
		}
	}
}

func (r *Rotating) notify() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, listener := range r.listeners {
		listener.Enqueue()
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
