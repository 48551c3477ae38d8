package bundle

// batchMemory names its batch by the window that it is of.
type batchMemory struct {
	Window       string     `json:"window"`
	Start        scalar     `json:"start"`
	Deadline     scalar     `json:"deadline"`
	Backlog      scalar     `json:"backlog,omitempty"`
	BacklogTime  scalar     `json:"backlogTime,omitempty"`
	Arrivals     scalar     `json:"arrivals,omitempty"`
	ArrivalsTime scalar     `json:"arrivalsTime,omitempty"`
	Ready        int32      `json:"ready,omitempty"`
	ReadySince   scalar     `json:"readySince,omitempty"`
	Planned      int32      `json:"planned,omitempty"`
	Aim          scalar     `json:"aim,omitempty"`
	Fewer        int32      `json:"fewer,omitempty"`
	FewerSince   scalar     `json:"fewerSince,omitempty"`
	DrainedSince scalar     `json:"drainedSince,omitempty"`
	AtRisk       bool       `json:"atRisk,omitempty"`
	Missed       bool       `json:"missed,omitempty"`
	Left         scalar     `json:"left,omitempty"`
	Throughput   *batchRate `json:"throughput,omitempty"`
}

// batchRate is the throughput as far as it was learned.
type batchRate struct {
	Guess        scalar `json:"guess,omitempty"`
	Faith        scalar `json:"faith,omitempty"`
	Work         scalar `json:"work,omitempty"`
	Seconds      scalar `json:"seconds,omitempty"`
	Squares      scalar `json:"squares,omitempty"`
	Blocks       scalar `json:"blocks,omitempty"`
	BlockWork    scalar `json:"blockWork,omitempty"`
	BlockSeconds scalar `json:"blockSeconds,omitempty"`
	Block        scalar `json:"block,omitempty"`
	Most         int32  `json:"most,omitempty"`
}

// startUp is how long pods take to be ready.
type startUp struct {
	Seconds scalar `json:"seconds,omitempty"`
	Pods    int32  `json:"pods,omitempty"`
	Spread  scalar `json:"spread,omitempty"`
	Until   scalar `json:"until,omitempty"`
}

// batchReading has no reading of a metric that the batch does not have.
type batchReading struct {
	Backlog    *reading `json:"backlog,omitempty"`
	Arrivals   *reading `json:"arrivals,omitempty"`
	Throughput *reading `json:"throughput,omitempty"`
	Busy       *reading `json:"busy,omitempty"`
}
