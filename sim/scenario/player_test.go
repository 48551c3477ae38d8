package scenario_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/sim/scenario"
)

const toZero = `spec
bounds 0 20
metric queue External average 10
behavior
----

tick replicas=4
queue 40
----

tick after=6m
queue 0
----

`

// TestPlayer: what each command does to the world and to the state.
func TestPlayer(t *testing.T) {
	for name, tc := range map[string]struct {
		after           string
		replicas        int32
		scaledToZero    bool
		recommendations int
	}{
		"nothing more":           {"", 0, true, 2},
		"restart":                {"restart\n----\n", 0, true, 0},
		"restore":                {"restore\n----\n", 0, true, 2},
		"recreate":               {"recreate\n----\n", 0, false, 0},
		"another spec":           {"spec\nbounds 1 5\n----\n", 0, true, 2},
		"another story":          {"story two\n----\n", 0, false, 0},
		"a write":                {"tick\nqueue 35\n----\n", 4, false, 2},
		"a write that fails":     {"tick write=fails\nqueue 35\n----\n", 0, true, 2},
		"a write over another's": {"tick concurrent=9\nqueue 35\n----\n", 4, false, 2},
		"another's write":        {"tick concurrent=9\nqueue 0\n----\n", 9, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			player := scenario.NewPlayer()
			for _, b := range parse(t, toZero+tc.after) {
				player.Play(&b)
			}
			if player.Replicas != tc.replicas || player.State.ScaledToZero != tc.scaledToZero {
				t.Errorf("%d replicas, ScaledToZero %t, want %d, %t", player.Replicas, player.State.ScaledToZero, tc.replicas, tc.scaledToZero)
			}
			if got := len(player.State.Recommendations); got != tc.recommendations {
				t.Errorf("%d recommendations, want %d", got, tc.recommendations)
			}
		})
	}
}

// TestRestoreSharesNothing: what a controller had before it was restored is not changed by what it does after.
func TestRestoreSharesNothing(t *testing.T) {
	blocks := parse(t, toZero+"restore\n----\n\ntick after=20m\nqueue 35\n----\n")
	player := scenario.NewPlayer()
	for _, b := range blocks[:3] {
		player.Play(&b)
	}
	before := player.State
	want := before.Clone()
	for _, b := range blocks[3:] {
		player.Play(&b)
	}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Errorf("the state before the restart changed: %s", diff)
	}
}
