package server

import (
	"fmt"
	"net/http"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/handlers/responsewriters"
	"k8s.io/apiserver/pkg/endpoints/request"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
)

// callerLimit leaves room for the others: the server takes a limited number of requests at a time from all together, and the library
// switches off the API server's own means to share it.
type callerLimit struct {
	next http.Handler
	// limit requests of one caller at a time.
	limit int

	mu      sync.Mutex
	running map[string]int // by caller, of those who have any
}

// maxPerCaller is half of the requests that an API server takes at a time.
const maxPerCaller = 200

func newCallerLimit(next http.Handler, most int) *callerLimit {
	return &callerLimit{next: next, limit: most, running: map[string]int{}}
}

// ServeHTTP answers a request whose caller is known.
func (f *callerLimit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := ""
	if user, known := request.UserFrom(r.Context()); known {
		caller = user.GetName()
	}
	if !f.enter(caller) {
		// It says nothing of when to ask again: see the provider's unavailable.
		err := apierrors.NewTooManyRequests(fmt.Sprintf("%s has %d requests under way already, as many as one caller may", caller, f.limit), 0)
		responsewriters.ErrorNegotiated(err, apiserver.Codecs, schema.GroupVersion{}, w, r)
		return
	}
	defer f.leave(caller)
	f.next.ServeHTTP(w, r)
}

func (f *callerLimit) enter(caller string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running[caller] >= f.limit {
		return false
	}
	f.running[caller]++
	return true
}

func (f *callerLimit) leave(caller string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running[caller]--; f.running[caller] == 0 {
		delete(f.running, caller)
	}
}
