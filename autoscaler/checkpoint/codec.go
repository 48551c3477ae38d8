package checkpoint

import (
	"bytes"
	"compress/flate"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/engine"
)

// format is the first byte of a shard. Formats 1 to 5 listed the fields of a state by hand and are not read.
const format = 6

// layout names all fields of an [engine.State]. A shard of an earlier version is read where the state has only gained fields, which
// are zero then. One with a field that the state does not have is not read: gob matches fields by name, so a renamed field would be
// read as 0.
var layout = describe(reflect.TypeFor[engine.State]())

// encode writes a shard: the format, and then, compressed, the layout and the states.
func encode(states map[types.UID]engine.State) ([]byte, error) {
	out := bytes.NewBuffer([]byte{format})
	compressed, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	encoder := gob.NewEncoder(compressed)
	err = errors.Join(encoder.Encode(layout), encoder.Encode(states), compressed.Close())
	return out.Bytes(), err
}

// decode reads a shard that encode wrote.
func decode(shard []byte) (map[types.UID]engine.State, error) {
	if len(shard) == 0 || shard[0] != format {
		return nil, fmt.Errorf("not in format %d", format)
	}
	decoder := gob.NewDecoder(flate.NewReader(bytes.NewReader(shard[1:])))
	var saved string
	if err := decoder.Decode(&saved); err != nil {
		return nil, err
	}
	if saved != layout && !readable(saved, layout) {
		return nil, errors.New("saved by a version with other fields of state")
	}
	var states map[types.UID]engine.State
	err := decoder.Decode(&states)
	return states, err
}

// latestOfEach appends the recommendations without a later one of the same count: every window that has an earlier one has the
// later one too, so the earlier ones change no decision. It keeps the order.
func latestOfEach(into, all []engine.Recommendation) []engine.Recommendation {
	for i, r := range all {
		later := func(j int) bool {
			return all[j].Replicas == r.Replicas && (all[j].Time.After(r.Time) || j > i && all[j].Time.Equal(r.Time))
		}
		found := false
		for j := i + 1; j < len(all) && !found; j++ { // most often the next one
			found = later(j)
		}
		for j := 0; j < i && !found; j++ {
			found = later(j)
		}
		if !found {
			into = append(into, r)
		}
	}
	return into
}
