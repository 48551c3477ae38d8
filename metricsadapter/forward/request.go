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

// hopHeader marks forwarded requests. They are not forwarded again, because two adapters that forward to each other
// would loop.
const hopHeader = "Flyball-Forwarded"

// get sends a request, and returns the body of the response. The error names the provider.
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
	// Not http.Client, which follows redirects and sends the token with them.
	response, err := link.transport.RoundTrip(request)
	if err != nil {
		return nil, c.unavailable(err)
	}
	defer func() { _ = response.Body.Close() }() // read only
	body, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	switch {
	case err != nil:
		return nil, c.unavailable(err)
	case int64(len(body)) > c.options.MaxBytes:
		return nil, c.unavailable(fmt.Errorf("its response is larger than %d bytes", c.options.MaxBytes))
	case response.StatusCode != http.StatusOK:
		return nil, c.statusError(response, body)
	case !isJSON(response) || !json.Valid(body):
		return nil, c.unavailable(errors.New("its response is not from a metrics API" + excerpt(body)))
	}
	return body, nil
}

// timeout is shorter than that of the caller, so that the caller receives the reason.
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

// unavailable: the other provider did not respond.
func (c *Provider) unavailable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it did not respond in time: %w", err)
	}
	return apierrors.NewServiceUnavailable(fmt.Sprintf("%s, the fallthrough provider for metrics without a rule, did not respond: %v", c.name, err))
}

// statusError returns the error of the other provider with its name. If it denies the adapter, that is not a denial of
// the caller.
func (c *Provider) statusError(response *http.Response, body []byte) error {
	said := strings.TrimPrefix(excerpt(body), ": ")
	var status metav1.Status
	if json.Unmarshal(body, &status) == nil && status.Kind == "Status" && status.Message != "" {
		said = status.Message
	}
	code := response.StatusCode
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return apierrors.NewServiceUnavailable(fmt.Sprintf("%s, the fallthrough provider for metrics without a rule, "+
			"denied access to the metrics adapter: %s", c.name, said))
	case code < http.StatusBadRequest:
		return c.unavailable(fmt.Errorf("it responded with code %d", code))
	}
	reason := status.Reason
	if reason == "" && code == http.StatusNotFound {
		reason = metav1.StatusReasonNotFound
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    int32(code),
		Reason:  reason,
		Message: fmt.Sprintf("no rule provides this metric, and %s responded: %s", c.name, said),
	}}
}

// excerpt returns the start of a body for messages.
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
