package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InlineWindow is a window written in an autoscaler's spec.
type InlineWindow struct {
	// name of the window, unique in the autoscaler, without a slash, which names of ScaleWindows have in steps and status.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[^/]+$`
	Name string `json:"name"`

	Window `json:",inline"`
}

// Window is a scheduled interval [start, end) and the bounds that hold inside it.
//
// +kubebuilder:validation:XValidation:rule="has(self.start) != has(self.at)",message="set exactly one of start (recurring) and at (one-off)"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || (has(self.duration) != has(self.end))",message="a window with start needs exactly one of duration and end"
// +kubebuilder:validation:XValidation:rule="!has(self.at) || (!has(self.duration) && !has(self.end))",message="at carries its own end: leave duration and end out"
// +kubebuilder:validation:XValidation:rule="has(self.replicas) ? !(has(self.minReplicas) || has(self.maxReplicas)) : (has(self.minReplicas) || has(self.maxReplicas) || has(self.batch))",message="set replicas, or minReplicas and maxReplicas or one of them, or batch"
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",message="minReplicas must not be greater than maxReplicas",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="!has(self.except) || !has(self.only)",message="set at most one of except and only",fieldPath=".only"
// +kubebuilder:validation:XValidation:rule="!has(self.notBefore) || !has(self.notAfter) || self.notBefore <= self.notAfter",message="must not be before notBefore",fieldPath=".notAfter"
type Window struct {
	// start is a cron line of five fields, wall time in timeZone.
	// +optional
	Start *CronLine `json:"start,omitempty"`
	// duration of each occurrence, elapsed time; or end.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('1s') && duration(self) <= duration('8784h')`,message="must be at least 1s and at most 8784h"
	Duration *Duration `json:"duration,omitempty"`
	// end is a cron line: the window lasts until the first end after its start, wall time in timeZone.
	// +optional
	End *CronLine `json:"end,omitempty"`
	// at is a single occurrence, instead of start.
	// +optional
	At *OneOff `json:"at,omitempty"`
	// timeZone by its IANA name; UTC when left out.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule=`self == '' || self != 'Local' && self.matches('^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$')`,message="must be a name of the IANA time zone database, such as Europe/Berlin"
	TimeZone string `json:"timeZone,omitempty"`

	// minReplicas inside the window.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// maxReplicas inside the window.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
	// replicas is minReplicas and maxReplicas at once: an exact count.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replicas *int32 `json:"replicas,omitempty"`

	// lead opens the floor this much early, so that pods are ready at the start.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('0s') && duration(self) <= duration('24h')`,message="must not be negative and at most 24h"
	Lead *Duration `json:"lead,omitempty"`
	// ramp spreads the change at both edges over this time.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('0s') && duration(self) <= duration('24h')`,message="must not be negative and at most 24h"
	Ramp *Duration `json:"ramp,omitempty"`
	// except drops the occurrences that start on these local dates: 2026-12-25, or a range 2026-12-31/2027-01-02.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Except []Dates `json:"except,omitempty"`
	// only keeps the occurrences that start on these local dates.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Only []Dates `json:"only,omitempty"`
	// notBefore drops occurrences that start before this local date.
	// +optional
	NotBefore *Date `json:"notBefore,omitempty"`
	// notAfter drops occurrences that start after this local date.
	// +optional
	NotAfter *Date `json:"notAfter,omitempty"`
	// priority decides between windows open at once: the highest wins.
	// +optional
	Priority int32 `json:"priority,omitempty"`
	// suspend keeps the window from opening.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// batch works a backlog off by a deadline.
	// +optional
	Batch *Batch `json:"batch,omitempty"`
}

// OneOff is a single interval in local time.
//
// +kubebuilder:validation:XValidation:rule="self.from < self.to",message="must be after from",fieldPath=".to"
type OneOff struct {
	// from is the local date and time of the start, for example 2026-12-24T18:00.
	From LocalTime `json:"from"`
	// to is the local date and time of the end.
	To LocalTime `json:"to"`
}

// Batch is work that must be done by a deadline.
//
// +kubebuilder:validation:XValidation:rule="!has(self.finishBy) || self.finishBy == 'WindowEnd' || self.finishBy.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$')",message="must be WindowEnd or a duration after the window's start, such as 6h",fieldPath=".finishBy"
type Batch struct {
	// backlog is the metric that counts what is left: what waits, and what is worked on. Of type Object, External or
	// Prometheus; its target is not looked at.
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be of a type that is there without pods: Object, External or Prometheus",fieldPath=".type"
	Backlog MetricSpec `json:"backlog"`
	// arrivals is the metric of how much comes in a second. Of the same types; its target is not looked at. Without it, what
	// comes is told from the backlog where the throughput is stated or measured, and not counted on where it is learned.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be of a type that is there without pods: Object, External or Prometheus",fieldPath=".type"
	Arrivals *MetricSpec `json:"arrivals,omitempty"`
	// throughputPerReplica is what one replica works off in a second.
	ThroughputPerReplica Throughput `json:"throughputPerReplica"`
	// finishBy is WindowEnd, when left out, or a duration after the window's start.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	FinishBy *string `json:"finishBy,omitempty"`
	// marginPercent is by how many percent the plan takes the work to exceed its measured size, from 0 to 999. Defaults to 20.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=999
	MarginPercent *int32 `json:"marginPercent,omitempty"`
	// itemSize is how much of the backlog one item is. One replica at a time works on an item, so that no more replicas are
	// planned than items are left and expected. 1 when left out: the backlog counts items. 0 for a backlog without items, such as
	// bytes, of which any number of replicas can share any part.
	// +optional
	ItemSize *Quantity `json:"itemSize,omitempty"`
	// longestItem is how long the longest item takes. It must have been begun so long before the deadline. Left out, the longest
	// is taken to take five times as long as the mean.
	// +optional
	LongestItem *Duration `json:"longestItem,omitempty"`
	// busy tells which pods are at work, so that none of them is taken away while others do nothing. Left out, nobody knows
	// which those are. Not looked at where the target is a Job, which comes down as its pods finish.
	// +optional
	Busy *Busy `json:"busy,omitempty"`
}

