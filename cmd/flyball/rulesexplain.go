package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
)

// stage is one step on the way from a series to a value.
type stage struct {
	Step   string `json:"step"`
	Result string `json:"result"`
	// Lost says that there is no value from here on.
	Lost bool `json:"lost,omitempty"`
}

// traced is why there is a value or none.
type traced struct {
	Metric string   `json:"metric"`
	Object string   `json:"object,omitempty"`
	Value  *float64 `json:"value,omitempty"`
	Stages []stage  `json:"stages"`
}

func (t *traced) add(step, format string, args ...any) {
	t.Stages = append(t.Stages, stage{Step: step, Result: fmt.Sprintf(format, args...)})
}

// lose is the last step: what comes after it has nothing to work on.
func (t *traced) lose(step, format string, args ...any) {
	t.add(step, format, args...)
	t.Stages[len(t.Stages)-1].Lost = true
}

func newRulesExplain() *cobra.Command {
	var input rulesInput
	var namespace, selector string
	output := newFormat("text", "json", "yaml")
	command := &cobra.Command{
		Use:   "explain METRIC [OBJECT] -f FILE --prometheus URL",
		Short: "Tell why a metric has a value for an object, or has none",
		Long: "Explain follows a metric from its series to the value of an object, and shows the first step at which it is lost: which rule\n" +
			"gives it, which series the rule found, what is asked, which rows come back, and how old their samples are.\n\n" +
			"OBJECT is a kind and a name, such as pod/web-1, deployment/web or namespace/shop, or pods/* for all. It is left out for an\n" +
			"external metric.\n\n" + rulesExitCodesHelp,
		Example: `  flyball rules explain http_requests_per_second pod/web-1 -n shop -f config.yaml --prometheus http://localhost:9090
  flyball rules explain queue_depth -n shop -f config.yaml --prometheus http://localhost:9090 --selector topic=mail`,
		Args: cobra.RangeArgs(1, 2),
	}
	input.addFlags(command)
	output.addFlag(command)
	command.Flags().StringVarP(&namespace, "namespace", "n", "default", "Namespace that the metric is read in.")
	command.Flags().StringVarP(&selector, "selector", "l", "", "Selector on the metric's labels.")
	if err := command.MarkFlagRequired("prometheus"); err != nil {
		panic(err) // there is such a flag: addFlags is above
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		q := question{metric: args[0], namespace: namespace, selector: selector}
		if len(args) == 2 {
			if err := q.readObject(args[1]); err != nil {
				return err
			}
		}
		r, err := input.resolve(command)
		if err != nil {
			return err
		}
		t := r.trace(command.Context(), q, time.Now())
		if err := output.print(command.OutOrStdout(), t, tracePage(t)); err != nil {
			return err
		}
		if t.Value == nil {
			return fmt.Errorf("%w: it is lost at the last step", errNoValue)
		}
		return nil
	}
	return command
}

// question is what somebody wants to have explained.
type question struct {
	metric, namespace, selector string
	// object is what the metric describes; nil for an external metric. name is empty for all objects.
	object *rule.Object
	name   string
}

func (q *question) readObject(text string) error {
	kind, name, ok := strings.Cut(text, "/")
	if !ok || name == "" {
		return fmt.Errorf("object %q: write a kind and a name, such as pod/web-1, or pods/* for all", text)
	}
	resource, group, _ := strings.Cut(kind, ".")
	found, known := rule.Builtin.Find(group, resource)
	if !known && group == "" {
		return fmt.Errorf("object %q: the kind %s is not built in: write its resource and group, such as rollouts.argoproj.io/web", text, kind)
	}
	if !known {
		found.Resource.Resource, found.Resource.Group, found.Namespaced = resource, group, true
	}
	q.object = &found
	if name != "*" {
		q.name = name
	}
	return nil
}

// title is the metric as lint names it.
func (q *question) title() string {
	if q.object == nil {
		return q.metric
	}
	return q.object.Resource.String() + "/" + q.metric
}

// find gives the metric that is asked about.
func (q *question) find(set *rule.Set) (lint.Metric, bool) {
	var wanted *rule.MetricQuery
	namespace := q.namespace
	if q.object == nil {
		if r := set.FindExternal(q.metric, namespace); r != nil {
			wanted = &r.MetricQuery
		}
	} else {
		if q.object.Resource == rule.Namespaces.Resource {
			namespace = q.name
		}
		if r := set.FindCustom(q.object.Resource, q.metric, namespace); r != nil {
			wanted = &r.MetricQuery
		}
	}
	for _, m := range lint.Metrics(set) {
		resource := m.API == "resource" && q.object != nil && title(m) == q.title()
		if m.Grouped == wanted || wanted == nil && resource {
			return m, true
		}
	}
	return lint.Metric{}, false
}

// tracePage is a trace for people.
func tracePage(t *traced) string {
	var out strings.Builder
	for _, s := range t.Stages {
		mark := "ok"
		if s.Lost {
			mark = "LOST"
		}
		_, _ = fmt.Fprintf(&out, "%-5s %-10s %s\n", mark, s.Step, strings.ReplaceAll(s.Result, "\n", "\n                 "))
	}
	return out.String()
}
