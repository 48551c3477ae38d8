package page

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
)

// locked is a source whose only autoscaler changes.
type locked struct {
	fake
	mu sync.Mutex
}

func (l *locked) Entry(namespace, name string) (summary.Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fake.Entry(namespace, name)
}

func (l *locked) Entries(namespace string) []summary.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fake.Entries(namespace)
}

// TestEventsSayThatSomethingChanged, once for each change, and end before the listener would end them.
func TestEventsSayThatSomethingChanged(t *testing.T) {
	for _, test := range []struct{ path string }{{Root + "events?namespace=shop&name=web"}, {Root + "events"}} {
		synctest.Test(t, func(t *testing.T) {
			source := &locked{}
			source.add("shop", "web")
			answer, begun := httptest.NewRecorder(), time.Now()
			ended := make(chan time.Duration, 1)
			go func() {
				serve(source, may{"": true}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, nil))
				ended <- time.Since(begun)
			}()
			time.Sleep(20 * time.Second)
			source.mu.Lock()
			source.entries[0].Time, source.entries[0].Desired = noon.Add(time.Minute), 9
			source.mu.Unlock()
			if length := <-ended; length != streamTime {
				t.Errorf("the stream had %s", length)
			}
			if text := answer.Body.String(); strings.Count(text, "data: ") != 2 || !strings.Contains(text, "retry: 1000") {
				t.Errorf("%s: got %s", test.path, text)
			}
		})
	}
}

// TestEventsEndWithTheirReader.
func TestEventsEndWithTheirReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &fake{}
		source.add("shop", "web")
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(7*time.Second, leave)
		begun := time.Now()
		serve(source, may{"": true}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, Root+"events", nil))
		if length := time.Since(begun); length != 7*time.Second {
			t.Errorf("the stream had %s", length)
		}
	})
}
