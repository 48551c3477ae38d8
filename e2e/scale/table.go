package scale

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// unmeasured stands for a missing figure.
const unmeasured = "not measured"

// table is rows of cells under a head.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// text aligns the columns with blanks.
func (t *table) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.head}, t.rows...) {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
	return b.String()
}

// markdown is a table of a page.
func (t *table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

// Text is the report for a terminal.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.setting())
	for _, t := range []*table{r.costs(), r.processes(), r.reactions()} {
		b.WriteString("\n" + t.text())
	}
	b.WriteString("\nrequests to the API server, by evaluation and by second\n")
	for _, result := range r.Results {
		if result.Cost != nil {
			fmt.Fprintf(&b, "  %s, %d, %s: %s\n", result.Title, result.Autoscalers, result.settingText(), result.Cost.requestText(12))
		}
	}
	for _, line := range r.notes() {
		fmt.Fprintf(&b, "note: %s\n", line)
	}
	return b.String()
}

// Markdown is the report for a page.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s Measured on %s by `make bench-scale`.\n", upper(r.setting()), r.Time.Format("2006-01-02"))
	for _, t := range []*table{r.costs(), r.processes(), r.reactions(), r.requests()} {
		b.WriteString("\n" + t.markdown())
	}
	b.WriteString("\n")
	for _, line := range r.notes() {
		fmt.Fprintf(&b, "- %s.\n", upper(line))
	}
	return b.String()
}

// disturbing is the CPU use of other programs, in cores, above which figures of CPU and time do not count.
const disturbing = 0.1

