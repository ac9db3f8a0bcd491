// The commands that the command line is connected to.
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster;

/// <summary>Makes the implementations; the only place where they meet.</summary>
public static class CommandSet
{
    /// <param name="say">Takes lines of a node that trains for the operator; any thread.</param>
    public static IRunCommands Runs(Action<string> say) => new ClusterRuns(new LocalRuns(), TrainingParts.Create(say));

    public static IClusterCommands Cluster() => new ClusterCommands(TrainingParts.Create);
}
