package expr

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
)

// judgedFunctions are the functions that read only the series of their arguments, so that a matcher in each selector confines
// them. Before a function of a newer Prometheus is added here, look in promql/engine.go and promql/info.go for the series that it
// selects; one that selects more belongs to unsupportedFunctions.
var judgedFunctions = strings.Fields(`
	abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max
	clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv
	double_exponential_smoothing exp first_over_time floor histogram_avg histogram_count histogram_fraction
	histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta increase integral irate
	label_join label_replace last_over_time ln log10 log2 mad_over_time max_of max_over_time min_of min_over_time
	minute month pi predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh
	sort sort_by_label sort_by_label_desc sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh
	time timestamp ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time vector year`)

// TestEveryFunctionIsJudged fails where an update of the parser brings a function that is neither judged nor unsupported.
func TestEveryFunctionIsJudged(t *testing.T) {
	want := slices.Sorted(slices.Values(append(slices.Sorted(maps.Keys(unsupportedFunctions)), judgedFunctions...)))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(parser.Functions))); diff != "" {
		t.Errorf("the functions of the parser (-judged +parser):\n%s", diff)
	}
}
