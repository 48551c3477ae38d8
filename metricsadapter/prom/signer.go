package prom

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// Signer makes a transport that signs the requests that it passes to next.
type Signer = func(ctx context.Context, next http.RoundTripper) (http.RoundTripper, error)

// ReadSigner decodes the field sigv4 of a server, as sigv4.Read does.
type ReadSigner = func(unmarshal func(any) error) (Signer, error)

// field is a field of a file that is decoded later.
type field func(any) error

// UnmarshalYAML keeps the decoder of the field.
func (f *field) UnmarshalYAML(unmarshal func(any) error) error {
	*f = unmarshal
	return nil
}

// signed makes its signer with the first request, and again until that succeeds: the first credentials may take a request to a
// cloud, on whose failure the program starts nevertheless.
type signed struct {
	sign Signer
	next http.RoundTripper

	mu     sync.Mutex
	signer http.RoundTripper
}

// signError is a request without a signature, because the signer has no credentials.
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
		signer, err := s.sign(ctx, s.next)
		if err != nil {
			return nil, err
		}
		s.signer = signer
	}
	return s.signer, nil
}
