// Package survey reads what package doctor examines from a cluster, in a few lists.
package survey
