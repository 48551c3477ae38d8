package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// hopHeader marks what an adapter forwards. What comes with it is never forwarded again, or two adapters that name each
// other would ask each other for ever.
const hopHeader = "Flyball-Forwarded"

// get sends a request, and gives the body of the answer. The error says whose it is.
func (c *Provider) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	link := c.connection.Load()
	if link.transport == nil {
		return nil, c.unavailable(link.err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout(ctx))
	defer cancel()
	to := url.URL{Scheme: "https", Host: c.host, Path: path, RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "flyball-metricsadapter")
	request.Header.Set(hopHeader, "1")
	// Not a client: it would follow redirects, and take the token along.
	response, err := link.transport.RoundTrip(request)
	if err != nil {
		return nil, c.unavailable(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	switch {
	case err != nil:
		return nil, c.unavailable(err)
	case int64(len(body)) > c.options.MaxBytes:
		return nil, c.unavailable(fmt.Errorf("its answer is larger than %d bytes", c.options.MaxBytes))
	case response.StatusCode != http.StatusOK:
		return nil, c.statusError(response, body)
	case !isJSON(response) || !json.Valid(body):
		return nil, c.unavailable(errors.New("its answer is none of a metrics API" + excerpt(body)))
	}
	return body, nil
}

// timeout is the time limit of a request, so that its caller hears the reason before it gives up.
func (c *Provider) timeout(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(c.options.Timeout, time.Until(deadline)*9/10)
	}
	return c.options.Timeout
}

func isJSON(response *http.Response) bool {
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// unavailable: the other provider gave no answer.
func (c *Provider) unavailable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it did not answer in time: %w", err)
	}
	return apierrors.NewServiceUnavailable(fmt.Sprintf("%s, which is asked for metrics that no rule gives, gives no answer: %v", c.name, err))
}

// statusError passes on what the other provider said, and who said it. That it refuses the adapter is no refusal of the caller.
func (c *Provider) statusError(response *http.Response, body []byte) error {
	said := strings.TrimPrefix(excerpt(body), ": ")
	var status metav1.Status
	if json.Unmarshal(body, &status) == nil && status.Kind == "Status" && status.Message != "" {
		said = status.Message
	}
	code := response.StatusCode
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return apierrors.NewServiceUnavailable(fmt.Sprintf("%s, which is asked for metrics that no rule gives, "+
			"does not let the metrics adapter read them: %s", c.name, said))
	case code < http.StatusBadRequest:
		return c.unavailable(fmt.Errorf("it answers with code %d instead of a metric", code))
	}
	reason := status.Reason
	if reason == "" && code == http.StatusNotFound {
		reason = metav1.StatusReasonNotFound
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    int32(code),
		Reason:  reason,
		Message: fmt.Sprintf("no rule gives this, and %s says: %s", c.name, said),
	}}
}

// excerpt is the start of a body, for messages.
func excerpt(body []byte) string {
	const most = 120
	text := strings.Join(strings.Fields(string(body[:min(len(body), 4*most)])), " ")
	switch {
	case text == "":
		return ""
	case len(text) > most:
		text = text[:most] + "…"
	}
	return ": " + strings.ToValidUTF8(text, "")
}
