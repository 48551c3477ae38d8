package shard

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
)

// assign returns the member that each shard belongs to; empty strings without members. It depends on the set of members
// only, so that all processes agree. No member has more than one shard more than another.
//
// It is rendezvous hashing: a shard belongs to the member with the highest hash of both. Members that are full are left out,
// so one that joins or leaves moves about its own share of the shards and few others.
func assign(members []string, shards int) []string {
	owners := make([]string, shards)
	members = slices.Compact(slices.Sorted(slices.Values(members)))
	if len(members) == 0 {
		return owners
	}
	type bid struct {
		shard  int
		member string
		hash   uint64
	}
	bids := make([]bid, 0, shards*len(members))
	for shard := range shards {
		for _, member := range members {
			bids = append(bids, bid{shard, member, rendezvous(shard, member)})
		}
	}
	slices.SortFunc(bids, func(a, b bid) int {
		return cmp.Or(cmp.Compare(b.hash, a.hash), cmp.Compare(a.shard, b.shard), cmp.Compare(a.member, b.member))
	})
	share, fuller := shards/len(members), shards%len(members) // so many members have one shard more than the share
	held := map[string]int{}
	for _, bid := range bids {
		switch {
		case owners[bid.shard] != "", held[bid.member] > share, held[bid.member] == share && fuller == 0:
			continue
		case held[bid.member] == share:
			fuller--
		}
		owners[bid.shard] = bid.member
		held[bid.member]++
	}
	return owners
}

func rendezvous(shard int, member string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(member + "/" + strconv.Itoa(shard))) // the Write of a hash never fails
	// The last byte changes only the low bits of FNV, and the order of members must differ between shards. The finalizer of
	// MurmurHash3 spreads it.
	h := hash.Sum64()
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
