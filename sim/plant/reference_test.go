package plant_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// reference is a plant without optimizations and without randomness. It advances by the second, stores all events, and searches
// all of them for each result. Times are in seconds.
type reference struct {
	c                       plant.Config
	now                     int
	replicas                int
	pods                    []*referencePod
	on                      *referenceNodes
	backlog                 float64
	arrived, served, queued []float64 // by second: at its beginning, since the beginning
	cpu                     []float64
	cached                  int // nodes with the image
	pulls                   []*referencePull
}

// referencePull is a pull of the image on one node, with room for more pods.
type referencePull struct{ end, room int }

// referenceNodes are the nodes of one or of several reference plants.
type referenceNodes struct {
	count, spareSince, added int
	coming                   []int
	twins                    []*reference
}

// all are the existing pods of all reference plants that meet a condition.
func (n *referenceNodes) all(ok func(*referencePod) bool) (count int) {
	for _, w := range n.twins {
		count += len(w.existing(ok))
	}
	return count
}

type referencePod struct {
	born, bound, ready, left, gone int // -1 where that has not come
	begins, seen                   int // its container starts for the first time; the first scrape can be at this second
	lost                           int // its node is lost at this second
	crashes                        []interval
	served, cpu                    []float64
}

// interval is a half-open interval of seconds.
type interval struct{ from, to int }

// forever is later than every event.
const forever = 1 << 30

func seconds(d time.Duration) int { return int(d / time.Second) }

func newTwin(on *referenceNodes, c plant.Config, replicas int) *reference {
	w := &reference{c: c, on: on, replicas: replicas, arrived: []float64{0}, served: []float64{0}, queued: []float64{0}, cpu: []float64{0}}
	on.twins = append(on.twins, w)
	if c.Nodes.Pods > 0 {
		asked := float64(on.all(w.bound) + w.allowed())
		on.count = max(on.count, c.Nodes.Least, min(c.Nodes.Most, int(math.Ceil(asked/float64(c.Nodes.Pods)))))
	}
	for range w.allowed() {
		p := &referencePod{born: -3600, bound: -3600, begins: -3600, ready: -3600, left: -1, gone: -1, lost: forever}
		if !w.room() {
			p.born, p.bound, p.ready = 0, -1, -1
		}
		w.pods = append(w.pods, p)
	}
	w.cached = min(on.count, len(w.existing(w.serves)))
	w.house(w.now)
	return w
}

// allowed is the number of pods that the quota allows.
func (w *reference) allowed() int {
	if w.c.Quota == 0 {
		return w.replicas
	}
	return min(w.replicas, w.c.Quota)
}

// existing returns the pods that exist and meet a condition.
func (w *reference) existing(ok func(*referencePod) bool) (found []*referencePod) {
	for _, p := range w.pods {
		if p.gone < 0 && ok(p) {
			found = append(found, p)
		}
	}
	return found
}

func anyPod(*referencePod) bool                   { return true }
func (w *reference) asked(p *referencePod) bool   { return p.left < 0 }
func (w *reference) unbound(p *referencePod) bool { return p.bound == -1 }
func (w *reference) bound(p *referencePod) bool   { return p.bound != -1 && p.lost == forever }
func (w *reference) serves(p *referencePod) bool {
	return p.left < 0 && w.bound(p) && p.ready <= w.now
}

// found reports whether the API shows a pod that was ready as one of a lost node.
func (w *reference) found(p *referencePod) bool {
	return p.bound != -1 && p.ready <= p.lost && p.lost+50 <= w.now
}

// seemsReady reports whether the API shows a pod as ready.
func (w *reference) seemsReady(p *referencePod) bool {
	return p.bound != -1 && p.ready <= min(w.now, p.lost) && !w.found(p)
}

// began reports whether the container of a pod has started by a time: in the middle of its start-up.
func (w *reference) began(p *referencePod, instant int) bool {
	return p.bound != -1 && p.begins <= min(instant, p.lost) && (p.gone < 0 || instant < p.gone)
}

// runs reports whether the container of a pod runs at a time.
func (w *reference) runs(p *referencePod, instant int) bool {
	return w.began(p, instant) && instant < p.lost && !slices.ContainsFunc(p.crashes, func(c interval) bool { return c.from <= instant && instant < c.to })
}

// fail computes all failures of a pod whose starts take half of its start-up.
func (w *reference) fail(p *referencePod, half int) {
	failed := p.ready
	p.ready = forever
	for wait := 10; failed < 3600; wait = min(2*wait, 300) {
		p.crashes = append(p.crashes, interval{failed, failed + wait})
		failed += wait + max(seconds(w.c.Step), half)
	}
}

