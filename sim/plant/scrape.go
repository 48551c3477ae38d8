package plant

import (
	"time"
)

// totals are the counters of the whole target. busy is the integral of the utilization, in seconds.
type totals struct{ arrived, served, cpu, busy float64 }

// scrape holds the values of the whole target at one time.
type scrape struct {
	time time.Duration
	ok   bool
	// factor is the error of the values, from noise and faults.
	factor float64
	// gap reports that the scrape failed because Prometheus was down.
	gap bool
	totals
	backlog, wait float64
}

// podScrape holds the values of a pod at the scrape with the same number.
type podScrape struct {
	ok          bool
	factor      float64
	served, cpu float64
}

// storedScrapes is the number of scrapes that a query can read. A query in an outage reads those before it.
func (m *Metrics) storedScrapes() int {
	longest := time.Duration(0)
	for i := range m.Outages {
		longest = max(longest, m.Outages[i].For)
	}
	return int((m.Window+m.Lag+longest)/m.Every) + 2
}

// scrape reads the counters if a scrape is due. wait is the last waiting time.
func (p *Plant) scrape(wait float64) {
	if p.now < p.nextScrape {
		return
	}
	p.nextScrape = max(p.nextScrape+p.config.Metrics.Every, p.now)
	fault := p.config.Metrics.faultAt(p.now)
	s := scrape{time: p.now, totals: p.total, backlog: p.backlog, wait: wait}
	if o := p.outage(); o != nil && o.Gap {
		fault, s.gap = 0, true
	}
	s.ok, s.factor = p.scrapeResult(fault)
	slot := p.scraped % len(p.scrapes)
	p.scrapes[slot] = s
	for i := range p.pods {
		pod := &p.pods[i]
		found := podScrape{served: pod.served, cpu: pod.cpu}
		if pod.stage >= starting {
			found.ok, found.factor = p.scrapeResult(fault)
		}
		pod.scrapes[slot] = found
	}
	p.scraped++
}

// scrapeResult draws whether a scrape succeeds, and the error factor of its values.
func (p *Plant) scrapeResult(fault float64) (ok bool, factor float64) {
	m := &p.config.Metrics
	ok, factor = fault != 0, fault
	if m.Loss > 0 && p.dice.scrapes.Float64() < m.Loss {
		ok = false
	}
	if m.Noise > 0 {
		factor *= max(0, 1+m.Noise*p.dice.scrapes.NormFloat64())
	}
	return ok, factor
}

// faultAt is the factor of the faults at a time; 1 without a fault.
func (m *Metrics) faultAt(now time.Duration) float64 {
	factor := 1.0
	for i := range m.Faults {
		if f := &m.Faults[i]; f.At <= now && now-f.At < f.For {
			factor *= f.Factor
		}
	}
	return factor
}

// outage is the current outage; nil for none.
func (p *Plant) outage() *Outage {
	all := p.config.Metrics.Outages
	for i := range all {
		if o := &all[i]; o.At <= p.now && p.now-o.At < o.For {
			return o
		}
	}
	return nil
}

// span is a half-open interval of scrape numbers.
type span struct{ first, end int }

// visible returns the scrapes in the range of a query at the current time.
func (p *Plant) visible() span {
	m := &p.config.Metrics
	latest := p.now - m.Lag
	if o := p.outage(); o != nil {
		latest = o.At - m.Lag - 1 // the result of a query right before the outage
	}
	s := span{end: p.scraped}
	for s.end > 0 && p.scraped-s.end < len(p.scrapes) && p.nth(s.end-1).time > latest {
		s.end--
	}
	s.first = s.end
	for s.first > 0 && p.scraped-s.first < len(p.scrapes) && p.nth(s.first-1).time > latest-m.Window {
		s.first--
	}
	return s
}

func (p *Plant) nth(number int) *scrape { return &p.scrapes[number%len(p.scrapes)] }