// Busy is how much each pod of the target works on.
type Busy struct {
	// metric names a custom metric of pods, as in a metric of type Pods: 0 for a pod that does nothing, and more for one that
	// works, such as the items that it has in hand, or the seconds that it has spent on one. Of pods that work, those with the
	// lowest value go first where bounds take some. A pod without a sample is taken to work.
	Metric MetricIdentifier `json:"metric"`
}

// Throughput is a stated quantity, a metric, or learned from backlog and ready replicas: exactly one of them.
//
// +kubebuilder:validation:XValidation:rule="(has(self.quantity) ? 1 : 0) + (has(self.metric) ? 1 : 0) + (has(self.learned) ? 1 : 0) == 1",message="set exactly one of quantity, metric and learned"
type Throughput struct {
	// quantity of backlog a replica works off in a second.
	// +optional
	Quantity *Quantity `json:"quantity,omitempty"`
	// metric that measures it, of type Object, External or Prometheus. A target of type AverageValue says that it is that of
	// all replicas together, and Value that it is that of one; its number is not looked at.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be of a type that is there without pods: Object, External or Prometheus",fieldPath=".type"
	Metric *MetricSpec `json:"metric,omitempty"`
	// learned estimates it from backlog, arrivals and ready replicas.
	// +optional
	Learned *LearnedThroughput `json:"learned,omitempty"`
}

// LearnedThroughput is an estimate with a first guess.
type LearnedThroughput struct {
	// initial guess, until enough has been seen.
	Initial Quantity `json:"initial"`
}

// ScaleWindow is one window for many targets.
//
// +genclient
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=sw,categories={all,autoscaling},singular=scalewindow,path=scalewindows
// +kubebuilder:printcolumn:name="Open",type=boolean,JSONPath=`.status.open`
// +kubebuilder:printcolumn:name="Targets",type=integer,JSONPath=`.status.targets`
// +kubebuilder:printcolumn:name="Next",type=string,JSONPath=`.status.nextChange`
// +kubebuilder:printcolumn:name="Accepted",type=string,JSONPath=`.status.conditions[?(@.type=="Accepted")].status`
// +kubebuilder:printcolumn:name="Effective",type=string,JSONPath=`.status.conditions[?(@.type=="Effective")].status`,priority=1
// +kubebuilder:printcolumn:name="Start",type=string,JSONPath=`.spec.start`,priority=1
// +kubebuilder:printcolumn:name="Zone",type=string,JSONPath=`.spec.timeZone`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type ScaleWindow struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the window and its targets.
	Spec ScaleWindowSpec `json:"spec"`
	// status says what became of it.
	// +optional
	Status ScaleWindowStatus `json:"status,omitempty"`
}

// ScaleWindowList is a list of ScaleWindows.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
type ScaleWindowList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ScaleWindow `json:"items"`
}

// ScaleWindowSpec is a window and its targets.
type ScaleWindowSpec struct {
	// targets that the window holds for.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Targets []WindowTarget `json:"targets"`

	Window `json:",inline"`
}

// WindowTarget names one object, or selects many, in the window's namespace.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.selector)",message="set exactly one of name and selector"
type WindowTarget struct {
	// kind is HorizontalAutoscaler, HorizontalPodAutoscaler, CronJob or a kind with a scale subresource.
	// +kubebuilder:validation:MinLength=1
	Kind string `json:"kind"`
	// apiVersion of the kind; it may be left out for the kinds of this API and of Kubernetes itself.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`
	// name of one object.
	// +optional
	Name string `json:"name,omitempty"`
	// selector of many by their labels.
	// +optional
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) ? size(self.matchLabels) : 0) + (has(self.matchExpressions) ? size(self.matchExpressions) : 0) <= 64",message="must not have more than 64 requirements"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// ScaleWindowStatus says what became of a ScaleWindow.
type ScaleWindowStatus struct {
	// observedGeneration is the generation of the spec that the conditions are about.
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// open says whether an occurrence has started and not ended.
	// +optional
	Open *bool `json:"open,omitempty"`
	// nextChange is when the window closes, if it is open, and else when it opens; left out where it never does again.
	// +optional
	NextChange *metav1.Time `json:"nextChange,omitempty"`
	// targets is the number of objects that the window holds for.
	// +optional
	Targets *int32 `json:"targets,omitempty"`
	// conditions: Accepted, Effective and Conflicting, and with targets of other kinds than HorizontalAutoscaler also Applied.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