// imageAt is the second at which the node of a pod that is bound now has the image.
func (w *reference) imageAt() int {
	took := seconds(w.c.Pod.Image.Median)
	switch {
	case took == 0:
		return w.now
	case w.c.Nodes.Pods == 0:
		return w.now + took
	case w.cached < w.on.count:
		w.cached++
		w.pulls = append(w.pulls, &referencePull{w.now + took, w.c.Nodes.Pods - 1})
		return w.now + took
	}
	for _, p := range w.pulls {
		if p.end > w.now && p.room > 0 {
			p.room--
			return p.end
		}
	}
	return w.now
}

func (w *reference) room() bool {
	return w.c.Nodes.Pods == 0 || w.on.all(w.bound) < w.on.count*w.c.Nodes.Pods
}

// house binds pods. The first scrape that can have them is at a second: the next one after a change of the replicas.
func (w *reference) house(seen int) {
	for _, p := range w.existing(w.unbound) {
		if w.room() {
			half := seconds(w.c.Pod.Start.Median) / 2
			p.bound, p.seen, p.begins = w.now, seen, w.imageAt()+half
			if p.ready = p.begins + half; w.c.Pod.CrashLoops == 1 {
				w.fail(p, half)
			}
		}
	}
	for homeless := w.on.all(w.unbound); homeless > len(w.on.coming)*w.c.Nodes.Pods && w.on.count+len(w.on.coming) < w.c.Nodes.Most+w.on.added; {
		w.on.coming = append(w.on.coming, w.now+seconds(w.c.Nodes.Delay.Median))
	}
}

func (w *reference) scale(replicas int) {
	w.replicas = replicas
	w.create()
	for _, is := range []func(*referencePod) bool{
		w.unbound,
		func(p *referencePod) bool { return w.bound(p) && !w.began(p, w.now) },
		func(p *referencePod) bool { return w.bound(p) && w.began(p, w.now) && !w.runs(p, w.now) },
		func(p *referencePod) bool { return p.lost <= w.now && !w.seemsReady(p) },
		func(p *referencePod) bool { return w.runs(p, w.now) && !w.serves(p) },
		w.seemsReady,
	} {
		found := w.existing(func(p *referencePod) bool { return p.left < 0 && is(p) })
		slices.Reverse(found)
		for _, p := range found {
			if len(w.existing(w.asked)) > replicas {
				served := w.serves(p)
				if p.left = w.now; !served || w.c.Pod.Drain == 0 {
					p.gone = w.now
				}
			}
		}
	}
	w.house(w.now + 1)
	w.giveBack()
	w.cached = min(w.cached, w.on.count)
}

// create creates the missing pods that the quota allows.
func (w *reference) create() {
	for len(w.existing(w.asked)) < w.replicas && (w.c.Quota == 0 || len(w.existing(anyPod)) < w.c.Quota) {
		w.pods = append(w.pods, &referencePod{
			born: w.now, bound: -1, ready: -1, left: -1, gone: -1, lost: forever,
			served: make([]float64, w.now+1), cpu: make([]float64, w.now+1),
		})
	}
}

// blocked is the number of pods that cannot run.
func (w *reference) blocked() int {
	return w.replicas - len(w.existing(func(p *referencePod) bool {
		return p.left < 0 && w.bound(p) && (w.runs(p, w.now) || !w.began(p, w.now))
	}))
}

// second advances by one second.
func (w *reference) second(rate float64) (ready int, capacity, served, dropped float64) {
	power := map[*referencePod]float64{}
	for _, p := range w.existing(w.serves) {
		share := 1.0
		if age := w.now - p.ready; time.Duration(age)*time.Second < w.c.Pod.WarmUp {
			share = w.c.Pod.WarmFrom + (1-w.c.Pod.WarmFrom)*float64(age)/w.c.Pod.WarmUp.Seconds()
		}
		power[p] = share * w.c.Pod.Rate
		ready++
		capacity += share * w.c.Pod.Rate
	}
	served = math.Min(w.backlog+rate, capacity)
	w.backlog += rate - served
	if w.c.Room > 0 && w.backlog > w.c.Room {
		dropped = w.backlog - w.c.Room
		w.backlog = w.c.Room
	}
	busy := 0.0
	if capacity > 0 {
		busy = served / capacity
	}
	cpu := 0.0
	for _, p := range w.pods {
		use := 0.0
		switch {
		case p.gone >= 0:
		case w.serves(p):
			use = w.c.Pod.CPU.Idle + (w.c.Pod.CPU.Full-w.c.Pod.CPU.Idle)*busy
		case p.left >= 0:
			use = w.c.Pod.CPU.Idle
		case w.runs(p, w.now):
			use = w.c.Pod.CPU.Starting
		}
		p.served, p.cpu = grow(p.served, busy*power[p]), grow(p.cpu, use)
		cpu += use
	}
	w.arrived, w.served, w.cpu, w.queued = grow(w.arrived, rate), grow(w.served, served), grow(w.cpu, cpu), append(w.queued, w.backlog)
	w.now++
	w.becomeNow()
	return ready, capacity, served, dropped
}

