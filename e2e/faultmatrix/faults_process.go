package faultmatrix

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/e2e/install"
)

var processFaults = []fault{
	{
		name: "killed and restarted", class: "autoscaler", lasts: 4 * time.Second,
		begin: func(s *scene) (func() error, error) {
			s.autoscaler.Kill()
			return s.startAutoscaler, nil
		},
	},
	{
		name: "stopped for 5s", class: "autoscaler", lasts: 5 * time.Second,
		begin: func(s *scene) (func() error, error) {
			s.autoscaler.Freeze()
			return func() error { s.autoscaler.Thaw(); return nil }, nil
		},
	},
	{
		name: "stopped past its lease", class: "autoscaler", takeovers: 2, lasts: 25 * time.Second,
		begin: func(s *scene) (func() error, error) {
			standby, err := s.cluster.Flyball.Replica(s.ctx, "standby-"+s.namespace)
			if err != nil {
				return nil, err
			}
			if err := standby.Start(s.flags()...); err != nil {
				return nil, err
			}
			s.autoscaler.Freeze()
			s.leader = standby
			return func() error {
				ended := s.autoscaler.Thaw()
				select {
				case <-ended:
				case <-time.After(20 * time.Second): // the audit log then has its writes
				}
				s.autoscaler.Stop(s.ctx)
				s.after = func() error { // the others go on with the first one
					standby.Stop(s.ctx)
					s.leader = s.autoscaler
					return s.startAutoscaler()
				}
				return nil
			}, nil
		},
	},
	{
		name: "state deleted and restarted", class: "autoscaler", lasts: 3 * time.Second,
		begin: func(s *scene) (func() error, error) {
			s.autoscaler.Kill()
			all := s.cluster.Client.CoreV1().ConfigMaps(install.Namespace)
			found, err := all.List(s.ctx, metav1.ListOptions{})
			if err != nil {
				return nil, err
			}
			for _, state := range states(found.Items) {
				if err := all.Delete(s.ctx, state, metav1.DeleteOptions{}); err != nil {
					return nil, err
				}
			}
			return s.startAutoscaler, nil
		},
	},
	{
		name: "state damaged and restarted", class: "autoscaler", lasts: 3 * time.Second,
		begin: func(s *scene) (func() error, error) {
			s.autoscaler.Kill()
			all := s.cluster.Client.CoreV1().ConfigMaps(install.Namespace)
			found, err := all.List(s.ctx, metav1.ListOptions{})
			if err != nil {
				return nil, err
			}
			for _, state := range states(found.Items) {
				patch := []byte(`{"binaryData":{"state":"bm90IGEgc3RhdGU="}}`)
				if _, err := all.Patch(s.ctx, state, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
					return nil, err
				}
			}
			return s.startAutoscaler, nil
		},
	},
}

// matrix is all faults.
func matrix() []fault {
	var all []fault
	for _, of := range [][]fault{prometheusFaults, apiFaults, processFaults, objectFaults} {
		all = append(all, of...)
	}
	return all
}
