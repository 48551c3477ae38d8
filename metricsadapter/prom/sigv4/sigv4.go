package sigv4

import (
	"context"
	"net/http"

	"github.com/prometheus/sigv4"
)

// Read decodes the field sigv4 of a server. The result makes a transport that signs the requests that it passes to next.
func Read(unmarshal func(any) error) (func(ctx context.Context, next http.RoundTripper) (http.RoundTripper, error), error) {
	config := &sigv4.SigV4Config{}
	if err := unmarshal(config); err != nil {
		return nil, err
	}
	return func(ctx context.Context, next http.RoundTripper) (http.RoundTripper, error) {
		return sigv4.NewSigV4RoundTripper(config, next, sigv4.WithContext(ctx))
	}, nil
}
