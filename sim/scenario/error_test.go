package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/scenario"
)

// a spec that ends on line 5, for what comes after it.
const spec = "spec\nmetric cpu Resource utilization 80\nmetric queue External average 10\n----\n\n"

var corrections = strings.Join(engine.CorrectionNames(), ", ") + " or All"

// refused are stories that are wrong in one place, and what is said of it.
var refused = map[string]struct{ story, want string }{
	"a command":                {"speck\n----\n", `line 1: "speck" is not a valid command: use story, spec, tick, restart, restore or recreate`},
	"a command after comments": {"# One.\n\n# Two.\nbegin\n----\n", `line 4: "begin" is not a valid command: use story, spec, tick, restart, restore or recreate`},
	"no end":                   {"\nspec\nbounds 1 2\n", `line 2: the block that starts here has no line ---- after its input`},
	"a tick first":             {"tick\n----\n", `line 1: "tick" needs a spec: write a spec block before it`},
	"a story's tick first":     {spec + "story two\n----\n\ntick\n----\n", `line 9: "tick" needs a spec: write a spec block before it`},
	"lines of a restart":       {spec + "restart\nnow\n----\n", `line 7: "now" is unexpected: end the block before this line`},
	"words of a restart":       {spec + "restart now\n----\n", `line 6: "now" is unexpected: end the line before it`},
	"a fence without a gap":    {"spec\n----\n----\n\n----\n----\ntick\n----\n", `line 7: "tick" follows an output: insert a blank line before it`},

	"a line of a spec":        {"spec\nboundaries 1 2\n----\n", `line 2: "boundaries" is not a valid line of a spec: use bounds, metric, behavior, up, down, damping, window, fallback, maxPendingPods or without`},
	"half of the bounds":      {"spec\nbounds 1\n----\n", `line 2: the line ends early: add the upper bound`},
	"crossed bounds":          {"spec\nbounds 4 2\n----\n", `line 2: "2" is not a valid upper bound: use an integer from 4 to 10000`},
	"a number":                {"spec\nbounds one 2\n----\n", `line 2: "one" is not a valid lower bound: use an integer from 0 to 10000`},
	"too much":                {"spec\nbounds 1 2 3\n----\n", `line 2: "3" is unexpected: end the line before it`},
	"a metric's type":         {"spec\nmetric cpu Ressource utilization 80\n----\n", `line 2: "Ressource" is not a valid type of a metric: use Resource, ContainerResource, Pods, Object, External or Prometheus`},
	"a target type":           {"spec\nmetric cpu Resource value 80\n----\n", `line 2: "value" is not a valid target type of this metric: use utilization or average`},
	"a target type of pods":   {"spec\nmetric rps Pods value 80\n----\n", `line 2: "value" is not a valid target type of this metric: use average`},
	"a target":                {"spec\nmetric queue External average much\n----\n", `line 2: "much" is not a valid target: use a quantity such as 80, 0.5, 500m or 2Gi`},
	"a target of nothing":     {"spec\nmetric queue External average 0\n----\n", `line 2: "0" is not a valid target: it must be greater than 0 and less than 9P`},
	"a target out of range":   {"spec\nmetric queue External average 10P\n----\n", `line 2: "10P" is not a valid target: it must be greater than 0 and less than 9P`},
	"no target":               {"spec\nmetric queue External average\n----\n", `line 2: the line ends early: add the target`},
	"a taken name":            {"spec\nmetric cpu Resource utilization 80\nmetric cpu Pods average 1\n----\n", `line 3: "cpu" is already used: choose another name for the metric`},
	"the name pods":           {"spec\nmetric pods Pods average 1\n----\n", `line 2: "pods" is already used: choose another name for the metric`},
	"no container":            {"spec\nmetric cpu ContainerResource utilization 80\n----\n", `line 2: "cpu" has no container: write RESOURCE/CONTAINER, such as cpu/app`},
	"an activation elsewhere": {"spec\nmetric queue External average 1 activation 5\n----\n", `line 2: "activation" is a setting of Prometheus metrics only`},
	"a setting of a metric":   {"spec\nmetric queue External average 1 maxage 5m\n----\n", `line 2: "maxage" is not a valid setting of a metric: use maxAge or activation`},
	"a rule":                  {"spec\nbehavior\nup speed 4\n----\n", `line 3: "speed" is not a valid rule of a direction: use tolerance, stabilization, select, policies or policy`},
	"a rule without behavior": {"spec\nup stabilization 1m\n----\n", `line 2: "stabilization" has no effect in a spec without behavior: write the line behavior before it`},
	"a tolerance":             {"spec\nup tolerance -1\n----\n", `line 2: "-1" is not a valid tolerance: use a number such as 0.1, not below 0`},
	"a tolerance of NaN":      {"spec\ndown tolerance NaN\n----\n", `line 2: "NaN" is not a valid tolerance: use a number such as 0.1, not below 0`},
	"a policy's unit":         {"spec\nbehavior\nup policy 4 pod 15s\n----\n", `line 3: "pod" is not a valid unit of a change: use pods or percent`},
	"a policy's period":       {"spec\nbehavior\nup policy 4 pods 15\n----\n", `line 3: "15" is not a valid period: use a duration such as 90s or 5m, from 1s to 10000h0m0s`},
	"a selection":             {"spec\nbehavior\nup select none\n----\n", `line 3: "none" is not a valid selection of policies: use max, min or disabled`},
	"a bare cron line":        {"spec\nwindow night 0 22 * * * 8h\n----\n", `line 2: "0" must be in quotation marks: write the start of a window as in "0 9 * * 1-5"`},
	"an open quotation":       {"spec\nwindow night \"0 22 * * * 8h\n----\n", `line 2: "\"0 22 * * * 8h" has no closing quotation mark`},
	"a window that has none":  {"spec\nwindow night \"0 22 * * *\" 0s\n----\n", `line 2: "night" is not a valid window: duration: 0s is out of range: it must be greater than 0s and at most 8784h0m0s`},
	"a setting of a window":   {"spec\nwindow night \"0 22 * * *\" 8h floor 2\n----\n", `line 2: "floor" is not a valid setting of a window: use min, max, priority or timeZone`},
	"a fallback in words":     {"spec\nfallback after 3m replicas 10 behavior Freeze\n----\n", `line 2: "Freeze" is not a valid behavior of a fallback: use Static, CurrentReplicas, CurrentReplicasIfHigher or CurrentReplicasIfLower`},
	"a fallback at once":      {"spec\nfallback replicas 10\n----\n", `line 2: "fallback" has no time: add after and a duration, such as after 3m`},
	"a correction":            {"spec\nwithout NoReadyPods Gravity\n----\n", `line 2: "Gravity" is not a valid correction: use ` + corrections},
	"no correction":           {"spec\nwithout\n----\n", `line 2: the line ends early: add the correction`},

	"a setting of a tick": {spec + "tick replica=3\n----\n", `line 6: "replica" is not a valid setting of a tick: use after, replicas, status, ready, missing, unready, pending, unschedulable, crashing, ending, succeeded, failed, concurrent, write or show`},
	"a setting twice":     {spec + "tick ready=3 ready=4\n----\n", `line 6: "ready" is set twice`},
	"a setting's value":   {spec + "tick ready=few\n----\n", `line 6: "few" is not a valid count: use an integer from 0 to 10000`},
	"a setting without":   {spec + "tick ready\n----\n", `line 6: the line ends early: add the count`},
	"a time that is past": {spec + "tick after=-1s\n----\n", `line 6: "-1s" is not a valid time between ticks: use a duration such as 90s or 5m, from 0s to 10000h0m0s`},
	"a write":             {spec + "tick write=works\n----\n", `line 6: "works" is not a valid outcome of a write: use fails`},
	"a continued line":    {spec + "tick \\\n  replica=3\n----\n", `line 6: "replica" is not a valid setting of a tick: use after, replicas, status, ready, missing, unready, pending, unschedulable, crashing, ending, succeeded, failed, concurrent, write or show`},
	"too many pods":       {spec + "tick ending=9000 failed=9000\n----\n", `line 6: the tick has more than 10000 pods`},
	"a metric":            {spec + "tick\ncpuu 80\n----\n", `line 7: "cpuu" is not a valid metric of the spec: use pods, cpu or queue`},
	"a metric that is gone": {
		spec + "spec\nmetric queue External average 10\n----\n\ntick\ncpu 80\n----\n",
		`line 11: "cpu" is not a valid metric of the spec: use pods or queue`,
	},
	"a metric twice":        {spec + "tick\ncpu 80\ncpu 90\n----\n", `line 8: "cpu" has two values in one tick`},
	"a value":               {spec + "tick\ncpu high\n----\n", `line 7: "high" is not a valid value: use a quantity such as 80, 0.5, 500m or 2Gi`},
	"an unexplained":        {spec + "tick\ncpu unknown\n----\n", `line 7: the line ends early: add the reason why the value is unknown`},
	"a stray of a queue":    {spec + "tick\nqueue 5 stray 4\n----\n", `line 7: "stray" is not a valid setting of a value: use old or partial`},
	"requests that are not": {spec + "tick\ncpu 5 requests 4\n----\n", `line 7: "4" is not a valid value of requests: use unknown`},
	"a state of pods":       {spec + "tick\npods 3 broken\n----\n", `line 7: "broken" is not a valid state of pods: use ready, missing, unready, new, lost, pending, ending, succeeded, failed, unschedulable or crashing`},
	"a setting of pods":     {spec + "tick\npods 3 ready for 5m\n----\n", `line 7: "for" is not a valid setting of pods: use age, since or old`},
	"ready before they are": {spec + "tick\npods 3 ready age 1m since 2m\n----\n", `line 7: "2m0s" is longer than the age of the pods: since must be at most age (1m0s)`},
}

// TestParseRefuses: an error names the line, the word and what is allowed.
func TestParseRefuses(t *testing.T) {
	for name, tc := range refused {
		t.Run(name, func(t *testing.T) {
			blocks, err := scenario.Parse(tc.story)
			if _, ok := errors.AsType[*scenario.Error](err); !ok {
				t.Fatalf("parsed as %+v, error %v", blocks, err)
			}
			if err.Error() != tc.want {
				t.Errorf("\n got %s\nwant %s", err, tc.want)
			}
		})
	}
}
