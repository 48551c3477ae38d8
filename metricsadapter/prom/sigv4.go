package prom

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/prometheus/sigv4"
)

// signed signs requests for Amazon's services. The library asks for the first credentials, which takes a request where a
// pod's role gives them, when it makes the signer; this one makes it with the first query, and again until it succeeds,
// so that the program starts whatever the cloud does.
type signed struct {
	config *sigv4.SigV4Config
	next   http.RoundTripper

	mu     sync.Mutex
	signer http.RoundTripper
}

// signError says that there is nothing to sign with.
type signError struct{ cause error }

func (e signError) Error() string { return fmt.Sprintf("the request cannot be signed: %v", e.cause) }
func (e signError) Unwrap() error { return e.cause }

func (s *signed) RoundTrip(request *http.Request) (*http.Response, error) {
	signer, err := s.ready(request.Context())
	if err != nil {
		return nil, signError{err}
	}
	return signer.RoundTrip(request)
}

func (s *signed) ready(ctx context.Context) (http.RoundTripper, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signer == nil {
		signer, err := sigv4.NewSigV4RoundTripper(s.config, s.next, sigv4.WithContext(ctx))
		if err != nil {
			return nil, err
		}
		s.signer = signer
	}
	return s.signer, nil
}
