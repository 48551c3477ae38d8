package testcluster

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/local"
)

// Long selects the long form of tests that have one; `make test-long` sets it.
var Long = flag.Bool("long", false, "run the long form of the tests that have one")

// inParallel is the highest number of tests that run in parallel. Tests wait for clusters, not for CPUs of this process.
const inParallel = "64"

// Cluster is a running cluster with Flyball and clients of its APIs.
type Cluster struct {
	*local.Local
	API     clientset.Interface
	Dynamic dynamic.Interface
}

// started are the clusters that Main stops.
var started struct {
	sync.Mutex
	clusters []*Cluster
}

// Main runs the tests of a package after start has started their clusters with Start, stops these clusters, and returns
// the exit code. With -short it starts none, and Skip skips the tests that need one.
func Main(m *testing.M, start func(ctx context.Context) error) int {
	flag.Parse()
	err := flag.Set("test.parallel", inParallel)
	if err == nil && !testing.Short() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
		err = start(ctx)
		cancel()
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, "failed to start the clusters of the tests:", err)
	}
	for _, c := range started.clusters {
		if err := c.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "failed to stop a cluster of the tests:", err)
			code = 1
		}
	}
	return code
}

// Start starts a cluster with Flyball. Where options say nothing, pods are ready after a second, HPAs sync each second,
// and stderr takes the progress.
func Start(ctx context.Context, options local.Options) (*Cluster, error) {
	var err error
	if options.Cluster.Binaries, err = Binaries(ctx, build.Options{Output: os.Stderr}); err != nil {
		return nil, err
	}
	options.Cluster.PodStart, options.Cluster.HPASyncPeriod, options.Cluster.Log = time.Second, time.Second, os.Stderr
	// Several control planes share a machine. The heap of each is small, so that by default each collects garbage all the time.
	options.Cluster.ControlPlaneEnv = append(options.Cluster.ControlPlaneEnv, "GOGC=400")
	l, err := local.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Local: l}
	if c.API, err = clientset.NewForConfig(c.Config); err == nil {
		c.Dynamic, err = dynamic.NewForConfig(c.Config)
	}
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	started.Lock()
	defer started.Unlock()
	started.clusters = append(started.clusters, c)
	return c, nil
}

// Binaries returns the folder that FLYBALL_BINARIES names, or builds the programs and returns their folder. Naming the
// folder saves the seconds in which the compiler checks that nothing has changed.
func Binaries(ctx context.Context, options build.Options) (string, error) {
	if folder := os.Getenv("FLYBALL_BINARIES"); folder != "" {
		return folder, nil
	}
	return build.All(ctx, options)
}

// Skip skips a test that needs a cluster where -short left the clusters out.
func Skip(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out the tests that need a cluster")
	}
}

// parallel counts the tests that have called Parallel and have not ended.
var parallel sync.WaitGroup

// Parallel runs a test in parallel with others.
func Parallel(t *testing.T) {
	t.Helper()
	Skip(t)
	parallel.Add(1) // before the first of them runs: t.Parallel waits for the end of the sequential tests
	t.Cleanup(parallel.Done)
	t.Parallel()
}

// AfterParallel runs a test after all tests that called Parallel, because it measures how fast the programs are, or loads
// the machine.
func AfterParallel(t *testing.T) {
	t.Helper()
	Skip(t)
	t.Parallel()
	parallel.Wait()
}