func grow(counter []float64, by float64) []float64 {
	last := 0.0
	if len(counter) > 0 {
		last = counter[len(counter)-1]
	} else {
		counter = []float64{0}
	}
	return append(counter, last+by)
}

// becomeNow handles the events of a second. Capacity that another target released is available at the end of a step.
func (w *reference) becomeNow() {
	for _, p := range w.existing(func(p *referencePod) bool { return p.left >= 0 }) {
		if w.now >= p.left+seconds(w.c.Pod.Drain) {
			p.gone = w.now
		}
	}
	w.lose()
	for len(w.on.coming) > 0 && slices.Min(w.on.coming) <= w.now {
		i := slices.Index(w.on.coming, slices.Min(w.on.coming))
		w.on.coming = slices.Delete(w.on.coming, i, i+1)
		w.on.count++
	}
	if a := w.c.Nodes.Added; len(a) > 0 && seconds(a[0].At) == w.now && w.on.added == 0 {
		w.on.added = a[0].Count
		w.on.count += a[0].Count
	}
	if w.now%seconds(w.c.Step) == 0 {
		w.create()
		w.house(w.now)
		w.giveBack()
		w.cached = min(w.cached, w.on.count)
	}
}

// lose loses nodes with the oldest pods, and ends those that are evicted.
func (w *reference) lose() {
	for _, p := range w.existing(func(p *referencePod) bool { return p.lost+350 == w.now }) {
		p.left, p.gone = w.now, w.now
	}
	for _, l := range w.c.Nodes.Lost {
		if seconds(l.At) != w.now {
			continue
		}
		count := min(l.Count, w.on.count)
		w.on.count -= count
		pods := w.existing(func(p *referencePod) bool { return p.left < 0 && w.bound(p) })
		for _, p := range pods[:min(len(pods), count*w.c.Nodes.Pods)] {
			p.lost = w.now
		}
	}
}

func (w *reference) giveBack() {
	n, on := w.c.Nodes, w.on
	spare := func() bool { return on.count*n.Pods-on.all(w.bound) >= n.Pods && on.count > n.Least+on.added }
	if n.Pods == 0 || !spare() {
		on.spareSince = -1
		return
	}
	if on.spareSince < 0 {
		on.spareSince = w.now
	}
	for spare() && w.now-on.spareSince >= seconds(n.Keep) {
		on.count--
		on.spareSince = w.now
	}
	if !spare() {
		on.spareSince = -1
	}
}

// scrapesIn are the times of the visible scrapes in the range that contain the pod. A scrape
// precedes a decision at the same time.
func (w *reference) scrapesIn(p *referencePod) (instant []int) {
	m := w.c.Metrics
	for s := 0; s <= w.now-seconds(m.Lag); s += seconds(m.Every) {
		if s > w.now-seconds(m.Lag)-seconds(m.Window) && (p == nil || (w.runs(p, s) && s >= p.seen)) {
			instant = append(instant, s)
		}
	}
	return instant
}

// rate of a counter over the range; known is false with fewer than two scrapes.
func (w *reference) rate(p *referencePod, counter []float64) (rate float64, newest int, known bool) {
	instant := w.scrapesIn(p)
	if len(instant) < 2 {
		return 0, 0, false
	}
	first, last := instant[0], instant[len(instant)-1]
	return (counter[last] - counter[first]) / float64(last-first), last, true
}

// TestPlantEqualsReference runs random configs and replica counts on both plants, and compares everything that a controller observes.
func TestPlantEqualsReference(t *testing.T) {
	const cases = 150
	for seed := range uint64(cases) {
		dice := rand.New(rand.NewPCG(seed, 0))
		c := randomConfig(dice)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playBoth(t, c, dice) })
	}
}

