package differential

import (
	"strings"

	"k8s.io/klog/v2"
)

// proposalLog reads the highest proposal from upstream's log. Bounds may hide it in the replicas, and a wrong one would show
// only once upstream uses it as a past recommendation.
type proposalLog struct {
	// recommendation is the highest proposal, before damping and limits; nil where no metric has one.
	recommendation *int32
}

// Init does nothing.
func (o *proposalLog) Init(klog.RuntimeInfo) {}

// Enabled is true up to the level at which upstream logs proposals.
func (o *proposalLog) Enabled(level int) bool { return level <= 4 }

// Info stores the replicas of a proposal.
func (o *proposalLog) Info(_ int, message string, keysAndValues ...any) {
	if !strings.HasPrefix(message, "Proposing desired replicas") {
		return
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		if recommendation, ok := keysAndValues[i+1].(int32); ok && keysAndValues[i] == "desiredReplicas" {
			o.recommendation = &recommendation
		}
	}
}

// Error does nothing: setHandlers receives the errors.
func (o *proposalLog) Error(error, string, ...any) {}

// WithValues returns itself.
func (o *proposalLog) WithValues(...any) klog.LogSink { return o }

// WithName returns itself.
func (o *proposalLog) WithName(string) klog.LogSink { return o }
