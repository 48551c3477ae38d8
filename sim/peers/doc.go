// Package peers implements the policies of other autoscalers for comparison in the simulator, each as its project documents it:
// autoscaling/v2 with its defaults and tuned, KEDA, Datadog's watermarks, Knative, Azure's rules, and target tracking of AWS.
// All get the same [Goal]. Tests compare each with examples of its documentation.
//
// A peer observes only what its own controller observes. The plant simulates how a project reads its metrics.
package peers
