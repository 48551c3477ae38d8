package realnode

// RemoveAbandonedGroups is what Start does first.
func RemoveAbandonedGroups() error {
	groups, err := findHierarchies()
	if err == nil {
		groups.removeAbandoned()
	}
	return err
}
