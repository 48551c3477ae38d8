package bundle

import (
	"encoding/json"
	"strconv"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// What the first two lines of a bundle say. The version is that of the spec inside, too.
const (
	apiVersion = v1alpha1.GroupName + "/v1alpha1"
	kind       = "DecisionBundle"
)

// document is a bundle as it is written. Where a field is a pointer or a scalar, an omitted field differs from zero.
type document struct {
	APIVersion  string       `json:"apiVersion"`
	Kind        string       `json:"kind"`
	Time        scalar       `json:"time"`
	Autoscaler  *autoscaler  `json:"autoscaler"`
	Windows     []window     `json:"scaleWindows,omitempty"`
	Defaults    *defaults    `json:"defaults,omitempty"`
	State       *state       `json:"state,omitempty"`
	Observation *observation `json:"observation"`
	Decision    *decision    `json:"decision,omitempty"`
}

type autoscaler struct {
	Metadata metadata                           `json:"metadata"`
	Spec     *v1alpha1.HorizontalAutoscalerSpec `json:"spec"`
}

type window struct {
	Metadata metadata                  `json:"metadata"`
	Spec     *v1alpha1.ScaleWindowSpec `json:"spec"`
}

type metadata struct {
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name,omitempty"`
	Generation int64  `json:"generation,omitempty"`
}

// defaults have the names of the controller's flags.
type defaults struct {
	Tolerance               scalar   `json:"tolerance,omitempty"`
	DownscaleStabilization  scalar   `json:"downscaleStabilization,omitempty"`
	CPUInitializationPeriod scalar   `json:"cpuInitializationPeriod,omitempty"`
	InitialReadinessDelay   scalar   `json:"initialReadinessDelay,omitempty"`
	MaxSampleAge            scalar   `json:"maxSampleAge,omitempty"`
	WithoutCorrections      []string `json:"withoutCorrections,omitempty"`
}

type state struct {
	Recommendations []recommendation `json:"recommendations,omitempty"`
	ScaleUps        []scaleEvent     `json:"scaleUps,omitempty"`
	ScaleDowns      []scaleEvent     `json:"scaleDowns,omitempty"`
	Outages         []outage         `json:"outages,omitempty"`
	ScaledToZero    bool             `json:"scaledToZero,omitempty"`
	Batches         []batchMemory    `json:"batches,omitempty"`
	StartUp         *startUp         `json:"startUp,omitempty"`
	Ready           []readyCount     `json:"ready,omitempty"`
	Observed        scalar           `json:"observed,omitempty"`
	ScaledIn        *readyCount      `json:"scaledIn,omitempty"`
	Surged          scalar           `json:"surged,omitempty"`
	Samples         []sampleAge      `json:"samples,omitempty"`
	BlockedSince    scalar           `json:"blockedSince,omitempty"`
	QuotaProbe      int32            `json:"quotaProbe,omitempty"`
	Activated       scalar           `json:"activated,omitempty"`
	Damping         *dampingMemory   `json:"damping,omitempty"`
}

// readyCount is how many pods were ready from a time on.
type readyCount struct {
	Pods int32  `json:"pods"`
	Time scalar `json:"time"`
}

// sampleAge is what is kept of a metric's newest sample. It names the metric by its place in the spec.
type sampleAge struct {
	Metric  int    `json:"metric"`
	Newest  scalar `json:"newest,omitempty"`
	Since   scalar `json:"since,omitempty"`
	Ticks   int32  `json:"ticks,omitempty"`
	Cadence scalar `json:"cadence,omitempty"`
	Digest  scalar `json:"digest,omitempty"`
	Read    scalar `json:"read,omitempty"`
	FullUse scalar `json:"fullUse,omitempty"`
}

type recommendation struct {
	Replicas int32  `json:"replicas"`
	Time     scalar `json:"time"`
}

// scaleEvent is outdated where no rate policy reached back to it when a later one was made.
type scaleEvent struct {
	Change   int32  `json:"change"`
	Time     scalar `json:"time"`
	Outdated bool   `json:"outdated,omitempty"`
}

// outage names its metric by its place in the spec, which a person can count, unlike the engine's hash of it.
type outage struct {
	Metric int    `json:"metric"`
	Since  scalar `json:"since"`
}

type observation struct {
	SpecReplicas   *int32 `json:"specReplicas"`
	StatusReplicas *int32 `json:"statusReplicas,omitempty"`
	Pods           []pod  `json:"pods,omitempty"`
	PodsProblem    string `json:"podsProblem,omitempty"`
	PodsReason     string `json:"podsReason,omitempty"`
	BlockedBy      string `json:"blockedBy,omitempty"`
	Refused        string `json:"refused,omitempty"`
	QuotaHasRoom   bool   `json:"quotaHasRoom,omitempty"`
	Ordered        bool   `json:"ordered,omitempty"`
	// EndpointsProblem is left out where no Service is named.
	EndpointsProblem string `json:"endpointsProblem,omitempty"`
	// Readings are omitted only with a podsProblem: no metric is read then.
	Readings []reading `json:"readings,omitempty"`
	// Batches are left out where none is worked for.
	Batches []batchReading `json:"batches,omitempty"`
}

type pod struct {
	Name       string `json:"name,omitempty"`
	Phase      string `json:"phase,omitempty"`
	Readiness  string `json:"readiness,omitempty"`
	ReadySince scalar `json:"readySince,omitempty"`
	Started    scalar `json:"started,omitempty"`
	Deleting   bool   `json:"deleting,omitempty"`
	Obstacle   string `json:"obstacle,omitempty"`
	Superseded bool   `json:"superseded,omitempty"`
	Endpoint   string `json:"endpoint,omitempty"`
	Lost       bool   `json:"lost,omitempty"`
}

type reading struct {
	Problem         string   `json:"problem,omitempty"`
	Value           scalar   `json:"value,omitempty"`
	Time            scalar   `json:"time,omitempty"`
	Window          scalar   `json:"window,omitempty"`
	Partial         string   `json:"partial,omitempty"`
	Samples         []sample `json:"samples,omitempty"`
	Strays          []scalar `json:"strays,omitempty"`
	Requests        []scalar `json:"requests,omitempty"`
	RequestsProblem string   `json:"requestsProblem,omitempty"`
	RefreshError    string   `json:"refreshError,omitempty"`
	Via             string   `json:"via,omitempty"`
}

// sample may name its pod, which is then checked: a list that has slipped by one is hard to see.
type sample struct {
	Pod    string `json:"pod,omitempty"`
	Value  scalar `json:"value,omitempty"`
	Time   scalar `json:"time,omitempty"`
	Window scalar `json:"window,omitempty"`
	// Partial says why the value may be too low.
	Partial string `json:"partial,omitempty"`
}

type decision struct {
	Desired int32  `json:"desired"`
	Min     int32  `json:"min"`
	Max     int32  `json:"max"`
	Reason  string `json:"reason,omitempty"`
}

var phases = map[string]engine.Phase{
	"": engine.Running, "Pending": engine.Pending, "Running": engine.Running, "Succeeded": engine.Succeeded,
	"Failed": engine.Failed, "Unknown": engine.PhaseUnknown,
}

var phaseNames = []string{
	engine.Pending: "Pending", engine.Running: "Running", engine.Succeeded: "Succeeded",
	engine.Failed: "Failed", engine.PhaseUnknown: "Unknown",
}

// readinesses: a pod without the condition must say so, because that is rare, and Ready is what most pods are.
var readinesses = map[string]engine.Readiness{
	"": engine.Ready, "None": engine.NoReadyCondition, "Ready": engine.Ready, "NotReady": engine.NotReady, "Unknown": engine.ReadyUnknown,
}

var readinessNames = []string{
	engine.NoReadyCondition: "None", engine.Ready: "Ready", engine.NotReady: "NotReady", engine.ReadyUnknown: "Unknown",
}

var obstacleNames = []string{
	engine.Unschedulable: "Unschedulable", engine.VolumeUnbound: "VolumeUnbound", engine.ImageUnavailable: "ImageUnavailable",
	engine.ContainerError: "ContainerError", engine.CrashLoop: "CrashLoop",
}

var endpointNames = []string{engine.EndpointServing: "Serving", engine.EndpointDraining: "Draining", engine.NoEndpoint: "None"}

// nameOf returns the name of i, or its number.
func nameOf(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return strconv.Itoa(i)
}

// scalar is a quantity, an instant, a duration or a number as it is written, with quotes or without. It is understood
// later, where its field can be named.
type scalar string

// UnmarshalJSON takes anything; what is no string or number is refused where it is understood.
func (s *scalar) UnmarshalJSON(text []byte) error {
	var quoted string
	if json.Unmarshal(text, &quoted) == nil {
		*s = scalar(quoted) // of null too, which is left out
		return nil
	}
	*s = scalar(text)
	return nil
}
