// The commands node and cluster.
using Akka.Actor;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Membership;

internal sealed class ClusterCommands : IClusterCommands
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(4);

    private readonly Func<Action<string>, NodeParts> _parts;
    private readonly ControlTiming _timing;

    /// <param name="parts">What a node is made of; given where lines for the operator go.</param>
    /// <param name="timing">Intervals; null: the usual ones.</param>
    public ClusterCommands(Func<Action<string>, NodeParts> parts, ControlTiming? timing = null) => (_parts, _timing) = (parts, timing ?? new ControlTiming());

    public async Task<bool> RunNodeAsync(LoadedConfiguration configuration, Action<string> say, CancellationToken stop)
    {
        var environment = RunEnvironment.Of(configuration);
        await using var node = NodeProcess.Start(environment, _parts(say), _timing, say);
        say($"node {node.Address}, lane {node.Lane}, {environment.Settings.AllRoles.ToString().ToLowerInvariant()}; joining {Seeds(environment.Settings)}");
        await using var registration = stop.Register(() => _ = node.LeaveAsync());
        var exit = await node.Ended;
        return exit switch
        {
            { Code: 0 } => !stop.IsCancellationRequested,
            { Failure: { } failure } => throw failure.ToException(),
            _ => throw new ClusterException(exit.Line ?? NodeProcess.Removed),
        };
    }

    public async Task<ClusterStatus> StatusAsync(LoadedConfiguration configuration, CancellationToken stop)
    {
        var settings = ClusterSettings.Bind(configuration);
        if (settings.Seeds.Count == 0)
        {
            throw new UserErrorException("seeds is empty, so there is nobody to ask", "xclassflow.cluster", "list a node of the cluster, such as seeds = [\"10.0.0.1:4053\"]");
        }

        using var certificates = NodeCertificates.Load(settings.Security.Tls);
        using var system = AkkaSystem.CreateClient(settings, configuration.Akka, certificates);
        foreach (var seed in settings.Seeds)
        {
            try
            {
                var agent = Actors.AgentOn(system, AkkaSystem.AddressOf(system, SeedAddress.Parse(seed)));
                return (await agent.Ask<StatusTold>(new AskStatus(), AnswerLimit, stop)).Status;
            }
            catch (AskTimeoutException)
            {
                // The next one may know.
            }
        }

        throw new ClusterException($"none of {Seeds(settings)} answers; start the nodes, or check name, addresses and security of this configuration");
    }

    public IReadOnlyList<string> WriteCertificates(string directory, IReadOnlyList<string> hosts) => TestCertificates.Write(directory, hosts);

    private static string Seeds(ClusterSettings settings) => settings.Seeds.Count == 0 ? "nobody" : string.Join(", ", settings.Seeds);
}
