package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InlineWindow is a window in the spec of a HorizontalAutoscaler.
type InlineWindow struct {
	// name is the name of the window, unique in the autoscaler, without a slash: steps and status name the windows of ScaleWindow
	// objects ScaleWindow/name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[^/]+$`
	Name string `json:"name"`

	Window `json:",inline"`
}

// Window is a scheduled interval, from its start until before its end, and the bounds that apply in it.
//
// +kubebuilder:validation:XValidation:rule="has(self.start) != has(self.at)",message="set exactly one of start (recurring) and at (one-off)"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || (has(self.duration) != has(self.end))",message="a window with start needs exactly one of duration and end"
// +kubebuilder:validation:XValidation:rule="!has(self.at) || (!has(self.duration) && !has(self.end))",message="at has its own end: unset duration and end"
// +kubebuilder:validation:XValidation:rule="has(self.replicas) ? !(has(self.minReplicas) || has(self.maxReplicas)) : (has(self.minReplicas) || has(self.maxReplicas) || has(self.batch))",message="set replicas, or minReplicas and maxReplicas or one of them, or batch"
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",message="must be less than or equal to maxReplicas",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="!has(self.except) || !has(self.only)",message="set at most one of except and only",fieldPath=".only"
// +kubebuilder:validation:XValidation:rule="!has(self.notBefore) || !has(self.notAfter) || self.notBefore <= self.notAfter",message="must not be before notBefore",fieldPath=".notAfter"
type Window struct {
	// start is the cron line of the starts: five fields, wall time in timeZone, such as 0 22 * * 1-5. Set exactly one of start and at.
	// +optional
	Start *CronLine `json:"start,omitempty"`
	// duration is the elapsed time of each occurrence, from 1s to 8784h. With start, set exactly one of duration and end.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('1s') && duration(self) <= duration('8784h')`,message="must be at least 1s and at most 8784h"
	Duration *Duration `json:"duration,omitempty"`
	// end is the cron line of the ends: an occurrence ends at the first match after its start, wall time in timeZone.
	// +optional
	End *CronLine `json:"end,omitempty"`
	// at is a single occurrence, instead of start and duration or end.
	// +optional
	At *OneOff `json:"at,omitempty"`
	// timeZone is a name of the IANA time zone database, such as Europe/Berlin. Defaults to UTC.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule=`self == '' || self != 'Local' && self.matches('^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$')`,message="must be a name of the IANA time zone database, such as Europe/Berlin"
	TimeZone string `json:"timeZone,omitempty"`

	// minReplicas is the lower limit in the window; 0 or more.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// maxReplicas is the upper limit in the window; 0 or more.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
	// replicas sets minReplicas and maxReplicas to the same number. Set either replicas, or one or both of the others.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replicas *int32 `json:"replicas,omitempty"`

	// lead is the time by which minReplicas applies before the start, so that pods are ready at the start; from 0s to 24h.
	// Defaults to 0s.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('0s') && duration(self) <= duration('24h')`,message="must not be negative and at most 24h"
	Lead *Duration `json:"lead,omitempty"`
	// ramp is the time over which the bounds change step by step at both edges, from 0s to 24h. Defaults to 0s.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`!self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') || duration(self) >= duration('0s') && duration(self) <= duration('24h')`,message="must not be negative and at most 24h"
	Ramp *Duration `json:"ramp,omitempty"`
	// except are local dates, such as 2026-12-25, or ranges of them, such as 2026-12-31/2027-01-02, on which no occurrence starts.
	// At most 128. Set at most one of except and only.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Except []Dates `json:"except,omitempty"`
	// only are the local dates, or ranges of them, on which an occurrence may start. At most 128.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Only []Dates `json:"only,omitempty"`
	// notBefore is the first local date on which an occurrence may start.
	// +optional
	NotBefore *Date `json:"notBefore,omitempty"`
	// notAfter is the last local date on which an occurrence may start.
	// +optional
	NotAfter *Date `json:"notAfter,omitempty"`
	// priority selects between open windows: those of the highest priority apply. Defaults to 0.
	// +optional
	Priority int32 `json:"priority,omitempty"`
	// suspend keeps the window closed. Defaults to false.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// batch is work with a deadline, from which the replicas in the window are planned.
	// +optional
	Batch *Batch `json:"batch,omitempty"`
}

// OneOff is a single interval in the wall time of timeZone.
//
// +kubebuilder:validation:XValidation:rule="self.from < self.to",message="must be after from",fieldPath=".to"
type OneOff struct {
	// from is the local date and time of the start, such as 2026-12-24T18:00.
	From LocalTime `json:"from"`
	// to is the local date and time of the end, after from.
	To LocalTime `json:"to"`
}

