package local

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// window is a range in PromQL, such as [2m].
var window = regexp.MustCompile(`\[[0-9]+[smh]\]`)

// rulesOver are the chart's own rules with rates over another window. The chart's suit a Prometheus that scrapes twice a
// minute; one that scrapes each second need not look back as far.
func rulesOver(chart string, rates time.Duration) (string, error) {
	content, err := os.ReadFile(filepath.Join(chart, "files", "rules.yaml"))
	if err != nil {
		return "", fmt.Errorf("the chart's rules: %w", err)
	}
	return window.ReplaceAllString(string(content), fmt.Sprintf("[%ds]", int(rates.Seconds()))), nil
}
