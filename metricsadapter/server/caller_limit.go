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

// callerLimit limits the concurrent requests of each caller: the server limits only their total, and the library
// disables API priority and fairness.
type callerLimit struct {
	next http.Handler
	// limit of concurrent requests of one caller.
	limit int

	mu      sync.Mutex
	running map[string]int // by caller, of those who have any
}

// maxPerCaller is half of the concurrent requests that an API server accepts.
const maxPerCaller = 200

func newCallerLimit(next http.Handler, most int) *callerLimit {
	return &callerLimit{next: next, limit: most, running: map[string]int{}}
}

// ServeHTTP serves a request of an authenticated caller.
func (f *callerLimit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := ""
	if user, known := request.UserFrom(r.Context()); known {
		caller = user.GetName()
	}
	if !f.enter(caller) {
		// Without a retry delay: see unavailable in package provider.
		err := apierrors.NewTooManyRequests(fmt.Sprintf("%s already has %d requests in flight, the limit for one caller", caller, f.limit), 0)
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
