package scoreboard

import (
	"testing"
	"time"

	"flyball.dev/flyball/sim/peers"
)

// TestPeersScale: each peer follows a day's load by either metric: it has about as many pods as it takes, and is late for less
// than an hour of it.
func TestPeersScale(t *testing.T) {
	var day []Load
	for _, l := range Shapes() {
		if l.Name == "diurnal" {
			l.Length = 24 * time.Hour
			day = append(day, l)
		}
	}
	var policies []Policy
	for _, n := range peers.All() {
		policies = append(policies, Peer(n))
		if found, known := peers.Find(n.Name); !known || found.About == "" {
			t.Errorf("%s cannot be found, or says nothing about itself", n.Name)
		}
	}
	g := Standard(day, policies)
	g.Starts, g.Seeds, g.Pods = g.Starts[1:2], g.Seeds[:1], 20
	rows, err := Run(g.Cases(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.PodHours < 200 || r.PodHours > 400 || r.SLOViolationSeconds > 3600 || r.Changes < 4 {
			t.Errorf("%s by %s: %.0f pod-hours, late for %.0f s, %d changes", r.Policy, r.Metric, r.PodHours, r.SLOViolationSeconds, r.Changes)
		}
	}
	if _, known := peers.Find("none"); known {
		t.Error("there is a peer of no name")
	}
}
