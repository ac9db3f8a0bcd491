// A node's own configuration.
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cluster.Membership.Node;

/// <param name="Configuration">The whole configuration of this process.</param>
/// <param name="Settings">Its cluster block, bound and checked.</param>
internal sealed record RunEnvironment(LoadedConfiguration Configuration, ClusterSettings Settings)
{
    /// <exception cref="Data.UserErrorException">The block is wrong.</exception>
    public static RunEnvironment Of(LoadedConfiguration configuration) => new(configuration, ClusterSettings.Bind(configuration));
}
