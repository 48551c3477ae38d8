package prom

import (
	"io"
	"net/http"
)

// bodyLimit returns an error for bodies above a size, because the API library reads whole bodies into memory.
type bodyLimit struct {
	next  http.RoundTripper
	limit int64
}

func (b bodyLimit) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = &limitedBody{ReadCloser: response.Body, left: b.limit, limit: b.limit}
	return response, nil
}

type limitedBody struct {
	io.ReadCloser
	left, limit int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLargeError{b.limit}
	}
	// One byte more than the remaining size distinguishes a body that fits exactly from one that is too large.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n, tooLargeError{b.limit}
	}
	return n, err
}
