package plan

// Want is a query, and whose rows of its answer somebody wants.
type Want struct {
	Query Query
	// Namespaces whose rows are wanted; nil for the rows of all, which is also what a query without a namespace label gives.
	Namespaces []string
}

// Batch gathers wants, each query once, in the order in which they first came.
type Batch struct {
	Wants []Want
	index map[Query]int
	named map[named]struct{}
}

type named struct {
	place     int
	namespace string
}

// Add gives the place of the query in the batch. An empty namespace wants all rows.
func (b *Batch) Add(q Query, namespace string) int {
	if b.index == nil {
		b.index, b.named = make(map[Query]int), make(map[named]struct{})
	}
	if q.Namespace == "" || q.Within != "" {
		namespace = ""
	}
	place, known := b.index[q]
	if !known {
		place = len(b.Wants)
		b.index[q] = place
		b.Wants = append(b.Wants, Want{Query: q})
	}
	want := &b.Wants[place]
	if namespace == "" {
		want.Namespaces = nil
		b.named[named{place, ""}] = struct{}{}
		return place
	}
	if _, all := b.named[named{place, ""}]; all {
		return place
	}
	if _, is := b.named[named{place, namespace}]; !is {
		b.named[named{place, namespace}] = struct{}{}
		want.Namespaces = append(want.Namespaces, namespace)
	}
	return place
}
