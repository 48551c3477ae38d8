package adapterfaults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/local"
)

const (
	// period is the adapter's refresh period, and the autoscaler's period.
	period = time.Second
	// allowance is what a loaded machine may add to a period: the time to schedule all the programs that an answer takes.
	allowance = 3 * time.Second
	// timeout of a query, and the most series that its answer may have.
	timeout   = 2 * time.Second
	maxSeries = 50_000
	// patience is how long a test waits for what must come.
	patience = 90 * time.Second
)

// One cluster has all bad days, and mostly at once: they hurt different metrics, and their tests mainly wait.
var (
	shared        *local.Local
	proxy         *faults.Proxy
	flyball       clientset.Interface
	dynamicClient dynamic.Interface
	whyNot        string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if err := flag.Set("test.parallel", "32"); err != nil { // not as many as there are CPUs
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "the cluster for the bad days did not start:", err)
		return 1
	}
	code := m.Run()
	if shared != nil {
		proxy.Close()
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "the cluster left something behind:", err)
			return 1
		}
	}
	return code
}

func start() error {
	if testing.Short() {
		whyNot = "-short leaves out the bad days, which need a cluster"
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	binaries := os.Getenv("FLYBALL_BINARIES")
	if binaries == "" {
		var err error
		if binaries, err = build.All(ctx, build.Options{Output: os.Stderr}); err != nil {
			return err
		}
	}
	text, err := startRules()
	if err != nil {
		return err
	}
	started, err := local.Start(ctx, local.Options{
		Cluster: cluster.Options{Binaries: binaries, PodStart: time.Second, HPASyncPeriod: time.Second, Log: os.Stderr},
		Values:  values(text),
		Through: throughProxy,
	})
	if err != nil {
		return err
	}
	shared = started
	if flyball, err = clientset.NewForConfig(shared.Config); err != nil {
		return err
	}
	if dynamicClient, err = dynamic.NewForConfig(shared.Config); err != nil {
		return err
	}
	return startObserver(ctx)
}

// throughProxy has Flyball ask the proxy, at a port that it can leave and come back to, and within limits that a bad day
// reaches soon.
func throughProxy(prometheusURL string) (map[string]any, error) {
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	if proxy, err = faults.Start(fmt.Sprintf("127.0.0.1:%d", port), prometheusURL); err != nil {
		return nil, err
	}
	server := map[string]any{"name": "default", "url": proxy.URL, "timeout": timeout.String(), "maxSeries": maxSeries}
	return map[string]any{"url": "", "servers": []any{server}}, nil
}

func values(rules string) map[string]any {
	return map[string]any{
		"rules":          rules,
		"autoscaler":     map[string]any{"period": period.String()},
		"metricsAdapter": map[string]any{"refreshPeriod": period.String()},
	}
}

// days are the tests that run beside each other.
var parallelTests sync.WaitGroup

// runInParallel has a test run beside the others that hurt, or need, no more than a metric of their own.
func runInParallel(t *testing.T) {
	t.Helper()
	skipWithoutCluster(t)
	parallelTests.Add(1)
	t.Cleanup(parallelTests.Done)
	t.Parallel()
}

// runAfterParallel has a test run alone, after all others: what it makes keeps the machine busy, and is left to the cluster's end.
func runAfterParallel(t *testing.T) {
	t.Helper()
	skipWithoutCluster(t)
	t.Parallel()
	parallelTests.Wait()
}

func skipWithoutCluster(t *testing.T) {
	t.Helper()
	if shared == nil {
		t.Skip(whyNot)
	}
}
