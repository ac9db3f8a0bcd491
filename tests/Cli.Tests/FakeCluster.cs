// A cluster that a test scripts.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Membership;

namespace XClassFlow.Cli.Tests;

internal sealed class FakeCluster : IClusterCommands
{
    public Func<CancellationToken, Task<bool>> Node { get; set; } = _ => Task.FromResult(true);

    public Func<ClusterStatus> Status { get; set; } = () => throw new ClusterException("nobody answers");

    public IReadOnlyList<string> Hosts { get; private set; } = [];

    public Task<bool> RunNodeAsync(LoadedConfiguration configuration, Action<string> say, CancellationToken stop)
    {
        say("a node");
        return Node(stop);
    }

    public Task<ClusterStatus> StatusAsync(LoadedConfiguration configuration, CancellationToken stop) => Task.FromResult(Status());

    public IReadOnlyList<string> WriteCertificates(string directory, IReadOnlyList<string> hosts)
    {
        Hosts = hosts;
        return [Path.Combine(directory, "authority.pem")];
    }
}
