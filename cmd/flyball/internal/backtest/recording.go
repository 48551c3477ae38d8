package backtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"flyball.dev/flyball/sim/history"
)

// recording is what was recorded of a target. Its file has a line for the header and one for each chunk, in any order.
type recording struct {
	header
	series map[string]*history.Series
	// startUps are the shortest times in seconds from creation to ready by pod, as a later transition of a pod shows a longer one.
	startUps map[string]float64
	have     map[chunkKey]bool
	file     *os.File // nil without --save
}

// header is the first line of a file.
type header struct {
	// Version of the format.
	Version int             `json:"flyballBacktest"`
	Object  json.RawMessage `json:"object"`
	// Namespace of the object, where it has none of its own.
	Namespace string          `json:"namespace"`
	Start     time.Time       `json:"start"`
	End       time.Time       `json:"end"`
	Step      string          `json:"step"`
	Series    []plannedSeries `json:"series"`
	step      time.Duration
}

// stepOf is the distance of the values of a series.
func (h *header) stepOf(series string) time.Duration {
	switch series {
	case nodesSeries:
		return max(nodesStep, h.End.Sub(h.Start)/mostChunkPoints)
	case startUpSeries:
		return startUpStep
	default:
		return h.step
	}
}

// formatVersion of a file.
const formatVersion = 1

// chunk is a line with the values of a series from a time on. null is unknown.
type chunk struct {
	Series string             `json:"series"`
	Start  time.Time          `json:"start"`
	Values []*float64         `json:"values,omitempty"`
	Pods   map[string]float64 `json:"pods,omitempty"`
}

type chunkKey struct {
	series string
	start  int64
}

func newRecording(h *header) *recording {
	r := &recording{header: *h, series: map[string]*history.Series{}, startUps: map[string]float64{}, have: map[chunkKey]bool{}}
	for i := range h.Series {
		if !h.Series[i].byPod() {
			step := h.stepOf(h.Series[i].Name)
			s := history.NewSeries(h.Start, step, int((h.End.Sub(h.Start)+step-1)/step))
			r.series[h.Series[i].Name] = &s
		}
	}
	return r
}

// add adds a chunk. Values outside the times of the recording do not count.
func (r *recording) add(c *chunk) {
	r.have[chunkKey{c.Series, c.Start.UnixMilli()}] = true
	for pod, seconds := range c.Pods {
		if before, known := r.startUps[pod]; !known || seconds < before {
			r.startUps[pod] = seconds
		}
	}
	s := r.series[c.Series]
	if s == nil {
		return
	}
	first := int(c.Start.Sub(s.Start) / s.Step)
	for i, value := range c.Values {
		if j := first + i; value != nil && j >= 0 && j < len(s.Values) {
			s.Values[j] = *value
		}
	}
}

// save appends a chunk to the file.
func (r *recording) save(c *chunk) error {
	if r.file == nil {
		return nil
	}
	line, err := json.Marshal(c)
	if err == nil {
		_, err = r.file.Write(append(line, '\n'))
	}
	return err
}

// create opens the file of --save. One that has a part of the same recording is continued.
func create(path string, h *header) (*recording, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && len(text) == 0:
		return startFile(path, h)
	case err != nil:
		return nil, err
	}
	r, err := parseRecording(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := r.continues(h); err != nil {
		return nil, fmt.Errorf("--save: %s has another recording (%w): remove the file, or name another", path, err)
	}
	// An interrupted run can leave half a line, which is fetched again.
	whole := int64(bytes.LastIndexByte(text, '\n') + 1)
	if err := os.Truncate(path, whole); err != nil {
		return nil, err
	}
	r.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	return r, err
}

func startFile(path string, h *header) (*recording, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(h)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	r := newRecording(h)
	r.file = file
	return r, err
}

// continues reports whether the recording is one of the same series and length.
func (r *recording) continues(h *header) error {
	switch {
	case r.step != h.step:
		return fmt.Errorf("its step is %s, not %s", r.step, h.step)
	case r.End.Sub(r.Start) != h.End.Sub(h.Start):
		return fmt.Errorf("it is of %s, not of %s", r.End.Sub(r.Start), h.End.Sub(h.Start))
	case len(r.Series) != len(h.Series):
		return fmt.Errorf("it has %d series, not %d", len(r.Series), len(h.Series))
	}
	for i := range r.Series {
		if r.Series[i] != h.Series[i] {
			return fmt.Errorf("its series %s has another query", r.Series[i].Name)
		}
	}
	return nil
}

// readRecording reads the file of --from.
func readRecording(path string) (*recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	r, err := parseRecording(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if missing := len(r.jobs()); missing > 0 {
		return nil, fmt.Errorf("%s: the recording is not complete: %d of its queries are missing; continue it with --save %s", path, missing, path)
	}
	return r, nil
}

// longestLine of a file, in bytes.
const longestLine = 64 << 20

func parseRecording(in io.Reader) (*recording, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	if !lines.Scan() {
		return nil, errors.New("the file is empty: --save writes recordings")
	}
	h := &header{}
	if err := json.Unmarshal(lines.Bytes(), h); err != nil || h.Version != formatVersion {
		return nil, fmt.Errorf("line 1: not the header of a recording of version %d: --save writes recordings", formatVersion)
	}
	var err error
	if h.step, err = time.ParseDuration(h.Step); err != nil || h.step <= 0 || h.End.Sub(h.Start) < h.step || h.End.Sub(h.Start)/h.step > mostPoints {
		return nil, fmt.Errorf("line 1: step %q from %s to %s: must be a duration, for at most %d values", h.Step, h.Start, h.End, mostPoints)
	}
	r := newRecording(h)
	for number := 2; lines.Scan(); number++ {
		c := &chunk{}
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			if !lines.Scan() { // an interrupted run left half a line
				break
			}
			return nil, fmt.Errorf("line %d: not a chunk of a recording: %w", number, err)
		}
		r.add(c)
	}
	return r, lines.Err()
}

// known returns a pointer to a value, and nil for an unknown one.
func known(value float64) *float64 {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil
	}
	return &value
}
