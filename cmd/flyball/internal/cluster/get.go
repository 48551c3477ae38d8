package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// MemoryTimeout bounds an answer from the autoscaler's memory where the statuses of the objects can replace it.
const MemoryTimeout = 10 * time.Second

// maxAnswer in bytes. The bundle of an autoscaler with 10,000 pods has about 2 MiB, and the rows of 10,000 autoscalers have 3 MiB.
const maxAnswer = 64 << 20

// errNotFound is wrapped when the process has no decision about the autoscaler, or does not have the path.
var errNotFound = errors.New("not found")

// errUnauthorized is wrapped when the process does not accept the credentials.
var errUnauthorized = errors.New("401 Unauthorized")

// get reads an answer.
func get(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // the body is read, or the request has failed already
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", address, err)
	case response.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%w%s", errNotFound, errorText(text))
	case response.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("%w%s", errUnauthorized, errorText(text))
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s%s", response.Status, errorText(text))
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("%s: the answer has more than %d bytes, so it is not one of an autoscaler", address, maxAnswer)
	}
	return text, nil
}

// errorText is the text of an error answer, unless it is too long for a sentence.
func errorText(text []byte) string {
	words := strings.TrimSpace(string(text))
	if words == "" || len(words) > 300 {
		return ""
	}
	return ": " + words
}