// notes are the conditions of the run, and what was skipped.
func (r *Report) notes() []string {
	notes := slices.Concat(r.Conditions, r.Skipped)
	highest := 0.0
	for _, result := range r.Results {
		if result.Cost != nil {
			highest = max(highest, result.Cost.OtherCores)
		}
	}
	if highest > disturbing {
		notes = append(notes, fmt.Sprintf(
			"other programs used up to %.1f of %d CPUs while an arm was measured: repeat the run on an idle machine before you compare CPU or times", highest, r.CPUs))
	}
	return notes
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (r *Report) setting() string {
	population := ""
	if r.Frozen {
		population = ", frozen population"
	}
	return fmt.Sprintf("%d CPUs, scrape interval %s, span %s, distinct metrics: %d, namespaces: %d, pods per Deployment: %d%s.",
		r.CPUs, r.Scrape, r.Span, r.Metrics, r.Namespaces, r.Pods, population)
}

// costs has a row for each result.
func (r *Report) costs() *table {
	t := &table{head: []string{
		"arm", "autoscalers", "period, load", "evaluations/s", "failed", "lateness p50, p99, max", "cores", "ms/evaluation",
		"requests/evaluation", "queries/period", "samples/period",
	}}
	for _, result := range r.Results {
		c := result.Cost
		if c == nil {
			continue
		}
		total := 0.0
		for _, n := range c.RequestsPerEvaluation {
			total += n
		}
		t.add(result.Title, fmt.Sprint(result.Autoscalers), result.settingText(), fmt.Sprintf("%.1f", c.EvaluationsPerSecond), fmt.Sprintf("%.0f", c.Failures),
			latenessText(c.Lateness), fmt.Sprintf("%.3f", c.Cores), fmt.Sprintf("%.3f", c.CPUPerEvaluation), fmt.Sprintf("%.2f", total),
			fmt.Sprintf("%.1f", c.QueriesPerPeriod), fmt.Sprintf("%.0f", c.SamplesPerPeriod))
	}
	return t
}

func (r *Result) settingText() string { return fmt.Sprintf("%s, %s", r.Period, r.Load) }

func latenessText(l *Lateness) string {
	if l == nil {
		return unmeasured
	}
	var texts []string
	for _, seconds := range []float64{l.P50, l.P99, l.Max} {
		if seconds < 0 {
			texts = append(texts, "above all buckets")
		} else {
			texts = append(texts, fmt.Sprintf("≤%.4gs", seconds))
		}
	}
	return strings.Join(texts, ", ")
}

// processNames are the columns of CPU: the programs that share the work, and the title of each.
var processNames = []struct{ process, title string }{
	{"autoscaler", "autoscaler"},
	{"metricsadapter", "adapter"},
	{secondAdapter, "second adapter"},
	{"kube-apiserver", "API server"},
	{"etcd", "etcd"},
	{"kube-controller-manager", "controller-manager"},
	{"prometheus", "Prometheus"},
	{exporterName, "exporter"},
}

// processes has CPU seconds per minute above idle, and memory, for each result.
func (r *Report) processes() *table {
	t := &table{head: []string{"CPU s/min above idle; RSS, peak MiB", "autoscalers", "period, load"}}
	for _, p := range processNames {
		t.head = append(t.head, p.title)
	}
	for _, result := range r.Results {
		if result.Cost == nil {
			continue
		}
		row := []string{result.Title, fmt.Sprint(result.Autoscalers), result.settingText()}
		for _, p := range processNames {
			u, ran := result.Cost.Processes[p.process]
			if !ran {
				row = append(row, "-")
				continue
			}
			row = append(row, fmt.Sprintf("%.1f; %.0f, %.0f", 60*u.CPUSeconds, u.RSS, u.PeakRSS))
		}
		t.add(row...)
	}
	return t
}

// reactions has a row for each result with a reaction.
func (r *Report) reactions() *table {
	t := &table{head: []string{"reaction", "autoscalers", "created at once, in force after", "step p50, p99, max", "step without rollouts"}}
	for _, result := range r.Results {
		if result.Created == nil && result.Step == nil {
			continue
		}
		created := unmeasured
		if c := result.Created; c != nil {
			created = fmt.Sprintf("%d of %d, %.1fs", c.InForce, c.Autoscalers, c.Seconds)
		}
		t.add(result.Title, fmt.Sprint(result.Autoscalers), created, stepText(result.Step), stepText(result.FrozenStep))
	}
	return t
}

func stepText(s *Step) string {
	if s == nil {
		return unmeasured
	}
	texts := make([]string, 0, 3)
	for _, q := range []float64{0.5, 0.99, 1} {
		if seconds, ok := s.Quantile(q); ok {
			texts = append(texts, fmt.Sprintf("%.1fs", seconds))
		} else {
			texts = append(texts, "not in time")
		}
	}
	text := strings.Join(texts, ", ")
	if s.Missing > 0 {
		text += fmt.Sprintf(" (%d of %d not in time)", s.Missing, s.Deployments)
	}
	return text
}

// requests has a row for each kind of request that an arm sends, and a column of requests per evaluation for each result.
func (r *Report) requests() *table {
	t := &table{head: []string{"requests per evaluation"}}
	highest := map[string]float64{}
	for _, result := range r.Results {
		if result.Cost == nil {
			continue
		}
		t.head = append(t.head, fmt.Sprintf("%s, %d, %s", result.Title, result.Autoscalers, result.settingText()))
		for name, n := range result.Cost.RequestsPerEvaluation {
			highest[name] = max(highest[name], n)
		}
	}
	for _, name := range sortedByValue(highest) {
		row := []string{name}
		for _, result := range r.Results {
			if result.Cost != nil {
				row = append(row, fmt.Sprintf("%.3f", result.Cost.RequestsPerEvaluation[name]))
			}
		}
		t.add(row...)
	}
	return t
}

// requestText has the most frequent requests.
func (c *Cost) requestText(most int) string {
	names := sortedByValue(c.RequestsPerSecond)
	texts := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		texts = append(texts, fmt.Sprintf("%s %.3f (%.1f/s)", name, c.RequestsPerEvaluation[name], c.RequestsPerSecond[name]))
	}
	if len(texts) == 0 {
		return "none above idle"
	}
	return strings.Join(texts, ", ")
}

// sortedByValue are the keys of a map, the highest value first.
func sortedByValue(m map[string]float64) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
	})
}
