package adapterfaults

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/local"
	"flyball.dev/flyball/e2e/testcluster"
)

const (
	// period is the adapter's refresh period, and the autoscaler's period.
	period = time.Second
	// allowance is what a loaded machine may add to a period: the time to schedule all the programs that an answer takes.
	allowance = 3 * time.Second
	// timeout of a query, and the most series that its answer may have.
	timeout   = 2 * time.Second
	maxSeries = 50_000
)

// One cluster has all faults, and mostly at once: they affect different metrics, and their tests mainly wait.
var (
	shared *testcluster.Cluster
	proxy  *faults.Proxy
)

func TestMain(m *testing.M) { os.Exit(testcluster.Main(m, start)) }

func start(ctx context.Context) error {
	text, err := startRules()
	if err != nil {
		return err
	}
	if shared, err = testcluster.Start(ctx, local.Options{Values: values(text), Through: throughProxy}); err != nil {
		return err
	}
	return startObserver(ctx)
}

// throughProxy makes Flyball query the proxy, at a port that the proxy can close and open again, and within limits that a
// fault reaches soon.
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
		"rules":      rules,
		"autoscaler": map[string]any{"period": period.String()},
		"metricsAdapter": map[string]any{
			"refreshPeriod": period.String(), "extraArgs": []any{"--serving-certificate-lifetime=" + certificateLifetime.String()},
		},
	}
}
