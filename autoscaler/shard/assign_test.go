package shard

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAssign checks random sets of members: every shard has an owner, the shares differ by one at most, the order of the
// members does not matter, and a member that leaves moves few shards of others.
func TestAssign(t *testing.T) {
	moved, stayed := 0, 0
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		shards := 1 + random.IntN(64)
		members := make([]string, 1+random.IntN(8))
		for i := range members {
			members[i] = fmt.Sprintf("autoscaler-%x", random.Uint32())
		}
		owners := assign(members, shards)
		held := map[string]int{}
		for _, owner := range owners {
			if !slices.Contains(members, owner) {
				t.Fatalf("seed %d: a shard belongs to %q, want one of %v", seed, owner, members)
			}
			held[owner]++
		}
		for _, member := range members {
			if n := held[member]; n < shards/len(members) || n > (shards+len(members)-1)/len(members) {
				t.Errorf("seed %d: %d of %d shards belong to one of %d members", seed, n, shards, len(members))
			}
		}
		shuffled := slices.Clone(members)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if again := assign(append(shuffled, members[0]), shards); !slices.Equal(owners, again) {
			t.Errorf("seed %d: got %v, and in another order %v", seed, owners, again)
		}
		if len(members) < 2 {
			continue
		}
		left := assign(members[1:], shards)
		for shard, owner := range owners {
			switch owner {
			case members[0]:
			case left[shard]:
				stayed++
			default:
				moved++
			}
		}
	}
	if share := float64(moved) / float64(moved+stayed); share > 0.2 {
		t.Errorf("a member that leaves moves %.0f %% of the shards of others, want at most 20 %%", 100*share)
	}
}

func TestNoMembers(t *testing.T) {
	if got := assign(nil, 3); !slices.Equal(got, []string{"", "", ""}) {
		t.Errorf("got the owners %q, want none", got)
	}
}
