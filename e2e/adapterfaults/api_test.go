package adapterfaults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
)

// answer is what the API said: a list, or an error's status.
type answer struct {
	list    v1beta2.MetricValueList
	refused *metav1.Status
	time    time.Time // of its arrival
}

// read reads a metric of the pods of an application through the aggregated API.
func read(ctx context.Context, namespace, app, metric string) answer {
	return ask(ctx, fmt.Sprintf("/apis/custom.metrics.k8s.io/v1beta2/namespaces/%s/pods/*/%s?labelSelector=app%%3D%s", namespace, metric, app))
}

func ask(ctx context.Context, path string) answer {
	body, refused := raw(ctx, path)
	a := answer{refused: refused, time: time.Now()}
	if refused == nil {
		if err := json.Unmarshal(body, &a.list); err != nil {
			a.refused = &metav1.Status{Message: fmt.Sprintf("%v in %s", err, body)}
		}
	}
	return a
}

// raw reads a path through the API server. The status is that of the answer's body: what a client sees.
func raw(ctx context.Context, path string) ([]byte, *metav1.Status) {
	body, err := shared.Client.CoreV1().RESTClient().Get().RequestURI(path).DoRaw(ctx)
	if err == nil {
		return body, nil
	}
	status := &metav1.Status{}
	if json.Unmarshal(body, status) != nil || status.Message == "" {
		status.Message = fmt.Sprintf("%v: %s", err, body)
	}
	return nil, status
}

func (a answer) String() string {
	if a.refused != nil {
		return fmt.Sprintf("%d %s", a.refused.Code, a.refused.Message)
	}
	var values []string
	for _, item := range a.list.Items {
		values = append(values, fmt.Sprintf("%s (%.1f s old)", item.Value.String(), a.time.Sub(item.Timestamp.Time).Seconds()))
	}
	return strings.Join(values, ", ")
}

// oldest is the age of the oldest of the values.
func (a answer) oldest() time.Duration {
	var oldest time.Duration
	for _, item := range a.list.Items {
		oldest = max(oldest, a.time.Sub(item.Timestamp.Time))
	}
	return oldest
}

// own reads a path of the adapter itself, without the API server, as a monitoring system does.
func own(ctx context.Context, path string) (string, error) {
	config := rest.CopyConfig(shared.Config)
	config.Host = shared.Flyball.Adapter.URL
	config.Insecure, config.CAData, config.CAFile = true, nil, "" // it signs its own certificate here
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return "", err
	}
	return get(ctx, client, config.Host+path)
}

// get reads a page, and takes no other code than 200.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, body)
	}
	return string(body), err
}

// counted is the sum of the adapter's own series of a name that have all the parts, such as outcome="timeout".
func counted(t *testing.T, name string, parts ...string) float64 {
	t.Helper()
	text, err := own(t.Context(), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return sum(text, name, parts...)
}

func sum(exposition, name string, parts ...string) float64 {
	total := 0.0
next:
	for line := range strings.SplitSeq(exposition, "\n") {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		for _, part := range parts {
			if !strings.Contains(rest, part) {
				continue next
			}
		}
		value, err := strconv.ParseFloat(rest[strings.LastIndex(rest, " ")+1:], 64)
		if err == nil {
			total += value
		}
	}
	return total
}

// log is what the adapter writes from now on.
type log struct {
	path string
	from int64
}

func logFromNow(t *testing.T) log {
	t.Helper()
	l := log{path: filepath.Join(shared.Dir, "metricsadapter.log")}
	info, err := os.Stat(l.path)
	if err != nil {
		t.Fatal(err)
	}
	l.from = info.Size()
	return l
}

// lines are those that contain all the parts.
func (l log) lines(t *testing.T, parts ...string) []string {
	t.Helper()
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
next:
	for line := range strings.SplitSeq(string(content[l.from:]), "\n") {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}
