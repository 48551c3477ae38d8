package bundle

// dampingMemory is the state of damping.
type dampingMemory struct {
	Time          scalar         `json:"time,omitempty"`
	Level         scalar         `json:"level,omitempty"`
	Trend         scalar         `json:"trend,omitempty"`
	Noise         scalar         `json:"noise,omitempty"`
	Missed        scalar         `json:"missed,omitempty"`
	Unforeseen    scalar         `json:"unforeseen,omitempty"`
	Usual         scalar         `json:"usual,omitempty"`
	Peak          scalar         `json:"peak,omitempty"`
	Trusted       scalar         `json:"trusted,omitempty"`
	DoubtedSince  scalar         `json:"doubtedSince,omitempty"`
	Direction     int32          `json:"direction,omitempty"`
	Reversals     scalar         `json:"reversals,omitempty"`
	Toward        int32          `json:"toward,omitempty"`
	Extreme       scalar         `json:"extreme,omitempty"`
	Swings        scalar         `json:"swings,omitempty"`
	Replicas      int32          `json:"replicas,omitempty"`
	PodSeconds    scalar         `json:"podSeconds,omitempty"`
	HPAPodSeconds scalar         `json:"hpaPodSeconds,omitempty"`
	HPAReplicas   int32          `json:"hpaReplicas,omitempty"`
	Ready         []readyCount   `json:"ready,omitempty"` // of earlier versions; it is read as that of the state
	Forecasts     []forecastLoad `json:"forecasts,omitempty"`
	Needs         []pastNeed     `json:"needs,omitempty"`
	HPANeeds      []pastNeed     `json:"hpaNeeds,omitempty"`
	HPACounts     []pastNeed     `json:"hpaCounts,omitempty"`
	Counts        []pastNeed     `json:"counts,omitempty"`
	Daily         scalar         `json:"daily,omitempty"`
	LaterSeconds  scalar         `json:"laterSeconds,omitempty"`
	Compared      scalar         `json:"comparedSeconds,omitempty"`
	Backlog       scalar         `json:"backlog,omitempty"`
	HPABacklog    scalar         `json:"hpaBacklog,omitempty"`
	CostLimited   bool           `json:"costLimited,omitempty"`
}

// forecastLoad is a forecast whose time has not come, in replicas at their target.
type forecastLoad struct {
	Load scalar `json:"load,omitempty"`
	Time scalar `json:"time"`
}

// pastNeed is what was needed, in replicas.
type pastNeed struct {
	Replicas scalar `json:"replicas,omitempty"`
	Time     scalar `json:"time"`
}
