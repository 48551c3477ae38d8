package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"flyball.dev/flyball/e2e/load"
)

// Client sets and reads loads at an exporter's address, http://127.0.0.1:port.
type Client struct{ URL string }

// Set gives an application a load from now on, whether it has pods yet or not.
func (c Client) Set(ctx context.Context, namespace, app string, demand load.Demand) error {
	body, err := json.Marshal(demand)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPut, namespace, app, body, nil)
}

// State is how an application does under its load.
func (c Client) State(ctx context.Context, namespace, app string) (State, error) {
	var state State
	return state, c.do(ctx, http.MethodGet, namespace, app, nil, &state)
}

func (c Client) do(ctx context.Context, method, namespace, app string, body []byte, into any) error {
	url := fmt.Sprintf("%s/load/%s/%s", c.URL, namespace, app)
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, url, response.Status, bytes.TrimSpace(answer))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
