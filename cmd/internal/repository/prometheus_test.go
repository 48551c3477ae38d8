package repository

import (
	"os"
	"regexp"
	"testing"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/prom/sigv4"
)

// TestServersInPagesLoad: a file of servers in a page is one that a reader may paste.
func TestServersInPagesLoad(t *testing.T) {
	text, err := os.ReadFile(docs + "prometheus.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, match := range regexp.MustCompile("(?s)```yaml\n(servers:.*?)```").FindAllStringSubmatch(string(text), -1) {
		tried++
		servers, err := prom.Load([]byte(match[1]), "/etc/flyball", sigv4.Read)
		if err != nil {
			t.Errorf("%v\n%s", err, match[1])
		}
		for i := range servers {
			servers[i].HTTP.TLSConfig.CAFile = "" // is on the reader's machine
		}
		if _, err := prom.New(servers...); err != nil {
			t.Errorf("%v\n%s", err, match[1])
		}
	}
	if tried < 7 {
		t.Errorf("found %d files, want that of the start and one for each system", tried)
	}
}
