package faultmatrix

import (
	"context"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// states are the names of the ConfigMaps with the state of autoscalers.
func states(found []corev1.ConfigMap) (names []string) {
	for i := range found {
		if strings.Contains(found[i].Name, "-autoscaler-state-") {
			names = append(names, found[i].Name)
		}
	}
	return names
}

// replicaPatch sets spec.replicas of a Deployment.
func (s *scene) scaleByHand(app, manager, replicas string) error {
	_, err := s.cluster.Client.AppsV1().Deployments(s.namespace).Patch(s.ctx, app, types.MergePatchType,
		[]byte(`{"spec":{"replicas":`+replicas+`}}`), metav1.PatchOptions{FieldManager: manager})
	return err
}

var objectFaults = []fault{
	{
		name: "another writer, each 2s", class: "objects",
		named: condition{app: "steady", kind: "Conflicting", status: "True", reason: "OtherWriter", text: `field manager "gitops"`},
		begin: func(s *scene) (func() error, error) {
			ctx, stop := context.WithCancel(s.ctx)
			var writer sync.WaitGroup
			var failed error
			writer.Go(func() {
				tick := time.NewTicker(2 * time.Second)
				defer tick.Stop()
				for ctx.Err() == nil && failed == nil {
					failed = s.scaleByHand("steady", "gitops", "9")
					select {
					case <-ctx.Done():
					case <-tick.C:
					}
				}
			})
			return func() error { stop(); writer.Wait(); return failed }, nil
		},
	},
	{
		name: "a stray HPA", class: "objects",
		named: condition{app: "steady", kind: "Conflicting", status: "True", reason: "ConflictingController", text: "HorizontalPodAutoscaler stray"},
		begin: func(s *scene) (func() error, error) {
			err := s.cluster.Apply(s.ctx, s.namespace, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: stray}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: steady}, minReplicas: 7, maxReplicas: 7}
`)
			return func() error {
				return s.cluster.Client.AutoscalingV2().HorizontalPodAutoscalers(s.namespace).Delete(s.ctx, "stray", metav1.DeleteOptions{})
			}, err
		},
	},
	{
		name: "target deleted and created again", class: "objects", lasts: 4 * time.Second, lies: true, // requests that waited are served later
		named: condition{app: "steady", kind: "ScalingActive", status: "False", reason: "FailedGetScale", text: "not found"},
		begin: func(s *scene) (func() error, error) {
			err := s.cluster.Client.AppsV1().Deployments(s.namespace).Delete(s.ctx, "steady", metav1.DeleteOptions{})
			return func() error { return s.createTarget("steady", steadyLoad/each) }, err
		},
	},
	{
		name: "quota exhausted", class: "objects",
		named: condition{app: "rising", kind: "CapacityLimited", status: "True", reason: "FailedCreate", text: "exceeded quota"},
		begin: func(s *scene) (func() error, error) {
			err := s.cluster.Apply(s.ctx, s.namespace, `
apiVersion: v1
kind: ResourceQuota
metadata: {name: full}
spec: {hard: {pods: "1"}}
`)
			return func() error {
				return s.cluster.Client.CoreV1().ResourceQuotas(s.namespace).Delete(s.ctx, "full", metav1.DeleteOptions{})
			}, err
		},
	},
}