var (
	rps    = engine.Metric{Type: engine.External, Name: "rps", TargetType: engine.AverageValue, Target: 1}
	queue  = engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1}
	allCPU = engine.Metric{Type: engine.External, Name: "cores", TargetType: engine.Value, Target: 1}
	done   = engine.Metric{Type: engine.External, Name: "done", TargetType: engine.Value, Target: 1}
	cpu    = engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70}
	each   = engine.Metric{Type: engine.Pods, Name: "each", TargetType: engine.AverageValue, Target: 1}
	six    = []engine.Metric{rps, queue, allCPU, done, cpu, each}
)

// randomConfig is a random config without randomness in its runs, with times that are multiples of five seconds.
func randomConfig(dice *rand.Rand) plant.Config {
	fives := func(most int) time.Duration { return time.Duration(dice.IntN(most+1)) * 5 * time.Second }
	c := plant.Config{
		Step: time.Duration(1+4*dice.IntN(2)) * time.Second,
		Pod: plant.Pod{
			Rate:     float64(1 + dice.IntN(10)),
			CPU:      plant.CPU{Request: 0.5, Idle: 0.1, Full: 1, Starting: 0.7},
			Start:    plant.Duration{Median: 2 * fives(8)},
			WarmFrom: 1, Drain: fives(6),
		},
		Bound: 500 * time.Millisecond,
		Room:  float64(dice.IntN(3) * 100),
		Metrics: plant.Metrics{
			Every: 5*time.Second + fives(2), Lag: fives(6),
			Signals: map[string]plant.Signal{"queue": plant.SignalBacklog, "cores": plant.SignalCPU, "done": plant.SignalServed},
		},
	}
	c.Metrics.Window = 2*c.Metrics.Every + fives(6)
	if c.Step == time.Second {
		c.Pod.WarmUp, c.Pod.WarmFrom = fives(6), 0.5
	}
	if dice.IntN(2) == 0 {
		c.Nodes = plant.Nodes{Pods: 1 + dice.IntN(5), Least: dice.IntN(2), Most: 2 + dice.IntN(6), Delay: plant.Duration{Median: 5*time.Second + fives(20)}, Keep: fives(20)}
	}
	addStarts(&c, dice, fives)
	return c
}

// addStarts adds a quota, images, failing starts and later nodes to some of the configs.
func addStarts(c *plant.Config, dice *rand.Rand, fives func(int) time.Duration) {
	if dice.IntN(3) == 0 {
		c.Quota = 1 + dice.IntN(15)
	}
	if dice.IntN(3) == 0 {
		c.Pod.Image.Median = fives(12)
	}
	if dice.IntN(6) == 0 {
		c.Pod.CrashLoops = 1
	}
	if c.Nodes.Pods > 0 && dice.IntN(3) == 0 {
		c.Nodes.Added = []plant.AddedNodes{{At: 5*time.Second + fives(100), Count: 1 + dice.IntN(3)}}
	}
	if c.Nodes.Pods > 0 && dice.IntN(3) == 0 {
		c.Nodes.Lost = []plant.LostNodes{{At: 5*time.Second + fives(40), Count: 1 + dice.IntN(2)}}
	}
}

// playBoth runs one target or, with nodes, up to three that share them.
func playBoth(t *testing.T, c plant.Config, dice *rand.Rand) {
	targets := 1
	var pool *plant.Pool
	on := &referenceNodes{spareSince: -1}
	if c.Nodes.Pods > 0 {
		on.count = c.Nodes.Least
		if len(c.Nodes.Lost) == 0 {
			targets += dice.IntN(3)
		}
		if targets > 1 {
			var err error
			if pool, err = plant.NewPool(c.Nodes); err != nil {
				t.Fatal(err)
			}
		}
	}
	var both []*pair
	for range targets {
		replicas := dice.IntN(8)
		p, err := plant.NewIn(pool, c, noon, int32(replicas), 1)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, &pair{plant: p, reference: newTwin(on, c, replicas)})
	}
	for range 120 { // of five seconds
		for _, b := range both {
			b.change(dice)
		}
		for _, b := range both {
			compareSeen(t, b.plant, b.reference)
		}
		for range 5 * time.Second / c.Step {
			step(t, c, both)
		}
	}
}

// pair is a plant and its reference.
type pair struct {
	plant     *plant.Plant
	reference *reference
	rate      float64
	// of the last step
	moment                    plant.Moment
	ready, blocked            int
	capacity, served, dropped float64
}

func (b *pair) change(dice *rand.Rand) {
	if dice.IntN(6) == 0 {
		replicas := dice.IntN(20)
		b.plant.Scale(int32(replicas))
		b.reference.scale(replicas)
	}
	if dice.IntN(4) == 0 {
		b.rate = float64(dice.IntN(100))
	}
}

