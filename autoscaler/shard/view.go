package shard

import (
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
)

// leaseLabel is on all leases of this package, with the value memberLease or shardLease.
const (
	leaseLabel  = "autoscaling.flyball.dev/lease"
	memberLease = "member"
	shardLease  = "shard"
)

// MemberSelector selects the membership leases.
const MemberSelector = leaseLabel + "=" + memberLease

// Identity returns the identity of a process in a pod: the name of the pod, and a number for each start of the process.
func Identity(pod, start string) string { return pod + "-" + start }

// Pod returns the name of the pod in a membership lease; empty without a holder.
func Pod(lease *coordinationv1.Lease) string {
	identity := holder(lease)
	return identity[:max(0, strings.LastIndexByte(identity, '-'))]
}

// sighting is the last renewal of a member that this process has seen, and when it saw it by its own clock. Clocks of processes
// differ, so the time in a lease is only compared with itself.
type sighting struct {
	// renewed is the renewal in the informer, and read that of the last request, which may be newer: a watch can hang. Neither has an
	// order, because the clock of the member may be set back.
	renewed, read string
	// heard is when the informer had a new renewal, and seen when either had one.
	heard, seen time.Time
}

// view is what the leases show at one time.
type view struct {
	// members are the identities of the members that have joined and are alive.
	members []string
	// shards are the shard leases by their names.
	shards map[string]*coordinationv1.Lease
	// expired are the membership leases of processes that have died long ago.
	expired []*coordinationv1.Lease
	// dead reports whether a holder has not renewed its membership for LeaseDuration, as far as this process has seen.
	dead func(identity string) bool
	// confirmed are the holders whose memberships were read since they seemed dead, and whether they are.
	confirmed map[string]bool
}

// expiresAfter is the time after which the others delete the membership lease of a process that has died.
const expiresAfter = 10 * LeaseDuration

// look updates the sightings. An identity without a membership lease counts as alive for LeaseDuration as well: its lease may
// have been deleted by hand.
func (m *member) look(leases []*coordinationv1.Lease, now time.Time) view {
	v := view{shards: map[string]*coordinationv1.Lease{}, confirmed: map[string]bool{}}
	renewed := map[string]string{}
	for _, lease := range leases {
		switch identity := holder(lease); {
		case lease.Labels[leaseLabel] == shardLease:
			v.shards[lease.Name] = lease
			if _, known := renewed[identity]; !known && identity != "" {
				renewed[identity] = ""
			}
		case identity != "":
			renewed[identity] = renewal(lease)
		}
	}
	for identity, time := range renewed {
		switch last, known := m.seen[identity]; {
		case !known:
			m.seen[identity] = sighting{time, time, now, now}
		case last.renewed != time && last.read == time:
			m.seen[identity] = sighting{time, time, now, last.seen} // the informer has what was read before
		case last.renewed != time:
			m.seen[identity] = sighting{time, last.read, now, now}
		}
	}
	for identity := range m.seen {
		if _, mentioned := renewed[identity]; !mentioned {
			delete(m.seen, identity)
		}
	}
	v.dead = func(identity string) bool { return now.Sub(m.seen[identity].seen) > LeaseDuration }
	for identity, time := range renewed {
		if time != "" && identity != m.config.Identity && !v.dead(identity) {
			v.members = append(v.members, identity)
		}
	}
	if m.joined() {
		v.members = append(v.members, m.config.Identity)
	}
	for _, lease := range leases {
		if last, known := m.seen[holder(lease)]; known && lease.Labels[leaseLabel] == memberLease && now.Sub(last.seen) > expiresAfter {
			v.expired = append(v.expired, lease)
		}
	}
	return v
}

// free reports whether this process may take a shard.
func (v *view) free(lease *coordinationv1.Lease, self string) bool {
	if lease == nil {
		return true
	}
	identity := holder(lease)
	return identity == "" || identity == self || v.dead(identity)
}

// renewal returns the last renewal of a membership, to be compared for equality only; empty for none.
func renewal(lease *coordinationv1.Lease) string {
	if lease.Spec.RenewTime == nil {
		return ""
	}
	return lease.Spec.RenewTime.String()
}

// holder returns the identity in a lease; empty for none.
func holder(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}
