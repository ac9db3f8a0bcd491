// Decides which node holds which replica, shard and loader.
namespace XClassFlow.Cluster.Membership;

/// <summary>
/// A pure function of the nodes: the same nodes in any order give the same layout, and every node is used evenly for what its roles allow. Ranks and shards are
/// consecutive on a node, so that neighbours talk without a network.
/// </summary>
internal static class Placement
{
    /// <summary>The roles without which nothing runs.</summary>
    private static readonly NodeRoles[] Needed = [NodeRoles.Loader, NodeRoles.Backbone, NodeRoles.Shard];

    /// <summary>Chooses the nodes of a layout.</summary>
    /// <param name="available">Nodes that are ready.</param>
    /// <param name="count">How many to take at most.</param>
    /// <returns>The nodes in the layout's order; null where a role is missing among all of them.</returns>
    public static IReadOnlyList<NodePlace>? Choose(IEnumerable<NodePlace> available, int count)
    {
        var ordered = available.OrderBy(n => n.Address, StringComparer.Ordinal).ToList();
        var chosen = new List<NodePlace>();
        foreach (var role in Needed)
        {
            // A role is covered by a node that is in anyway, where there is one among the first.
            if (!chosen.Any(n => n.Roles.HasFlag(role)))
            {
                if (ordered.Find(n => n.Roles.HasFlag(role)) is not { } node)
                {
                    return null;
                }

                chosen.Add(node);
            }
        }

        if (chosen.Count > count)
        {
            return null;
        }

        chosen.AddRange(ordered.Where(n => !chosen.Contains(n)).Take(count - chosen.Count));
        return [.. chosen.OrderBy(n => n.Address, StringComparer.Ordinal)];
    }

    /// <summary>Roles that none of the nodes has.</summary>
    public static IEnumerable<NodeRoles> Missing(IEnumerable<NodePlace> nodes)
    {
        var all = nodes.Aggregate(NodeRoles.None, (sum, n) => sum | n.Roles);
        return Needed.Where(role => !all.HasFlag(role));
    }

    /// <summary>The layout on the given nodes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="incarnation">Its number.</param>
    /// <param name="nodes">The nodes, in order; together they have all roles.</param>
    /// <param name="replicas">R; 0: one for each node with the role.</param>
    /// <param name="shards">S; 0: one for each node with the role.</param>
    public static RunLayout Layout(RunSpec run, long incarnation, IReadOnlyList<NodePlace> nodes, int replicas, int shards)
    {
        var backbones = Spread(nodes, NodeRoles.Backbone, replicas);
        var loading = With(nodes, NodeRoles.Loader);
        var others = 0;
        var loaders = backbones.Select(node => nodes[node].Roles.HasFlag(NodeRoles.Loader) ? node : loading[others++ % loading.Length]).ToArray();
        return new RunLayout(run, incarnation, nodes, backbones, Spread(nodes, NodeRoles.Shard, shards), loaders);
    }

    private static int[] Spread(IReadOnlyList<NodePlace> nodes, NodeRoles role, int count)
    {
        var holders = With(nodes, role);
        var total = count > 0 ? count : holders.Length;
        return [.. Enumerable.Range(0, total).Select(i => holders[(int)((long)i * holders.Length / total)])];
    }

    private static int[] With(IReadOnlyList<NodePlace> nodes, NodeRoles role) => [.. Enumerable.Range(0, nodes.Count).Where(i => nodes[i].Roles.HasFlag(role))];
}
