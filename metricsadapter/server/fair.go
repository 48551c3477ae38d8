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

// fair leaves room for the others: the server takes a limited number of requests at a time from all together, and the library
// switches off the API server's own means to share it.
type fair struct {
	next http.Handler
	// most requests of one caller at a time.
	most int

	mu  sync.Mutex
	now map[string]int // by caller, of those who have any
}

// halfOfAll is half of the requests that an API server takes at a time.
const halfOfAll = 200

func newFair(next http.Handler, most int) *fair {
	return &fair{next: next, most: most, now: map[string]int{}}
}

// ServeHTTP answers a request whose caller is known.
func (f *fair) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := ""
	if user, known := request.UserFrom(r.Context()); known {
		caller = user.GetName()
	}
	if !f.enter(caller) {
		// It says nothing of when to ask again: see the provider's unavailable.
		err := apierrors.NewTooManyRequests(fmt.Sprintf("%s has %d requests under way already, as many as one caller may", caller, f.most), 0)
		responsewriters.ErrorNegotiated(err, apiserver.Codecs, schema.GroupVersion{}, w, r)
		return
	}
	defer f.leave(caller)
	f.next.ServeHTTP(w, r)
}

func (f *fair) enter(caller string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[caller] >= f.most {
		return false
	}
	f.now[caller]++
	return true
}

func (f *fair) leave(caller string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[caller]--; f.now[caller] == 0 {
		delete(f.now, caller)
	}
}
