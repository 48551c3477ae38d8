package progress

import (
	"bytes"
	"testing"
	"time"
)

func TestProgressStartsAfterAnIntervalAndIsCleared(t *testing.T) {
	var out bytes.Buffer
	now := time.Now()
	p := start(&out, now.Add(time.Hour))
	for range 100_000 {
		p.Show("hpa", 0.5)
	}
	if p.End(); out.Len() > 0 {
		t.Errorf("before the first interval, the output is %q", out.String())
	}
	p = start(&out, now.Add(-time.Hour))
	for range 25_000 {
		p.Show("hpa", 0.5)
	}
	p.End()
	if want := "\r 50% hpa\x1b[K\r\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestNoProgressWithoutATerminal(t *testing.T) {
	p := On(&bytes.Buffer{})
	if p != nil {
		t.Error("a buffer has a progress line")
	}
	p.Show("hpa", 0.5)
	p.End()
}
