package testcluster

import (
	"context"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/realnode"
)

// ReserveRealNode waits until no other test of this machine uses real nodes, and keeps them for this test. It skips the
// test where no real node can run.
func ReserveRealNode(t *testing.T) {
	t.Helper()
	Skip(t)
	if reason := realnode.Supported(); reason != "" {
		t.Skip(reason)
	}
	unlock, err := realnode.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
}

// AddRealNode makes this machine a node of the cluster until the test ends. The test has called ReserveRealNode.
func (c *Cluster) AddRealNode(t *testing.T) *realnode.Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	binaries, err := Binaries(ctx, build.Options{RealNode: true, Output: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	node, err := realnode.Start(ctx, realnode.Options{Cluster: c.Cluster, Binaries: binaries})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Stop(); err != nil {
			t.Errorf("stopping the real node: %v", err)
		}
	})
	if err := c.AddScrape(ctx, node.ScrapeJobs()...); err != nil {
		t.Fatal(err)
	}
	return node
}
