package realnode

import (
	"os"
	"path/filepath"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
)

// Place makes a pod run on a real node, whose taint keeps other pods off.
func Place(pod *corev1.PodSpec) {
	pod.NodeSelector = map[string]string{cluster.NodeTypeLabel: Kind}
	pod.Tolerations = append(pod.Tolerations, corev1.Toleration{
		Key: cluster.NodeTypeLabel, Operator: corev1.TolerationOpEqual, Value: Kind, Effect: corev1.TaintEffectNoSchedule,
	})
}

// Burners is a Deployment of pods with the label app that run on a real node. They share the load of SetLoad in the folder.
func Burners(name, folder string, replicas int32, request string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       burner(folder, resource.MustParse(request)),
			},
		},
	}
}

// burner is a pod of the sample application on a real node: one container, named burner, that requests the CPU given and
// burns its share of the load in the folder. All burners of a workload mount the same folder of this machine.
func burner(folder string, request resource.Quantity) corev1.PodSpec {
	pod := corev1.PodSpec{
		AutomountServiceAccountToken:  new(false),
		EnableServiceLinks:            new(false),
		TerminationGracePeriodSeconds: new(int64(2)),
		Containers: []corev1.Container{{
			Name: "burner", Image: BurnerImage, ImagePullPolicy: corev1.PullNever,
			Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: request}},
			VolumeMounts: []corev1.VolumeMount{{Name: "load", MountPath: "/load"}},
		}},
		Volumes: []corev1.Volume{{Name: "load", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: folder}}}},
	}
	Place(&pod)
	return pod
}

// SetLoad sets the CPU, in millicores, that the burners of a folder burn together. They read it each second.
func SetLoad(folder string, millicores float64) error {
	path := filepath.Join(folder, "millicores")
	// Renaming replaces the file at once: no burner reads half a number.
	if err := os.WriteFile(path+".new", []byte(strconv.FormatFloat(millicores, 'f', -1, 64)), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
