package prom

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// gzipTransport asks for gzip and unpacks it. The transport would do so by itself, but the library that makes it switches
// that off.
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

// encodingError is an answer in an encoding that was not asked for.
type encodingError struct{ encoding string }

func (e encodingError) Error() string {
	return fmt.Sprintf("it is encoded as %q, which was not asked for", e.encoding)
}

// gzipError is a packed answer that is broken.
type gzipError struct{ cause error }

func (e gzipError) Error() string { return "it cannot be unpacked: " + e.cause.Error() }
func (e gzipError) Unwrap() error { return e.cause }

// gzipBody reads a packed body. It looks at it only when it is read, so that an empty body is no error before.
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

// gzipErrorOf marks what is wrong with the packing itself, which is not the network's fault.
func gzipErrorOf(err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return gzipError{err}
	}
	return err
}