// Batch is work with a deadline.
//
// +kubebuilder:validation:XValidation:rule="!has(self.finishBy) || self.finishBy == 'WindowEnd' || self.finishBy.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$')",message="must be WindowEnd or a duration after the window's start, such as 6h",fieldPath=".finishBy"
type Batch struct {
	// backlog is the metric of the work that is left, waiting or in progress. Its type is Object, External or Prometheus. Its target
	// has no effect.
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be Object, External or Prometheus: other metrics have no value without pods",fieldPath=".type"
	Backlog MetricSpec `json:"backlog"`
	// arrivals is the metric of the work that arrives per second. Its type is Object, External or Prometheus. Its target has no effect.
	// Not set, arrivals are estimated from the backlog if the throughput has a quantity or a metric, and are 0 if it is learned.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be Object, External or Prometheus: other metrics have no value without pods",fieldPath=".type"
	Arrivals *MetricSpec `json:"arrivals,omitempty"`
	// throughputPerReplica is the work that one replica does per second.
	ThroughputPerReplica Throughput `json:"throughputPerReplica"`
	// finishBy is the deadline: WindowEnd, or a duration after the start of the window, such as 6h. Defaults to WindowEnd.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	FinishBy *string `json:"finishBy,omitempty"`
	// marginPercent is by how many percent the plan overestimates the work, from 0 to 999. Defaults to 20.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=999
	MarginPercent *int32 `json:"marginPercent,omitempty"`
	// itemSize is the size of one item in the unit of the backlog, 0 or more. One replica works on an item, so the plan has no more
	// replicas than items. 0 is for work that any number of replicas can share, such as bytes. Defaults to 1: the backlog counts
	// items.
	// +optional
	ItemSize *Quantity `json:"itemSize,omitempty"`
	// longestItem is the time that the longest item takes: the last one must start this long before the deadline. Defaults to five
	// times the mean.
	// +optional
	LongestItem *Duration `json:"longestItem,omitempty"`
	// busy is a metric of the pods that are working, so that a scale-down removes idle pods first. It has no effect on a Job, whose
	// parallelism decreases as pods finish.
	// +optional
	Busy *Busy `json:"busy,omitempty"`
}

// Busy is a metric of the pods that are working.
type Busy struct {
	// metric is a custom metric of pods, as in a metric of type Pods: 0 for an idle pod, and more for a working one, such as the
	// number of items in progress or the seconds spent on one. If bounds remove working pods, those with the lowest value go first.
	// A pod without a sample counts as working.
	Metric MetricIdentifier `json:"metric"`
}

// Throughput is a quantity, a metric, or learned from backlog and ready replicas. Exactly one field must be set.
//
// +kubebuilder:validation:XValidation:rule="(has(self.quantity) ? 1 : 0) + (has(self.metric) ? 1 : 0) + (has(self.learned) ? 1 : 0) == 1",message="set exactly one of quantity, metric and learned"
type Throughput struct {
	// quantity is the work that one replica does per second, in the unit of the backlog; greater than 0.
	// +optional
	Quantity *Quantity `json:"quantity,omitempty"`
	// metric is a metric of type Object, External or Prometheus that measures the throughput: of all replicas together if its target
	// has type AverageValue, and of one replica if it has type Value. The number of the target has no effect.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.type in ['Object', 'External', 'Prometheus']",message="must be Object, External or Prometheus: other metrics have no value without pods",fieldPath=".type"
	Metric *MetricSpec `json:"metric,omitempty"`
	// learned estimates the throughput from backlog, arrivals and ready replicas.
	// +optional
	Learned *LearnedThroughput `json:"learned,omitempty"`
}

// LearnedThroughput is an estimate of the throughput.
type LearnedThroughput struct {
	// initial is the throughput per replica and second until enough work was observed; greater than 0.
	Initial Quantity `json:"initial"`
}

// ScaleWindow is one window for many targets of a namespace.
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
	// status is the state of the window.
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
	// targets are the objects to which the window applies, from 1 to 32 entries.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Targets []WindowTarget `json:"targets"`

	Window `json:",inline"`
}

// WindowTarget is one object, or a selection of objects, in the namespace of the window.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.selector)",message="set exactly one of name and selector"
type WindowTarget struct {
	// kind is the kind of the objects: HorizontalAutoscaler, HorizontalPodAutoscaler, CronJob, or a kind with a scale subresource.
	// +kubebuilder:validation:MinLength=1
	Kind string `json:"kind"`
	// apiVersion is the group and version of the kind. It is optional for the kinds of this API and of Kubernetes.
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`
	// name is the name of one object. Set exactly one of name and selector.
	// +optional
	Name string `json:"name,omitempty"`
	// selector selects objects by their labels, with at most 64 requirements. An empty selector selects all.
	// +optional
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) ? size(self.matchLabels) : 0) + (has(self.matchExpressions) ? size(self.matchExpressions) : 0) <= 64",message="must not have more than 64 requirements"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// ScaleWindowStatus is the state of a ScaleWindow.
type ScaleWindowStatus struct {
	// observedGeneration is the generation of the spec that the autoscaler last observed.
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// open is true while an occurrence is open.
	// +optional
	Open *bool `json:"open,omitempty"`
	// nextChange is the time at which the window closes, if it is open, or opens next. It is not set if the window never opens again.
	// +optional
	NextChange *metav1.Time `json:"nextChange,omitempty"`
	// targets is the number of objects to which the window applies.
	// +optional
	Targets *int32 `json:"targets,omitempty"`
	// conditions are Accepted, Effective and Conflicting, and Applied with targets of other kinds than HorizontalAutoscaler.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
