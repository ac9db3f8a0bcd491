// The parts of a node that trains.
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Training over the tensor lane on TCP.</summary>
internal static class TrainingParts
{
    /// <param name="note">Takes lines about connections; any thread.</param>
    public static NodeParts Create(Action<string> note) => new(
        environment => new TrainingRuntime(RunSettings.Bind(environment.Configuration.Root).Torch, environment.Settings.Failure),
        environment => TcpLaneEndpoint.Start(environment.Settings.BindLane(), environment.Settings.Security, note));
}
