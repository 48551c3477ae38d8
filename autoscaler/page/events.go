package page

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
)

const (
	// pollEvery is the time between two looks for changes of an autoscaler, and pollListEvery of a list.
	pollEvery, pollListEvery = time.Second, 5 * time.Second
	// streamTime bounds a stream. The browser opens another one, for which the reader is authenticated and authorized again. It is shorter
	// than the time that the listener gives an answer.
	streamTime = 90 * time.Second
)

// eventsLink returns the address of the events of an autoscaler, or of a list without a name.
func eventsLink(namespace, name string) string {
	values := url.Values{}
	if namespace != "" {
		values.Set("namespace", namespace)
	}
	if name != "" {
		values.Set("name", name)
	}
	return Root + "events?" + values.Encode()
}

// serveEvents sends an event with the new state each time that the autoscaler of the address, or a list, changes. The event has no
// figures: the script loads the page again.
func (p *page) serveEvents(w http.ResponseWriter, r *http.Request, reader Reader) {
	namespace, name := r.FormValue("namespace"), r.FormValue("name")
	rights, err := p.readableBy(r.Context(), reader, namespace)
	switch {
	case err != nil:
		http.Error(w, "the API server did not authorize the request; try again", http.StatusServiceUnavailable)
		return
	case rights.none():
		http.Error(w, "you may not list horizontalautoscalers here", http.StatusForbidden)
		return
	}
	state, every := func() string { return p.listState(&rights, namespace) }, pollListEvery
	if name != "" {
		if e, found := p.Source.Entry(namespace, name); found && !e.Memory {
			w.Header().Set(summary.ElsewhereHeader, "true")
		}
		state, every = func() string { return p.state(namespace, name) }, pollEvery
	}
	w.Header().Set("Content-Type", "text/event-stream")
	stream(w, r, state, every)
}

func stream(w http.ResponseWriter, r *http.Request, state func() string, every time.Duration) {
	ticker, end := time.NewTicker(every), time.NewTimer(streamTime)
	defer ticker.Stop()
	defer end.Stop()
	controller := http.NewResponseController(w)
	last := state()
	text := fmt.Sprintf("retry: 1000\nevent: state\ndata: %s\n\n", last)
	for {
		if _, err := w.Write([]byte(text)); err != nil || controller.Flush() != nil {
			return
		}
		for {
			select {
			case <-r.Context().Done():
				return
			case <-end.C:
				return
			case <-ticker.C:
			}
			if now := state(); now != last {
				last, text = now, fmt.Sprintf("event: state\ndata: %s\n\n", now)
				break
			}
		}
	}
}

// state identifies what a page about an autoscaler shows.
func (p *page) state(namespace, name string) string {
	e, found := p.Source.Entry(namespace, name)
	if !found {
		return "deleted"
	}
	return fmt.Sprintf("%s %d %d %s", e.Time.UTC().Format(idLayout), e.Autoscaler.Generation, e.Troubles, e.Autoscaler.UID)
}

// listState identifies the troubles and replicas of a list.
func (p *page) listState(rights *readable, namespace string) string {
	var sum uint64
	entries := p.entries(rights, namespace)
	for i := range entries {
		e := &entries[i]
		sum ^= mix(e)
	}
	return fmt.Sprintf("%d-%x", len(entries), sum)
}
