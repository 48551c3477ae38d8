package rule

// Loaded is a rules file that has been read, before it is known which series there are. It is never changed.
type Loaded struct {
	custom    []*Custom
	external  []*External
	resources []*Resource
}

// Selectors are the questions of discovery: each asks which series there are, and is to be asked once. There are none
// where the file alone tells its metrics.
func (l *Loaded) Selectors() []Selector { return nil }

// Series is a kind of series that a Selector found. Several may have one name, with other labels.
type Series struct {
	Name string
	// Labels are the names of the labels that such series have, without __name__. Their order does not matter.
	Labels []string
}

// Resolve makes the rules in force of what discovery found, by the text of the Selector that found it. A Selector that is
// not in found has not been answered, which is not the same as having found nothing. Rules that cannot be in force have a
// Problem. The same arguments give the same Set, in the same order.
func (l *Loaded) Resolve(found map[string][]Series, resources Resources) (*Set, []Problem) {
	set := &Set{}
	for _, rule := range l.custom {
		set.addCustom(rule)
	}
	for _, rule := range l.external {
		set.addExternal(rule)
	}
	for _, rule := range l.resources {
		set.addResource(rule)
	}
	return set, nil
}
