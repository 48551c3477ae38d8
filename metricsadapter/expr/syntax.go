package expr

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// promql parses Prometheus' PromQL, with those experimental functions that matchers can restrict.
var promql = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, Functions: supportedFunctions()})

// unsupportedFunctions are experimental functions that the parser rejects, with the reason.
var unsupportedFunctions = map[string]string{
	"info":                "reads series that the query does not name, so that no matcher can restrict it",
	"histogram_quantiles": "adds a label: use histogram_quantile once per quantile",
	"start":               "applies to range queries, and metrics are read with instant queries",
	"end":                 "applies to range queries, and metrics are read with instant queries",
	"range":               "applies to range queries, and metrics are read with instant queries",
	"step":                "applies to range queries, and metrics are read with instant queries",
	"start_timestamp":     "returns a time that is not the time of a sample",
}

func supportedFunctions() map[string]*parser.Function {
	known := maps.Clone(parser.Functions)
	for name := range unsupportedFunctions {
		delete(known, name)
	}
	return known
}

// Experimental returns the experimental functions of the query, sorted. Prometheus accepts them only with
// --enable-feature=promql-experimental-functions.
func (e Expr) Experimental() []string {
	var all []string
	for node := range nodes(e.root) {
		switch n := node.(type) {
		case *parser.Call:
			if n.Func.Experimental {
				all = append(all, n.Func.Name)
			}
		case *parser.AggregateExpr:
			if n.Op.IsExperimentalAggregator() {
				all = append(all, n.Op.String())
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// SyntaxError describes a text that is not PromQL.
type SyntaxError struct {
	// Query is the text; Offset is the position of the error, in bytes.
	Query  string
	Offset int
	// Reason is the message of the parser.
	Reason string
	// Hint names the language of the text and a solution; empty where neither is recognized.
	Hint string
}

// Error returns the line and the column, both from 1, and the token at that position.
func (e *SyntaxError) Error() string {
	before := e.Query[:e.Offset]
	line := 1 + strings.Count(before, "\n")
	text := fmt.Sprintf("not PromQL: %d:%d: parse error: %s", line, e.Offset-strings.LastIndex(before, "\n"), e.Reason)
	if token := word.FindString(e.Query[e.Offset:]); token != "" && !strings.Contains(e.Reason, token) {
		text += fmt.Sprintf(" at %q", token)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// MapText returns the error with its texts replaced by show, which must give the same result for parts of a text as for
// the whole.
func (e *SyntaxError) MapText(show func(string) string) *SyntaxError {
	return &SyntaxError{Query: show(e.Query), Offset: len(show(e.Query[:e.Offset])), Reason: show(e.Reason), Hint: e.Hint}
}

// syntaxError describes the first parse error, with a hint where the text is another query language.
func syntaxError(query string, err error) error {
	all, ok := errors.AsType[parser.ParseErrors](err)
	if !ok || len(all) == 0 {
		return fmt.Errorf("not PromQL: %w", err)
	}
	first := all[0]
	wrong := &SyntaxError{Query: query, Offset: min(max(0, int(first.PositionRange.Start)), len(query)), Reason: first.Err.Error()}
	wrong.Hint = hint(query, wrong.Offset, wrong.Reason)
	return wrong
}

var (
	quotation       = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`[^`]*`")
	word            = regexp.MustCompile(`^[\pL_][\pL\pN_:]*`)
	unknownFunction = regexp.MustCompile(`^unknown function with name "(.+)"$`)
	missingRange    = regexp.MustCompile(`^expected type range vector in call to function "(.+)", got instant vector$`)
	variable        = regexp.MustCompile(`\$(?:__)?\{?[A-Za-z_]\w*\}?|\[\[\w+\]\]|\{\{.*?\}\}`)
	template        = regexp.MustCompile(`(?i)^\s*WITH\s*\(`)
	stepRange       = regexp.MustCompile(`\[[0-9.]*[0-9]i(?::[^\]]*)?\]`)
	orMatchers      = regexp.MustCompile(`\{[^{}]*"\s+or\s+[^{}]*\}`)
)

const (
	useRecordingRule = "only Prometheus' PromQL is supported: evaluate it with a recording rule and query the recorded series; " +
		"see docs/prometheus-adapter.md"
	isMetricsQL = "%s is MetricsQL of VictoriaMetrics: " + useRecordingRule
)

// hint names the language and a solution, by the text at the error's position.
func hint(query string, offset int, reason string) string {
	plain := quotation.ReplaceAllString(query, `""`)
	if template.MatchString(plain) {
		return fmt.Sprintf(isMetricsQL, "WITH (...)")
	}
	if m := unknownFunction.FindStringSubmatch(reason); m != nil {
		name := m[1]
		switch {
		case unsupportedFunctions[name] != "":
			return fmt.Sprintf("%s() is an experimental function that %s: %s", name, unsupportedFunctions[name], useRecordingRule)
		case name == "holt_winters":
			return "Prometheus 3 calls it double_exponential_smoothing()"
		case slices.Contains(metricsQL, name):
			return fmt.Sprintf(isMetricsQL, name+"()")
		}
		return useRecordingRule
	}
	if m := missingRange.FindStringSubmatch(reason); m != nil {
		return fmt.Sprintf("add a range, such as %s(...[2m]); %[1]s() without a range is MetricsQL of VictoriaMetrics", m[1])
	}
	token := word.FindString(query[offset:])
	switch {
	case variable.MatchString(plain):
		return fmt.Sprintf("%s is a variable of a dashboard or of a query proxy: replace it with its value", variable.FindString(plain))
	case slices.Contains(keywords, strings.ToLower(token)):
		return fmt.Sprintf(isMetricsQL, token)
	case stepRange.MatchString(plain):
		return fmt.Sprintf(isMetricsQL, "a range in steps, as "+stepRange.FindString(plain)+",")
	case orMatchers.MatchString(plain):
		return fmt.Sprintf(isMetricsQL, "or between matchers")
	}
	return ""
}

// keywords of MetricsQL that PromQL does not have.
var keywords = []string{"default", "if", "ifnot", "keep_metric_names", "limit", "prefix"}

// metricsQL lists functions of MetricsQL that PromQL does not have.
var metricsQL = strings.Fields(`
	any aggr_over_time ascent_over_time alias bitmap_and bitmap_or bitmap_xor bottomk_avg bottomk_last bottomk_max bottomk_median
	bottomk_min buckets_limit count_eq_over_time count_gt_over_time count_le_over_time count_ne_over_time count_values_over_time
	decreases_over_time default_rollup deriv_fast descent_over_time distinct distinct_over_time drop_common_labels
	drop_empty_series duration_over_time geomean geomean_over_time histogram histogram_over_time histogram_share
	hoeffding_bound_lower hoeffding_bound_upper increase_prometheus increase_pure increases_over_time integrate interpolate
	iqr_over_time keep_last_value keep_next_value label_copy label_del label_graphite_group label_keep label_lowercase label_map
	label_match label_mismatch label_move label_set label_transform label_uppercase label_value labels_equal lag lifetime
	limit_offset mad median median_over_time mode mode_over_time now outlier_iqr_over_time outliers_iqr outliers_mad
	outliersk prometheus_buckets quantiles quantiles_over_time rand rand_exponential rand_normal range_avg range_first
	range_last range_linear_regression range_mad range_max range_median range_min range_normalize range_over_time range_quantile
	range_stddev range_stdvar range_sum range_trim_outliers range_trim_spikes range_trim_zscore range_zscore rate_over_sum
	rate_prometheus remove_resets rollup rollup_candlestick rollup_delta rollup_deriv rollup_increase rollup_rate
	rollup_scrape_interval ru running_avg running_max running_min running_sum scrape_interval share share_eq_over_time
	share_gt_over_time share_le_over_time smooth_exponential sort_by_label_numeric sort_by_label_numeric_desc stale_samples_over_time
	sum2 sum2_over_time sum_eq_over_time sum_gt_over_time sum_le_over_time tfirst_over_time timezone_offset
	tlast_change_over_time tlast_over_time tmax_over_time tmin_over_time topk_avg topk_last topk_max topk_median topk_min ttf union
	zscore zscore_over_time`)
