package prom

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// compressed asks for gzip and unpacks it. The transport would do so by itself, but the library that makes it switches
// that off.
type compressed struct{ next http.RoundTripper }

func (c compressed) RoundTrip(request *http.Request) (*http.Response, error) {
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
		response.Body = &unpacked{packed: response.Body}
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

// unpackError is a packed answer that is broken.
type unpackError struct{ cause error }

func (e unpackError) Error() string { return "it cannot be unpacked: " + e.cause.Error() }
func (e unpackError) Unwrap() error { return e.cause }

// unpacked reads a packed body. It looks at it only when it is read, so that an empty body is no error before.
type unpacked struct {
	packed io.ReadCloser
	reader *gzip.Reader
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.reader == nil {
		reader, err := gzip.NewReader(u.packed)
		if err != nil {
			return 0, broken(err)
		}
		u.reader = reader
	}
	n, err := u.reader.Read(p)
	return n, broken(err)
}

func (u *unpacked) Close() error { return u.packed.Close() }

// broken marks what is wrong with the packing itself, which is not the network's fault.
func broken(err error) error {
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return unpackError{err}
	}
	return err
}
