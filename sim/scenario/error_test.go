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
	"a command":                {"speck\n----\n", `line 1: "speck" is no command: use story, spec, tick, restart, restore or recreate`},
	"a command after comments": {"# One.\n\n# Two.\nbegin\n----\n", `line 4: "begin" is no command: use story, spec, tick, restart, restore or recreate`},
	"no end":                   {"\nspec\nbounds 1 2\n", `line 2: the block that begins here has no line ----, which ends what goes in`},
	"a tick first":             {"tick\n----\n", `line 1: "tick" comes before the story's spec: begin with spec`},
	"a story's tick first":     {spec + "story two\n----\n\ntick\n----\n", `line 9: "tick" comes before the story's spec: begin with spec`},
	"lines of a restart":       {spec + "restart\nnow\n----\n", `line 7: "now" is too much: the block should end before it`},
	"words of a restart":       {spec + "restart now\n----\n", `line 6: "now" is too much: the line should end before it`},
	"a fence without a gap":    {"spec\n----\n----\n\n----\n----\ntick\n----\n", `line 7: "tick" follows an output: a blank line must stand between`},

	"a line of a spec":        {"spec\nboundaries 1 2\n----\n", `line 2: "boundaries" is no line of a spec: use bounds, metric, behavior, up, down, damping, window, fallback or without`},
	"half of the bounds":      {"spec\nbounds 1\n----\n", `line 2: the line ends too soon: it has no upper bound`},
	"crossed bounds":          {"spec\nbounds 4 2\n----\n", `line 2: "2" is no upper bound: use a whole number from 4 to 10000`},
	"a number":                {"spec\nbounds one 2\n----\n", `line 2: "one" is no lower bound: use a whole number from 0 to 10000`},
	"too much":                {"spec\nbounds 1 2 3\n----\n", `line 2: "3" is too much: the line should end before it`},
	"a metric's type":         {"spec\nmetric cpu Ressource utilization 80\n----\n", `line 2: "Ressource" is no type of a metric: use Resource, ContainerResource, Pods, Object, External or Prometheus`},
	"a target type":           {"spec\nmetric cpu Resource value 80\n----\n", `line 2: "value" is no target type of such a metric: use utilization or average`},
	"a target type of pods":   {"spec\nmetric rps Pods value 80\n----\n", `line 2: "value" is no target type of such a metric: use average`},
	"a target":                {"spec\nmetric queue External average much\n----\n", `line 2: "much" is no target: use a quantity such as 80, 0.5, 500m or 2Gi`},
	"a target of nothing":     {"spec\nmetric queue External average 0\n----\n", `line 2: "0" is no target: it must be greater than 0 and less than 9P`},
	"a target out of range":   {"spec\nmetric queue External average 10P\n----\n", `line 2: "10P" is no target: it must be greater than 0 and less than 9P`},
	"no target":               {"spec\nmetric queue External average\n----\n", `line 2: the line ends too soon: it has no target`},
	"a taken name":            {"spec\nmetric cpu Resource utilization 80\nmetric cpu Pods average 1\n----\n", `line 3: "cpu" is taken: give the metric another name`},
	"the name pods":           {"spec\nmetric pods Pods average 1\n----\n", `line 2: "pods" is taken: give the metric another name`},
	"no container":            {"spec\nmetric cpu ContainerResource utilization 80\n----\n", `line 2: "cpu" does not name a container: write RESOURCE/CONTAINER, such as cpu/app`},
	"an activation elsewhere": {"spec\nmetric queue External average 1 activation 5\n----\n", `line 2: "activation" is for a Prometheus metric only: the others have no such setting`},
	"a setting of a metric":   {"spec\nmetric queue External average 1 maxage 5m\n----\n", `line 2: "maxage" is no setting of a metric: use maxAge or activation`},
	"a rule":                  {"spec\nbehavior\nup speed 4\n----\n", `line 3: "speed" is no rule of a direction: use tolerance, stabilisation, select, policies or policy`},
	"a rule without behavior": {"spec\nup stabilisation 1m\n----\n", `line 2: "stabilisation" has no effect in a spec without behavior: write a line behavior before it`},
	"a tolerance":             {"spec\nup tolerance -1\n----\n", `line 2: "-1" is no tolerance: use a number such as 0.1, not below 0`},
	"a tolerance of NaN":      {"spec\ndown tolerance NaN\n----\n", `line 2: "NaN" is no tolerance: use a number such as 0.1, not below 0`},
	"a policy's unit":         {"spec\nbehavior\nup policy 4 pod 15s\n----\n", `line 3: "pod" is no unit of a change: use pods or percent`},
	"a policy's period":       {"spec\nbehavior\nup policy 4 pods 15\n----\n", `line 3: "15" is no period: use a duration such as 90s or 5m, from 1s to 10000h0m0s`},
	"a selection":             {"spec\nbehavior\nup select none\n----\n", `line 3: "none" is no selection of policies: use max, min or disabled`},
	"a bare cron line":        {"spec\nwindow night 0 22 * * * 8h\n----\n", `line 2: "0" is not in quotation marks: write the start of a window as in "0 9 * * 1-5"`},
	"an open quotation":       {"spec\nwindow night \"0 22 * * * 8h\n----\n", `line 2: "\"0 22 * * * 8h" has no closing quotation mark`},
	"a window that has none":  {"spec\nwindow night \"0 22 * * *\" 0s\n----\n", `line 2: "night" is no window that could open: duration: 0s is out of range: it must be greater than 0s and at most 8784h0m0s`},
	"a setting of a window":   {"spec\nwindow night \"0 22 * * *\" 8h floor 2\n----\n", `line 2: "floor" is no setting of a window: use min, max, priority or timeZone`},
	"a fallback in words":     {"spec\nfallback after 3m replicas 10 behavior Freeze\n----\n", `line 2: "Freeze" is no behavior of a fallback: use Static, CurrentReplicas, CurrentReplicasIfHigher or CurrentReplicasIfLower`},
	"a fallback at once":      {"spec\nfallback replicas 10\n----\n", `line 2: "fallback" does not say when: write after and a duration, such as after 3m`},
	"a correction":            {"spec\nwithout NoReadyPods Gravity\n----\n", `line 2: "Gravity" is no correction: use ` + corrections},
	"no correction":           {"spec\nwithout\n----\n", `line 2: the line ends too soon: it has no correction`},

	"a setting of a tick": {spec + "tick replica=3\n----\n", `line 6: "replica" is no setting of a tick: use after, replicas, status, ready, missing, unready, pending, ending, succeeded, failed, meanwhile, write or show`},
	"a setting twice":     {spec + "tick ready=3 ready=4\n----\n", `line 6: "ready" is told twice`},
	"a setting's value":   {spec + "tick ready=few\n----\n", `line 6: "few" is no count: use a whole number from 0 to 10000`},
	"a setting without":   {spec + "tick ready\n----\n", `line 6: the line ends too soon: it has no count`},
	"a time that is past": {spec + "tick after=-1s\n----\n", `line 6: "-1s" is no time between ticks: use a duration such as 90s or 5m, from 0s to 10000h0m0s`},
	"a write":             {spec + "tick write=works\n----\n", `line 6: "works" is no outcome of a write: use fails`},
	"a continued line":    {spec + "tick \\\n  replica=3\n----\n", `line 6: "replica" is no setting of a tick: use after, replicas, status, ready, missing, unready, pending, ending, succeeded, failed, meanwhile, write or show`},
	"too many pods":       {spec + "tick ending=9000 failed=9000\n----\n", `line 6: the tick has more than 10000 pods`},
	"a metric":            {spec + "tick\ncpuu 80\n----\n", `line 7: "cpuu" is no metric of the spec: use pods, cpu or queue`},
	"a metric that is gone": {
		spec + "spec\nmetric queue External average 10\n----\n\ntick\ncpu 80\n----\n",
		`line 11: "cpu" is no metric of the spec: use pods or queue`,
	},
	"a metric twice":        {spec + "tick\ncpu 80\ncpu 90\n----\n", `line 8: "cpu" is told twice in one tick`},
	"a value":               {spec + "tick\ncpu high\n----\n", `line 7: "high" is no value: use a quantity such as 80, 0.5, 500m or 2Gi`},
	"an unexplained":        {spec + "tick\ncpu unknown\n----\n", `line 7: the line ends too soon: it has no reason why it is unknown`},
	"a stray of a queue":    {spec + "tick\nqueue 5 stray 4\n----\n", `line 7: "stray" is no setting of a value: use old or partial`},
	"requests that are not": {spec + "tick\ncpu 5 requests 4\n----\n", `line 7: "4" is no thing to say of requests: use unknown`},
	"a state of pods":       {spec + "tick\npods 3 broken\n----\n", `line 7: "broken" is no state of pods: use ready, missing, unready, new, lost, pending, ending, succeeded or failed`},
	"a setting of pods":     {spec + "tick\npods 3 ready for 5m\n----\n", `line 7: "for" is no setting of pods: use age, since or old`},
	"ready before they are": {spec + "tick\npods 3 ready age 1m since 2m\n----\n", `line 7: "2m0s" is longer than they live: since must be at most age, which is 1m0s`},
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
