package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/summary"
)

// serveSummary returns the rows of the autoscalers of the path's namespace, or of all, which the query's labelSelector matches, as a
// [summary.List]. It writes each row as it is
// made: an answer of thousands of rows needs no memory of its own, and an interrupted one is no valid JSON.
func serveSummary(rows func(namespace string, selector labels.Selector) (*controller.Rows, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
		if err != nil {
			http.Error(w, "labelSelector: "+err.Error(), http.StatusBadRequest)
			return
		}
		found, err := rows(r.PathValue("namespace"), selector)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_ = writeSummary(w, found) // an error means that the client has disconnected
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err == nil && writeSummary(packed, found) == nil {
			_ = packed.Close()
		}
	}
}

func writeSummary(to io.Writer, rows *controller.Rows) error {
	out := bufio.NewWriter(to)
	if _, err := fmt.Fprintf(out, `{"sharded":%t,"total":%d,"items":[`, rows.Sharded, rows.Total); err != nil {
		return err
	}
	separator := "\n"
	for row := range rows.Each {
		if err := writeRow(out, separator, &row); err != nil {
			return err
		}
		separator = ",\n"
	}
	if _, err := out.WriteString("]}\n"); err != nil {
		return err
	}
	return out.Flush()
}

func writeRow(out *bufio.Writer, separator string, row *summary.Row) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if _, err := out.WriteString(separator); err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
