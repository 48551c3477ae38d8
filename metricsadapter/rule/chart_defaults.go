package rule

import "encoding/json"

// chartDefaults returns the rules that prometheus-adapter's chart, versions 2 to 5, adds to those in its values. They
// create a metric from every series with a namespace: counters as rates over five minutes, without _total or
// _seconds_total in their names, and all others as sums. cAdvisor's also lose the prefix container_.
func chartDefaults() []json.RawMessage {
	const selector, matchers = `namespace!=""`, `<<.LabelMatchers>>`
	containers := discoveryConfig{
		SeriesQuery: `{__name__=~"^container_.*",container!="POD",pod!="",` + selector + `}`,
		Resources:   association{Overrides: map[string]groupResource{"namespace": {Resource: "namespace"}, "pod": {Resource: "pod"}}},
	}
	others := discoveryConfig{
		SeriesQuery: `{__name__!~"^container_.*",` + selector + `}`,
		Resources:   association{Template: "<<.Resource>>"},
	}
	var all []json.RawMessage
	add := func(of discoveryConfig, matchers, isNot, matches string, rate bool) {
		series := "<<.Series>>{" + matchers + "}"
		if rate {
			series = "rate(" + series + "[5m])"
		}
		if isNot != "" {
			of.SeriesFilters = []nameFilter{{IsNot: isNot}}
		}
		of.Name.Matches = matches
		of.MetricsQuery = "sum(" + series + ") by (<<.GroupBy>>)"
		text, err := json.Marshal(of)
		if err != nil {
			panic(err) // the rule has only strings
		}
		all = append(all, text)
	}
	const noPause = matchers + `,container!="POD"`
	add(containers, noPause, "", `^container_(.*)_seconds_total$`, true)
	add(containers, noPause, `^container_.*_seconds_total$`, `^container_(.*)_total$`, true)
	add(containers, noPause, `^container_.*_total$`, `^container_(.*)$`, false)
	add(others, matchers, `.*_total$`, "", false)
	add(others, matchers, `.*_seconds_total`, `^(.*)_total$`, true)
	add(others, matchers, "", `^(.*)_seconds_total$`, true)
	return all
}
