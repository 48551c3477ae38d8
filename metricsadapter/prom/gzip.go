package prom

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// gzipTransport requests gzip and decompresses it. The Prometheus client library disables the transport's own
// decompression.
type gzipTransport struct{ next http.RoundTripper }

func (c gzipTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := c.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	switch encoding := response.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		response.Header.Del("Content-Encoding")
		response.Header.Del("Content-Length")
		response.ContentLength = -1
		response.Uncompressed = true
		response.Body = &gzipBody{packed: response.Body}
	default:
		_ = response.Body.Close() // nothing of it was read
		return nil, encodingError{encoding}
	}
	return response, nil
}

// encodingError is a response in an encoding that was not requested.
type encodingError struct{ encoding string }

func (e encodingError) Error() string {
	return fmt.Sprintf("it has encoding %q, which was not requested", e.encoding)
}

// gzipError is a corrupt gzip body.
type gzipError struct{ cause error }

func (e gzipError) Error() string { return "it cannot be decompressed: " + e.cause.Error() }
func (e gzipError) Unwrap() error { return e.cause }

// gzipBody reads a gzip body. It reads the header on the first Read, so that an empty body is not an error before.
type gzipBody struct {
	packed io.ReadCloser
	reader *gzip.Reader
}

func (u *gzipBody) Read(p []byte) (int, error) {
	if u.reader == nil {
		reader, err := gzip.NewReader(u.packed)
		if err != nil {
			return 0, gzipErrorOf(err)
		}
		u.reader = reader
	}
	n, err := u.reader.Read(p)
	return n, gzipErrorOf(err)
}

func (u *gzipBody) Close() error { return u.packed.Close() }

// gzipErrorOf marks errors of the compression itself, which are not network errors.
func gzipErrorOf(err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return gzipError{err}
	}
	return err
}
