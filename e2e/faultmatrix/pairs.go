package faultmatrix

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// pair is two faults of different classes, the second of which begins a lag after the first.
type pair struct {
	first, second fault
	lag           time.Duration
}

func (p *pair) String() string {
	return fmt.Sprintf("%s %s, and %s later %s %s", p.first.class, p.first.name, p.lag, p.second.class, p.second.name)
}

// randomPair returns the pair of a seed. Both faults end together.
func randomPair(seed uint64, all []fault) pair {
	random := rand.New(rand.NewPCG(seed, 0))
	for {
		p := pair{all[random.IntN(len(all))], all[random.IntN(len(all))], time.Duration(random.IntN(50)) * 100 * time.Millisecond}
		if p.first.class != p.second.class { // two of one class break the same thing
			return p
		}
	}
}

// fault returns both as one, which nothing need name: each may hide the other.
func (p *pair) fault() *fault {
	return &fault{
		name: p.String(), class: "pair",
		lasts: max(p.first.length(), p.lag+p.second.length()),
		lies:  p.first.lies || p.second.lies, takeovers: p.first.takeovers + p.second.takeovers,
		begin: func(s *scene) (func() error, error) {
			endFirst, err := p.first.begin(s)
			if err != nil {
				return nil, err
			}
			time.Sleep(p.lag)
			endSecond, err := p.second.begin(s)
			if err != nil {
				return nil, errors.Join(err, endFirst())
			}
			return func() error { return errors.Join(endFirst(), endSecond()) }, nil
		},
	}
}

// smaller returns the parts of a pair, the simplest first: each fault alone, and both at once.
func (p *pair) smaller() []*fault {
	parts := []*fault{&p.first, &p.second}
	if p.lag > 0 {
		together := pair{p.first, p.second, 0}
		parts = append(parts, together.fault())
	}
	return parts
}
