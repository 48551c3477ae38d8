package faults

import "encoding/json"

// Answer is what Prometheus says to a query whose result is a vector.
type Answer struct {
	Status   string   `json:"status"`
	Data     Data     `json:"data"`
	Warnings []string `json:"warnings,omitempty"`
	Infos    []string `json:"infos,omitempty"`
}

// Data is the result.
type Data struct {
	ResultType string   `json:"resultType"`
	Result     []Series `json:"result"`
}

// Series is one element: a time in seconds and a value, or a histogram.
type Series struct {
	Metric    map[string]string `json:"metric"`
	Value     [2]any            `json:"value,omitzero"`
	Histogram *[2]any           `json:"histogram,omitempty"`

	text json.RawMessage // stands for all of the above where it is there
}

// MarshalJSON returns the text where it is set.
func (s Series) MarshalJSON() ([]byte, error) {
	if s.text != nil {
		return s.text, nil
	}
	type plain Series
	return json.Marshal(plain(s))
}

// parse reads an answer.
func parse(body []byte) (*Answer, error) {
	var answer Answer
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	if answer.Data.ResultType != "vector" {
		return nil, errNoVector
	}
	return &answer, nil
}
