package differential

import (
	"strings"

	"k8s.io/klog/v2"
)

// overheard is what upstream logs of its metrics' wish. It is nowhere else to be seen before a bound cuts it, and what is
// wrong then would show only once it is taken out of the memory.
type overheard struct {
	// wish is the merged, undamped proposal; nil where none was made.
	wish *int32
}

// Init has nothing to do.
func (o *overheard) Init(klog.RuntimeInfo) {}

// Enabled is true of the level at which proposals are logged, and of those that it implies.
func (o *overheard) Enabled(level int) bool { return level <= 4 }

// Info listens for a proposal.
func (o *overheard) Info(_ int, message string, keysAndValues ...any) {
	if !strings.HasPrefix(message, "Proposing desired replicas") {
		return
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		if wish, is := keysAndValues[i+1].(int32); is && keysAndValues[i] == "desiredReplicas" {
			o.wish = &wish
		}
	}
}

// Error is not listened to: errors come by another way.
func (o *overheard) Error(error, string, ...any) {}

// WithValues gives itself.
func (o *overheard) WithValues(...any) klog.LogSink { return o }

// WithName gives itself.
func (o *overheard) WithName(string) klog.LogSink { return o }