// step advances both by a step. The reference plants alternate by the second.
func step(t *testing.T, c plant.Config, both []*pair) {
	t.Helper()
	nodes := make([]int, len(both))
	for i, b := range both {
		b.moment = b.plant.Advance(b.rate, true)
		b.ready, b.capacity, b.served, b.dropped = -1, 0, 0, 0
		nodes[i] = b.moment.Nodes
	}
	if nodes[0] != both[0].reference.on.count {
		t.Fatalf("at %s there are %d nodes, and the reference has %d in\n%+v", both[0].moment.At, nodes[0], both[0].reference.on.count, c)
	}
	for _, b := range both {
		b.blocked = b.reference.blocked()
	}
	for range seconds(c.Step) {
		for _, b := range both {
			ready, capacity, served, dropped := b.reference.second(b.rate)
			if b.ready < 0 {
				b.ready, b.capacity = ready, capacity
			}
			b.served, b.dropped = b.served+served, b.dropped+dropped
		}
	}
	for _, b := range both {
		m := &b.moment
		if m.Ready != b.ready || m.Blocked != b.blocked || !near(m.Capacity, b.capacity) || !near(m.Served, b.served) || !near(m.Dropped, b.dropped) || !near(m.Backlog, b.reference.backlog) {
			t.Fatalf("at %s the plant has %+v; the reference has %d ready, %d blocked, capacity %g, served %g, dropped %g, backlog %g in\n%+v",
				m.At, m, b.ready, b.blocked, b.capacity, b.served, b.dropped, b.reference.backlog, c)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6*(1+math.Abs(a)) }

func compareSeen(t *testing.T, p *plant.Plant, w *reference) {
	t.Helper()
	var observed engine.Observation
	p.Observe(&observed, six)
	existing := w.existing(anyPod)
	if len(observed.Pods) != len(existing) || int(observed.SpecReplicas) != w.replicas || int(observed.StatusReplicas) != len(w.existing(w.asked)) {
		t.Fatalf("at %s there are %d pods, %d of %d; the reference has %d, %d of %d", p.Now(), len(observed.Pods),
			observed.StatusReplicas, observed.SpecReplicas, len(existing), len(w.existing(w.asked)), w.replicas)
	}
	for i, counter := range [][]float64{w.arrived, nil, w.cpu, w.served} {
		r := &observed.Readings[i]
		value, newest, known := w.rate(nil, counter0(counter, w.queued))
		if counter == nil {
			instant := w.scrapesIn(nil)
			if known = len(instant) > 0; known {
				newest = instant[len(instant)-1]
				value = w.queued[newest]
			}
		}
		if known != (r.Problem == "") || (known && (math.Abs(float64(r.Value)-1000*value) > 1 || !r.Time.Equal(instant(newest)))) {
			t.Fatalf("at %s %s is %+v; the reference has %g of %d, known %t", p.Now(), six[i].Name, r, value, newest, known)
		}
	}
	for i, pod := range existing {
		comparePod(t, p, w, pod, &observed.Pods[i], [2]engine.Sample{observed.Readings[4].Pods[i], observed.Readings[5].Pods[i]})
	}
}

func counter0(counter, otherwise []float64) []float64 {
	if counter == nil {
		return otherwise
	}
	return counter
}

func comparePod(t *testing.T, p *plant.Plant, w *reference, pod *referencePod, observed *engine.Pod, samples [2]engine.Sample) {
	t.Helper()
	phase, readiness := engine.Pending, engine.NotReady
	if w.began(pod, w.now) {
		phase = engine.Running
		if w.seemsReady(pod) {
			readiness = engine.Ready
		}
	}
	if observed.Phase != phase || observed.Readiness != readiness || observed.Deleting != (pod.left >= 0) || observed.Lost != w.found(pod) {
		t.Fatalf("at %s a pod is %+v; the reference is %+v", p.Now(), observed, *pod)
	}
	if readiness == engine.Ready && !observed.ReadySince.Equal(instant(pod.ready)) {
		t.Fatalf("at %s a pod is ready since %s; in the reference since second %d", p.Now(), observed.ReadySince, pod.ready)
	}
	for i, counter := range [][]float64{pod.cpu, pod.served} {
		value, newest, known := w.rate(pod, counter)
		s := samples[i]
		if s.Known != known || (known && (math.Abs(float64(s.Value)-1000*value) > 1 || !s.Time.Equal(instant(newest)))) {
			t.Fatalf("at %s a pod's sample of %s is %+v; the reference is %g of %d, known %t", p.Now(), six[4+i].Name, s, value, newest, known)
		}
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func instant(second int) time.Time { return noon.Add(time.Duration(second) * time.Second) }
