// What the command line asks of a cluster besides runs.
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cluster.Membership;

/// <summary>The commands node and cluster.</summary>
public interface IClusterCommands
{
    /// <summary>Is a node until the run is over, it is asked to leave, or the others go on without it.</summary>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="say">Takes lines for the operator; any thread.</param>
    /// <param name="stop">Asks to leave in order.</param>
    /// <returns>True: ended as planned; false: left because it was asked to.</returns>
    /// <exception cref="Data.UserErrorException">The configuration is wrong, also where another node found out.</exception>
    /// <exception cref="ClusterException">The run failed, or the node was removed.</exception>
    Task<bool> RunNodeAsync(LoadedConfiguration configuration, Action<string> say, CancellationToken stop);

    /// <summary>Asks the cluster how it is, without joining it.</summary>
    /// <exception cref="ClusterException">No seed answers.</exception>
    Task<ClusterStatus> StatusAsync(LoadedConfiguration configuration, CancellationToken stop);

    /// <summary>Makes an authority and a certificate for each host, for tests.</summary>
    /// <param name="directory">A directory without such files.</param>
    /// <param name="hosts">Names or addresses.</param>
    /// <returns>The files.</returns>
    /// <exception cref="Data.UserErrorException">The directory cannot be written or holds such files, or a host is no name.</exception>
    IReadOnlyList<string> WriteCertificates(string directory, IReadOnlyList<string> hosts);
}
